"""Simulations that run beside all else in a gateway: started, looked at while they run, kept a while."""

from datetime import timedelta

from datasources.store import shelf
from resolvers.flows import rulebook_reading, rulebooks
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.jobs import Job
from resolvers.flows.rulebook_steps import check_role
from resolvers.flows.simulate import Simulation, simulate
from rules.errors import BadTimeSpan

SIMULATORS = rulebooks.AUTHORS | rulebooks.APPROVERS
LISTED_MAX = 10_000
"""Changed lines that a gateway keeps of a simulation; the command line writes more."""
SINCE_MAX = timedelta(days=366)


async def start(deps: Deps, version: str, since: timedelta, caller: Caller) -> Job:
    """The inquiries of that long are decided again under the book, now or when its turn comes.

    `Job.found` will be a Simulation, whose figures are then in the book's history.
    Raises NotForThisRole, UnknownRuleBook, BadTimeSpan, TooManySimulations, StoreUnavailable.
    """
    check_role(caller, "simulate", SIMULATORS)
    if not timedelta(0) < since <= SINCE_MAX:
        raise BadTimeSpan(since, SINCE_MAX)
    standing = await rulebook_reading.find(deps, version)
    chosen = standing.book.version

    async def work(job: Job) -> Simulation:
        def progress(done: int, of: int) -> None:
            job.done, job.of = done, of

        book = await shelf.book(deps.store.pool, chosen)
        found = await simulate(deps, book, since, progress, listed=LISTED_MAX)
        await rulebooks.record_simulation(deps, chosen, found.summary(), caller)
        return found

    return deps.jobs.start(chosen, caller.person, work)


def find(deps: Deps, job_id: str, caller: Caller) -> Job:
    """The simulation. Raises NotForThisRole, NotFound."""
    check_role(caller, "simulate", SIMULATORS)
    return deps.jobs.find(job_id)
