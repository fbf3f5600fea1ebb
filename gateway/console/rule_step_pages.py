"""The steps of a book, taken from its page: handed in, approved, rejected, put in force, gone back to."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import QueryParams
from starlette.responses import Response

from gateway.console import filters
from gateway.console.rule_forms import Form, read_form
from gateway.console.rule_visit import Visit, path_of, to
from resolvers.flows import rulebooks
from resolvers.flows.rulebook_standing import Standing
from resolvers.flows.rulebook_steps import shown_version
from rules.errors import NotFound

Take = Callable[[Visit, str, Form], Awaitable[tuple[Standing, str]]]


async def step(visit: Visit) -> Response:
    """The step the form names was taken, and the reader is on the way to the page of the book."""
    form = await read_form(visit.request)
    name = form.line("step")
    if name not in STEPS:
        raise NotFound("step", name[:80])
    now, done = await STEPS[name](visit, visit.named("version"), form)
    return to(path_of(shown_version(now.book.version)) + f"?done={done}")


async def roll_back(visit: Visit) -> Response:
    """An earlier book decides again, and the reader is on the way to its page."""
    form = await read_form(visit.request)
    target = form.line("to") or None
    now = await rulebooks.rollback(visit.deps, visit.caller, form.text("reason").strip(), target)
    return to(path_of(shown_version(now.book.version)) + "?done=rolled-back")


async def _submit(visit: Visit, version: str, form: Form) -> tuple[Standing, str]:
    note = form.text("reason").strip()
    return await rulebooks.submit_draft(visit.deps, version, note, visit.caller), "submitted"


async def _approve(visit: Visit, version: str, form: Form) -> tuple[Standing, str]:
    reason = form.text("reason").strip()
    return await rulebooks.approve(visit.deps, version, visit.caller, reason), "approved"


async def _reject(visit: Visit, version: str, form: Form) -> tuple[Standing, str]:
    reason = form.text("reason").strip()
    return await rulebooks.reject(visit.deps, version, visit.caller, reason), "rejected"


async def _activate(visit: Visit, version: str, form: Form) -> tuple[Standing, str]:
    at = filters.instant(QueryParams({"at": form.line("at")}), "at")
    reason = form.text("reason").strip()
    now = await rulebooks.activate(visit.deps, version, at, visit.caller, reason)
    return now, "active" if now.state == "active" else "planned"


STEPS: dict[str, Take] = {
    "submit": _submit,
    "approve": _approve,
    "reject": _reject,
    "activate": _activate,
}
