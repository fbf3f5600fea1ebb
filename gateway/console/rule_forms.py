"""The forms of the rule pages: read with bounds, and taken only from a page made for the same reader."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway.console.signing import COOKIE, check_origin
from rules.errors import Refusal

FORM_BYTES_MAX = 16_000_000
PARTS_MAX = 100
FIELD_CHARACTERS_MAX = 2_100_000
"""A rule file of the largest size fits into a text field."""

_BOUNDARY = re.compile(r'boundary="?([\w\'()+,./:=? -]{1,70})"?')
_NAME = re.compile(r'(?:^|[;\s])name="([^"\r\n]*)"')
_FILE = re.compile(r'(?:^|[;\s])filename="([^"\r\n]*)"')


class BadForm(Refusal):
    """A form that cannot be taken."""

    code = "BAD_FORM"


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in. `files` are those that were chosen, by name."""

    fields: Mapping[str, str]
    files: Mapping[str, bytes]

    def text(self, name: str) -> str:
        """The field, its line ends as files have them; empty where it is not there."""
        return self.fields.get(name, "").replace("\r\n", "\n").replace("\r", "\n")

    def line(self, name: str) -> str:
        """The field without white space around it."""
        return self.text(name).strip()


def form_token(request: Request) -> str:
    """What our forms carry for this reader: nobody can make it who cannot read the reader's cookie."""
    return sha256(b"a form of the rule pages\n" + request.cookies.get(COOKIE, "").encode()).hexdigest()


async def read_form(request: Request) -> Form:
    """What was filled in on a page of ours, made for this reader. Raises ForeignForm and BadForm."""
    check_origin(request)
    body = await _body(request)
    kind = request.headers.get("content-type", "")
    form = _parts(body, kind) if kind.startswith("multipart/form-data") else _fields(body)
    if not hmac.compare_digest(form.fields.get("token", "").encode(), form_token(request).encode()):
        raise BadForm(
            "This form was made for another sign-in, so nothing was done.",
            "Go back, load the page again and send the form from there.",
        )
    return form


async def _body(request: Request) -> bytes:
    body, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > FORM_BYTES_MAX:
            raise BadForm(
                f"The form has more than {FORM_BYTES_MAX:,} bytes, so nothing was done.",
                "Choose only the files that differ; a rule file has one or two million bytes at most.",
            )
        body.append(part)
    return b"".join(body)


def _fields(body: bytes) -> Form:
    try:
        pairs = parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=PARTS_MAX)
    except ValueError as bad:
        raise _unreadable() from bad
    return Form(dict(pairs), {})


def _parts(body: bytes, kind: str) -> Form:
    """The parts of a form with files, taken apart at its boundary."""
    boundary = _BOUNDARY.search(kind)
    if boundary is None:
        raise _unreadable()
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())
    if len(parts) < 2 or len(parts) > PARTS_MAX + 2 or not parts[-1].startswith(b"--"):
        raise _unreadable()
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for part in parts[1:-1]:
        head, found, content = part.partition(b"\r\n\r\n")
        disposition = head.decode("utf-8", "replace")
        name, file = _NAME.search(disposition), _FILE.search(disposition)
        if not found or name is None:
            raise _unreadable()
        if file is None:
            fields[name[1]] = content.decode("utf-8", "replace")[:FIELD_CHARACTERS_MAX]
        elif file[1]:
            _add_file(files, file[1], content)
    return Form(fields, files)


def _add_file(files: dict[str, bytes], written: str, content: bytes) -> None:
    """Some browsers send a whole path: its last part is the name."""
    name = written.replace("%22", '"').replace("\\", "/").rpartition("/")[2]
    if name in files:
        raise BadForm(f"{name[:80]} was chosen twice, so nothing was done.", "Choose each file once.")
    files[name] = content


def _unreadable() -> BadForm:
    return BadForm(
        "The form cannot be read, so nothing was done.", "Load the page again and send the form from there."
    )
