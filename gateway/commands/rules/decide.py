"""`earmark rules decide`: a fact is tried, and every row says why it fired or did not."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gateway.commands.endings import refuse, run, say, show
from gateway.commands.options import DATA, JSON
from gateway.commands.rules.options import DEMO, LocalTime, ask_gateway
from gateway.rulefiles import POLICIES, read_folder

if TYPE_CHECKING:
    from resolvers.flows.deps import Deps
    from rules.problems import Problem
    from rules.trail import Trail

PASSED_SHOWN_MAX = 40


@click.command()
@click.argument("decision")
@click.argument("facts", nargs=-1)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the rule files are. Left out: rules/policies of the checkout.",
)
@click.option("--version", help="Ask this stored book instead of a folder; `now` is the one in force.")
@click.option("--at", "local", type=LocalTime(), help="The site's local time; left out: now.")
@DEMO
@DATA
@JSON
def decide(
    decision: str, facts: tuple[str, ...], folder: Path | None, version: str | None, **how: Any
) -> None:
    """Try a fact: what is decided, and by which row.

    The answer of DECISION to FACTS is told with the row that fired, and why those above it did not. FACTS are
    written as in a rule file, one after the other: channel_kind=web days_late=3
    """
    given = _given(facts)
    if folder is not None and version is not None:
        refuse("Ask a folder with --folder or a stored book with --version, not both.")
    if version is None:
        found = run(_of_folder(folder or POLICIES, decision, given, how["local"]))
    else:
        wanted, local = None if version == "now" else version, how["local"]
        moment = None if local is None else local.replace(tzinfo=UTC)

        async def work(deps: "Deps") -> "Trail":
            from resolvers.flows.rulebook_trying import try_fact

            return (await try_fact(deps, decision, given, (moment, None), wanted)).trail

        found = ask_gateway(how["data"], work, demo=how["demo"])
    from gateway.commands.rules.words import trail_content

    show(trail_content(found), "\n".join(_lines(found, given)), as_json=how["as_json"])


def _given(facts: tuple[str, ...]) -> dict[str, str]:
    given = {}
    for fact in facts:
        name, equals, value = fact.partition("=")
        if not equals or not name.strip():
            refuse(f"{fact!r} is no fact. Write name=value, such as channel_kind=web.")
        given[name.strip()] = value
    return given


def _of_folder(
    folder: Path, decision: str, given: dict[str, str], local: datetime | None
) -> "Callable[[], Awaitable[Trail]]":
    """What the working copy decides; only that decision's file has to be sound."""

    async def work() -> "Trail":
        from gateway.commands.rules.working import evaluating
        from resolvers.flows.rulebook_trying import facts_of
        from rules.book import Compiled
        from rules.decisions import DECISIONS
        from rules.errors import UnknownDecision
        from rules.trail import trail

        if decision not in DECISIONS:
            raise UnknownDecision(decision[:80], DECISIONS)
        stem = DECISIONS[decision].file
        files = {name: content for name, content in read_folder(folder).items() if Path(name).stem == stem}
        async with evaluating() as look:
            found = await look(files)
        if decision not in found.answers:
            _refuse_unsound(folder, stem, found.errors)
        table = found.tables[decision]
        compiled = Compiled(table, found.answers[decision])
        # A working copy has no database whose clock could be asked.
        return trail(compiled, facts_of(table, given), local or datetime.now())  # noqa: DTZ005  a site's own time

    return work


def _refuse_unsound(folder: Path, stem: str, problems: "Iterable[Problem]") -> NoReturn:
    from gateway.commands.rules.words import problem_lines

    own = [problem for problem in problems if Path(problem.file).stem == stem]
    for line in problem_lines(folder, own):
        say(line)
    refuse(f"{stem} cannot decide anything before these errors are mended.")


def _lines(found: "Trail", given: Mapping[str, str]) -> list[str]:
    from gateway.commands.rules.words import answer_words, facts_words, local_words
    from rules.written import write_fact

    answers = [answer_words(found.decision, verdict.then) for verdict in found.verdicts]
    lines = [f"{found.decision}: {' | '.join(answers) or 'no row fits, so nothing is decided'}"]
    lines += [f"  {row.row_id} ({row.file}): {row.why}" for each in found.verdicts for row in each.fired]
    lines.append(f"Asked for {facts_words(found.facts)}. The same is answered for {found.cell}.")
    lines += [
        f"  {name} {given[name]} counts as {write_fact(value)}: {found.file} names or knows no other."
        for name, value in found.facts.items()
        if not isinstance(value, bool) and write_fact(value) != given[name].strip()
    ]
    if found.starts or found.until:
        until = f" until {local_words(found.until)}" if found.until else ""
        lines.append(f"The rows that hold now do so from {local_words(found.starts)}{until}.")
    if found.passed:
        lines.append("Rows that did not fit:")
        lines += [f"  {passed}" for passed in found.passed[:PASSED_SHOWN_MAX]]
    if len(found.passed) > PASSED_SHOWN_MAX:
        lines.append(f"  ... and {len(found.passed) - PASSED_SHOWN_MAX:,} more; --json has them all.")
    if found.below:
        lines.append(f"Rows below it, which were not looked at: {found.below:,}.")
    return lines
