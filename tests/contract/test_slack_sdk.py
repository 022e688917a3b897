"""Slack's own SDK and Bolt, unmodified: only the address differs from the real Slack."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bench import MANIFEST, Bench, bench, entry, modal, option, section, text
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.addresses import SLACK_APP_TOKEN, SLACK_BOT_TOKEN
from sandbox.faults import Fault
from sandbox.slack import limits, world
from sandbox.slack.request_urls import SIGNING_SECRET

Json = dict[str, Any]
CSV = b"url,title\nhttps://example.com/,Home\n"


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as running:
        yield running


@pytest.fixture
async def client(slack: Bench) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            token=SLACK_BOT_TOKEN,
            base_url=slack.sandbox.addresses.slack_api_url,
            session=session,
        )


async def meets(slack: Bench, condition: Callable[[Bench], bool]) -> None:
    """Wait until the journal makes the condition true."""
    changed = asyncio.Event()
    forget = slack.sandbox.journal.subscribe(lambda _entry: changed.set())
    try:
        async with asyncio.timeout(20):
            while not condition(slack):
                changed.clear()
                await changed.wait()
    finally:
        forget()


async def test_the_sdk_uploads_a_file(slack: Bench, client: AsyncWebClient) -> None:
    """files_upload_v2 goes its three steps, and the file is in the channel."""
    answer = await client.files_upload_v2(
        file=io.BytesIO(CSV),
        filename="export.csv",
        title="Export",
        channel=world.SEO,
        initial_comment="done",
    )
    (message,) = (await slack.screen())["messages"][world.SEO]
    assert message["files"][0]["id"] == answer["file"]["id"]
    async with slack.http.get(message["files"][0]["download"]) as got:
        assert await got.read() == CSV
    counts = slack.sandbox.journal.counts()["slack"]
    assert counts["files.getUploadURLExternal"] == counts["upload"] == 1
    assert counts["files.completeUploadExternal"] == 1


async def test_the_sdk_uploads_several_files_into_a_thread(
    slack: Bench, client: AsyncWebClient
) -> None:
    """Several files of one call come in one message of the thread."""
    parent = (await slack.post(text="progress"))["ts"]
    files: list[Json] = [{"content": "a", "filename": "a.csv"}, {"content": "b", "filename": "b"}]
    await client.files_upload_v2(file_uploads=files, channel=world.SEO, thread_ts=parent)
    reply = (await slack.screen())["messages"][world.SEO][1]
    assert (reply["thread_ts"], len(reply["files"])) == (parent, 2)


async def test_the_sdk_waits_for_its_rate(slack: Bench, client: AsyncWebClient) -> None:
    """The SDK's own handler meets the limit, reads Retry-After, waits, and its call is taken."""
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    slack.switch(rate_limits=True)
    for number in range(limits.POST_BURST + 1):
        assert (await client.chat_postMessage(channel=world.SEO, text=str(number)))["ok"]
    entries = slack.sandbox.journal.entries("slack", "chat.postMessage")
    assert [each.status for each in entries] == [200] * limits.POST_BURST + [429, 200]
    assert entries[-1].time - entries[-2].time >= 1


async def test_the_sdk_tells_what_is_wrong(client: AsyncWebClient) -> None:
    """The SDK's error carries Slack's word and the places."""
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=world.SEO, text="a", blocks=[section("")])
    response = caught.value.response
    assert response["error"] == "invalid_blocks"
    assert response["response_metadata"]["messages"] == [
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_the_sdk_posts_twice_after_a_lost_answer(
    slack: Bench, client: AsyncWebClient
) -> None:
    """A lost answer makes the SDK's default handler post again: the danger is real here too."""
    slack.sandbox.faults.add(
        Fault(service="slack", method="chat.postMessage", action="lost", moment="after")
    )
    await client.chat_postMessage(channel=world.SEO, text="once?")
    assert len((await slack.state())["messages"]) == 2


@pytest.fixture
async def socket_client(client: AsyncWebClient) -> AsyncIterator[SocketModeClient]:
    logging.getLogger("slack_sdk.socket_mode.aiohttp").setLevel(logging.CRITICAL)
    running = SocketModeClient(app_token=SLACK_APP_TOKEN, web_client=client, ping_interval=0.2)
    yield running
    await running.close()


async def test_the_sdk_refreshes_its_socket(slack: Bench, socket_client: SocketModeClient) -> None:
    """Told to refresh, the SDK's client takes a new ticket and hears the next command."""
    heard: list[str] = []

    async def listen(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        heard.append(request.payload["text"])
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    socket_client.socket_mode_request_listeners.append(listen)
    await socket_client.connect()
    assert (await slack.hands("command", channel=world.SEO, text="/plain one"))["ok"]
    for number, reason in enumerate(("warning", "refresh_requested"), start=2):
        await slack.control("slack/disconnect", reason=reason)
        await meets(slack, lambda each, number=number: connected(each) == number)
        assert (await slack.hands("command", channel=world.SEO, text=f"/plain {reason}"))["ok"]
    assert heard == ["one", "warning", "refresh_requested"]


def connected(slack: Bench) -> int:
    return sum(each.acted for each in slack.sandbox.journal.entries("socket", "connect"))


async def test_the_sdk_comes_back_after_a_drop(
    slack: Bench, socket_client: SocketModeClient
) -> None:
    """A socket that ends without a word is noticed and replaced."""
    await socket_client.connect()
    await slack.control("slack/drop-sockets")
    await meets(slack, lambda each: connected(each) == 2)


async def test_the_sdk_gets_stuck_on_a_dead_ticket(
    slack: Bench, socket_client: SocketModeClient
) -> None:
    """After a refused reconnect the SDK asks again and again with its one dead ticket."""
    await socket_client.connect()
    await slack.control("slack/refuse-sockets")
    await slack.control("slack/disconnect")
    await slack.noted("socket", "connect", 3)
    await slack.control("slack/refuse-sockets", refuse=False)
    entries = await slack.noted("socket", "connect", 6)
    assert [each.error for each in entries[-2:]] == ["dead_ticket", "dead_ticket"]
    assert len(slack.sandbox.journal.entries("slack", "apps.connections.open")) == 2
    socket_client.wss_uri = None
    await meets(slack, lambda each: connected(each) == 2)


async def test_a_whole_app_of_bolt(slack: Bench, client: AsyncWebClient) -> None:
    """Bolt: a command opens a modal, a menu fills, a submission posts, a button is heard."""
    app = AsyncApp(client=client)
    pressed: list[str] = []

    @app.command("/bench")
    async def open_modal(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        menu = {"type": "external_select", "min_query_length": 0}
        view = modal(entry(menu, "menu"), callback_id="export")
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.options("action")
    async def fill(ack: AsyncAck, payload: Json) -> None:
        await ack(options=[option(f"found {payload['value']}")])

    @app.view("export")
    async def submitted(ack: AsyncAck, view: Json, client: AsyncWebClient) -> None:
        await ack()
        chosen = view["state"]["values"]["menu"]["action"]["selected_option"]["value"]
        button = {"type": "button", "action_id": "go", "text": text("Go"), "value": chosen}
        blocks = [section("posted", block_id="b", accessory=button)]
        await client.chat_postMessage(channel=world.SEO, text="posted", blocks=blocks)

    @app.action("go")
    async def press(ack: AsyncAck, action: Json, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="thanks", replace_original=False)
        pressed.append(action["value"])

    handler = AsyncSocketModeHandler(app, SLACK_APP_TOKEN)
    await handler.connect_async()
    try:
        assert (await slack.hands("command", channel=world.SEO, text="/bench"))["ok"]
        await meets(slack, lambda each: done(each, "views.open"))
        (view,) = (await slack.screen())["views"]
        place = {"view_id": view["id"], "block_id": "menu", "action_id": "action"}
        answer = await slack.hands("options", query="it", **place)
        assert answer["options"] == [option("found it")]
        await slack.hands("input", value="found it", **place)
        assert (await slack.hands("submit", view_id=view["id"]))["ok"]
        await meets(slack, lambda each: done(each, "chat.postMessage"))
        (message,) = (await slack.screen())["messages"][world.SEO]
        await slack.hands(
            "action", channel=world.SEO, ts=message["ts"], block_id="b", action_id="go"
        )
        await meets(slack, lambda each: done(each, "response_url"))
        seen = (await slack.screen())["messages"][world.SEO]
        assert [(each["text"], each["ephemeral"]) for each in seen] == [
            ("posted", False),
            ("thanks", True),
        ]
    finally:
        await handler.close_async()
    assert pressed == ["found it"]


def done(slack: Bench, method: str) -> bool:
    return any(each.acted for each in slack.sandbox.journal.entries("slack", method))


def over_http(port: int) -> Json:
    """The bench's manifest with request URLs instead of Socket Mode."""
    url = f"http://127.0.0.1:{port}/slack/events"
    command = {"command": "/bench", "description": "Bench", "url": url}
    return MANIFEST | {
        "features": {**MANIFEST["features"], "slash_commands": [command]},
        "settings": {
            "event_subscriptions": {"bot_events": ["message.channels"], "request_url": url},
            "interactivity": {
                "is_enabled": True,
                "request_url": url,
                "message_menu_options_url": url,
            },
            "socket_mode_enabled": False,
        },
    }


@pytest.mark.parametrize(
    ("secret", "answer"),
    [
        (SIGNING_SECRET, {"ok": True, "ack": {"text": "hi", "blocks": None}}),
        ("another secret", {"ok": False, "error": "dispatch_failed"}),
    ],
    ids=["its secret", "another secret"],
)
async def test_bolt_over_http(tmp_path: Path, secret: str, answer: Json) -> None:
    """Bolt's own check of signatures takes what this Slack signs, and refuses another secret."""
    bolt = AsyncApp(token=SLACK_BOT_TOKEN, signing_secret=secret)
    told: asyncio.Queue[Json] = asyncio.Queue()

    @bolt.command("/bench")
    async def greet(ack: AsyncAck) -> None:
        await ack("hi")

    @bolt.shortcut("new")
    async def shortcut(ack: AsyncAck) -> None:
        await ack()

    @bolt.event("message")
    async def message(event: Json) -> None:
        told.put_nowait(event)

    runner = web.AppRunner(bolt.web_app("/slack/events"))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with bench(tmp_path, over_http(runner.addresses[0][1])) as slack:
            bolt.client.base_url = slack.sandbox.addresses.slack_api_url
            said = await slack.hands("command", channel=world.SEO, text="/bench")
            (said.get("ack") or {}).pop("response_type", None)
            assert said == answer
            if answer["ok"]:
                assert (await slack.hands("shortcut", callback_id="new"))["ok"]
                await slack.hands("message", channel=world.SEO, text="hello")
                assert (await asyncio.wait_for(told.get(), 10))["text"] == "hello"
    finally:
        await runner.cleanup()


Said = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def answering(folder: Path, answer: Said) -> AsyncIterator[Bench]:
    """A bench in HTTP mode, whose request URL is answered like this."""
    app = web.Application()
    app.router.add_post("/slack/events", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with bench(folder, over_http(runner.addresses[0][1])) as slack:
            slack.drive()
            yield slack
    finally:
        await runner.cleanup()


async def hang() -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def test_events_over_http_are_sent_again(tmp_path: Path) -> None:
    """A bad or late answer brings the event again, with the reason; `no-retry` ends that."""
    heard: asyncio.Queue[tuple[str | None, str | None]] = asyncio.Queue()
    answers: list[Callable[[], web.Response] | None] = [
        lambda: web.Response(status=500),
        None,
        lambda: web.Response(status=500, headers={"x-slack-no-retry": "1"}),
        web.Response,
    ]

    async def answer(request: web.Request) -> web.Response:
        reply = answers.pop(0)
        retry = ("x-slack-retry-num", "x-slack-retry-reason")
        heard.put_nowait((request.headers.get(retry[0]), request.headers.get(retry[1])))
        return await hang() if reply is None else reply()

    async with answering(tmp_path, answer) as slack:
        journal = slack.sandbox.journal
        await slack.hands("message", channel=world.SEO, text="hello")
        told = [await heard.get(), await heard.get()]
        while len(journal.entries("socket", "request")) < 3:
            slack.pass_(1)
            await asyncio.sleep(0)
        await meets(slack, lambda _: journal.entries("socket", "request")[2].error is not None)
        slack.pass_(3600)
        await slack.hands("message", channel=world.SEO, text="again")
        told += [await heard.get(), await heard.get()]
    assert told == [(None, None), ("1", "http_error"), ("2", "http_timeout"), (None, None)]


async def test_a_late_answer_over_http(tmp_path: Path) -> None:
    """After three seconds a command has failed for the person, whatever comes later."""

    async def answer(_request: web.Request) -> web.Response:
        return await hang()

    async with answering(tmp_path, answer) as slack:
        deed = asyncio.create_task(slack.hands("command", channel=world.SEO, text="/bench"))
        await slack.noted("socket", "request")
        slack.pass_(2.9)
        await slack.state()
        assert not deed.done()
        slack.pass_(0.1)
        assert await deed == {"ok": False, "error": "operation_timeout"}


async def test_nobody_at_the_request_url(tmp_path: Path) -> None:
    """An address where nobody listens is dispatch_failed."""
    async with bench(tmp_path, over_http(1)) as slack:
        answer = await slack.hands("command", channel=world.SEO, text="/bench")
    assert answer == {"ok": False, "error": "dispatch_failed"}


async def test_what_bolt_does_not_acknowledge(slack: Bench, client: AsyncWebClient) -> None:
    """An exception before the ack leaves the person with operation_timeout."""
    app = AsyncApp(client=client)

    @app.error
    async def ignored() -> None:
        """The exception below is meant."""

    @app.command("/bench")
    async def fail(ack: AsyncAck) -> None:  # noqa: ARG001 - that it is not called is the point
        raise RuntimeError("before the ack")

    handler = AsyncSocketModeHandler(app, SLACK_APP_TOKEN)
    await handler.connect_async()
    try:
        slack.drive()
        deed = asyncio.create_task(slack.hands("command", channel=world.SEO, text="/bench"))
        await slack.noted("socket", "envelope")
        slack.pass_(3)
        assert (await deed)["error"] == "operation_timeout"
    finally:
        await handler.close_async()
