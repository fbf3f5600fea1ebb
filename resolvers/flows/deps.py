"""What every flow is handed: the open store and its readers and writers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from datasources.store.inquiries import InquiryLog
from datasources.store.snapshot import SnapshotReader
from datasources.store.unit import Store
from resolvers.flows.commits import Commits
from resolvers.flows.jobs import Jobs
from rules.answers import Answers
from rules.errors import NoEngine

RuleFile = tuple[str, bytes, tuple[str, bytes] | None]
"""A rule file's name and content, and those of the sheet beside it, where its rows stand in one."""


class RulesEvaluator(Protocol):
    """Has the rules engine answer every cell of some tables, in their order."""

    async def __call__(self, tables: Sequence[RuleFile], /) -> Sequence[Answers]: ...


async def no_engine(_: Sequence[RuleFile]) -> Sequence[Answers]:
    """Nothing is evaluated: raises NoEngine. For processes that only read what was evaluated."""
    raise NoEngine


@dataclass(frozen=True, slots=True)
class Deps:
    store: Store
    snapshots: SnapshotReader
    inquiries: InquiryLog
    evaluate: RulesEvaluator = no_engine
    commits: Commits = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "commits", Commits(self.store))

    jobs: Jobs = field(default_factory=Jobs)


PLANNER = "planner"
"""The role of those who agree to goods being bought or made for an ask."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a person or system, in which roles, for which channels (None is every channel)."""

    person: str
    roles: frozenset[str]
    channels: frozenset[str] | None

    @property
    def may_agree(self) -> bool:
        """Whether this is a person who may agree to goods being bought or made."""
        return PLANNER in self.roles

    def may_see_channel(self, channel: str) -> bool:
        return self.channels is None or channel in self.channels
