"""Simulations on the wire: how far one is, and what another rule book would have changed."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, Self

import strawberry

from resolvers.context import Info
from resolvers.flows import simulations
from resolvers.flows.jobs import Job
from resolvers.flows.simulate import ChangedLine, Simulation
from resolvers.governance.inputs import SimulateRuleBookInput
from resolvers.roles import roles, shown
from rules.changes import CHANGES, Tally, summed

SIMULATORS = sorted(simulations.SIMULATORS)
LINES_MAX = 1_000


@strawberry.type(description="How many lines change in one way.", directives=[roles(SIMULATORS)])
class SimulationCount:
    change: str = shown("gained, lost, earlier, later, elsewhere or figure.")
    lines: int = shown("How many lines.")


@strawberry.type(description="What changes for one channel and class.", directives=[roles(SIMULATORS)])
class SimulationTally:
    channel: str = shown("The channel; empty is all.")
    demand_class: str = shown("The class of its demand; empty is all.")
    lines: int = shown("How many lines were asked.")
    changed: list[SimulationCount] = shown("How many of them change, and how.")

    @classmethod
    def of(cls, channel: str, demand_class: str, tally: Tally) -> Self:
        """The tally of a channel and class."""
        counts = [SimulationCount(change=change, lines=tally.changed[change]) for change in CHANGES]
        return cls(channel=channel, demand_class=demand_class, lines=tally.lines, changed=counts)


@strawberry.type(description="A line that would be answered otherwise.", directives=[roles(SIMULATORS)])
class SimulatedLine:
    inquiry: strawberry.ID = shown("The inquiry.")
    asked_at: datetime = shown("When it was asked.")
    channel: str = shown("The channel that asked.")
    demand_class: str = shown("The class of its demand.")
    sku: str = shown("The item.")
    quantity: str = shown("The quantity asked for, in the item's base unit.")
    wanted: str = shown("The day it was wanted for.")
    change: str = shown("gained, lost, earlier, later, elsewhere or figure.")
    before: str = shown("The answer as it was given.")
    after: str = shown("The answer as it would be.")
    file: str | None = shown("The file of the row responsible; null where another line of the ask is.")
    row: str | None = shown("The row responsible.")
    row_before: str | None = shown("The row that answered before.")
    why: str | None = shown("Why the row is there.")

    @classmethod
    def of(cls, line: ChangedLine) -> Self:
        """The line as it is told."""
        by = line.by
        return cls(
            inquiry=strawberry.ID(line.inquiry_id),
            asked_at=line.asked_at,
            channel=line.channel,
            demand_class=line.demand_class,
            sku=line.sku,
            quantity=str(line.quantity),
            wanted=line.wanted,
            change=line.change,
            before=line.before,
            after=line.after,
            file=by.file if by else None,
            row=by.row_id if by else None,
            row_before=by.before_row if by else None,
            why=by.why if by else None,
        )


@strawberry.type(
    description="Logged inquiries decided again under another rule book.", directives=[roles(SIMULATORS)]
)
class RuleSimulation:
    id: strawberry.ID = shown("To ask how far it is: `ruleSimulation(id:)`, of the same gateway.")
    version: str = shown("The book.")
    done: int = shown("How many inquiries are decided again.")
    of_inquiries: int = shown("Of how many.")
    has_ended: bool = shown("Whether it is finished, well or not.")
    failed: str | None = shown("Why it failed, if it did.")
    found: strawberry.Private[Simulation | None]

    @shown("What changes in all; null until it has ended.")  # type: ignore[untyped-decorator]
    def total(self, info: Info) -> SimulationTally | None:
        if self.found is None:
            return None
        return SimulationTally.of("", "", summed(self._seen(info).values()))

    @shown("What changes by channel and class.")  # type: ignore[untyped-decorator]
    def by_class(self, info: Info) -> list[SimulationTally]:
        return [SimulationTally.of(*who, tally) for who, tally in sorted(self._seen(info).items())]

    def _seen(self, info: Info) -> dict[tuple[str, str], Tally]:
        """The tallies of the channels the caller may see."""
        tallies = {} if self.found is None else self.found.by_class
        caller = info.context.caller
        return {who: tally for who, tally in tallies.items() if caller.may_see_channel(who[0])}

    @shown("The first lines that change, at most 1,000; the command line writes them all.")  # type: ignore[untyped-decorator]
    def lines(
        self, info: Info, first: Annotated[int, strawberry.argument(description="So many of them.")] = 100
    ) -> list[SimulatedLine]:
        changed = [] if self.found is None else self.found.changed
        seen = (line for line in changed if info.context.caller.may_see_channel(line.channel))
        return [SimulatedLine.of(line) for line in islice(seen, max(0, min(first, LINES_MAX)))]

    @classmethod
    def of(cls, job: Job) -> Self:
        """The simulation as far as it is."""
        found = job.found if isinstance(job.found, Simulation) else None
        return cls(
            id=strawberry.ID(job.job_id),
            version=job.about,
            done=job.done,
            of_inquiries=job.of,
            has_ended=job.has_ended,
            failed=job.failed or None,
            found=found,
        )


@strawberry.type
class SimulationQuery:
    @shown("A simulation that was started in this gateway.", to=SIMULATORS)  # type: ignore[untyped-decorator]
    async def rule_simulation(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> RuleSimulation:
        return RuleSimulation.of(simulations.find(info.context.deps, str(id), info.context.caller))


@strawberry.type
class SimulationMutation:
    @shown(
        "The inquiries of some hours are decided again under a rule book; nothing else changes.",
        to=SIMULATORS,
    )  # type: ignore[untyped-decorator]
    async def simulate_rule_book(
        self,
        info: Info,
        input: Annotated[SimulateRuleBookInput, strawberry.argument(description="What to simulate.")],
    ) -> RuleSimulation:
        context = info.context
        since = timedelta(hours=input.since_hours)
        return RuleSimulation.of(await simulations.start(context.deps, input.version, since, context.caller))
