"""A visit to a rule page: who reads which book, what they may do there, and how the page is made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console.pages import HEADERS, Frame, page
from gateway.console.rule_forms import form_token
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.rulebook_steps import is_among, shown_version
from resolvers.flows.rulebooks import APPROVERS, AUTHORS

IN_FORCE = "current"
"""Stands in an address for the version of the book in force."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a rule page, by someone who may read rules."""

    deps: Deps
    request: Request
    frame: Frame

    @property
    def caller(self) -> Caller:
        assert self.frame.caller is not None, "pages are read by someone"
        return self.frame.caller

    @property
    def now(self) -> datetime:
        assert self.frame.clock is not None, "the clock is read before a page is made"
        return self.frame.clock.now

    @property
    def query(self) -> QueryParams:
        return self.request.query_params

    @property
    def version(self) -> str | None:
        """The version in the address; None is the book in force."""
        said: str = self.request.path_params["version"][:80]
        return None if said == IN_FORCE else said

    def named(self, parameter: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[parameter])[:200]

    @property
    def may_author(self) -> bool:
        return not self.caller.roles.isdisjoint(AUTHORS)

    @property
    def may_approve(self) -> bool:
        return not self.caller.roles.isdisjoint(APPROVERS)

    def is_own(self, people: frozenset[str]) -> bool:
        """Whether the reader is one of them."""
        return is_among(self.caller.person, people)

    def page(self, template: str, status: int = 200, **content: Any) -> Response:
        """The page, with what every rule page needs."""
        return page(
            f"rules/{template}",
            self.frame,
            status,
            visit=self,
            token=form_token(self.request),
            query=self.query,
            short=shown_version,
            path=path_of,
            **content,
        )


def path_of(*parts: str) -> str:
    """The address of a rule page: `path_of(version, file, row)`."""
    return "/".join(["/rules", *(quote(part, safe="") for part in parts)])


def to(address: str) -> Response:
    """On to another page, after something was done."""
    return RedirectResponse(address, 303, HEADERS)
