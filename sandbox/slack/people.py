"""A person's hands: the API under `/client/` with which the page and the tests use the workspace.

It stands for Slack's own client, so it refuses what that client refuses, before anything is sent
to the app. All bodies and answers are JSON. A request that the client itself could never make
(unknown person, unknown element) is HTTP 400 `{"ok": false, "error": CODE, "detail": TEXT}`;
everything else is HTTP 200 with `ok`.

Objects
-------
Channel
    `{"id", "name", "kind": "public"|"private"|"im"|"mpim", "is_member", "app_is_member",
    "is_archived", "is_shared", "members": [user id]}`. `name` of a direct message is the name of
    the other side. A person gets the public channels, and the others that they are in.
Message
    `{"channel", "ts", "user", "username", "is_bot", "text", "blocks": [...]|null, "thread_ts":
    ts|null, "reply_count", "files": [File], "edited": bool, "edits": n, "ephemeral": bool,
    "time": unix seconds, "state": {"values": ...}, "response_type"}`. `edited` says whether Slack
    shows "(edited)": not after an update with blocks. `edits` counts all updates. `thread_ts`
    is set on replies, and equals `ts` on a parent that has replies. `text` and `blocks` are as
    the app sent them (mrkdwn, `&amp; &lt; &gt;` escaped, `<@U…>` mentions). `state.values` holds
    what this person has chosen in the message's elements.
File
    `{"id", "name", "title", "size", "mimetype", "download": "/client/files/ID/download?user=U"}`
View
    `{"id", "root_view_id", "previous_view_id", "hash", "callback_id", "title", "submit",
    "close", "blocks", "state": {"values": {block_id: {action_id: VALUE}}}, "errors":
    {block_id: text}, "busy": bool}`. `title`, `submit`, `close` are text objects or null.
    `errors` are what the app answered to the last submission. `busy` while a submission or a
    block action of it waits for the app.
VALUE (as in Slack's `view.state.values`)
    `{"type": ELEMENT TYPE, ...}` with one of `value` (text|null), `selected_option` (option|null),
    `selected_options`, `selected_conversation(s)`, `selected_channel(s)`, `selected_user(s)`,
    `selected_date`, `selected_time`, `selected_date_time`.
Option
    `{"text": text object, "value", "description"?}`
Notice
    `{"id", "error": CODE, "text": what Slack's client tells the person, "time"}`: what Slack shows
    as a toast or a Slackbot line: `dispatch_failed`, `operation_timeout`, `invalid_response`,
    `invalid_command_response`.

Reading
-------
`GET /client/state?user=U`
    `{"team": {"id", "name", "domain"}, "me": Person, "people": [Person], "app": {"id", "name",
    "bot_user_id", "connections": n, "commands": [{"command", "description", "usage_hint"}],
    "shortcuts": [...], "home_tab": bool}, "channels": [Channel], "messages": {channel id:
    [Message, oldest first; ephemeral ones of this person among them]}, "views": [View, the top
    one last], "home": View|null, "notices": [Notice]}`; Person is `{"id", "name", "real_name",
    "is_bot"}`.
`GET /client/events?user=U`
    Server-sent events, one JSON object each, without an event name (`onmessage`):
    `{"type": "message", "channel", "ts", "change": "posted"|"edited"|"deleted"}` ·
    `{"type": "view"}` (this person's stack changed: read the state again) · `{"type": "home"}` ·
    `{"type": "notice", "notice": Notice}` · `{"type": "channel", "channel"}` ·
    `{"type": "file", "file", "channel"}` · `{"type": "connection", "connections": n}` ·
    `{"type": "journal", "entry": Entry}` · `{"type": "reset"}`. The first is `{"type": "hello"}`.
`GET /client/files/{id}/download?user=U`
    the bytes, `Content-Disposition: attachment` with the file's name; 404 where the person is not
    in a channel that the file was shared in.

Doing
-----
`POST /client/command {user, channel, text}`
    `text` is the whole line, `/botify-export https://…`. `{"ok": true, "ack": {"text", "blocks",
    "response_type"}|null}` or `{"ok": false, "error": "operation_timeout"|"dispatch_failed"|
    "unknown_command"|"is_archived"|"invalid_command_response"}`. The person's command is not
    shown; an ack with text appears as an (ephemeral) message.
`POST /client/message {user, channel, text, thread_ts?}` -> `{"ok": true, "ts"}`
`POST /client/action {user, view_id | channel+ts, block_id, action_id, value?}`
    Presses a button (no `value`), chooses in a select, presses Enter in a text input; in a message
    also what stood there before an edit, as a client that was slow to hear of it. `value` is a
    VALUE without `type`, or its short form: a text for text inputs; the option's `value`, or a
    list of them, for menus (of external ones: options of the last `/client/options`); an id or a
    list of ids; null empties it. `{"ok": true, "dispatched": bool}`: an element of an input block
    without `dispatch_action` only takes the value. Or `{"ok": false, "error":
    "operation_timeout"|"dispatch_failed"}`. For an `overflow` the option's value. `home: true`
    instead of `view_id` for the app's Home.
`POST /client/input {user, view_id, block_id, action_id, value}` -> as `action`
    Typing: takes the value, and dispatches only where `on_character_entered` asks for it.
`POST /client/options {user, view_id | channel+ts, block_id, action_id, query}`
    Opens or types into an external select: `{"ok": true, "options": [Option], "option_groups":
    [{"label", "options"}]}` (one of the two filled), or `{"ok": false, "error":
    "query_too_short"|"operation_timeout"|"dispatch_failed"|"invalid_response", "messages"?}`.
`POST /client/submit {user, view_id}`
    `{"ok": true, "response_action": null|"update"|"push"|"clear", "view": top View|null}`;
    `{"ok": false, "error": "invalid_input", "errors": {block_id: text}}` when Slack's client
    itself stops it (nothing was sent); `{"ok": false, "error": "errors", "errors": {...}}` when the
    app answered with errors; `{"ok": false, "error": "operation_timeout"|"dispatch_failed"|
    "invalid_response", "messages"?}`, where the view stays open.
`POST /client/close {user, view_id, clear?}` -> `{"ok": true, "view": top View|null}`
    Cancel (this view), or with `clear` the window's X (the whole stack).
`POST /client/shortcut {user, callback_id, channel?, ts?}` -> as `command`
`POST /client/home {user, tab?}` -> `{"ok": true, "channel": D…}`: opens the app's Home.
`POST /client/dismiss {user, notice}` -> `{"ok": true}`
`POST /client/delete {user, channel, ts}` -> deletes a message of the person, or of the app.
`POST /client/invite {user, channel}` · `POST /client/leave-app {user, channel}`
    `/invite @app`, and the removal of the app from a channel -> `{"ok": true}`.
`POST /client/join {user, channel}` · `POST /client/leave {user, channel}` -> the person.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.decoding import decoded
from sandbox.slack import channels, choices, escaping, events, files, hands, messages, values
from sandbox.slack.errors import BadHands
from sandbox.slack.platform import Platform
from sandbox.slack.views import View
from sandbox.slack.workspace import Channel, Message, Person, StoredFile

Json = dict[str, Any]
Deed = Callable[[Platform, Json], Awaitable[Json]]


def routes(platform: Platform) -> list[web.RouteDef]:
    """The addresses of the client API."""

    async def state_(request: web.Request) -> web.Response:
        return web.json_response(state(platform, _person(platform, request.query).id))

    async def events_(request: web.Request) -> web.StreamResponse:
        return await _events(platform, request)

    async def download_(request: web.Request) -> web.StreamResponse:
        return _download(platform, request)

    reading = [
        web.get("/client/state", _answering(state_)),
        web.get("/client/events", _answering(events_)),
        web.get("/client/files/{file}/download", _answering(download_)),
    ]
    return reading + [web.post(f"/client/{name}", _doing(platform, deed)) for name, deed in DEEDS]


def state(platform: Platform, user: str) -> Json:
    """All that a person sees."""
    workspace = platform.workspace
    seen = list(workspace.channels_of(user))
    return {
        "team": {
            "id": workspace.team_id,
            "name": workspace.team_name,
            "domain": workspace.team_domain,
        },
        "me": workspace.people[user].as_json(),
        "people": [person.as_json() for person in workspace.people.values()],
        "app": {
            "id": workspace.app_id,
            "name": platform.manifest.name,
            "bot_user_id": workspace.bot_user,
            "connections": len(platform.sockets.connections),
            "commands": [
                {key: each.get(key, "") for key in ("command", "description", "usage_hint")}
                for each in platform.manifest.commands
            ],
            "shortcuts": list(platform.manifest.shortcuts),
            "home_tab": platform.manifest.home_tab,
        },
        "channels": [_channel(platform, channel, user) for channel in seen],
        "messages": {
            channel.id: [
                message_json(platform, message, user)
                for message in workspace.in_channel(channel.id)
                if message.seen_by in (None, user)
            ]
            for channel in seen
        },
        "views": [view_json(view) for view in platform.views.stack(user)],
        "home": view_json(home) if (home := platform.views.homes.get(user)) else None,
        "notices": [
            notice.as_json() for notice in workspace.notices.values() if notice.user == user
        ],
    }


def message_json(platform: Platform, message: Message, user: str) -> Json:
    """A message as the client shows it to this person."""
    workspace = platform.workspace
    author = workspace.people[message.user]
    replies = workspace.replies(message.channel, message.ts)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "user": message.user,
        "username": author.real_name if author.is_bot else author.name,
        "is_bot": author.is_bot,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts or (message.ts if replies else None),
        "reply_count": len(replies),
        "broadcast": message.broadcast,
        "files": [_file(workspace.files[each], user) for each in message.file_ids],
        "edited": bool(message.history) and message.shows_edited,
        "edits": len(message.history),
        "ephemeral": message.seen_by is not None,
        "time": message.time,
        "state": {"values": message.chosen.get(user, {})},
    }


def view_json(view: View) -> Json:
    """A view as the client shows it."""
    return {
        "id": view.id,
        "type": view.payload["type"],
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "hash": view.hash,
        "callback_id": view.payload.get("callback_id") or "",
        "title": view.payload.get("title"),
        "submit": view.payload.get("submit"),
        "close": view.payload.get("close"),
        "blocks": view.blocks,
        "state": {"values": view.state},
        "errors": view.errors,
        "busy": view.waiting > 0,
    }


async def _command(platform: Platform, said: Json) -> Json:
    channel = _their_channel(platform, said)
    return await hands.command(platform, _person(platform, said).id, channel, _word(said, "text"))


async def _message(platform: Platform, said: Json) -> Json:
    person, channel = _person(platform, said), _their_channel(platform, said)
    if channel.is_archived:
        return {"ok": False, "error": "is_archived"}
    workspace = platform.workspace
    message = workspace.add_message(
        Message(
            channel=channel.id,
            ts=workspace.new_ts(),
            user=person.id,
            text=escaping.entities(_word(said, "text")),
            blocks=None,
            time=platform.clock.now(),
            thread_ts=said.get("thread_ts"),
        )
    )
    messages.told(platform, message, "posted")
    kinds = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}
    kind = kinds[channel.kind]
    if workspace.app_is_in(channel):
        body = messages.as_api(platform, message) | {
            "channel": channel.id,
            "channel_type": kind,
            "type": "message",
        }
        events.tell(
            platform, f"message.{kind}" if kind in ("im", "mpim") else f"message.{kind}s", body
        )
    return {"ok": True, "ts": message.ts}


async def _action(platform: Platform, said: Json) -> Json:
    return await _touch(platform, said, typing=False)


async def _input(platform: Platform, said: Json) -> Json:
    return await _touch(platform, said, typing=True)


async def _touch(platform: Platform, said: Json, *, typing: bool) -> Json:
    user, where = _person(platform, said).id, _place(platform, said)
    block, element = choices.find(where, _word(said, "block_id"), _word(said, "action_id"))
    value: Json | None = None
    if element["type"] in values.KEYS:
        value = choices.chosen(platform, user, where, block, element, said.get("value"))
        if values.is_stateful(element):
            held = choices.current(user, where)
            held.setdefault(block["block_id"], {})[element["action_id"]] = value
            _changed(platform, user, where)
    if not choices.dispatches(block, element, typing=typing):
        return {"ok": True, "dispatched": False}
    return await hands.press(platform, user, where, block, element, value)


async def _options(platform: Platform, said: Json) -> Json:
    user, where = _person(platform, said).id, _place(platform, said)
    block, element = choices.find(where, _word(said, "block_id"), _word(said, "action_id"))
    if not element["type"].endswith("external_select"):
        raise BadHands("element_not_found", f"{element['type']} loads no options")
    query = said.get("query") or ""
    return await hands.options(platform, user, where, block, element, query)


async def _submit(platform: Platform, said: Json) -> Json:
    user = _person(platform, said).id
    return await hands.submit(platform, user, _their_view(platform, user, said))


async def _close(platform: Platform, said: Json) -> Json:
    user = _person(platform, said).id
    view = _their_view(platform, user, said)
    await hands.close(platform, user, view, clear=bool(said.get("clear")))
    return {"ok": True, "view": hands.top(platform, user)}


async def _shortcut(platform: Platform, said: Json) -> Json:
    callback_id = _word(said, "callback_id")
    if platform.manifest.shortcut(callback_id) is None:
        raise BadHands("no_such_shortcut", callback_id)
    message = _their_message(platform, said) if "ts" in said else None
    return await hands.shortcut(platform, _person(platform, said).id, callback_id, message)


async def _home(platform: Platform, said: Json) -> Json:
    person = _person(platform, said)
    channel = channels.open_direct(platform, person.id)
    body: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": channel.id,
        "tab": said.get("tab", "home"),
    }
    if person.id in platform.views.homes:
        body["view"] = platform.views.as_api(platform.views.homes[person.id])
    events.tell(platform, "app_home_opened", body)
    return {"ok": True, "channel": channel.id}


async def _dismiss(platform: Platform, said: Json) -> Json:
    platform.workspace.notices.pop(_word(said, "notice"), None)
    platform.bus.tell("notice", user=_person(platform, said).id, notice=None)
    return {"ok": True}


async def _delete(platform: Platform, said: Json) -> Json:
    _person(platform, said)
    messages.delete(platform, _their_message(platform, said))
    return {"ok": True}


async def _invite(platform: Platform, said: Json) -> Json:
    person, channel = _person(platform, said), _their_channel(platform, said)
    if channel.is_archived:
        return {"ok": False, "error": "is_archived"}
    if channel.kind in ("im", "mpim"):
        return {"ok": False, "error": "method_not_supported_for_channel_type"}
    channel.members.add(platform.workspace.bot_user)
    platform.bus.tell("channel", channel=channel.id)
    body = {"type": "member_joined_channel", "user": platform.workspace.bot_user}
    events.tell(
        platform,
        "member_joined_channel",
        body | {"channel": channel.id, "inviter": person.id, "team": platform.workspace.team_id},
    )
    return {"ok": True}


async def _leave_app(platform: Platform, said: Json) -> Json:
    _leaves(platform, platform.workspace.bot_user, _word(said, "channel"))
    return {"ok": True}


async def _join(platform: Platform, said: Json) -> Json:
    person, channel = _person(platform, said), _their_channel(platform, said)
    channel.members.add(person.id)
    platform.bus.tell("channel", channel=channel.id)
    return {"ok": True}


async def _leave(platform: Platform, said: Json) -> Json:
    _leaves(platform, _person(platform, said).id, _word(said, "channel"))
    return {"ok": True}


DEEDS: tuple[tuple[str, Deed], ...] = (
    ("command", _command),
    ("message", _message),
    ("action", _action),
    ("input", _input),
    ("options", _options),
    ("submit", _submit),
    ("close", _close),
    ("shortcut", _shortcut),
    ("home", _home),
    ("dismiss", _dismiss),
    ("delete", _delete),
    ("invite", _invite),
    ("leave-app", _leave_app),
    ("join", _join),
    ("leave", _leave),
)


def _answering(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answering(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ConnectionError:  # a browser may leave in the middle
            return web.Response(status=400)
        except BadHands as wrong:
            body = {"ok": False, "error": wrong.code, "detail": wrong.detail}
            return web.json_response(body, status=400)

    return answering


def _doing(
    platform: Platform, deed: Deed
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def doing(request: web.Request) -> web.Response:
        try:
            said = decoded(await request.read() or b"{}")
        except ValueError:
            raise BadHands("bad_request", "the body is no JSON") from None
        if not isinstance(said, dict):
            raise BadHands("bad_request", "the body is no object")
        return web.json_response(await deed(platform, said))

    return _answering(doing)


async def _events(platform: Platform, request: web.Request) -> web.StreamResponse:
    person = _person(platform, request.query)
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    with contextlib.suppress(ConnectionError), platform.bus.listen(person.id) as queue:
        await _write(response, {"type": "hello"})
        while True:
            try:
                change = await asyncio.wait_for(queue.get(), timeout=KEEP_ALIVE_SECONDS)
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            if change is None:
                break
            await _write(response, change)
    return response


KEEP_ALIVE_SECONDS = 15.0


async def _write(response: web.StreamResponse, change: Json) -> None:
    await response.write(f"data: {json.dumps(change)}\n\n".encode())


def _download(platform: Platform, request: web.Request) -> web.StreamResponse:
    """The bytes, for whoever is in a channel that the file was shared in."""
    person = _person(platform, request.query)
    file = platform.workspace.files.get(request.match_info["file"])
    seen = {channel.id for channel in platform.workspace.channels_of(person.id)}
    if file is None or file.path is None or file.deleted or not seen & file.shares.keys():
        raise web.HTTPNotFound(text="no such file")
    return attachment(file.path, file.name, files.mimetype(file))


def attachment(path: Path, name: str, mimetype: str) -> web.FileResponse:
    """A file as a download of this name."""
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return web.FileResponse(
        path, headers={"Content-Disposition": disposition, "Content-Type": mimetype}
    )


def _changed(platform: Platform, user: str, where: View | Message) -> None:
    if isinstance(where, View):
        platform.bus.tell("view", user=user)
    else:
        messages.told(platform, where, "edited")


def _leaves(platform: Platform, member: str, channel_id: str) -> None:
    channel = platform.workspace.channels.get(channel_id)
    if channel is None:
        raise BadHands("channel_not_found", channel_id)
    channel.members.discard(member)
    platform.bus.tell("channel", channel=channel.id)


def _word(said: Json, key: str) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not value:
        raise BadHands("bad_request", f"{key} must be a text")
    return value


def _person(platform: Platform, said: Any) -> Person:
    person = platform.workspace.people.get(said.get("user", ""))
    if person is None or person.is_bot:
        raise BadHands("user_not_found", str(said.get("user")))
    return person


def _their_channel(platform: Platform, said: Json) -> Channel:
    user, channel_id = _person(platform, said).id, _word(said, "channel")
    for channel in platform.workspace.channels_of(user):
        if channel.id == channel_id:
            return channel
    raise BadHands("channel_not_found", channel_id)


def _their_view(platform: Platform, user: str, said: Json) -> View:
    for view in platform.views.stack(user):
        if view.id == said.get("view_id"):
            return view
    raise BadHands("view_not_found", str(said.get("view_id")))


def _their_message(platform: Platform, said: Json) -> Message:
    channel = _their_channel(platform, said)
    message = platform.workspace.message(channel.id, _word(said, "ts"))
    if message is None or message.seen_by not in (None, said["user"]):
        raise BadHands("message_not_found", str(said.get("ts")))
    return message


def _place(platform: Platform, said: Json) -> View | Message:
    """The view, the Home or the message that the person touches."""
    if said.get("home"):
        home = platform.views.homes.get(_person(platform, said).id)
        if home is None:
            raise BadHands("view_not_found", "home")
        return home
    if "view_id" in said:
        return _their_view(platform, _person(platform, said).id, said)
    return _their_message(platform, said)


def _channel(platform: Platform, channel: Channel, user: str) -> Json:
    people = platform.workspace.people
    others = [people[member].real_name for member in sorted(channel.members - {user})]
    return {
        "id": channel.id,
        "name": channel.name or ", ".join(others),
        "kind": channel.kind,
        "is_member": user in channel.members,
        "app_is_member": platform.workspace.app_is_in(channel),
        "is_archived": channel.is_archived,
        "is_shared": channel.is_shared,
        "members": sorted(channel.members),
    }


def _file(file: StoredFile, user: str) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": file.length,
        "mimetype": files.mimetype(file),
        "download": f"/client/files/{file.id}/download?user={user}",
    }
