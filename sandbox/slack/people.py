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
    as a toast or a Slackbot line: `dispatch_failed`, `operation_timeout`, `invalid_response`.

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
    "unknown_command"|"is_archived"}`. The person's command is not shown; an ack with text appears
    as an (ephemeral) message.
`POST /client/message {user, channel, text, thread_ts?}` -> `{"ok": true, "ts"}`
`POST /client/action {user, view_id | channel+ts, block_id, action_id, value?}`
    Presses a button (no `value`), chooses in a select, presses Enter in a text input. `value` is a
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
