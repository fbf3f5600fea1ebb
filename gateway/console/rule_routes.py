"""Which rule page answers at which path, and who may open it."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.pages import Frame
from gateway.console.rule_book_pages import book_page, books_page
from gateway.console.rule_change_pages import change, change_page
from gateway.console.rule_reading_pages import checks_page, difference_page, try_page
from gateway.console.rule_simulation_pages import job_page, lines_csv, simulation_page, start
from gateway.console.rule_step_pages import roll_back, step
from gateway.console.rule_table_pages import download, row_page, table_page
from gateway.console.rule_visit import Visit
from resolvers.flows.deps import Deps
from rules.errors import Refusal
from rules.problems import BadTable

Content = Callable[[Request, Frame], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]
Shows = Callable[[Visit], Awaitable[Response]]

BOOK = "/rules/{version}"
FILE = BOOK + "/{file}"
JOB = BOOK + "/simulation/{job}"


class Unreadable(Refusal):
    """A book that an earlier Earmark could read, and this one cannot."""

    code = "RULE_BOOK_UNREADABLE"

    def __init__(self, bad: BadTable) -> None:
        super().__init__(
            f"This Earmark cannot read that rule book any more. {bad.problems[0]}",
            "Mend its files and hand them in as a new book, or choose another book.",
        )


def rule_routes(deps: Deps, read: Callable[[Content], Endpoint]) -> list[Route]:
    """The rule pages' routes; `read` wraps what makes a page for those who may read rules."""

    def route(path: str, method: str, shows: Shows) -> Route:
        async def content(request: Request, frame: Frame) -> Response:
            try:
                return await shows(Visit(deps, request, frame))
            except BadTable as bad:
                raise Unreadable(bad) from bad

        return Route(path, read(content), methods=[method])

    def get(path: str, shows: Shows) -> Route:
        return route(path, "GET", shows)

    def post(path: str, takes: Shows) -> Route:
        return route(path, "POST", takes)

    return [
        get("/rules", books_page),
        get("/rules/change", change_page),
        post("/rules/change", change),
        post("/rules/rollback", roll_back),
        get(BOOK, book_page),
        post(BOOK + "/step", step),
        get(BOOK + "/checks", checks_page),
        get(BOOK + "/try", try_page),
        get(BOOK + "/difference", difference_page),
        get(BOOK + "/simulation", simulation_page),
        post(BOOK + "/simulation", start),
        get(JOB, job_page),
        get(JOB + "/lines.csv", lines_csv),
        get(FILE, table_page),
        get(FILE + "/download/{form}", download),
        get(FILE + "/{row:path}", row_page),
    ]
