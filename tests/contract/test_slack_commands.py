"""Slash commands, shortcuts, response URLs and the rest of a person's client."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_bench import Bench, bench, modal, section

from sandbox.slack import world

Json = dict[str, Any]


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as running:
        yield running


async def command(slack: Bench, text: str, **said: Any) -> Json:
    return await slack.hands("command", **{"channel": world.SEO, "text": text, **said})


async def test_what_a_command_says(slack: Bench) -> None:
    """A command has who, where, what, a trigger and a response URL."""
    ear = await slack.app()
    assert await command(slack, "/bench one two") == {"ok": True, "ack": None}
    assert ear.envelopes[0]["type"] == "slash_commands"
    assert ear.envelopes[0]["accepts_response_payload"] is True
    payload = ear.last
    assert payload["command"] == "/bench"
    assert payload["text"] == "one two"
    assert (payload["channel_id"], payload["channel_name"]) == (world.SEO, "seo")
    assert (payload["user_id"], payload["team_id"]) == (world.ANA, world.TEAM)
    assert payload["is_enterprise_install"] == "false"
    assert payload["response_url"].startswith("http")
    await command(slack, "/bench", channel=world.ANA_AND_BEN)
    assert ear.last["channel_name"] == "directmessage"
    await command(slack, "/bench", channel=world.SEO_TEAM)
    assert ear.last["channel_name"] == "privategroup"


ESCAPED = [
    ("https://app.botify.com/a/b?x=1&y=2", "<https://app.botify.com/a/b?x=1&amp;y=2>"),
    ("app.botify.com/a/b", "<http://app.botify.com/a/b|app.botify.com/a/b>"),
    ("for @ben in #seo", "for <@U0BEN00001|ben> in <#C0SEO00001|seo>"),
    ("#leadership", "<#G0SECRET01|>"),
    ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
    ("@nobody #nowhere", "@nobody #nowhere"),
]


@pytest.mark.parametrize(("text", "escaped"), ESCAPED)
async def test_a_command_is_escaped(slack: Bench, text: str, escaped: str) -> None:
    """With should_escape links and mentions come in Slack's markup; without it as typed."""
    ear = await slack.app()
    await command(slack, f"/bench {text}")
    assert ear.last["text"] == escaped
    await command(slack, f"/plain {text}")
    assert ear.last["text"] == text


async def test_links_can_have_labels(slack: Bench) -> None:
    """A link in a command may come with a label, or as it was typed."""
    ear = await slack.app()
    for form, expected in (
        ("labelled", "<https://example.com/a|example.com/a>"),
        ("raw", "https://example.com/a"),
    ):
        slack.switch(command_links=form)
        await command(slack, "/bench https://example.com/a")
        assert ear.last["text"] == expected


async def test_commands_that_go_nowhere(slack: Bench) -> None:
    """An unknown command and an archived channel never reach the app."""
    ear = await slack.app()
    assert (await command(slack, "/other"))["error"] == "unknown_command"
    assert (await command(slack, "/bench", channel=world.OLD))["error"] == "is_archived"
    assert ear.envelopes == []


async def test_an_ack_with_words(slack: Bench) -> None:
    """An ack with text is an ephemeral message; in_channel everybody sees it."""
    ear = await slack.app(lambda _: {"text": "psst"})
    answer = await command(slack, "/bench")
    assert answer["ack"] == {"text": "psst", "blocks": None, "response_type": "ephemeral"}
    ear.reply = lambda _: {"text": "all", "response_type": "in_channel"}
    await command(slack, "/bench")
    assert [each["text"] for each in (await slack.screen())["messages"][world.SEO]] == [
        "psst",
        "all",
    ]
    assert [each["text"] for each in (await slack.screen(world.BEN))["messages"][world.SEO]] == [
        "all"
    ]


@pytest.mark.parametrize("ack", [{"blocks": [section("")]}, {"colour": "red"}, ["text"]])
async def test_acks_that_cannot_be_shown(slack: Bench, ack: Any) -> None:
    """An ack that Slack cannot show is told to the person."""
    await slack.app(lambda _: ack)
    assert (await command(slack, "/bench"))["error"] == "invalid_command_response"
    (notice,) = (await slack.screen())["notices"]
    assert notice["error"] == "invalid_command_response"
    await slack.hands("dismiss", notice=notice["id"])
    assert (await slack.screen())["notices"] == []


async def respond(slack: Bench, url: str, **said: Any) -> tuple[int, str]:
    async with slack.http.post(url, json=said) as answer:
        body = await answer.text()
        return answer.status, json.loads(body)["error"] if body.startswith("{") else body


async def response_url(slack: Bench, **said: Any) -> str:
    ear = await slack.app()
    await command(slack, "/bench", **said)
    return str(ear.last["response_url"])


async def test_five_uses(slack: Bench) -> None:
    """A response URL works five times; the sixth is used_url."""
    url = await response_url(slack)
    for _ in range(5):
        assert await respond(slack, url, text="a") == (200, "ok")
    assert await respond(slack, url, text="a") == (404, "used_url")
    assert len((await slack.state())["ephemeral"]) == 5


async def test_thirty_minutes(slack: Bench) -> None:
    """A response URL works for thirty minutes."""
    slack.drive()
    url = await response_url(slack)
    slack.pass_(1800)
    assert await respond(slack, url, text="a") == (200, "ok")
    slack.pass_(1)
    assert await respond(slack, url, text="a") == (404, "expired_url")
    assert await respond(slack, "/actions/T0/mine", text="a") == (404, "expired_url")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({}, "no_text"),
        ({"text": "a", "blocks": [section("")]}, "invalid_blocks"),
        ({"text": "a", "blocks": "text"}, "invalid_blocks_format"),
    ],
)
async def test_what_cannot_be_responded(slack: Bench, said: Json, error: str) -> None:
    """A response is judged as a message is."""
    url = await response_url(slack)
    assert await respond(slack, url, **said) == (400, error)


@pytest.mark.parametrize("body", [b"{", b"[]", b""])
async def test_responses_speak_json(slack: Bench, body: bytes) -> None:
    """A response that is no JSON object is invalid_payload, and costs no use."""
    url = await response_url(slack)
    async with slack.http.post(url, data=body) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "invalid_payload")


async def test_an_archived_channel_hears_no_response(slack: Bench) -> None:
    """After a channel was archived its response URLs find it no more."""
    url = await response_url(slack)
    await slack.control("slack/archive", channel=world.SEO)
    assert await respond(slack, url, text="a") == (400, "channel_not_found")


async def test_a_response_reaches_anywhere(slack: Bench) -> None:
    """In a direct message of two people only the response URL can say something."""
    url = await response_url(slack, channel=world.ANA_AND_BEN)
    await respond(slack, url, text="psst")
    await respond(slack, url, text="all", response_type="in_channel")
    seen = (await slack.screen())["messages"][world.ANA_AND_BEN]
    assert [(each["text"], each["ephemeral"]) for each in seen] == [("psst", True), ("all", False)]
    assert len((await slack.screen(world.BEN))["messages"][world.ANA_AND_BEN]) == 1


async def test_responses_have_no_sum(slack: Bench) -> None:
    """The sum over all blocks that chat.postMessage refuses passes here."""
    url = await response_url(slack)
    assert await respond(slack, url, text="a", blocks=[section("x" * 3000)] * 5) == (200, "ok")


async def test_a_response_replaces_and_deletes(slack: Bench) -> None:
    """After a button replace_original and delete_original act on its message."""
    ear = await slack.app()
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    posted = await slack.post(text="one", blocks=[section(accessory=button, block_id="b")])
    press = {"channel": world.SEO, "ts": posted["ts"], "block_id": "b", "action_id": "go"}
    await slack.hands("action", **press)
    url = ear.last["response_url"]
    await respond(slack, url, text="two", replace_original=True)
    (message,) = (await slack.state())["messages"]
    assert (message["ts"], message["text"], message["blocks"]) == (posted["ts"], "two", None)
    await respond(slack, url, delete_original=True)
    assert (await slack.state())["messages"] == []


async def test_a_reply_to_a_command_can_be_replaced(slack: Bench) -> None:
    """After a command replace_original acts on the latest reply."""
    url = await response_url(slack)
    await respond(slack, url, text="working")
    await respond(slack, url, text="done", replace_original=True)
    assert [each["text"] for each in (await slack.state())["ephemeral"]] == ["done"]


async def test_shortcuts(slack: Bench) -> None:
    """A global shortcut opens a modal; one on a message brings the message."""
    ear = await slack.app()
    assert (await slack.hands("shortcut", callback_id="new"))["ok"]
    assert (ear.last["type"], ear.last["callback_id"]) == ("shortcut", "new")
    assert "response_url" not in ear.last
    body = await slack.api("views.open", trigger_id=ear.last["trigger_id"], view=modal())
    assert body["ok"]
    ts = (await slack.hands("message", channel=world.SEO, text="look"))["ts"]
    await slack.hands("shortcut", callback_id="this", channel=world.SEO, ts=ts)
    assert (ear.last["type"], ear.last["message"]["text"]) == ("message_action", "look")
    assert (await slack.hands("shortcut", callback_id="none"))["error"] == "no_such_shortcut"


async def test_inviting_and_leaving(slack: Bench) -> None:
    """An invited app can post where it could not; thrown out it cannot."""
    assert (await slack.hands("invite", channel=world.LEADERSHIP))["ok"]
    assert (await slack.api("chat.postMessage", channel=world.LEADERSHIP, text="hi"))["ok"]
    assert (await slack.hands("leave-app", channel=world.LEADERSHIP))["ok"]
    body = await slack.api("chat.postMessage", channel=world.LEADERSHIP, text="hi")
    assert body["error"] == "channel_not_found"
    assert (await slack.hands("invite", channel=world.OLD))["error"] == "is_archived"


IMPOSSIBLE = [
    ("command", {"user": "U0NOBODY01", "channel": world.SEO, "text": "/bench"}, "user_not_found"),
    (
        "command",
        {"user": world.BEN, "channel": world.LEADERSHIP, "text": "/x"},
        "channel_not_found",
    ),
    ("command", {"channel": world.SEO}, "bad_request"),
    ("action", {"view_id": "V1", "block_id": "b", "action_id": "a"}, "view_not_found"),
    (
        "action",
        {"channel": world.SEO, "ts": "1.1", "block_id": "b", "action_id": "a"},
        "message_not_found",
    ),
    ("submit", {"view_id": "V1"}, "view_not_found"),
    ("action", {"home": True, "block_id": "b", "action_id": "a"}, "view_not_found"),
    ("leave-app", {"channel": "C0NOWHERE1"}, "channel_not_found"),
    ("message", {"channel": world.SEO, "text": ""}, "bad_request"),
    ("close", {}, "view_not_found"),
]


@pytest.mark.parametrize(("deed", "said", "error"), IMPOSSIBLE)
async def test_what_no_client_can_do(slack: Bench, deed: str, said: Json, error: str) -> None:
    """What a client could never do is a mistake of the caller: HTTP 400 with a word."""
    async with slack.http.post(f"/client/{deed}", json={"user": world.ANA, **said}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, error)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"'])
async def test_hands_speak_json(slack: Bench, body: bytes) -> None:
    """A body that is no JSON object is a mistake of the caller."""
    async with slack.http.post("/client/command", data=body) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "bad_request")


async def test_an_element_that_is_not_there(slack: Bench) -> None:
    """A person cannot press what the message does not show, nor load a menu that loads nothing."""
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    posted = await slack.post(text="a", blocks=[section(accessory=button, block_id="b")])
    place = {"channel": world.SEO, "ts": posted["ts"], "block_id": "b"}
    for deed, action_id in (("action", "gone"), ("options", "go")):
        answer = await slack.hands(deed, action_id=action_id, **place)
        assert (answer["ok"], answer["error"]) == (False, "element_not_found")


async def test_the_screen_tells_what_changes(slack: Bench) -> None:
    """Server-sent events tell a person what changed, and not what is for others only."""
    async with slack.http.get("/client/events", params={"user": world.ANA}) as stream:
        assert stream.content_type == "text/event-stream"

        async def following() -> Json:
            while True:
                line = await stream.content.readline()
                if line.startswith(b"data: "):
                    change: Json = json.loads(line[6:])
                    if change["type"] != "journal":
                        return change

        assert await following() == {"type": "hello"}
        await slack.api("chat.postEphemeral", channel=world.SEO, user=world.BEN, text="not yours")
        posted = await slack.post(text="a")
        place = {"channel": world.SEO, "ts": posted["ts"]}
        assert await following() == {"type": "message", **place, "change": "posted"}
        await slack.api("chat.update", text="b", **place)
        assert await following() == {"type": "message", **place, "change": "edited"}
        await slack.api("chat.delete", **place)
        assert await following() == {"type": "message", **place, "change": "deleted"}
        await slack.app()
        assert await following() == {"type": "connection", "connections": 1}
        await slack.hands("command", channel=world.SEO, text="/other")
        await slack.control("reset")
        assert await following() == {"type": "reset"}


async def test_a_reset_is_whole(slack: Bench) -> None:
    """A reset brings back the first state; a connected app stays connected."""
    ear = await slack.app()
    first = await slack.state()
    await slack.open(ear, modal())
    await slack.post(text="a")
    await slack.upload()
    await slack.control("slack/archive", channel=world.SEO)
    slack.switch(new_blocks=False)
    await slack.control("reset")
    assert await slack.state() == first
    assert (await slack.hands("command", channel=world.SEO, text="/bench"))["ok"]


async def test_no_id_comes_again_after_a_reset(slack: Bench) -> None:
    """What an app remembers from before a reset means nothing afterwards."""
    ear = await slack.app()
    slack.drive()

    async def given() -> set[str]:
        view = await slack.open(ear, modal())
        posted = await slack.post(text="a")
        urls = {envelope["payload"]["response_url"] for envelope in ear.envelopes}
        triggers = {envelope["payload"]["trigger_id"] for envelope in ear.envelopes}
        ear.envelopes.clear()
        return {view["id"], view["hash"], posted["ts"], await slack.upload(), *urls, *triggers}

    before = await given()
    await slack.control("reset")
    slack.drive()
    slack.switch(rate_limits=False)
    assert not before & await given()


async def test_seeding(slack: Bench) -> None:
    """People and channels can be added."""
    await slack.control(
        "seed",
        slack={
            "people": [{"id": "U0DAN00001", "name": "dan"}],
            "channels": [{"id": "C0NEW00001", "name": "new", "members": ["U0DAN00001", "app"]}],
        },
    )
    assert (await slack.api("chat.postMessage", channel="C0NEW00001", text="hi"))["ok"]
    assert (await slack.screen("U0DAN00001"))["messages"]["C0NEW00001"][0]["text"] == "hi"


async def test_the_page_is_served(slack: Bench) -> None:
    """The page's files come with their types, and nothing outside their folder does."""
    async with slack.http.get("/") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
    async with slack.http.get("/app.js") as answer:
        assert answer.content_type == "text/javascript"
    async with slack.http.get("/nothing.js") as answer:
        assert answer.status == 404
    async with slack.http.get("/%2e%2e/__init__.py") as answer:
        assert answer.status == 404
