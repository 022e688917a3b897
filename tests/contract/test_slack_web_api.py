"""The Web API of the local Slack: arguments, tokens, scopes, rates."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from slack_bench import MANIFEST, Bench, bench, modal, section, with_scope, without_scope

from sandbox.addresses import SLACK_APP_TOKEN, SLACK_BOT_TOKEN
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.slack import limits, manifest, webapi, world
from sandbox.slack.app import assemble
from sandbox.slack.methods.table import METHODS

Json = dict[str, Any]
OURS = Path(__file__).parents[2] / "manifest.yml"
BEARER = {"Authorization": f"Bearer {SLACK_BOT_TOKEN}"}


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as running:
        yield running


POST = {"channel": world.SEO, "text": "hello", "blocks": json.dumps([section("hello")])}


@pytest.mark.parametrize(
    "sending",
    [
        {"params": POST},
        {"data": POST},
        {"json": {**POST, "blocks": [section("hello")]}},
        {"json": POST},
        {"params": {"channel": world.SEO}, "data": {"text": "hello", "blocks": POST["blocks"]}},
    ],
    ids=["query", "form", "json", "json-in-json", "both"],
)
async def test_arguments_come_in_any_form(slack: Bench, sending: dict[str, object]) -> None:
    """Query, form and JSON arguments mean the same."""
    async with slack.http.post("/api/chat.postMessage", headers=BEARER, **sending) as answer:
        body = await answer.json()
    assert body["message"]["blocks"][0]["text"]["text"] == "hello"


async def test_a_get_is_a_call_too(slack: Bench) -> None:
    """Slack answers GET as it answers POST."""
    async with slack.http.get("/api/auth.test", headers=BEARER) as answer:
        body = await answer.json()
    assert (body["team_id"], body["bot_id"]) == (world.TEAM, world.BOT)


async def test_the_token_may_stand_in_the_body(slack: Bench) -> None:
    """A form may carry the token as an argument."""
    async with slack.http.post("/api/auth.test", data={"token": SLACK_BOT_TOKEN}) as answer:
        assert (await answer.json())["ok"]


@pytest.mark.parametrize(
    ("sending", "error"),
    [
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, "invalid_json"),
        ({"data": b"[]", "headers": {"Content-Type": "application/json"}}, "json_not_object"),
        ({"data": b"<a/>", "headers": {"Content-Type": "text/xml"}}, "invalid_post_type"),
    ],
)
async def test_bodies_that_are_no_arguments(
    slack: Bench, sending: dict[str, object], error: str
) -> None:
    """A body that holds no arguments is named as such."""
    headers = {**BEARER, **sending.pop("headers")}  # type: ignore[dict-item]
    async with slack.http.post("/api/auth.test", headers=headers, **sending) as answer:
        assert (await answer.json())["error"] == error


async def test_an_unknown_method(slack: Bench) -> None:
    """A method that Slack does not have is unknown_method, under HTTP 200."""
    assert await slack.api("chat.shout") == {
        "ok": False,
        "error": "unknown_method",
        "req_method": "chat.shout",
    }


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("auth.test", None, "not_authed"),
        ("auth.test", "xoxb-of-nobody", "invalid_auth"),
        ("chat.postMessage", SLACK_APP_TOKEN, "not_allowed_token_type"),
        ("apps.connections.open", SLACK_BOT_TOKEN, "not_allowed_token_type"),
        ("apps.connections.open", "xapp-of-nobody", "invalid_auth"),
    ],
)
async def test_tokens_are_judged(slack: Bench, method: str, token: str | None, error: str) -> None:
    """A missing, unknown or wrong kind of token is refused before anything else."""
    assert (await slack.api(method, token))["error"] == error


@pytest.mark.parametrize(
    ("opinion", "error"), [("revoked", "token_revoked"), ("inactive", "account_inactive")]
)
async def test_a_token_can_lose_its_worth(slack: Bench, opinion: str, error: str) -> None:
    """A revoked token and a deactivated account are told apart."""
    slack.switch(bot_token=opinion)
    assert (await slack.api("auth.test"))["error"] == error


NEEDS = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.delete": "chat:write",
    "conversations.join": "channels:join",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.info": "files:read",
    "files.delete": "files:write",
    "users.info": "users:read",
}


@pytest.mark.parametrize(("method", "scope"), NEEDS.items())
async def test_a_scope_is_missed(tmp_path: Path, method: str, scope: str) -> None:
    """Without its scope a method says what it needs and what is there."""
    async with bench(tmp_path, without_scope(scope)) as slack:
        body = await slack.api(method)
    assert (body["error"], body["needed"]) == ("missing_scope", scope)
    assert scope not in body["provided"].split(",")


PER_KIND = {
    "conversations.info": (
        (world.SEO, "channels:read"),
        (world.SEO_TEAM, "groups:read"),
    ),
    "conversations.members": ((world.SEO, "channels:read"),),
    "conversations.history": (
        (world.SEO, "channels:history"),
        (world.SEO_TEAM, "groups:history"),
    ),
}


@pytest.mark.parametrize(
    ("method", "channel", "scope"),
    [(method, *row) for method, rows in PER_KIND.items() for row in rows],
)
async def test_some_scopes_depend_on_the_conversation(
    tmp_path: Path, method: str, channel: str, scope: str
) -> None:
    """Reading a conversation needs the scope of its kind."""
    async with bench(tmp_path, without_scope(scope)) as slack:
        body = await slack.api(method, channel=channel)
    assert (body["error"], body["needed"]) == ("missing_scope", scope)


async def test_opening_a_direct_message_needs_its_scope(tmp_path: Path) -> None:
    """conversations.open of one person needs im:write."""
    async with bench(tmp_path, without_scope("im:write")) as slack:
        body = await slack.api("conversations.open", users=world.ANA)
    assert (body["error"], body["needed"]) == ("missing_scope", "im:write")


async def test_the_scopes_stand_in_the_headers(slack: Bench) -> None:
    """Every answer tells the granted scopes and the accepted one."""
    async with slack.http.post("/api/files.info", headers=BEARER) as answer:
        assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")
        assert answer.headers["X-Accepted-OAuth-Scopes"] == "files:read"


@pytest.mark.parametrize("method", [name for name in METHODS if name.startswith("chat.")])
async def test_a_required_argument_is_missed(slack: Bench, method: str) -> None:
    """A call without what it requires says which."""
    body = await slack.api(method)
    assert body["error"] == "invalid_arguments"
    first = body["response_metadata"]["messages"][0]
    assert first == "[ERROR] missing required field: channel [json-pointer:/]"


async def test_a_tier_ends(slack: Bench) -> None:
    """Above the tier: 429, Retry-After, ratelimited, not executed; later it works again."""
    slack.drive()
    slack.switch(rate_limits=True)
    message = await slack.post(text="0")
    update = {"channel": world.SEO, "ts": message["ts"]}
    for number in range(limits.TIER_3):
        assert (await slack.api("chat.update", text=str(number), **update))["ok"]
    slack.pass_(20)
    async with slack.http.post(
        "/api/chat.update", json={**update, "text": "late"}, headers=BEARER
    ) as answer:
        assert answer.status == 429
        assert answer.headers["Retry-After"] == "40"
        assert await answer.json() == {"ok": False, "error": "ratelimited"}
    assert (await slack.state())["messages"][0]["text"] == "49"
    assert (await slack.api("auth.test"))["ok"]
    slack.pass_(40)
    assert (await slack.api("chat.update", text="late", **update))["ok"]


@pytest.mark.parametrize("method", METHODS)
async def test_every_method_has_its_rate(tmp_path: Path, method: str) -> None:
    """Each method counts for itself, also calls that are refused for other reasons."""
    clock = Clock()
    clock.drive(0)
    journal, faults = Journal(clock), Faults(clock)
    control = Control(clock, journal, faults)
    platform = assemble(clock, journal, faults, control, manifest.read(OURS), tmp_path)
    is_opening = method == "apps.connections.open"
    token = SLACK_APP_TOKEN if is_opening else SLACK_BOT_TOKEN
    # The rules without the wire: some methods may be asked six hundred times a minute.
    asking = {"match_info": {"method": method}}
    request = make_mocked_request("GET", f"/api/{method}?token={token}", **asking)

    async def status() -> int:
        return (await webapi.call(platform, request)).status

    for _ in range(METHODS[method].per_minute):
        assert await status() == 200
    clock.advance(59.9)
    assert await status() == 429
    clock.advance(0.1)
    assert await status() == 200


async def test_connections_may_be_of_the_first_tier(slack: Bench) -> None:
    """The sources disagree about apps.connections.open: once a minute is a choice."""
    slack.drive()
    slack.switch(rate_limits=True, connections_open_tier=1)
    assert (await slack.api("apps.connections.open", SLACK_APP_TOKEN))["ok"]
    body = await slack.api("apps.connections.open", SLACK_APP_TOKEN)
    assert body["error"] == "ratelimited"


async def test_one_post_a_second_per_channel(slack: Bench) -> None:
    """After the tolerated burst a channel takes one message a second; others are not hindered."""
    slack.drive()
    slack.switch(rate_limits=True)
    for _ in range(limits.POST_BURST):
        assert (await slack.api("chat.postMessage", channel=world.SEO, text="x"))["ok"]
    for name in (world.SEO, "#seo"):
        body = await slack.api("chat.postMessage", channel=name, text="x")
        assert body["error"] == "ratelimited"
    assert (await slack.api("chat.postMessage", channel=world.SEO_TEAM, text="x"))["ok"]
    slack.pass_(1)
    assert (await slack.api("chat.postMessage", channel=world.SEO, text="x"))["ok"]
    body = await slack.api("chat.postMessage", channel=world.SEO, text="x")
    assert body["error"] == "ratelimited"


async def test_history_for_new_apps_is_slow(slack: Bench) -> None:
    """With the switch history answers once a minute, at most fifteen messages."""
    for number in range(20):
        await slack.post(text=str(number))
    slack.switch(rate_limits=True, restricted_history=True)
    body = await slack.api("conversations.history", channel=world.SEO, limit=100)
    assert (len(body["messages"]), body["has_more"]) == (15, True)
    body = await slack.api("conversations.history", channel=world.SEO)
    assert body["error"] == "ratelimited"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        (world.SEO, None),
        (world.SEO_TEAM, None),
        (world.GENERAL, "not_in_channel"),
        (world.OLD, "is_archived"),
        (world.LEADERSHIP, "channel_not_found"),
        (world.ANA_AND_BEN, "channel_not_found"),
        ("C0NOWHERE1", "channel_not_found"),
        ("#seo", None),
        ("#leadership", "channel_not_found"),
        ("#nowhere", "channel_not_found"),
        ("nowhere at all", "channel_not_found"),
        (world.ANA, None),
        ("U0NOBODY01", "channel_not_found"),
    ],
)
async def test_where_the_app_may_post(slack: Bench, channel: str, error: str | None) -> None:
    """A post needs membership; what the app cannot see does not exist for it."""
    body = await slack.api("chat.postMessage", channel=channel, text="hello")
    assert body.get("error") == error


async def test_public_posting_has_a_scope(tmp_path: Path) -> None:
    """With chat:write.public a public channel takes posts of an app that is not in it."""
    async with bench(tmp_path, with_scope("chat:write.public")) as slack:
        assert (await slack.api("chat.postMessage", channel=world.GENERAL, text="x"))["ok"]


async def test_shared_channels_can_be_closed(slack: Bench) -> None:
    """A policy may forbid posts and files in channels shared with other companies."""
    slack.switch(shared_channels="denied")
    body = await slack.api("chat.postMessage", channel=world.PARTNER, text="x")
    assert body["error"] == "restricted_action"
    complete = {"files": [{"id": await slack.upload()}], "channel_id": world.PARTNER}
    body = await slack.api("files.completeUploadExternal", **complete)
    assert body["error"] == "posting_to_channel_denied"


async def test_a_closed_messages_tab(tmp_path: Path) -> None:
    """Without its Messages tab the app cannot write to people."""
    features = {**MANIFEST["features"], "app_home": {"messages_tab_enabled": False}}
    async with bench(tmp_path, MANIFEST | {"features": features}) as slack:
        body = await slack.api("chat.postMessage", channel=world.ANA, text="x")
    assert body["error"] == "messages_tab_disabled"


async def test_what_a_conversation_is(slack: Bench) -> None:
    """conversations.info tells kind, membership, archiving and sharing."""
    body = await slack.api("conversations.info", channel=world.PARTNER)
    shown = body["channel"]
    assert (shown["is_ext_shared"], shown["is_member"], shown["is_private"]) == (True, True, False)
    body = await slack.api("conversations.info", channel=world.OLD)
    assert (body["channel"]["is_archived"], body["channel"]["is_member"]) == (True, False)
    for hidden in (world.LEADERSHIP, world.ANA_AND_BEN, "C0NOWHERE1"):
        body = await slack.api("conversations.info", channel=hidden)
        assert body["error"] == "channel_not_found"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        (world.GENERAL, None),
        (world.OLD, "is_archived"),
        (world.SEO_TEAM, "method_not_supported_for_channel_type"),
        (world.LEADERSHIP, "channel_not_found"),
    ],
)
async def test_what_the_app_may_join(slack: Bench, channel: str, error: str | None) -> None:
    """Public channels only, and none that is archived."""
    body = await slack.api("conversations.join", channel=channel)
    assert body.get("error") == error
    joins = (await slack.state())["joins"]
    assert [join["channel"] for join in joins] == ([] if error else [channel])


async def test_joining_twice_is_a_warning(slack: Bench) -> None:
    """Joining where one is already succeeds with a warning."""
    body = await slack.api("conversations.join", channel=world.SEO)
    assert (body["ok"], body["warning"]) == (True, "already_in_channel")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "users_list_not_supplied"),
        ({"users": ","}, "not_enough_users"),
        ({"users": "U0NOBODY01"}, "user_not_found"),
        ({"users": world.BOT_USER}, "user_not_found"),
        ({"users": ",".join([world.ANA] * 9)}, "too_many_users"),
        ({"channel": world.SEO}, "method_not_supported_for_channel_type"),
    ],
)
async def test_what_cannot_be_opened(slack: Bench, arguments: dict[str, str], error: str) -> None:
    """conversations.open names what is wrong with the people it was given."""
    assert (await slack.api("conversations.open", **arguments))["error"] == error


async def test_nobody_opens_a_conversation_with_somebody_gone(slack: Bench) -> None:
    """A deactivated person is user_disabled."""
    gone = {"id": "U0GONE0001", "name": "gone", "deleted": True}
    await slack.control("seed", slack={"people": [gone]})
    body = await slack.api("conversations.open", users="U0GONE0001")
    assert body["error"] == "user_disabled"


BAD_READING = [
    ("conversations.list", {"types": "public_channel,sea"}, "invalid_types"),
    ("conversations.list", {"limit": -1}, "invalid_limit"),
    ("conversations.history", {"channel": world.SEO, "oldest": "noon"}, "invalid_ts_oldest"),
    ("conversations.history", {"channel": world.SEO, "latest": "noon"}, "invalid_ts_latest"),
    ("blocks.validate", {}, "invalid_arguments"),
    ("blocks.validate", {"blocks": [], "view": {}}, "invalid_arguments"),
]


@pytest.mark.parametrize(("method", "arguments", "error"), BAD_READING)
async def test_what_cannot_be_read(slack: Bench, method: str, arguments: Json, error: str) -> None:
    """Kinds, pages and times that make no sense are named."""
    await slack.post(text="a")
    assert (await slack.api(method, **arguments))["error"] == error


async def test_opening_is_idempotent(slack: Bench) -> None:
    """The direct message with a person is opened once and found again."""
    first = await slack.api("conversations.open", users=world.ANA)
    again = await slack.api("conversations.open", users=world.ANA)
    assert first["channel"]["id"] == again["channel"]["id"] == world.ANA_AND_APP
    assert again["already_open"]


async def test_more_is_told_where_asked_for(slack: Bench) -> None:
    """The number of members and the whole direct message come on demand only."""
    body = await slack.api("conversations.info", channel=world.SEO)
    assert "num_members" not in body["channel"]
    body = await slack.api("conversations.info", channel=world.SEO, include_num_members=True)
    assert body["channel"]["num_members"] == 3
    body = await slack.api("conversations.open", users=world.ANA)
    assert body["channel"] == {"id": world.ANA_AND_APP}
    body = await slack.api("conversations.open", users=world.ANA, return_im=True)
    assert (body["channel"]["is_im"], body["channel"]["user"]) == (True, world.ANA)


@pytest.mark.parametrize(
    ("types", "error"), [("public_channel", None), ("private_channel", "missing_scope")]
)
async def test_a_list_needs_the_scopes_of_its_kinds(
    tmp_path: Path, types: str, error: str | None
) -> None:
    """conversations.list needs the scope of each kind that is asked for, and no other."""
    async with bench(tmp_path, without_scope("groups:read")) as slack:
        body = await slack.api("conversations.list", types=types)
    assert body.get("error") == error


async def test_lists_come_in_pages(slack: Bench) -> None:
    """conversations.list pages by cursor and shows only what the app can see."""
    seen: list[str] = []
    cursor = ""
    while True:
        body = await slack.api(
            "conversations.list", types="public_channel,private_channel", limit=2, cursor=cursor
        )
        seen += [channel["id"] for channel in body["channels"]]
        cursor = body["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert seen == [world.SEO, world.GENERAL, world.OLD, world.SEO_TEAM, world.PARTNER]
    body = await slack.api("conversations.list", cursor="what?")
    assert body["error"] == "invalid_cursor"


async def test_validation_without_sending(slack: Bench) -> None:
    """blocks.validate needs no token and lists what would be refused."""
    body = await slack.api("blocks.validate", None, blocks=[{"type": "sectoin"}])
    assert "unsupported type: sectoin" in body["errors"][0]["message"]
    assert (await slack.api("blocks.validate", None, blocks=[section()]))["errors"] == []


async def test_a_person_is_known(slack: Bench) -> None:
    """users.info knows the members and nobody else."""
    assert (await slack.api("users.info", user=world.BEN))["user"]["name"] == "ben"
    assert (await slack.api("users.info", user="U0NOBODY01"))["error"] == "user_not_found"


NASTY: list[Any] = [None, 0, -1, True, 1.5, "", "x", "[", [], {}, [1], [[]], {"a": 1}, "ü" * 5000]


@pytest.mark.parametrize("method", METHODS)
async def test_nothing_that_is_sent_breaks_it(slack: Bench, method: str) -> None:
    """Any value of any argument is answered with Slack's own words under HTTP 200."""
    posted = await slack.post(text="a")
    good = {
        "channel": world.SEO,
        "ts": posted["ts"],
        "message_ts": posted["ts"],
        "text": "a",
        "user": world.ANA,
        "user_id": world.ANA,
        "view": modal(),
        "files": [{"id": await slack.upload()}],
        "file": "F0NOTHING1",
        "filename": "x",
        "length": 3,
    }
    known = {name: value for name, value in good.items() if name in METHODS[method].arguments}
    token = SLACK_APP_TOKEN if method.startswith("apps.") else SLACK_BOT_TOKEN
    headers = {"Authorization": f"Bearer {token}"}
    for name in METHODS[method].arguments:
        for value in NASTY:
            sent = {**known, name: value}
            async with slack.http.post(f"/api/{method}", json=sent, headers=headers) as answer:
                assert answer.status == 200, sent
                body = await answer.json()
            assert body["ok"] or isinstance(body["error"], str)
