"""What is told about rule books: files, facts, and the steps to take."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime

import strawberry

from rules.errors import BadRuleFile


def told(description: str, **options: object):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """An input field with its description."""
    return strawberry.field(description=description, **options)  # type: ignore[call-overload]


@strawberry.input(
    description="A rule file or sheet. Give its content as `text` or, of a workbook, as `base64`."
)
class RuleFileInput:
    name: str = told("The file's name, such as 40-priority.yaml.")
    text: str | None = told("The content of a .yaml or .csv file.", default=None)
    base64: str | None = told("The content of an .xlsx file, in base64.", default=None)


@strawberry.input(description="A fact to be decided on.")
class FactInput:
    name: str = told("The input.")
    text: str = told("Its value, written as in a rule file.")


@strawberry.input(description="A rule book to be handed in.")
class SubmitRuleBookInput:
    files: list[RuleFileInput] = told("The files that differ; the others are those of the book in force.")
    note: str = told("What is changed and why.")
    draft: bool = told("Only check and keep it, so that it can be simulated first.", default=False)


@strawberry.input(description="A rule book to be approved by a second person.")
class ApproveRuleBookInput:
    version: str = told("The book's version.")
    reason: str = told("Anything to be said.", default="")


@strawberry.input(description="A rule book to be tried on what was really asked.")
class SimulateRuleBookInput:
    version: str = told("The book's version.")
    since_hours: int = told("The inquiries of so many hours: 168 is a week.", default=168)


@strawberry.input(description="A rule book not to be used.")
class RejectRuleBookInput:
    version: str = told("The book's version.")
    reason: str = told("Why.")


@strawberry.input(description="A rule book to be in force.")
class ActivateRuleBookInput:
    version: str = told("The book's version.")
    at: datetime | None = told("From when on; left out: from now on.", default=None)
    reason: str = told("Anything to be said.", default="")


@strawberry.input(description="An earlier rule book to be in force again.")
class RollbackRuleBookInput:
    reason: str = told("Why.")
    to: str | None = told("The version; left out: the one that was in force before.", default=None)


def contents(files: Sequence[RuleFileInput]) -> dict[str, bytes]:
    """The files by name. Raises BadRuleFile for one that is given twice, or not in one form."""
    found: dict[str, bytes] = {}
    for file in files:
        if file.name in found:
            raise BadRuleFile(file.name[:80], "it is given twice", "Give each file once.")
        found[file.name] = _content(file)
    return found


def _content(file: RuleFileInput) -> bytes:
    if file.text is not None and file.base64 is None:
        return file.text.encode(errors="surrogatepass")
    if file.base64 is None or file.text is not None:
        raise BadRuleFile(file.name[:80], "it has no content, or two", "Give either `text` or `base64`.")
    try:
        return base64.b64decode(file.base64, validate=True)
    except (binascii.Error, ValueError) as bad:
        raise BadRuleFile(file.name[:80], "its content is no base64", "Encode the file's bytes.") from bad
