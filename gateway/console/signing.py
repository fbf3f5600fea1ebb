"""Signing in to the pages: a token is pasted once and kept in a cookie that only our own pages send back.

The cookie opens pages and nothing else: /graphql reads the Authorization header alone, so that no other site
can make a browser ask or tell anything in its reader's name. Forms are taken from our own pages only.
"""

import base64
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.auth import TOKEN_CHARACTERS_MAX, Tokens
from gateway.console.pages import HEADERS, Frame, page
from resolvers.flows.deps import Caller
from rules.errors import Refusal, Unauthenticated

COOKIE = "earmark_token"
FORM_BYTES_MAX = 16_384
HOME = "/inquiries"

Handler = Callable[[Request], Awaitable[Response]]


class ForeignForm(Refusal):
    """A form that did not come from one of our own pages."""

    code = "FOREIGN_FORM"

    def __init__(self) -> None:
        super().__init__(
            "This form was not sent from a page of this address, so nothing was done.",
            "Open the sign-in page here and send the form from it.",
        )


@dataclass(frozen=True, slots=True)
class Signing:
    """The sign-in page and who is signed in."""

    tokens: Tokens

    def caller(self, request: Request) -> Caller:
        """Who is signed in. Raises Unauthenticated."""
        token = request.cookies.get(COOKIE)
        return self.tokens.caller(f"Bearer {token}" if token else None)

    async def form(self, request: Request) -> Response:
        """The page to sign in at."""
        return _form(local_path(request.query_params.get("next")), "")

    async def sign_in(self, request: Request) -> Response:
        """The cookie is set and the browser on its way back; a token that is not taken is said so."""
        check_origin(request)
        fields = await _fields(request)
        token, back = fields.get("token", "").strip(), local_path(fields.get("next"))
        token = token.removeprefix("Bearer ").strip()
        try:
            self.tokens.caller(f"Bearer {token}")
        except Unauthenticated as refused:
            why = refused.message if token else "The field is empty."
            return _form(back, why)
        answer = RedirectResponse(back, 303, HEADERS)
        answer.set_cookie(
            COOKIE,
            token,
            max_age=_seconds_left(token),
            path="/",
            secure=_is_https(request),
            httponly=True,
            samesite="strict",
        )
        return answer

    async def sign_out(self, request: Request) -> Response:
        """The cookie is gone."""
        check_origin(request)
        answer = RedirectResponse("/signin", 303, HEADERS)
        answer.delete_cookie(COOKIE, path="/", secure=_is_https(request), httponly=True, samesite="strict")
        return answer


def ask_to_sign_in(request: Request) -> Response:
    """On to the sign-in page, and back here after.

    A link followed from another site comes without the cookie, although its reader may be signed in: the
    browser is sent here once more from our own page, and then brings it.
    """
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.headers.get("sec-fetch-site") == "cross-site":
        return page("arriving.html", Frame(None, None, ""), here=here)
    return RedirectResponse(f"/signin?next={quote(here)}", 303, HEADERS)


def local_path(text: str | None) -> str:
    """The path, where it leads to a page of ours; else the first page. Never an address of another host."""
    if (
        not text
        or not text.startswith("/")
        or text.startswith("//")
        or not text.isprintable()
        or "\\" in text
    ):
        return HOME
    parts = urlsplit(text)
    return HOME if parts.netloc or parts.path in ("/signin", "/signout") else text


def _form(back: str, why: str) -> HTMLResponse:
    return page("signin.html", Frame(None, None, "signin"), 401 if why else 200, back=back, why=why)


def check_origin(request: Request) -> None:
    """Nothing, for a form of our own page: browsers say where a form comes from. Raises ForeignForm."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "")
    if site is not None:
        is_ours = site == "same-origin"
    else:  # browsers say it over TLS and on this machine only; elsewhere they send the origin
        is_ours = urlsplit(origin).netloc == request.headers.get("host")
    if not is_ours:
        raise ForeignForm


def _is_https(request: Request) -> bool:
    """Whether the browser speaks TLS, to us or to a proxy before us: the form's origin tells."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")


async def _fields(request: Request) -> dict[str, str]:
    body, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > FORM_BYTES_MAX:
            raise Unauthenticated(f"A token has at most {TOKEN_CHARACTERS_MAX:,} characters.")
        body.append(part)
    fields = parse_qs(b"".join(body).decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}


def _seconds_left(token: str) -> int:
    """How long a token that was just verified is still good."""
    claims = token.split(".")[1]
    ends = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
    return max(0, int(ends - time.time()))
