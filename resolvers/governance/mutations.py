"""The steps of a rule book: handed in, approved by a second person, in force, taken back."""

from typing import Annotated

import strawberry

from resolvers.context import Info
from resolvers.flows import rulebook_reading as reading
from resolvers.flows import rulebooks
from resolvers.flows.rulebook_check import with_rest_of
from resolvers.flows.rulebook_standing import Standing
from resolvers.governance.inputs import (
    ActivateRuleBookInput,
    ApproveRuleBookInput,
    RejectRuleBookInput,
    RollbackRuleBookInput,
    SubmitRuleBookInput,
    contents,
)
from resolvers.governance.types import RuleBook, RuleProblem
from resolvers.roles import roles, shown

AUTHORS = sorted(rulebooks.AUTHORS)
APPROVERS = sorted(rulebooks.APPROVERS)
STEPPERS = sorted(rulebooks.AUTHORS | rulebooks.APPROVERS)
Step = strawberry.argument(description="The step.")


@strawberry.type(description="What became of a rule book that was handed in.", directives=[roles(AUTHORS)])
class SubmitRuleBookPayload:
    rule_book: RuleBook | None = shown("The book; null where it has errors and was not taken.")
    problems: list[RuleProblem] = shown("What the checks found, by file and line.")


@strawberry.type(description="Where a rule book stands after a step.", directives=[roles(STEPPERS)])
class RuleBookPayload:
    rule_book: RuleBook = shown("The book.")


@strawberry.type
class GovernanceMutation:
    @shown("A rule book is checked and, without errors, waits for a second person's approval.", to=AUTHORS)  # type: ignore[untyped-decorator]
    async def submit_rule_book(
        self, info: Info, input: Annotated[SubmitRuleBookInput, Step]
    ) -> SubmitRuleBookPayload:
        deps, caller = info.context.deps, info.context.caller
        files = with_rest_of(contents(input.files), await reading.files(deps))
        hand_in = rulebooks.draft if input.draft else rulebooks.submit
        drafted = await hand_in(deps, files, input.note, caller)
        return SubmitRuleBookPayload(
            rule_book=None if drafted.standing is None else RuleBook.of(drafted.standing),
            problems=[RuleProblem.of(problem) for problem in drafted.checked.problems],
        )

    @shown(
        "A second person approves a rule book, once it was simulated; it may then be activated.", to=APPROVERS
    )  # type: ignore[untyped-decorator]
    async def approve_rule_book(
        self, info: Info, input: Annotated[ApproveRuleBookInput, Step]
    ) -> RuleBookPayload:
        context = info.context
        return _payload(await rulebooks.approve(context.deps, input.version, context.caller, input.reason))

    @shown("A rule book is not to be used, for the reason given.", to=APPROVERS)  # type: ignore[untyped-decorator]
    async def reject_rule_book(
        self, info: Info, input: Annotated[RejectRuleBookInput, Step]
    ) -> RuleBookPayload:
        context = info.context
        return _payload(await rulebooks.reject(context.deps, input.version, context.caller, input.reason))

    @shown("From an instant on an approved rule book decides, in every gateway.", to=AUTHORS)  # type: ignore[untyped-decorator]
    async def activate_rule_book(
        self, info: Info, input: Annotated[ActivateRuleBookInput, Step]
    ) -> RuleBookPayload:
        deps, caller = info.context.deps, info.context.caller
        return _payload(await rulebooks.activate(deps, input.version, input.at, caller, input.reason))

    @shown("From now on an earlier rule book decides again; going back again goes back further.", to=AUTHORS)  # type: ignore[untyped-decorator]
    async def rollback_rule_book(
        self, info: Info, input: Annotated[RollbackRuleBookInput, Step]
    ) -> RuleBookPayload:
        context = info.context
        return _payload(await rulebooks.rollback(context.deps, context.caller, input.reason, input.to))


def _payload(now: Standing) -> RuleBookPayload:
    return RuleBookPayload(rule_book=RuleBook.of(now))
