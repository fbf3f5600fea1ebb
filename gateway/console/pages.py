"""A page: a template in the frame every page has, and the plain page that says what went wrong."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from datasources.store import clock
from datasources.store.unit import Store
from gateway.console import wording
from resolvers.flows.deps import Caller
from resolvers.governance.types import READERS as RULE_READERS
from resolvers.promises.at_risk import DECIDERS
from resolvers.roles import INSIDE, expand
from rules.errors import Refusal

TEMPLATES = Path(__file__).parent / "templates"

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    # Within our own pages the browser says where a form was sent from, which is looked at; to others nothing.
    "referrer-policy": "same-origin",
}
"""Pages load only our own files, run no script and take no style out of their own text, and are not kept."""

TRACE_READERS = frozenset({"developer", "admin", "integrator", "auditor", "planner", "oms"})
"""Who may look inside: spans name skus, channels and causes of errors."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The database's time, and what the database was made for."""

    now: datetime
    mark: str
    is_shifted: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a page: who reads it, at what time by the database's clock, in which part."""

    caller: Caller | None
    clock: Clock | None
    part: str

    @property
    def roles(self) -> str:
        return ", ".join(sorted(self.caller.roles)) if self.caller else ""

    @property
    def channels(self) -> str:
        if self.caller is None or self.caller.channels is None:
            return "every channel"
        return ", ".join(sorted(self.caller.channels)) or "no channel"

    @property
    def is_inside(self) -> bool:
        """Whether the reader belongs to the company, and so sees lines and sources."""
        return self.caller is not None and bool(self.caller.roles & expand(INSIDE))

    @property
    def reads_traces(self) -> bool:
        return self.caller is not None and bool(self.caller.roles & TRACE_READERS)

    @property
    def decides_promises(self) -> bool:
        return self.caller is not None and not self.caller.roles.isdisjoint(DECIDERS)

    @property
    def reads_rules(self) -> bool:
        return self.caller is not None and not self.caller.roles.isdisjoint(RULE_READERS)


async def read_clock(store: Store) -> Clock:
    """The database's clock as it stands. Raises StoreUnavailable."""
    async with store.reading() as tx:
        state = await clock.state(tx)
        return Clock(await clock.now(tx), state.mark, state.is_shifted)


def page(template: str, frame: Frame, status: int = 200, **content: Any) -> HTMLResponse:
    """The page, ready to be sent."""
    text = _environment().get_template(template).render(frame=frame, **content)
    return HTMLResponse(text, status, HEADERS)


def refusal_page(refused: Refusal, status: int, frame: Frame) -> HTMLResponse:
    """The page that says why this was refused and what to do."""
    heading = HTTPStatus(status).phrase
    return page(
        "message.html", frame, status, heading=heading, message=refused.message, next_step=refused.next_step
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = (
        wording.number,
        wording.day,
        wording.instant,
        wording.moment,
        wording.dated,
        wording.age,
        wording.duration,
        wording.spoken,
        wording.count,
    )
    environment.filters.update({word.__name__: word for word in words})
    environment.filters["zip"] = zip
    return environment
