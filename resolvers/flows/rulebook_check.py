"""Checking a rule book before anything uses it: every file read, evaluated and looked through, at once."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from datasources.store import clock, rulebooks
from datasources.store.rulebook_tables import FILE_BYTES_MAX, FILE_NAME_MAX
from resolvers.flows.deps import Deps, RuleFile, RulesEvaluator
from rules.answers import FORM, Answers, decode, encode
from rules.book import sheets_beside, version_of
from rules.checks import Vocabulary, check
from rules.columns import SHEETS
from rules.decisions import DECISIONS, Decision
from rules.errors import TooManyRuleFiles
from rules.problems import BadTable, Problem, nearest
from rules.table import Table, read_table

FILES_MAX = 64
HEADER = ".yaml"
BY_FILE: Mapping[str, Decision] = {decision.file: decision for decision in DECISIONS.values()}


@dataclass(frozen=True, slots=True)
class Checked:
    """A book's files and all that was found out about them. `tables` and `answers` are by decision.

    What has an error may lack its table, its answers or both.
    """

    version: str
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...]
    tables: Mapping[str, Table]
    answers: Mapping[str, Answers]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What must be mended before the book can be handed in."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def keys(self) -> dict[str, str]:
        """What the engine's answers are kept under, by the name of the file they are for."""
        return keys_of(self.files)


async def checked(deps: Deps, files: Mapping[str, bytes]) -> Checked:
    """The files are checked as a whole book, against what the company's data knows.

    What the engine made of a table before is not asked for again. Raises TooManyRuleFiles, NoEngine,
    StoreUnavailable, and what the evaluator raises where the engine fails.
    """
    async with deps.store.reading() as tx:
        vocabulary = await rulebooks.vocabulary(tx)
    return await check_files(files, kept(deps), vocabulary)


async def check_files(
    files: Mapping[str, bytes], evaluate: RulesEvaluator, vocabulary: Vocabulary | None
) -> Checked:
    """The files are checked as a whole book; without a vocabulary, not against any company's names.

    Raises TooManyRuleFiles, and what `evaluate` raises.
    """
    check_size(files)
    parts, problems = _parts(files)
    tables: dict[str, Table] = {}
    for name, part in parts.items():
        try:
            tables[name] = await asyncio.to_thread(read_table, *part)
        except BadTable as bad:
            problems += bad.problems
    answers: dict[str, Answers] = {}
    sound = [name for name, table in tables.items() if not _errors(check(table, DECISIONS[name], None, None))]
    if sound:
        found = await evaluate([parts[name] for name in sound])
        answers = dict(zip(sound, found, strict=True))
    for name, table in tables.items():
        problems += await asyncio.to_thread(check, table, DECISIONS[name], answers.get(name), vocabulary)
    ordered = sorted(problems, key=lambda problem: (problem.file, problem.line))
    return Checked(version_of(files), dict(files), tuple(ordered), tables, answers)


def keys_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """What the engine's answers for these files are kept under, by the name of each table's file."""
    parts, _ = _parts(files)
    return {part[0]: _key(part) for part in parts.values()}


def check_size(files: Mapping[str, bytes]) -> None:
    """Nothing, where the files are as few and small as a book's may be. Raises TooManyRuleFiles."""
    largest = max(map(len, files.values()), default=0)
    if len(files) > FILES_MAX or largest > FILE_BYTES_MAX:
        raise TooManyRuleFiles(len(files), sum(map(len, files.values())), FILES_MAX, FILE_BYTES_MAX)


def kept(deps: Deps) -> RulesEvaluator:
    """The engine's answers, from the store where it has them, and kept there where it had not."""

    async def evaluate(tables: Sequence[RuleFile], /) -> Sequence[Answers]:
        keys = [_key(table) for table in tables]
        async with deps.store.reading() as tx:
            known = await rulebooks.answers(tx, keys)
        missing = {key: table for key, table in zip(keys, tables, strict=True) if key not in known}
        if missing:
            made = await deps.evaluate(list(missing.values()))
            fresh = {key: encode(answers) for key, answers in zip(missing, made, strict=True)}
            async with deps.store.writing() as tx:
                await rulebooks.put_answers(tx, fresh, await clock.now(tx))
            known |= fresh
        return [decode(known[key]) for key in keys]

    return evaluate


def with_rest_of(given: Mapping[str, bytes], book: Mapping[str, bytes]) -> dict[str, bytes]:
    """The given files, and of the book those of tables none of them belongs to."""
    stems = {_stem(name) for name in given}
    return {name: content for name, content in book.items() if _stem(name) not in stems} | dict(given)


def _key(part: RuleFile) -> str:
    _, content, sheet = part
    return rulebooks.answers_key(FORM.decode(), content, None if sheet is None else sheet[1])


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


def _errors(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _parts(files: Mapping[str, bytes]) -> tuple[dict[str, RuleFile], list[Problem]]:
    """Each decision's file and sheet, and what is wrong with the set of files."""
    parts: dict[str, RuleFile] = {}
    problems = [problem for name in sorted(files) if (problem := _misnamed(name)) is not None]
    for stem, decision in BY_FILE.items():
        name = stem + HEADER
        sheets = sheets_beside(stem, files)
        if name not in files:
            problems.append(_missing(name, decision, [sheet for sheet, _ in sheets]))
        elif len(sheets) > 1:
            two = " and ".join(sheet for sheet, _ in sheets)
            problems.append(_wrong(name, f"its rows stand in {two}; keep one of the two.", "DUPLICATE"))
        else:
            parts[decision.name] = (name, files[name], sheets[0] if sheets else None)
    return parts, problems


def _missing(name: str, decision: Decision, sheets: Sequence[str]) -> Problem:
    said = f"this file is missing; it decides {decision.name}."
    if sheets:
        said = f"{said} {' and '.join(sheets)} holds its rows alone: give the file without its rows as well."
    return _wrong(name, said, "MISSING")


def _misnamed(name: str) -> Problem | None:
    path = PurePosixPath(name)
    if path.suffix in (HEADER, *SHEETS) and path.stem in BY_FILE and path.name == name:
        return None
    near = nearest(path.stem, BY_FILE)
    return _wrong(name[:FILE_NAME_MAX], f"no rule file is called so; {near}", "UNKNOWN_DECISION")


def _wrong(file: str, message: str, code: str) -> Problem:
    return Problem(file, 1, "", message, "error", code)
