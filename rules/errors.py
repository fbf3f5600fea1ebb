"""Refusals: what we say no to, always with a code, the figures and what to do next.

Refusal
├── NoLines, TooManyLines            an ask of the wrong size
├── InquiryWithLines, OrderLinesDiffer    a promise that does not fit the inquiry it names
├── OrderWithoutInquiry, OrderLinesWithoutOrder    names of lines that stand for nothing
├── UnknownChannel, UnknownSite, UnknownDestination    names the company does not have
├── ServiceWithoutDestination        a way that leads nowhere
├── BadCursor, BadPage               a list asked for from nowhere
├── NotFound                         an id nobody has, or that the caller may not see
├── Forbidden, Unauthenticated       a caller without the right
├── StoreUnavailable, TooBusy        not now; ask again
├── NoRow, BadFact                   a rule book that says nothing to the facts it is given
├── TooManyEvents, BadEvent          events that cannot be taken in
├── RuleBookUnsound, TooManyRuleFiles, BadRuleFile    a rule book that cannot be used
├── UnknownRuleBook, NoRuleBook, NoEarlierRuleBook    a rule book there is not
├── WrongStep, SamePerson, NotSimulated, NotForThisRole    a step a rule book cannot take now
├── ActivationInPast, AlreadyInForce, ReasonMissing, TextTooLong    or not in this way
├── UnknownDecision, UnknownRuleFile    a decision or file there is not
├── BadTimeSpan, TooManySimulations  a simulation that cannot be run now, or not so
├── DecidedBySettings                an inquiry of before rule books
├── BadKey, IdempotencyConflict      a key that cannot be one, or that was used for something else
├── BadCount                         more things named at once than can be taken, or none
├── BadDuration, InquiryExpired      kept for too long, or promised from too old an inquiry
├── InquiryOfThePast                 or from one that offered nothing
└── NoEngine                         nothing here evaluates rule files
"""

from collections.abc import Iterable
from datetime import datetime, timedelta


class Refusal(Exception):
    """Something was refused, nothing changed. `code` is stable; `figures` are the numbers in the message."""

    code = "REFUSED"
    retryable = False

    def __init__(self, message: str, next_step: str, **figures: object) -> None:
        super().__init__(f"{message} {next_step}")
        self.message = message
        self.next_step = next_step
        self.figures = figures


class NoLines(Refusal):
    code = "NO_LINES"

    def __init__(self) -> None:
        super().__init__(
            "The ask has no lines.", "Send at least one line with a sku, a quantity and a wanted day."
        )


class InquiryWithLines(Refusal):
    code = "INQUIRY_WITH_LINES"

    def __init__(self) -> None:
        super().__init__(
            "The promise names both an inquiry and lines.",
            "Send the inquiry, to be promised what it was told; or the lines without it, to be asked anew.",
        )


class OrderLinesDiffer(Refusal):
    code = "ORDER_LINES_DIFFER"

    def __init__(self, named: int, asked: int) -> None:
        super().__init__(
            f"{named:,} order lines were named for an inquiry of {asked:,} lines.",
            "Name one for each line of the inquiry, in its order; or none: then they are 1, 2, 3, ...",
            named=named,
            asked=asked,
        )


class OrderWithoutInquiry(Refusal):
    code = "ORDER_WITHOUT_INQUIRY"

    def __init__(self) -> None:
        super().__init__(
            "The promise names an order or order lines, but no inquiry whose lines they would be.",
            "Name the order and its line with each of `lines`, or send the inquiry.",
        )


class OrderLinesWithoutOrder(Refusal):
    code = "ORDER_LINES_WITHOUT_ORDER"

    def __init__(self, named: int) -> None:
        super().__init__(
            f"{named:,} order lines were named without the order they are of.",
            "Name the order too, or leave its lines out.",
            named=named,
        )


class TooManyLines(Refusal):
    code = "TOO_MANY_LINES"

    def __init__(self, lines: int, most: int) -> None:
        super().__init__(
            f"The ask has {lines:,} lines; one ask may have {most:,}.",
            "Split it into several asks.",
            lines=lines,
            most=most,
        )


class TooManyEvents(Refusal):
    code = "TOO_MANY_EVENTS"

    def __init__(self, events: int, most: int) -> None:
        super().__init__(
            f"The request brings {events:,} events; one request may bring {most:,}.",
            "Send them in several requests. None of these was taken.",
            events=events,
            most=most,
        )


class UnknownChannel(Refusal):
    code = "UNKNOWN_CHANNEL"

    def __init__(self, channel: str, known: Iterable[str]) -> None:
        super().__init__(
            f"No channel is called {channel}.",
            f"Use one of: {', '.join(sorted(known)) or 'none yet'}.",
            channel=channel,
        )


class UnknownSite(Refusal):
    code = "UNKNOWN_SITE"

    def __init__(self, site_id: str, known: Iterable[str]) -> None:
        super().__init__(
            f"No site is called {site_id}.",
            f"Use one of: {', '.join(sorted(known)) or 'none yet'}.",
            site=site_id,
        )


class UnknownDestination(Refusal):
    code = "UNKNOWN_DESTINATION"

    def __init__(self, destination: str, known: Iterable[str]) -> None:
        super().__init__(
            f"No destination is called {destination}.",
            f"Use one of: {', '.join(sorted(known)) or 'none yet'}.",
            destination=destination,
        )


class ServiceWithoutDestination(Refusal):
    code = "SERVICE_WITHOUT_DESTINATION"

    def __init__(self, service: str) -> None:
        super().__init__(
            f"The service {service} leads nowhere without a destination.",
            "Say with `shipTo` where the goods go, or leave the service out.",
            service=service,
        )


class BadCursor(Refusal):
    code = "BAD_CURSOR"

    def __init__(self) -> None:
        super().__init__(
            "That cursor is not one this list gave out.",
            "Use `pageInfo.endCursor` of the same list with the same filter, or start again without `after`.",
        )


class BadPage(Refusal):
    code = "BAD_PAGE"

    def __init__(self, first: int, most: int) -> None:
        super().__init__(
            f"A page of {first:,} cannot be had.",
            f"Ask for 1 to {most} rows with `first`.",
            first=first,
            most=most,
        )


class NotFound(Refusal):
    code = "NOT_FOUND"

    def __init__(self, what: str, name: str) -> None:
        super().__init__(
            f"There is no {what} {name}.", "Check the id; it may also belong to another channel."
        )


class Unauthenticated(Refusal):
    code = "UNAUTHENTICATED"

    def __init__(self, why: str) -> None:
        super().__init__(
            why, "Send a token as `Authorization: Bearer ...`; `earmark serve` prints one for each role."
        )


class Forbidden(Refusal):
    code = "FORBIDDEN"

    def __init__(self, what: str, needs: Iterable[str]) -> None:
        super().__init__(
            f"Your token may not use {what}.",
            f"It needs one of: {', '.join(sorted(needs)) or 'nobody has it'}.",
        )


class StoreUnavailable(Refusal):
    """PostgreSQL did not answer. Ask again."""

    code = "STORE_UNAVAILABLE"
    retryable = True

    def __init__(self) -> None:
        super().__init__(
            "The store did not answer, so nothing can be promised right now.", "Try again in a second."
        )


class TooBusy(Refusal):
    code = "TOO_BUSY"
    retryable = True

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting:,} asks are already waiting.", "Try again in a second.", waiting=waiting)


class BadEvent(Refusal):
    code = "BAD_EVENT"

    def __init__(self, number: int, what: str, next_step: str) -> None:
        super().__init__(
            f"Event {number} cannot be read: {what}. None of the events was taken.", next_step, event=number
        )


class NoRow(Refusal):
    """No row of a rule file takes the facts: it does not decide everything, or its dates leave a gap."""

    code = "NO_ROW"

    def __init__(self, file: str, facts: str) -> None:
        super().__init__(
            f"{file} has no row for {facts}.", "Have a row added to the rule file, or ask about another case."
        )


class BadFact(Refusal):
    """A decision was asked for without a fact it looks at, or with one of the wrong kind."""

    code = "BAD_FACT"

    def __init__(self, file: str, what: str) -> None:
        super().__init__(
            f"{file} cannot decide: {what}.", "Give every input of the file a value of its kind."
        )


class RuleBookUnsound(Refusal):
    """`problems` are what the checks found, as they are told to people."""

    code = "RULE_BOOK_UNSOUND"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            f"The rule book has {len(self.problems):,} errors; the first is: {next(iter(self.problems), '')}",
            "Mend them and hand it in again; `earmark rules check` lists them all.",
            errors=len(self.problems),
        )


class TooManyRuleFiles(Refusal):
    code = "TOO_MANY_RULE_FILES"

    def __init__(self, files: int, size: int, most: int, size_max: int) -> None:
        super().__init__(
            f"The rule book has {files:,} files of {size:,} bytes; it may have {most:,} of {size_max:,}.",
            "Leave out what is no rule file, and send only the files that differ.",
            files=files,
            bytes=size,
            most=most,
        )


class BadRuleFile(Refusal):
    code = "BAD_RULE_FILE"

    def __init__(self, file: str, what: str, next_step: str) -> None:
        super().__init__(f"{file} cannot be taken: {what}.", next_step)


class UnknownRuleBook(Refusal):
    code = "UNKNOWN_RULE_BOOK"

    def __init__(self, version: str) -> None:
        super().__init__(
            f"No one rule book is called {version}.",
            "Use a version of the list of rule books, or enough of its first letters to mean only one.",
        )


class NoRuleBook(Refusal):
    code = "NO_RULE_BOOK"

    def __init__(self) -> None:
        super().__init__(
            "No rule book is in force, so nothing can be decided by one.",
            "Start Earmark once, which puts the shipped one in force, or activate one.",
        )


class NoEarlierRuleBook(Refusal):
    code = "NO_EARLIER_RULE_BOOK"

    def __init__(self, version: str, before: str | None) -> None:
        super().__init__(
            f"{before} cannot be gone back to: it was not in force before {version}."
            if before
            else f"No other rule book was in force before {version}.",
            "Name a version that was in force, or activate an approved one.",
        )


class WrongStep(Refusal):
    code = "WRONG_STEP"

    def __init__(self, version: str, state: str, step: str, next_step: str) -> None:
        super().__init__(f"Rule book {version} is {state}, so it cannot be {step}.", next_step, state=state)


class SamePerson(Refusal):
    code = "SAME_PERSON"

    def __init__(self, version: str, person: str) -> None:
        super().__init__(
            f"{person} handed in rule book {version}, and nobody approves what is his own.",
            "Ask another analyst, a steward or an admin to approve it.",
        )


class NotForThisRole(Refusal):
    code = "NOT_FOR_THIS_ROLE"

    def __init__(self, step: str, needs: Iterable[str]) -> None:
        super().__init__(f"You may not {step} rule books.", f"It needs one of: {', '.join(sorted(needs))}.")


class NotSimulated(Refusal):
    code = "NOT_SIMULATED"

    def __init__(self, version: str) -> None:
        super().__init__(
            f"Rule book {version} was not tried on the logged inquiries yet.",
            f"Simulate it, on its page or with `earmark rules simulate --version {version}`, look at what it "
            "would have changed, and approve it then.",
        )


class ActivationInPast(Refusal):
    code = "ACTIVATION_IN_PAST"

    def __init__(self, instant: datetime, now: datetime) -> None:
        super().__init__(
            f"{instant:%Y-%m-%d %H:%M:%S} UTC has gone by; it is {now:%Y-%m-%d %H:%M:%S} UTC.",
            "Name a later instant, or none to activate it now.",
            instant=instant.isoformat(),
            now=now.isoformat(),
        )


class AlreadyInForce(Refusal):
    code = "ALREADY_IN_FORCE"

    def __init__(self, version: str) -> None:
        super().__init__(f"Rule book {version} is in force then already.", "There is nothing to do.")


class ReasonMissing(Refusal):
    code = "REASON_MISSING"

    def __init__(self, what: str, step: str) -> None:
        super().__init__(f"A {what} is not {step} without a reason.", "Say why in a few words.")


class TextTooLong(Refusal):
    code = "TEXT_TOO_LONG"

    def __init__(self, what: str, letters: int, most: int) -> None:
        super().__init__(
            f"The {what} has {letters:,} characters; it may have {most:,}.",
            "Say it in fewer words, in printable characters.",
            letters=letters,
            most=most,
        )


class UnknownDecision(Refusal):
    code = "UNKNOWN_DECISION"

    def __init__(self, decision: str, known: Iterable[str]) -> None:
        super().__init__(f"No decision is called {decision}.", f"Use one of: {', '.join(sorted(known))}.")


class UnknownRuleFile(Refusal):
    code = "UNKNOWN_RULE_FILE"

    def __init__(self, file: str, known: Iterable[str]) -> None:
        super().__init__(f"The rule book has no file {file}.", f"Use one of: {', '.join(sorted(known))}.")


class NoEngine(Refusal):
    """Rule files were to be evaluated where nothing evaluates them."""

    code = "NO_ENGINE"

    def __init__(self) -> None:
        super().__init__(
            "Rule files cannot be evaluated here.", "Use a gateway, or `earmark rules` on its machine."
        )


class DecidedBySettings(Refusal):
    """The inquiry was decided before rule books were: its answer stands, and cannot be worked out again."""

    code = "DECIDED_BY_SETTINGS"

    def __init__(self, inquiry: str) -> None:
        super().__init__(
            f"Inquiry {inquiry} was decided by settings, before rule books took their place.",
            "Ask again: today's answer names the rows that made it.",
        )


class BadTimeSpan(Refusal):
    code = "BAD_TIME_SPAN"

    def __init__(self, given: timedelta, most: timedelta) -> None:
        super().__init__(
            f"{given} is no time to look back: it must be above 0 and at most {most.days} days.",
            "Give a number of hours within that.",
        )


class TooManySimulations(Refusal):
    code = "TOO_MANY_SIMULATIONS"

    def __init__(self, most: int) -> None:
        told = f"{most} simulations wait for their turn already."
        super().__init__(told, "Look at theirs first, or try again later.", most=most)


class BadKey(Refusal):
    code = "BAD_KEY"

    def __init__(self, letters: int, most: int) -> None:
        super().__init__(
            f"A key of {letters:,} characters cannot be kept.",
            f"Send 1 to {most} printable characters, new ones for each thing you want done.",
            letters=letters,
            most=most,
        )


class IdempotencyConflict(Refusal):
    """The key stands for another payload; nothing was done for this one."""

    code = "IDEMPOTENCY_CONFLICT"

    def __init__(self, key: str, act: str, at: datetime) -> None:
        super().__init__(
            f"Key {key} was used at {at:%Y-%m-%d %H:%M:%S} UTC to {act} something else.",
            "Send the first payload to see its outcome, or this one under a new key.",
            key=key,
            act=act,
        )


class BadDuration(Refusal):
    code = "BAD_DURATION"

    def __init__(self, seconds: int, most: int) -> None:
        super().__init__(
            f"Nothing can be kept for {seconds:,} seconds.",
            f"Keep it for 1 to {most:,} seconds, or promise it.",
            seconds=seconds,
            most=most,
        )


class BadCount(Refusal):
    code = "BAD_COUNT"

    def __init__(self, what: str, given: int, most: int) -> None:
        super().__init__(
            f"{given:,} {what} cannot be taken at once.",
            f"Name 1 to {most:,}; none of these was touched.",
            given=given,
            most=most,
        )


class InquiryExpired(Refusal):
    code = "INQUIRY_EXPIRED"

    def __init__(self, inquiry: str, hours: int, most: int) -> None:
        super().__init__(
            f"Inquiry {inquiry} is {hours:,} hours old; what it was told is good for {most}.",
            "Ask again and promise from the new inquiry, or promise without one.",
            hours=hours,
            most=most,
        )


class InquiryOfThePast(Refusal):
    """It was answered as something was known earlier, and so offered nothing."""

    code = "INQUIRY_OF_THE_PAST"

    def __init__(self, inquiry: str, known_at: datetime) -> None:
        super().__init__(
            f"Inquiry {inquiry} asked what was known at {known_at:%Y-%m-%d %H:%M:%S} UTC: that is no offer.",
            "Ask again without `asKnownAt` and promise from the new inquiry, or promise without one.",
            inquiry=inquiry,
            known_at=known_at.isoformat(),
        )
