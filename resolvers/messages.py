"""Messages for other systems on the wire."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from datasources.store.outbox import Taken
from resolvers.context import Info
from resolvers.flows import messages as flow
from resolvers.roles import roles, shown

TAKERS = ("admin", "integrator", "oms")
"""Who takes messages on behalf of another system."""


def told(description: str, **options: Any) -> Any:
    """An input field with its description."""
    return strawberry.field(description=description, **options)


@strawberry.input(description="How many messages are taken, for how long.")
class TakeMessagesInput:
    most: int = told("1 to 500.", default=100)
    lease_seconds: int = told(
        "1 to 3,600: what is not acknowledged by then is given to whoever asks next.", default=60
    )


@strawberry.input(description="Messages that have had their effect.")
class AcknowledgeMessagesInput:
    messages: list[strawberry.ID] = told("1 to 500 messages.")


@strawberry.type(description="Something another system must hear of.", directives=[roles(TAKERS)])
class Message:
    message: strawberry.ID = shown("Its id: taken again after a lease has ended, it is the same.")
    topic: str = shown(
        "promise.at_risk, promise.moved or promise.withdrawn; purchase.requested, production.ordered or "
        "transfer.ordered."
    )
    key: str = shown("What it is about. Of one key the next message comes once this one is acknowledged.")
    channel: str = shown("Whose it is.")
    content: str = shown("What there is to say, as JSON.")
    recorded_at: datetime = shown("When what it tells of was recorded.")
    traceparent: str | None = shown("The trace that recorded it.")
    taken_until: datetime = shown("When it is given to others, if it is not acknowledged.")
    takings: int = shown("How often it was taken, this time included.")

    @classmethod
    def of(cls, taken: Taken) -> "Message":
        message = taken.message
        return cls(
            message=strawberry.ID(str(taken.message_id)),
            topic=message.topic,
            key=message.key,
            channel=message.channel,
            content=message.content,
            recorded_at=taken.recorded_at,
            traceparent=message.traceparent or None,
            taken_until=taken.taken_until,
            takings=taken.takings,
        )


@strawberry.type(description="Messages taken.", directives=[roles(TAKERS)])
class TakeMessagesPayload:
    messages: list[Message] = shown("The oldest first; empty where there are none.")


@strawberry.type(description="What became of one message named.", directives=[roles(TAKERS)])
class Acknowledgement:
    message: strawberry.ID = shown("The id as it was sent.")
    done: bool = shown("Whether it is done; false where there is no such message.")


@strawberry.type(description="What became of the messages named.", directives=[roles(TAKERS)])
class AcknowledgeMessagesPayload:
    acknowledgements: list[Acknowledgement] = shown("One for each message named, in the same order.")


@strawberry.type
class MessagesMutation:
    @shown(  # type: ignore[untyped-decorator]
        "Messages for another system, each at least once: taken until the lease ends, then anybody's again.",
        to=TAKERS,
    )
    async def take_messages(
        self, info: Info, input: Annotated[TakeMessagesInput, strawberry.argument(description="How many.")]
    ) -> TakeMessagesPayload:
        context = info.context
        taken = await flow.take(context.deps, input.most, input.lease_seconds, context.caller)
        return TakeMessagesPayload(messages=[Message.of(each) for each in taken])

    @shown("Messages are not given to anybody again. Again, it changes nothing.", to=TAKERS)  # type: ignore[untyped-decorator]
    async def acknowledge_messages(
        self,
        info: Info,
        input: Annotated[AcknowledgeMessagesInput, strawberry.argument(description="Which.")],
    ) -> AcknowledgeMessagesPayload:
        named = [str(each) for each in input.messages]
        done = await flow.acknowledge(info.context.deps, named, info.context.caller)
        return AcknowledgeMessagesPayload(
            acknowledgements=[
                Acknowledgement(message=strawberry.ID(name), done=is_done)
                for name, is_done in zip(named, done, strict=True)
            ]
        )
