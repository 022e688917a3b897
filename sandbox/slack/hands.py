"""What a person does in the client, and what Slack makes of the app's answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.slack import choices, escaping, messages, payloads, values, views
from sandbox.slack.envelopes import DispatchFailed, OperationTimeout
from sandbox.slack.errors import BadHands, SlackError
from sandbox.slack.menus import Menu, answered
from sandbox.slack.platform import Platform
from sandbox.slack.views import View
from sandbox.slack.workspace import Channel, Message

Json = dict[str, Any]

TOLD: dict[str, str] = {
    "dispatch_failed": "{what} failed because the app did not respond (dispatch_failed).",
    "operation_timeout": "{what} failed with the error operation_timeout.",
    "invalid_command_response": "{what} failed: the app's answer cannot be shown.",
    "invalid_response": "We had some trouble connecting. Try again?",
}
"""What Slack's client says when the app answers late, badly or not at all."""


class NoAnswer(Exception):
    """The app did not answer, or not well; `error` is the word for it."""

    def __init__(self, error: str, messages_: list[str] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages_ or []

    def body(self) -> Json:
        more = {"messages": self.messages} if self.messages else {}
        return {"ok": False, "error": self.error, **more}


async def ask(platform: Platform, user: str, what: str, kind: str, payload: Json) -> Any:
    """Send something to the app and wait for its acknowledgement; failures become a notice.

    Raises:
        NoAnswer: dispatch_failed or operation_timeout.
    """
    try:
        return await platform.envelopes.ask(kind, payload)
    except DispatchFailed:
        error = "dispatch_failed"
    except OperationTimeout:
        error = "operation_timeout"
    platform.notice(user, error, TOLD[error].format(what=what))
    raise NoAnswer(error)


async def command(platform: Platform, user: str, channel: Channel, line: str) -> Json:
    """Send a slash command, and show what its acknowledgement says."""
    name, _, text = line.strip().partition(" ")
    described = platform.manifest.command(name)
    if described is None:
        return {"ok": False, "error": "unknown_command"}
    if channel.is_archived:
        return {"ok": False, "error": "is_archived"}
    text = text.strip()
    if described.get("should_escape", False):
        links = str(platform.switches["command_links"].value)
        text = escaping.escaped(platform.workspace, text, links)
    payload = payloads.command(platform, user, channel, name, text)
    try:
        ack = await ask(platform, user, name, "slash_commands", payload)
        shown = _shown_ack(platform, user, channel, name, ack)
    except NoAnswer as failure:
        return failure.body()
    return {"ok": True, "ack": shown}


async def press(
    platform: Platform, user: str, where: View | Message, block: Json, element: Json, chosen: Any
) -> Json:
    """Send what a person did to an element; `chosen` is its new value, None for a button."""
    payload = payloads.interaction(platform, "block_actions", user)
    action = choices.action(platform, block, element, chosen)
    if isinstance(where, View):
        payload |= payloads.on_view(platform, where)
        payload["trigger_id"] = platform.triggers.issue(user, channel=where.here, view_id=where.id)
    else:
        payload |= payloads.on_message(platform, where, user)
        payload["trigger_id"] = platform.triggers.issue(user, channel=where.channel)
        payload["response_url"] = payloads.response_url(platform, user, where.channel, where)
    payload["actions"] = [action]
    with waiting(platform, where):
        try:
            await ask(platform, user, "This action", "interactive", payload)
        except NoAnswer as failure:
            return failure.body()
    return {"ok": True, "dispatched": True}


async def options(
    platform: Platform, user: str, where: View | Message, block: Json, element: Json, query: str
) -> Json:
    """Ask the app for the options of an external menu."""
    if len(query) < element.get("min_query_length", choices.QUERY_LENGTH):
        return {"ok": False, "error": "query_too_short"}
    payload = payloads.interaction(platform, "block_suggestion", user)
    if isinstance(where, View):
        payload |= payloads.on_view(platform, where)
    else:
        payload |= payloads.on_message(platform, where, user)
    payload |= {
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "value": query,
    }
    try:
        # A menu that stays empty is all that a person sees of a failure: no notice.
        ack = await platform.envelopes.ask("interactive", payload)
    except DispatchFailed:
        return {"ok": False, "error": "dispatch_failed"}
    except OperationTimeout:
        return {"ok": False, "error": "operation_timeout"}
    menu = answered(ack)
    if not isinstance(menu, Menu):
        return {"ok": False, "error": "invalid_response", "messages": menu}
    platform.menus[choices.menu_key(user, where, block, element)] = menu.all()
    return {"ok": True, "options": menu.options, "option_groups": menu.groups}


async def submit(platform: Platform, user: str, view: View) -> Json:
    """Check the inputs as Slack's client does, send the submission, and do as the app answers."""
    if view.payload.get("submit") is None:
        raise BadHands("no_submit", "this view has no submit button")
    if errors := values.input_errors(view.blocks, view.state):
        return {"ok": False, "error": "invalid_input", "errors": errors}
    view.errors = {}
    payload = payloads.interaction(platform, "view_submission", user)
    payload |= {
        "trigger_id": platform.triggers.issue(user, channel=view.here, view_id=view.id),
        "view": platform.views.as_api(view),
        "response_urls": _response_urls(platform, user, view),
    }
    with waiting(platform, view):
        try:
            ack = await ask(platform, user, "This submission", "interactive", payload)
            return _respond(platform, user, view, ack)
        except NoAnswer as failure:
            return failure.body()


async def close(platform: Platform, user: str, view: View, *, clear: bool) -> None:
    """Cancel a view, or close the whole window, and tell the app where it asked for that."""
    stack = platform.views.stack(user)
    closed = stack[0] if clear or view.payload.get("clear_on_close") else view
    shown = platform.views.as_api(closed)
    platform.views.close(closed)
    platform.bus.tell("view", user=user)
    if closed.payload.get("notify_on_close"):
        payload = payloads.interaction(platform, "view_closed", user)
        # What was entered in a cancelled view is not told.
        payload |= {"view": shown | {"state": {"values": {}}}, "is_cleared": closed is not view}
        if clear:
            payload["is_cleared"] = True
        try:
            await platform.envelopes.ask("interactive", payload)
        except (DispatchFailed, OperationTimeout):
            return  # the window is closed whatever the app says, and nobody is told


async def shortcut(
    platform: Platform, user: str, callback_id: str, message: Message | None
) -> Json:
    """Use a shortcut, global or on a message."""
    kind = "shortcut" if message is None else "message_action"
    payload = payloads.interaction(platform, kind, user)
    payload |= {"callback_id": callback_id, "action_ts": platform.workspace.new_ts()}
    if message is None:
        payload["trigger_id"] = platform.triggers.issue(user)
    else:
        channel = platform.workspace.channels[message.channel]
        payload |= {
            "trigger_id": platform.triggers.issue(user, channel=channel.id),
            "channel": payloads.place(channel),
            "message_ts": message.ts,
            "message": messages.as_api(platform, message),
            "response_url": payloads.response_url(platform, user, channel.id, message),
        }
    try:
        await ask(platform, user, "This shortcut", "interactive", payload)
    except NoAnswer as failure:
        return failure.body()
    return {"ok": True, "ack": None}


@contextmanager
def waiting(platform: Platform, where: View | Message) -> Iterator[None]:
    """While the app is asked about a view, its screen says so."""
    if not isinstance(where, View):
        yield
        return
    where.waiting += 1
    platform.bus.tell("view", user=where.user)
    try:
        yield
    finally:
        where.waiting -= 1
        platform.bus.tell("view", user=where.user)


def _respond(platform: Platform, user: str, view: View, ack: Any) -> Json:
    """Do what the acknowledgement of a submission says."""
    action = ack.get("response_action") if isinstance(ack, dict) else None
    still_open = view in platform.views.stack(user)
    try:
        if not ack:
            platform.views.close(view)
        elif action == "clear":
            platform.views.close_all(user)
        elif action == "update" and still_open:
            views.check(ack.get("view"), platform.manifest.scopes)
            platform.views.update(view, ack["view"])
        elif action == "push" and still_open:
            views.check(ack.get("view"), platform.manifest.scopes)
            platform.views.push(view, ack["view"])
        elif action == "errors":
            return _errors(platform, user, view, ack.get("errors"))
        else:
            raise _invalid(platform, user, [f"response_action: {action}"])
    except SlackError as refused:
        reasons = refused.more.get("errors") or [refused.code]
        raise _invalid(platform, user, list(reasons)) from refused
    platform.bus.tell("view", user=user)
    return {"ok": True, "response_action": action, "view": top(platform, user)}


def top(platform: Platform, user: str) -> Json | None:
    """The view on top of a person's stack."""
    stack = platform.views.stack(user)
    return platform.views.as_api(stack[-1]) if stack else None


def _errors(platform: Platform, user: str, view: View, errors: Any) -> Json:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    texts = errors if isinstance(errors, dict) else {}
    strange = [
        f"errors: {key}"
        for key, text in texts.items()
        if key not in inputs or not isinstance(text, str) or not text
    ]
    if strange or not texts:
        raise _invalid(platform, user, strange or ["errors: none given"])
    view.errors = dict(texts)
    return {"ok": False, "error": "errors", "errors": view.errors}


def _invalid(platform: Platform, user: str, reasons: list[str]) -> NoAnswer:
    platform.notice(user, "invalid_response", TOLD["invalid_response"])
    return NoAnswer("invalid_response", reasons)


def _shown_ack(platform: Platform, user: str, channel: Channel, name: str, ack: Any) -> Json | None:
    """Show the message in a command's acknowledgement."""
    if not ack:
        return None
    try:
        content = messages.content(platform, ack if isinstance(ack, dict) else {}, summed=False)
    except SlackError as refused:
        error = "invalid_command_response"
        platform.notice(user, error, TOLD[error].format(what=name))
        raise NoAnswer(error, list(refused.more.get("errors") or [refused.code])) from refused
    response_type = ack.get("response_type", "ephemeral")
    seen_by = None if response_type == "in_channel" else user
    messages.post(platform, channel, content, seen_by=seen_by)
    return {"text": content.text, "blocks": content.blocks, "response_type": response_type}


def _response_urls(platform: Platform, user: str, view: View) -> list[Json]:
    urls = []
    for block in view.blocks:
        element = block.get("element") or {}
        if not element.get("response_url_enabled"):
            continue
        value = view.state.get(block["block_id"], {}).get(element["action_id"])
        channel = values.content(value)
        if channel:
            urls.append(
                {
                    "block_id": block["block_id"],
                    "action_id": element["action_id"],
                    "channel_id": channel,
                    "response_url": payloads.response_url(platform, user, channel, None),
                }
            )
    return urls
