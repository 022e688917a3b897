"""Messages: posted once, edited as often as needed."""

from dataclasses import dataclass

from bot.slack.calls import call, text_of
from bot.slack.clients import SlackClients
from bot.slack.messages.message import Message


@dataclass(frozen=True, slots=True)
class Posted:
    """A message in Slack.

    Attributes:
        channel: of the answer: a message to a user id stands in a direct message with its own id.
        ts: names the message in its channel.
    """

    channel: str
    ts: str


async def post(
    clients: SlackClients, channel: str, message: Message, thread_ts: str | None = None
) -> Posted:
    """Post a message. Not repeatable: the caller stores the intent before.

    Raises:
        ProductError: with `repeat` UNKNOWN where the message may stand there nevertheless.
    """
    answer = await call(
        clients.posting,
        clients.gate,
        "chat.postMessage",
        channel=channel,
        text=message.text,
        blocks=list(message.blocks) or None,
        thread_ts=thread_ts,
        unfurl_links=False,
        unfurl_media=False,
    )
    return Posted(text_of(answer, "channel"), text_of(answer, "ts"))


async def edit(clients: SlackClients, channel: str, ts: str, message: Message) -> None:
    """Replace what a message shows. Idempotent.

    Blocks and text are always sent together: an edit with text alone would remove the blocks.

    Raises:
        MessageLost: the message was deleted, or its time for edits is over.
        ChannelClosed: the app was removed, or the channel archived.
    """
    await call(
        clients.posting,
        clients.gate,
        "chat.update",
        channel=channel,
        ts=ts,
        text=message.text,
        blocks=list(message.blocks),
    )


async def permalink(clients: SlackClients, channel: str, ts: str) -> str:
    """The address of a message, for people.

    Raises:
        MessageLost: there is no such message.
    """
    answer = await call(
        clients.bolt, clients.gate, "chat.getPermalink", channel=channel, message_ts=ts
    )
    return text_of(answer, "permalink")
