"""Messages of the local Slack: what is kept, what is refused, what an update changes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_bench import Bench, bench, option, section, text

from sandbox.slack import limits, world

Json = dict[str, Any]
METADATA = {"event_type": "export", "event_payload": {"id": "e1"}}
RICH = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}],
}


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as running:
        yield running


async def only(slack: Bench) -> Json:
    (message,) = (await slack.state())["messages"]
    return dict(message)


async def test_text_is_kept_as_sent(slack: Bench) -> None:
    """Slack's markup and its escapes are stored as they came."""
    said = "<@U0ANA00001> &lt;b&gt; &amp; <https://example.com|x>"
    body = await slack.post(text=said)
    assert body["message"]["text"] == said
    assert (await only(slack))["text"] == said
    assert body["channel"] == world.SEO


CONTENTS: list[tuple[Json, str]] = [
    ({}, "no_text"),
    ({"text": ""}, "no_text"),
    ({"blocks": []}, "no_text"),
    ({"markdown_text": "a", "text": "b"}, "markdown_text_conflict"),
    ({"markdown_text": "a", "blocks": [section()]}, "markdown_text_conflict"),
    ({"markdown_text": "x" * 12_001}, "msg_too_long"),
    ({"text": "a", "attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
    ({"text": "a", "attachments": "[{"}, "invalid_attachments"),
    ({"attachments": [{"text": "a"}, {"blocks": [{"type": "sectoin"}]}]}, "invalid_blocks"),
    ({"attachments": [{"blocks": "text"}]}, "invalid_blocks"),
    ({"attachments": [{"blocks": [section()] * 51}]}, "invalid_blocks"),
    ({"text": "a", "metadata": "{"}, "invalid_metadata_format"),
    ({"text": "a", "metadata": [1]}, "invalid_metadata_format"),
    ({"text": "a", "metadata": {"event_type": "x"}}, "invalid_metadata_schema"),
    (
        {"text": "a", "metadata": {"event_type": "x", "event_payload": {"a": "x" * 20_000}}},
        "metadata_too_large",
    ),
    ({"text": "a", "blocks": [section("x" * 2641)] * 5}, "msg_blocks_too_long"),
    ({"text": "a", "thread_ts": "1.000001"}, "thread_not_found"),
]


@pytest.mark.parametrize(("content", "error"), CONTENTS)
async def test_contents_that_are_refused(slack: Bench, content: Json, error: str) -> None:
    """What a message cannot hold has its own error, and nothing is posted."""
    body = await slack.api("chat.postMessage", channel=world.SEO, **content)
    assert body["error"] == error
    assert (await slack.state())["messages"] == []


async def test_the_blocks_of_an_attachment_are_judged_at_their_place(slack: Bench) -> None:
    """Good blocks of an attachment pass, what is wrong is pointed at."""
    good, bad = {"blocks": [section()]}, {"blocks": [section("x" * 3001)]}
    await slack.post(attachments=[good])
    body = await slack.api("chat.postMessage", channel=world.SEO, attachments=[good, bad])
    (found,) = body["response_metadata"]["messages"]
    assert found.endswith("[json-pointer:/attachments/1/blocks/0/text/text]")


async def test_the_texts_of_all_blocks_add_up(slack: Bench) -> None:
    """13,200 characters over all blocks are posted."""
    blocks = [section("x" * 2640)] * 5
    assert sum(len(block["text"]["text"]) for block in blocks) == limits.MESSAGE_BLOCKS_TEXT
    await slack.post(text="a", blocks=blocks)


async def test_long_text_is_cut(slack: Bench) -> None:
    """chat.postMessage cuts text above 40,000 characters."""
    body = await slack.post(text="x" * 40_001)
    assert len(body["message"]["text"]) == limits.MESSAGE_TEXT


async def test_newer_blocks_depend_on_the_plan(slack: Bench) -> None:
    """Where the newer blocks have not arrived a plan block is invalid_blocks."""
    blocks = [{"type": "plan", "title": "Export", "tasks": []}]
    await slack.post(text="a", blocks=blocks)
    slack.switch(new_blocks=False)
    body = await slack.api("chat.postMessage", channel=world.SEO, text="a", blocks=blocks)
    assert body["error"] == "invalid_blocks"


async def test_an_update_replaces_all(slack: Bench) -> None:
    """Text without blocks takes the blocks away; blocks hide the word (edited)."""
    posted = await slack.post(text="one", blocks=[section("one")])
    place = {"channel": posted["channel"], "ts": posted["ts"]}
    await slack.api("chat.update", text="two", blocks=[section("two")], **place)
    shown = await only(slack)
    assert (shown["edited"], shown["edits"], shown["blocks"][0]["text"]["text"]) == (
        False,
        1,
        "two",
    )
    await slack.api("chat.update", text="three", **place)
    shown = await only(slack)
    assert (shown["edited"], shown["edits"], shown["blocks"]) == (True, 2, None)
    assert [each["text"] for each in shown["history"]] == ["one", "two"]


async def test_an_update_of_metadata_alone_keeps_the_rest(slack: Bench) -> None:
    """Metadata stays where none is given, changes where it is, and goes with an empty object."""
    posted = await slack.post(text="one", blocks=[section("one")], metadata=METADATA)
    place = {"channel": posted["channel"], "ts": posted["ts"]}
    await slack.api("chat.update", text="two", **place)
    assert (await only(slack))["metadata"] == METADATA
    await slack.api("chat.update", metadata={}, **place)
    shown = await only(slack)
    assert (shown["metadata"], shown["text"]) == (None, "two")


async def refused(slack: Bench, **arguments: Any) -> str:
    body = await slack.api("chat.update", **{"channel": world.SEO, "text": "new", **arguments})
    return str(body["error"])


async def test_what_cannot_be_updated(slack: Bench) -> None:
    """The table of chat.update's errors."""
    posted = await slack.post(text="one")
    ts = posted["ts"]
    theirs = (await slack.hands("message", channel=world.SEO, text="hi"))["ts"]
    assert await refused(slack, ts="1.000001") == "message_not_found"
    assert await refused(slack, ts=theirs) == "cant_update_message"
    assert await refused(slack, ts=ts, channel="C0NOWHERE1") == "channel_not_found"
    assert await refused(slack, ts=ts, channel="#seo") == "channel_not_found"
    assert await refused(slack, ts=ts, text="x" * 4001) == "msg_too_long"
    assert await refused(slack, ts=ts, blocks=[section("")]) == "invalid_blocks"
    assert await refused(slack, ts=ts, text="", blocks=[]) == "no_text"
    assert (await slack.api("chat.update", channel=world.SEO, ts=ts, text="x" * 4000))["ok"]
    await slack.control("slack/delete-message", channel=world.SEO, ts=ts)
    assert await refused(slack, ts=ts) == "message_not_found"


async def test_rich_text_stays_rich(slack: Bench) -> None:
    """A message of rich text cannot become one of other blocks."""
    posted = await slack.post(text="a", blocks=[RICH])
    assert await refused(slack, ts=posted["ts"], blocks=[section()]) == "block_mismatch"
    body = await slack.api(
        "chat.update", channel=world.SEO, ts=posted["ts"], text="b", blocks=[RICH]
    )
    assert body["ok"]


async def test_an_archived_channel_is_inactive(slack: Bench) -> None:
    """In an archived channel nothing can be edited or posted any more."""
    posted = await slack.post(text="one")
    await slack.control("slack/archive", channel=world.SEO)
    assert await refused(slack, ts=posted["ts"]) == "is_inactive"
    body = await slack.api("chat.postMessage", channel=world.SEO, text="x")
    assert body["error"] == "is_archived"


async def test_a_private_channel_closes_behind_the_app(slack: Bench) -> None:
    """Thrown out of a private channel the app cannot find it any more."""
    posted = await slack.post(channel=world.SEO_TEAM, text="one")
    await slack.control("slack/remove-app", channel=world.SEO_TEAM)
    assert await refused(slack, channel=world.SEO_TEAM, ts=posted["ts"]) == "channel_not_found"


async def test_the_edit_window_can_close(slack: Bench) -> None:
    """A workspace may forbid edits after some time."""
    slack.switch(edit_window_closed=60.0)
    slack.drive()
    posted = await slack.post(text="one")
    slack.pass_(60)
    assert (await slack.api("chat.update", channel=world.SEO, ts=posted["ts"], text="b"))["ok"]
    slack.pass_(1)
    assert await refused(slack, ts=posted["ts"]) == "edit_window_closed"


async def test_deleting(slack: Bench) -> None:
    """The app deletes its own messages and no others."""
    posted = await slack.post(text="one")
    theirs = (await slack.hands("message", channel=world.SEO, text="hi"))["ts"]
    body = await slack.api("chat.delete", channel=world.SEO, ts=theirs)
    assert body["error"] == "cant_delete_message"
    assert (await slack.api("chat.delete", channel=world.SEO, ts=posted["ts"]))["ok"]
    body = await slack.api("chat.delete", channel=world.SEO, ts=posted["ts"])
    assert body["error"] == "message_not_found"


async def test_ephemeral_messages(slack: Bench) -> None:
    """Seen by one member only, by no method, and not to be edited."""
    body = await slack.api(
        "chat.postEphemeral", channel=world.SEO, user=world.ANA, text="psst", blocks=[section()]
    )
    assert await refused(slack, ts=body["message_ts"]) == "message_not_found"
    assert [each["ephemeral"] for each in (await slack.screen())["messages"][world.SEO]] == [True]
    assert (await slack.screen(world.BEN))["messages"][world.SEO] == []
    history = await slack.api("conversations.history", channel=world.SEO)
    assert history["messages"] == []


@pytest.mark.parametrize(
    ("channel", "user", "error"),
    [
        (world.SEO, "U0NOBODY01", "user_not_in_channel"),
        (world.GENERAL, world.ANA, "not_in_channel"),
        (world.LEADERSHIP, world.ANA, "channel_not_found"),
        (world.OLD, world.ANA, "is_archived"),
    ],
)
async def test_where_nothing_ephemeral_goes(
    slack: Bench, channel: str, user: str, error: str
) -> None:
    """The person and the app must both be in the conversation."""
    body = await slack.api("chat.postEphemeral", channel=channel, user=user, text="x")
    assert body["error"] == error


async def test_metadata_is_stripped_on_read(slack: Bench) -> None:
    """History tells a metadata's type only, unless all metadata is asked for."""
    posted = await slack.post(text="a", metadata=METADATA)
    assert posted["message"]["metadata"] == METADATA
    body = await slack.api("conversations.history", channel=world.SEO)
    assert body["messages"][0]["metadata"] == {"event_type": "export"}
    body = await slack.api("conversations.history", channel=world.SEO, include_all_metadata=True)
    assert body["messages"][0]["metadata"] == METADATA


async def test_what_history_shows(slack: Bench) -> None:
    """A message of the app names the app; a person's names the person; parts come where set."""
    await slack.post(text="bare")
    await slack.post(text="full", blocks=[section(block_id="b")], attachments=[{"text": "a"}])
    await slack.hands("message", channel=world.SEO, text="hi")
    body = await slack.api("conversations.history", channel=world.SEO)
    theirs, full, bare = body["messages"]
    for mine in (full, bare):
        assert (mine["bot_id"], mine["app_id"]) == (world.BOT, world.APP)
    assert not theirs.keys() & {"bot_id", "app_id", "blocks", "files", "is_ephemeral"}
    assert not bare.keys() & {"blocks", "attachments", "files", "thread_ts", "edited", "metadata"}
    assert (full["blocks"][0]["block_id"], full["attachments"]) == ("b", [{"text": "a"}])


async def test_attachments_stay(slack: Bench) -> None:
    """An update without attachments keeps them, one with an empty list takes them away."""
    posted = await slack.post(text="a", attachments=[{"text": "a"}])
    place = {"channel": world.SEO, "ts": posted["ts"]}
    body = await slack.api("chat.update", text="b", blocks=[section()], **place)
    assert body["message"]["attachments"] == [{"text": "a"}]
    body = await slack.api("chat.update", text="b", attachments=[], **place)
    assert "attachments" not in body["message"]


async def test_threads(slack: Bench) -> None:
    """Replies stand in their thread, not in the channel, unless they are broadcast."""
    parent = (await slack.post(text="parent"))["ts"]
    reply = (await slack.post(text="reply", thread_ts=parent))["ts"]
    deeper = await slack.post(text="reply of a reply", thread_ts=reply)
    assert deeper["message"]["thread_ts"] == parent
    await slack.post(text="for all", thread_ts=parent, reply_broadcast=True)
    history = await slack.api("conversations.history", channel=world.SEO)
    assert [each["text"] for each in history["messages"]] == ["for all", "parent"]
    assert history["messages"][1]["reply_count"] == 3
    replies = await slack.api("conversations.replies", channel=world.SEO, ts=parent)
    assert [each["text"] for each in replies["messages"]] == [
        "parent",
        "reply",
        "reply of a reply",
        "for all",
    ]
    body = await slack.api("conversations.replies", channel=world.SEO, ts="1.000001")
    assert body["error"] == "thread_not_found"


async def test_history_between_times(slack: Bench) -> None:
    """`oldest` and `latest` exclude themselves unless inclusive."""
    ts = [(await slack.post(text=str(number)))["ts"] for number in range(3)]
    ask = {"channel": world.SEO, "oldest": ts[0], "latest": ts[2]}
    body = await slack.api("conversations.history", **ask)
    assert [each["ts"] for each in body["messages"]] == [ts[1]]
    body = await slack.api("conversations.history", inclusive=True, **ask)
    assert [each["ts"] for each in body["messages"]] == [ts[2], ts[1], ts[0]]


async def test_history_needs_membership(slack: Bench) -> None:
    """Reading a public channel needs the app in it."""
    body = await slack.api("conversations.history", channel=world.GENERAL)
    assert body["error"] == "not_in_channel"


async def test_permalinks(slack: Bench) -> None:
    """A message has an address, a missing one has none."""
    posted = await slack.post(text="a")
    body = await slack.api("chat.getPermalink", channel=world.SEO, message_ts=posted["ts"])
    assert body["permalink"].endswith(f"/archives/{world.SEO}/p{posted['ts'].replace('.', '')}")
    body = await slack.api("chat.getPermalink", channel=world.SEO, message_ts="1.000001")
    assert body["error"] == "message_not_found"


BUTTON = {"type": "button", "action_id": "again", "text": text("Again"), "value": "e1"}


async def test_a_button_in_a_message(slack: Bench) -> None:
    """block_actions of a message has the message, what was chosen in it, and a response URL."""
    ear = await slack.app()
    menu = {"type": "static_select", "action_id": "menu", "options": [option("one")]}
    choice = {"type": "input", "block_id": "i", "label": text(), "element": menu}
    posted = await slack.post(text="a", blocks=[section(accessory=BUTTON, block_id="b"), choice])
    place = {"channel": world.SEO, "ts": posted["ts"]}
    answer = await slack.hands("action", block_id="i", action_id="menu", value="one", **place)
    assert answer == {"ok": True, "dispatched": False}
    answer = await slack.hands("action", user=world.BEN, block_id="b", action_id="again", **place)
    assert answer["dispatched"]
    assert ear.last["state"]["values"] == {}
    await slack.hands("action", block_id="b", action_id="again", **place)
    assert ear.last["state"]["values"]["i"]["menu"]["selected_option"] == option("one")
    payload = ear.last
    assert payload["user"]["id"] == world.ANA
    assert payload["message"]["ts"] == payload["container"]["message_ts"] == posted["ts"]
    assert payload["channel"] == {"id": world.SEO, "name": "seo"}
    assert payload["actions"][0]["value"] == "e1"
    assert payload["response_url"].startswith("http")


async def test_a_click_on_what_was_edited_meanwhile(slack: Bench) -> None:
    """A person presses what they saw: the edit, which gives blocks new ids, does not undo it."""
    ear = await slack.app()
    posted = await slack.post(text="a", blocks=[section(accessory=BUTTON)])
    (block,) = posted["message"]["blocks"]
    place = {"channel": world.SEO, "ts": posted["ts"]}
    later = [section(accessory=BUTTON | {"value": "e2"})]
    for blocks in (later, None):
        assert (await slack.api("chat.update", text="b", blocks=blocks, **place))["ok"]
    pressed = {"block_id": block["block_id"], "action_id": "again", **place}
    assert (await slack.hands("action", **pressed))["dispatched"]
    assert ear.last["actions"][0]["value"] == "e1"
    assert ear.last["message"]["text"] == "b"
    await slack.api("chat.delete", **place)
    assert (await slack.hands("action", **pressed))["error"] == "message_not_found"


async def test_an_old_click(slack: Bench) -> None:
    """A button that the message no longer has can still be pressed by an old client."""
    ear = await slack.app()
    posted = await slack.post(text="a")
    stale = {"channel": world.SEO, "ts": posted["ts"], "action_id": "gone", "value": "e1"}
    assert (await slack.control("slack/stale-click", **stale))["ok"]
    assert ear.last["actions"][0]["action_id"] == "gone"
