"""Conversations: may the app deliver there, and what to do if not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.model.draft import Destination
from bot.model.errors import ChannelClosed, NotSetUp
from bot.slack.calls import call, text_of
from bot.slack.clients import SlackClients

DIRECT_PREFIX = "D"
"""Ids of direct messages begin so; group messages share C and G with channels."""

GROUP_MESSAGE = "mpdm-"
"""Names of group messages begin so; the slash command tells the name, even where we cannot look."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What `conversations.info` says that decides about a delivery.

    Attributes:
        id: Slack's id.
        direct: between two sides; `user` is the one that is not the app.
        user: of a direct message.
        group: a message among several people.
        private: a channel that is invisible from outside.
        member: whether the app is in it.
        archived: closed for writing; a frozen channel too.
        shared: with another company, or offered to one; not merely between workspaces of one.
    """

    id: str
    direct: bool = False
    user: str | None = None
    group: bool = False
    private: bool = False
    member: bool = False
    archived: bool = False
    shared: bool = False


def read_conversation(channel: Mapping[str, Any]) -> Conversation:
    """From Slack's channel object; what it leaves out is false."""
    user = channel.get("user")
    return Conversation(
        id=str(channel.get("id") or ""),
        direct=channel.get("is_im") is True,
        user=user if isinstance(user, str) else None,
        group=channel.get("is_mpim") is True,
        private=channel.get("is_private") is True,
        member=channel.get("is_member") is True,
        archived=channel.get("is_archived") is True or channel.get("is_frozen") is True,
        shared=channel.get("is_ext_shared") is True
        or channel.get("is_pending_ext_shared") is True
        or bool(channel.get("pending_shared"))
        or bool(channel.get("pending_connected_team_ids")),
    )


def judge(
    conversation: Conversation, *, user: str, app_name: str, allow_shared: bool
) -> Destination | None:
    """Whether the app can deliver into a conversation that it can see.

    Returns:
        None where the person's own direct message with the app should be used instead.
    """
    at = conversation.id
    if conversation.direct:
        return Destination(at, direct=True) if conversation.user == user else None
    if conversation.archived:
        return Destination(at, problem="This channel is archived. Choose another one.")
    if conversation.shared and not allow_shared:
        return Destination(
            at,
            problem="This channel is shared with another company, and exports are not posted "
            "there. Choose another channel, or ask the person who runs this app to allow it.",
        )
    if conversation.member or conversation.group:
        return Destination(at)
    if conversation.private:
        return Destination(at, problem=invite(app_name))
    return Destination(at, join=True)


async def require_not_shared(clients: SlackClients, channel: str) -> None:
    """Look whether a channel still belongs to one company, just before something is posted there.

    Raises:
        ChannelClosed: it is shared with another company by now.
        ProductError: Slack could not be asked.
    """
    answer = await call(clients.bolt, clients.gate, "conversations.info", channel=channel)
    found = answer.get("channel")
    if read_conversation(found if isinstance(found, Mapping) else {}).shared:
        raise ChannelClosed(
            "This channel is shared with another company by now, and exports are not posted there.",
            "Choose another channel, or ask the person who runs this app to allow it.",
        )


def invite(app_name: str) -> str:
    """What a person has to do where the app is not, and cannot go by itself."""
    return (
        f"The app is not in this conversation. Type /invite @{app_name} there, "
        "or choose another channel or your direct message with the app."
    )


async def look_at(
    clients: SlackClients,
    *,
    channel: str,
    user: str,
    bot_user: str,
    allow_shared: bool,
    app_name: str = "Botify Export",
    channel_name: str | None = None,
) -> Destination:
    """Look at a conversation before anything is spent for it.

    A direct message between people, and a group message that the app is not in, are closed to
    apps: the answer is then the person's own direct message with the app.

    Args:
        clients: to ask with.
        channel: Slack's id of the conversation, or of the app's or the person's own user.
        user: who wants the export.
        bot_user: user id of the app.
        allow_shared: whether channels shared with other companies are allowed.
        app_name: what follows the `@` in `/invite @...`.
        channel_name: as the slash command told it; recognises group messages.

    Raises:
        ProductError: Slack could not be asked, or does not accept the token.
    """
    if channel in (user, bot_user):
        return await _direct(clients, user)
    try:
        answer = await call(clients.bolt, clients.gate, "conversations.info", channel=channel)
    except ChannelClosed:
        group = (channel_name or "").startswith(GROUP_MESSAGE)
        if channel.startswith(DIRECT_PREFIX) or group:
            return await _direct(clients, user)
        return Destination(channel, problem=invite(app_name))
    except NotSetUp as error:
        return Destination(channel, problem=f"{error.sentence} {error.next_step}")
    found = answer.get("channel")
    conversation = read_conversation(found if isinstance(found, Mapping) else {})
    return judge(
        conversation, user=user, app_name=app_name, allow_shared=allow_shared
    ) or await _direct(clients, user)


async def _direct(clients: SlackClients, user: str) -> Destination:
    """The person's direct message with the app, as a destination."""
    try:
        return Destination(await open_direct(clients, user), direct=True)
    except (ChannelClosed, NotSetUp) as error:
        return Destination(user, problem=f"{error.sentence} {error.next_step}", direct=True)


async def open_direct(clients: SlackClients, user: str) -> str:
    """The id of a person's direct message with the app. Idempotent.

    Raises:
        ChannelClosed: the person or the workspace does not take direct messages of the app.
    """
    answer = await call(clients.bolt, clients.gate, "conversations.open", users=user)
    return text_of(answer, "channel", "id")


async def join(clients: SlackClients, channel: str) -> None:
    """Join a public channel. Idempotent: already being there is no error.

    Raises:
        ChannelClosed: it is private, archived, or gone.
    """
    await call(clients.bolt, clients.gate, "conversations.join", channel=channel)
