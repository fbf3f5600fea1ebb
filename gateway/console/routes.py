"""Which page answers at which path, who may read it, and what is said when it cannot be shown."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.auth import Tokens
from gateway.console import at_risk_page
from gateway.console.filters import BadFilter
from gateway.console.inquiry_list import inquiry_list
from gateway.console.pages import TRACE_READERS, Frame, page, read_clock, refusal_page
from gateway.console.promise_page import promise_json, promise_page
from gateway.console.reservation_list import reservation_list
from gateway.console.reservation_page import reservation_page
from gateway.console.rule_routes import rule_routes
from gateway.console.signing import ForeignForm, Signing, ask_to_sign_in
from gateway.console.trace_pages import NoTrace, trace_list, trace_page
from resolvers.flows.deps import Caller, Deps
from resolvers.governance.types import READERS as RULE_READERS
from resolvers.promises.at_risk import DECIDERS
from resolvers.promises.queries import inquiry_id, reservation_id
from resolvers.roles import ROLES
from rules.errors import (
    AlreadyInForce,
    Forbidden,
    NotForThisRole,
    NotFound,
    NotSimulated,
    Refusal,
    SamePerson,
    StoreUnavailable,
    TooManySimulations,
    Unauthenticated,
    UnknownRuleBook,
    UnknownRuleFile,
    WrongStep,
)
from telemetry.spans import untraced

log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]
Content = Callable[[Request, Frame], Awaitable[Response]]

STATUSES: dict[type[Refusal], int] = {
    BadFilter: 400,
    Forbidden: 403,
    ForeignForm: 403,
    NotFound: 404,
    NoTrace: 404,
    Unauthenticated: 400,
    StoreUnavailable: 503,
    UnknownRuleBook: 404,
    UnknownRuleFile: 404,
    NotForThisRole: 403,
    SamePerson: 403,
    NotSimulated: 409,
    WrongStep: 409,
    AlreadyInForce: 409,
    TooManySimulations: 503,
}


def console_routes(deps: Deps, tokens: Tokens) -> list[Route]:
    """The pages' routes."""
    signing = Signing(tokens)
    pages = _Pages(deps, signing)
    inquiry, trace = "/inquiries/{inquiry:path}", "/traces/{trace:path}"
    return [
        Route("/signin", pages.open(signing.form), methods=["GET"]),
        Route("/signin", pages.open(signing.sign_in), methods=["POST"]),
        Route("/signout", pages.open(signing.sign_out), methods=["POST"]),
        Route("/inquiries", pages.read("inquiries", lambda r, f: inquiry_list(deps, f, r.query_params))),
        Route(
            inquiry + "/json",
            pages.read("inquiries", lambda r, f: promise_json(deps, f, _inquiry(r), r.query_params)),
        ),
        Route(
            inquiry,
            pages.read("inquiries", lambda r, f: promise_page(deps, f, _inquiry(r), r.query_params)),
        ),
        Route(
            "/reservations",
            pages.read("reservations", lambda r, f: reservation_list(deps, f, r.query_params)),
        ),
        Route(
            "/reservations/{reservation}",
            pages.read("reservations", lambda r, f: reservation_page(deps, f, _reservation(r))),
        ),
        Route(
            "/traces",
            pages.read("traces", lambda r, f: trace_list(deps, f, r.query_params), TRACE_READERS),
        ),
        Route(
            trace,
            pages.read("traces", lambda r, f: trace_page(deps, f, r.path_params["trace"]), TRACE_READERS),
        ),
        Route(
            at_risk_page.PATH,
            pages.read("at-risk", lambda r, f: at_risk_page.worklist(deps, f, r), DECIDERS),
            methods=["GET"],
        ),
        Route(
            at_risk_page.PATH,
            pages.read("at-risk", lambda r, f: at_risk_page.decide(deps, f, r), DECIDERS),
            methods=["POST"],
        ),
        *rule_routes(deps, lambda content: pages.read("rules", content, RULE_READERS)),
    ]


def _inquiry(request: Request) -> UUID:
    return inquiry_id(request.path_params["inquiry"])


def _reservation(request: Request) -> UUID:
    return reservation_id(request.path_params["reservation"])


@dataclass(frozen=True, slots=True)
class _Pages:
    """Wraps what makes a page: who reads it, and what becomes of a refusal or a fault."""

    deps: Deps
    signing: Signing

    def read(self, part: str, content: Content, readers: Iterable[str] = ROLES) -> Endpoint:
        """A page for those who are signed in, in one of these roles."""

        async def endpoint(request: Request) -> Response:
            try:
                caller = self.signing.caller(request)
            except Unauthenticated:
                return ask_to_sign_in(request)
            frame = Frame(caller, None, part)
            try:
                _check_role(caller, readers)
                with untraced():
                    frame = Frame(caller, await read_clock(self.deps.store), part)
                    return await content(request, frame)
            except Refusal as refused:
                return refusal_page(refused, _status(refused), frame)
            except Exception:
                log.exception("A page failed")
                return _fault(frame)

        return endpoint

    def open(self, answer: Endpoint) -> Endpoint:
        """A page for everyone."""

        async def endpoint(request: Request) -> Response:
            try:
                return await answer(request)
            except Refusal as refused:
                return refusal_page(refused, _status(refused), Frame(None, None, ""))

        return endpoint


def _check_role(caller: Caller, readers: Iterable[str]) -> None:
    if not caller.roles & frozenset(readers):
        raise Forbidden("this page", readers)


def _status(refused: Refusal) -> int:
    return next((status for kind, status in STATUSES.items() if isinstance(refused, kind)), 400)


def _fault(frame: Frame) -> Response:
    return page(
        "message.html",
        frame,
        500,
        heading="Something went wrong on our side",
        message="The page could not be made; the log says why.",
        next_step="Try again; if it stays, tell whoever runs Earmark the time and this address.",
    )
