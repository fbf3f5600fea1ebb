"""A reader of the pages: signed in through the form, and what the page says taken apart."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from gateway.console.signing import COOKIE
from tests.application import Client

FROM_OUR_PAGE = {"origin": "http://earmark", "sec-fetch-site": "same-origin"}
BLOCKS = {"dt", "dd", "th", "td", "p", "li", "h1", "h2", "caption", "summary"}
VOID = {"input", "meta", "link", "br"}


@dataclass
class Page(HTMLParser):
    """What a page says: its text, where its links lead, its tables by caption, and what it runs."""

    status: int
    html: str
    text: str = ""
    heading: str = ""
    links: dict[str, str] = field(default_factory=dict)
    hrefs: list[str] = field(default_factory=list)
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    loads: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self._link = ""
        self.feed(self.html)
        self.text = " ".join(self.text.split())
        self.heading = " ".join(self.heading.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self._open += [] if tag in VOID else [tag]
        self.inline += [f"{tag} {name}" for name in named if name == "style" or name.startswith("on")]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in named) else []
        self.loads += [named[name] for name in ("src", "href") if tag != "a" and name in named]
        match tag:
            case "a":
                self._link = named.get("href", "")
                self.hrefs.append(self._link)
            case "table":
                self._rows, self._caption = [], ""
            case "tr":
                self._rows.append([])
            case "th" | "td":
                self._rows[-1].append("")
            case "input":
                self.values[named.get("name", "")] = named.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.pop(), f"</{tag}> closes what is not open"
        self.text += " " if tag in BLOCKS else ""
        if tag == "table":
            self.tables[" ".join(self._caption.split())] = [
                [" ".join(cell.split()) for cell in row] for row in self._rows
            ]

    def handle_data(self, data: str) -> None:
        if {"title", "script"} & set(self._open):
            return
        self.text += data
        self.heading += data if "h1" in self._open else ""
        if "a" in self._open and data.strip():
            self.links[" ".join(data.split())] = self._link
        if "caption" in self._open:
            self._caption += data
        elif {"th", "td"} & set(self._open):
            self._rows[-1][-1] += data

    def table(self, begins: str) -> list[list[str]]:
        """The rows of the table whose caption begins so, without the heading."""
        (rows,) = [rows for caption, rows in self.tables.items() if caption.startswith(begins)]
        return rows[1:]


@dataclass(frozen=True)
class Reader:
    """Someone at the pages, with or without a token."""

    http: httpx.AsyncClient

    async def open(self, path: str, status: int = 200) -> Page:
        answer = await self.http.get(path)
        assert answer.status_code == status, answer.text
        return Page(answer.status_code, answer.text)


def visitor(client: Client) -> Reader:
    """Someone who is not signed in; cookies are kept as a browser keeps them."""
    transport = client.http._transport
    return Reader(httpx.AsyncClient(transport=transport, base_url="http://earmark"))


async def signed_in(client: Client, role: str = "planner", *channels: str) -> Reader:
    """Someone in this role, signed in through the form."""
    reader = visitor(client)
    token = client.tokens.issue(f"a {role}", [role], channels or None)
    answer = await reader.http.post("/signin", data={"token": token}, headers=FROM_OUR_PAGE)
    assert answer.status_code == 303, answer.text
    assert COOKIE in reader.http.cookies
    return reader
