"""Changing rules: files are edited here or sent, checked as a whole book, and kept as a draft."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from starlette.responses import Response

from gateway.console import filters
from gateway.console.rule_forms import Form, read_form
from gateway.console.rule_visit import Visit, path_of, to
from resolvers.flows import rulebook_reading as reading
from resolvers.flows import rulebooks
from resolvers.flows.rulebook_check import HEADER, Checked, checked, with_rest_of
from resolvers.flows.rulebook_standing import Standing
from resolvers.flows.rulebook_steps import shown_version
from rules.book import read_tables
from rules.columns import SHEETS
from rules.errors import BadRuleFile, UnknownRuleFile
from rules.problems import BadTable
from rules.yaml_form import write_yaml

TEXTS = (HEADER, ".csv")
"""Files that can be edited as text."""

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Work:
    """What is being changed: one file that is edited as text, or, without a name, files that are sent."""

    base: Standing
    files: Files
    name: str | None = None
    text: str = ""
    note: str = ""


async def change_page(visit: Visit) -> Response:
    """The form to send files; or, where the address names one, to edit it."""
    base = await reading.find(visit.deps, filters.text(visit.query, "base"))
    files = await reading.files(visit.deps, base.book.version)
    name = filters.text(visit.query, "file")
    return _page(visit, Work(base, files, name, "" if name is None else _text(files, name)), None)


async def change(visit: Visit) -> Response:
    """The files were checked; kept as a draft, where that was asked for and nothing is wrong with them."""
    form = await read_form(visit.request)
    base = await reading.find(visit.deps, form.line("base") or None)
    files = await reading.files(visit.deps, base.book.version)
    work = Work(base, files, form.line("name") or None, form.text("text"), form.line("note"))
    whole = with_rest_of(_given(form, work), files)
    if form.line("step") != "keep":
        return _page(visit, work, await checked(visit.deps, whole))
    drafted = await rulebooks.draft(visit.deps, whole, work.note, visit.caller)
    if drafted.standing is None:
        return _page(visit, work, drafted.checked)
    return to(path_of(shown_version(drafted.checked.version)) + "?done=kept")


def _page(visit: Visit, work: Work, found: Checked | None) -> Response:
    return visit.page(
        "change.html",
        400 if found is not None and found.errors else 200,
        base=work.base,
        file=work.name,
        files=[each for each in sorted(work.files) if each.endswith(TEXTS)],
        text=work.text,
        note=work.note,
        found=found,
    )


def _given(form: Form, work: Work) -> Files:
    """The files that were sent or edited, each with what belongs to it. Raises BadRuleFile."""
    if work.name is not None:
        _text(work.files, work.name)
        return {**_of_stem(work.name, work.files), work.name: work.text.encode(errors="surrogatepass")}
    if not form.files:
        raise BadRuleFile("The form", "no file was chosen", "Go back and choose the files that differ.")
    return {**_heads(form.files, work.files), **form.files}


def _heads(given: Files, files: Files) -> dict[str, bytes]:
    """For each sheet that was sent alone, the rule file it belongs to, without the rows it had."""
    found = {}
    for name in given:
        path = PurePosixPath(name)
        head = path.stem + HEADER
        if path.suffix in SHEETS and head not in given and head in files:
            found[head] = _head(head, files)
    return found


def _of_stem(name: str, files: Files) -> dict[str, bytes]:
    """The rule file or sheet of the name and what stands beside it."""
    stem = PurePosixPath(name).stem
    return {each: content for each, content in files.items() if PurePosixPath(each).stem == stem}


def _head(name: str, files: Files) -> bytes:
    try:
        (table,) = read_tables(_of_stem(name, files)).values()
    except (BadTable, ValueError) as bad:
        raise BadRuleFile(name, "it cannot be read any more", "Send it together with its sheet.") from bad
    return write_yaml(table, rows=False)


def _text(files: Files, name: str) -> str:
    """The content of a file that can be edited as text. Raises UnknownRuleFile."""
    texts = [each for each in sorted(files) if each.endswith(TEXTS)]
    if name not in texts:
        raise UnknownRuleFile(name[:80], texts)
    return files[name].decode("utf-8", "replace")
