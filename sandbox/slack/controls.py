"""What the control API can do to the workspace: `/control/slack/...`."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox import kinds
from sandbox.decoding import decoded
from sandbox.slack import events, hands, messages, payloads, world
from sandbox.slack.envelopes import DispatchFailed, OperationTimeout
from sandbox.slack.platform import Platform
from sandbox.slack.workspace import Channel, Message

Json = dict[str, Any]


async def archive(platform: Platform, said: Json) -> Json:
    """Archive a channel, or with `{"archived": false}` bring it back."""
    channel = _channel(platform, said)
    channel.is_archived = said.get("archived", True)
    platform.bus.tell("channel", channel=channel.id)
    return {}


async def share_channel(platform: Platform, said: Json) -> Json:
    """Share a channel with another company, or with `{"shared": false}` end that."""
    channel = _channel(platform, said)
    channel.is_shared = said.get("shared", True)
    platform.bus.tell("channel", channel=channel.id)
    return {}


async def remove_app(platform: Platform, said: Json) -> Json:
    """Throw the app out of a channel."""
    channel = _channel(platform, said)
    channel.members.discard(platform.workspace.bot_user)
    platform.bus.tell("channel", channel=channel.id)
    return {}


async def delete_message(platform: Platform, said: Json) -> Json:
    """Delete a message, whoever wrote it."""
    messages.delete(platform, _message(platform, said))
    return {}


async def revoke_token(platform: Platform, said: Json) -> Json:
    """Revoke the bot token, or with `{"token": "app"}` the app token."""
    platform.switches[f"{said.get('token', 'bot')}_token"].set("revoked")
    return {}


async def drop_sockets(platform: Platform, _said: Json) -> Json:
    """End all WebSockets without a closing word."""
    number = len(platform.sockets.connections)
    await platform.sockets.drop()
    return {"dropped": number}


async def refuse_sockets(platform: Platform, said: Json) -> Json:
    """Refuse new WebSockets, or with `{"refuse": false}` accept them again."""
    refuse = said.get("refuse", True)
    platform.switches["sockets"].set("refused" if refuse else "accepted")
    return {}


async def disconnect(platform: Platform, said: Json) -> Json:
    """Tell all connections to go, for `reason` (default refresh_requested)."""
    told = await platform.sockets.disconnect(said.get("reason", "refresh_requested"))
    return {"told": told}


async def kill_tickets(platform: Platform, _said: Json) -> Json:
    """Make all tickets given out so far useless."""
    platform.sockets.kill_tickets()
    return {}


async def redeliver(platform: Platform, _said: Json) -> Json:
    """Send the last envelope once more."""
    return {"sent": await platform.envelopes.redeliver()}


async def stale_click(platform: Platform, said: Json) -> Json:
    """Press a button that its message no longer has, as an old client would."""
    user = said.get("user", world.ANA)
    message = _message(platform, said)
    payload = payloads.interaction(platform, "block_actions", user)
    payload |= payloads.on_message(platform, message, user)
    payload["trigger_id"] = platform.triggers.issue(user, channel=message.channel)
    payload["response_url"] = payloads.response_url(platform, user, message.channel, message)
    payload["actions"] = [
        {
            "type": "button",
            "block_id": said.get("block_id", "gone"),
            "action_id": said["action_id"],
            "value": said.get("value", ""),
            "text": {"type": "plain_text", "text": said.get("text", "Gone")},
            "action_ts": platform.workspace.new_ts(),
        }
    ]
    try:
        await hands.ask(platform, user, "This action", "interactive", payload)
    except hands.NoAnswer as failure:
        return failure.body()
    return {}


async def send_event(platform: Platform, said: Json) -> Json:
    """Send an event as the Events API would, with its retries: `{"event": {...}}`."""
    platform.later(platform.envelopes.tell(events.event(platform, said["event"])))
    return {}


async def send_interaction(platform: Platform, said: Json) -> Json:
    """Send any payload, whatever is in it: `{"payload": {...}, "kind"?: "interactive"}`."""
    try:
        ack = await platform.envelopes.ask(said.get("kind", "interactive"), said["payload"])
    except DispatchFailed:
        return {"ok": False, "error": "dispatch_failed"}
    except OperationTimeout:
        return {"ok": False, "error": "operation_timeout"}
    return {"ack": ack}


async def expire_triggers(platform: Platform, _said: Json) -> Json:
    """Make all trigger ids given out so far invalid."""
    platform.triggers.clear()
    return {}


Told = dict[str, kinds.Kind]
CHANNEL: Told = {"channel": kinds.TEXT}
MESSAGE: Told = CHANNEL | {"ts": kinds.TEXT}
TOLD: dict[str, tuple[Told, frozenset[str]]] = {
    "archive": (CHANNEL | {"archived": kinds.BOOLEAN}, frozenset(CHANNEL)),
    "share-channel": (CHANNEL | {"shared": kinds.BOOLEAN}, frozenset(CHANNEL)),
    "remove-app": (CHANNEL, frozenset(CHANNEL)),
    "delete-message": (MESSAGE, frozenset(MESSAGE)),
    "revoke-token": ({"token": kinds.one_of("bot", "app")}, frozenset()),
    "refuse-sockets": ({"refuse": kinds.BOOLEAN}, frozenset()),
    "disconnect": ({"reason": kinds.TEXT}, frozenset()),
    "stale-click": (
        MESSAGE
        | dict.fromkeys(("action_id", "user", "block_id"), kinds.TEXT)
        | dict.fromkeys(("value", "text"), kinds.ANY_TEXT),
        frozenset({*MESSAGE, "action_id"}),
    ),
    "event": ({"event": kinds.OBJECT}, frozenset({"event"})),
    "interaction": (
        {"payload": kinds.OBJECT, "kind": kinds.one_of("interactive", "slash_commands")},
        frozenset({"payload"}),
    ),
}
"""What each control is told, and which of it is required; nothing where it is not listed."""

CONTROLS: dict[str, Callable[[Platform, Json], Awaitable[Json]]] = {
    "archive": archive,
    "share-channel": share_channel,
    "remove-app": remove_app,
    "delete-message": delete_message,
    "revoke-token": revoke_token,
    "drop-sockets": drop_sockets,
    "refuse-sockets": refuse_sockets,
    "disconnect": disconnect,
    "kill-tickets": kill_tickets,
    "redeliver": redeliver,
    "stale-click": stale_click,
    "event": send_event,
    "interaction": send_interaction,
    "expire-triggers": expire_triggers,
}


def routes(platform: Platform) -> list[web.RouteDef]:
    """The addresses; each answers `{"ok": true, ...}`, or 400 with what was wrong."""
    return [
        web.post(f"/control/slack/{name}", _doing(platform, name, control))
        for name, control in CONTROLS.items()
    ]


def _doing(
    platform: Platform, name: str, control: Callable[[Platform, Json], Awaitable[Json]]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def doing(request: web.Request) -> web.StreamResponse:
        try:
            said = decoded(await request.read() or b"{}")
            kinds.read(said, *TOLD.get(name, ({}, frozenset())))
            return web.json_response({"ok": True, **await control(platform, said)})
        except (ValueError, KeyError, AttributeError) as wrong:
            text = f"this request cannot be read: {type(wrong).__name__}: {wrong}"
            return web.json_response({"error": text}, status=400)

    return doing


def _channel(platform: Platform, said: Json) -> Channel:
    return platform.workspace.channels[said["channel"]]


def _message(platform: Platform, said: Json) -> Message:
    message = platform.workspace.message(said["channel"], said["ts"])
    if message is None:
        raise KeyError(said["ts"])
    return message
