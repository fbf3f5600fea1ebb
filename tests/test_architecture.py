"""What import contracts cannot show: the syntax of rules/ and flows/ keeps what ARCHITECTURE.md promises."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

CLOCKS_AND_DOORS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic"),
    *("open", "print", "input", "exec", "eval", "__import__"),
}
"""Names whose call would read a clock, touch the world, or run text."""

FLOATS_ALLOWED = {"calendar.py": "hours_in_day is a length of time for people, never a quantity"}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(), str(path)))


def called(node: ast.AST) -> str | None:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else None


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("path", modules("rules"), ids=lambda path: path.name)
def test_rules_wait_for_nothing_and_read_nothing(path: Path):
    """No async, no clock, no file, no text that is run."""
    waiting = [
        n.lineno for n in nodes(path) if isinstance(n, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor)
    ]
    outside = [called(node) for node in nodes(path) if called(node) in CLOCKS_AND_DOORS]
    assert waiting == []
    assert outside == []


@pytest.mark.parametrize("path", modules("rules"), ids=lambda path: path.name)
def test_no_float_touches_a_quantity(path: Path):
    """No float literal, no float(), no true division in rules/."""
    if path.name in FLOATS_ALLOWED:
        pytest.skip(FLOATS_ALLOWED[path.name])
    floats = [
        node.lineno
        for node in nodes(path)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
    ]
    assert floats == []


def test_durable_rules_is_imported_by_the_engine_alone():
    """The library crashes outside its safe profile, so one module only may touch it."""
    importing = [
        path
        for folder in ("gateway", "resolvers", "rules", "datasources", "telemetry")
        for path in modules(folder)
        if path != ROOT / "rules" / "engine.py"
        for node in nodes(path)
        if (isinstance(node, ast.Import) and any(name.name.startswith("durable") for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("durable"))
    ]
    assert named(importing) == []


@pytest.mark.parametrize("path", modules("rules") + modules("resolvers/flows"), ids=lambda path: path.name)
def test_public_functions_say_what_is_true_after_the_call(path: Path):
    """In rules/ and flows/ every public function has a docstring."""
    tree = ast.parse(path.read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    silent = [f.name for f in functions if not f.name.startswith("_") and ast.get_docstring(f) is None]
    assert silent == []


@pytest.mark.parametrize("folder", ["gateway", "resolvers", "datasources", "rules", "telemetry"])
def test_no_resolver_hook_slows_every_field(folder: str):
    """An extension with a `resolve` hook costs four times the whole execution."""
    hooked = [
        path
        for path in modules(folder)
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
        and any("Extension" in ast.unparse(base) for base in node.bases)
        and any(getattr(member, "name", None) == "resolve" for member in node.body)
    ]
    assert named(hooked) == []


def test_no_outside_call_is_made_inside_a_stock_transaction():
    """The store reaches PostgreSQL only: no HTTP client is imported below the flows."""
    clients = {"httpx", "requests", "aiohttp", "urllib.request", "http.client", "smtplib"}
    calling = [
        path
        for folder in ("datasources/store", "resolvers/flows", "rules")
        for path in modules(folder)
        for node in nodes(path)
        if (isinstance(node, ast.Import) and any(name.name in clients for name in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module in clients)
    ]
    assert named(calling) == []
