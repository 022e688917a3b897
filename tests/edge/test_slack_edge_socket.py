"""The Socket Mode connection: what the SDK does not heal is healed, or ended with a sentence."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_edge import asked, by_hand, clients_at, settings_for, strike, switch, tell
from slack_sdk.web.async_client import AsyncWebClient

from bot.model.errors import NotSetUp, ProductError, SlackUnreachable
from bot.slack.bolt import bolt_app
from bot.slack.clients import Identity, SlackClients, identify, open_clients
from bot.slack.socket import Patience, Socket
from sandbox.faults import Fault
from sandbox.servers import Sandbox
from sandbox.slack import world

HASTY = Patience(look=0.02, ping=0.5, ticket=0.3, hello=1.0, stuck=2.0, give_up=600.0)
"""Acts soon, and never gives up: how slow the machine is changes nothing but the waiting."""
ENOUGH = 60.0
"""Seconds after which a test that waits has failed."""
NOBODY = Identity("T1", "Acme", "U1", "B1", "botify", frozenset())


@pytest.fixture
async def slack(sandbox: Sandbox) -> AsyncIterator[SlackClients]:
    """The product's clients at the local workspace."""
    sandbox.clock.stretch = 20.0  # Slack's three seconds, on a machine that has other things to do
    async with open_clients(settings_for(sandbox)) as clients:
        yield clients


async def eventually(condition: Callable[[], Any]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(ENOUGH):
        while not condition():  # noqa: ASYNC110 - the server's state offers no event to wait for
            await asyncio.sleep(0.01)


@asynccontextmanager
async def connected(
    app: AsyncApp, clients: SlackClients, token: str, patience: Patience = HASTY
) -> AsyncIterator[tuple[Socket, asyncio.Task[None]]]:
    """An open socket with its watchdog."""
    socket = Socket(app, clients, token, patience=patience)
    await socket.open()
    watching = asyncio.create_task(socket.watch())
    try:
        yield socket, watching
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await socket.close()


async def listening(clients: SlackClients) -> tuple[AsyncApp, list[str]]:
    """An app that answers the command, and what it heard."""
    app, heard = bolt_app(clients, await identify(clients)), []

    @app.command("/botify-export")
    async def command(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"heard {command['text']}")
        heard.append(command["text"])

    return app, heard


async def types(sandbox: Sandbox, text: str) -> dict[str, Any]:
    """Ana types the command."""
    return await by_hand(
        sandbox, "command", user=world.ANA, channel=world.SEO, text=f"/botify-export {text}"
    )


def greeted(socket: Socket, times: int = 1) -> Callable[[], bool]:
    """Whether the connection stands, for the n-th time."""
    return lambda: socket.health().connected and socket.health().connections >= times


async def test_a_command_is_heard_and_answered(sandbox: Sandbox, slack: SlackClients) -> None:
    """The whole way of an envelope, and its acknowledgement."""
    app, heard = await listening(slack)
    async with connected(app, slack, sandbox.addresses.slack_app_token) as (socket, _):
        await asyncio.wait_for(socket.ready(), ENOUGH)
        answer = await types(sandbox, "hello")
        assert answer["ok"]
        assert answer["ack"]["text"] == "heard hello"
        await eventually(greeted(socket))
        assert socket.health().problem is None
    assert heard == ["hello"]
    assert len(asked(sandbox, "apps.connections.open")) == 1


async def test_stray_variables_change_nothing(
    sandbox: Sandbox, slack: SlackClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SLACK_CLIENT_ID and its like would make Bolt drop the token; auth.test is asked once."""
    stray = {
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "secret",
        "SLACK_SIGNING_SECRET": "secret",
        "SLACK_BOT_TOKEN": "xoxb-stray",
    }
    for name, value in stray.items():
        monkeypatch.setenv(name, value)
    app, _ = await listening(slack)
    assert app.oauth_flow is None
    assert app.installation_store is None
    posted: list[str] = []

    @app.command("/other")
    async def other(ack: Any) -> None:
        await ack()

    @app.middleware
    async def use_the_client(client: AsyncWebClient, context: dict[str, Any], next_: Any) -> None:
        answer = await client.chat_postMessage(channel=world.SEO, text="as ourselves")
        posted.append(answer["message"]["user"])
        assert context["bot_user_id"] == world.BOT_USER
        await next_()

    async with connected(app, slack, sandbox.addresses.slack_app_token) as (socket, _):
        await asyncio.wait_for(socket.ready(), ENOUGH)
        assert (await types(sandbox, "x"))["ok"]
    assert posted == [world.BOT_USER]
    assert len(asked(sandbox, "auth.test")) == 1


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"app_token": "revoked"}, "SLACK_APP_TOKEN"),
        ({"sockets": "off"}, "Socket Mode"),
    ],
)
async def test_a_token_that_opens_nothing_ends_the_start(
    sandbox: Sandbox, slack: SlackClients, how: dict[str, str], sentence: str
) -> None:
    """The SDK would try for ever and say nothing."""
    switch(sandbox.control, **how)
    socket = Socket(bolt_app(slack, NOBODY), slack, sandbox.addresses.slack_app_token)
    with pytest.raises(NotSetUp, match=sentence):
        await socket.open()
    await socket.close()


async def test_the_wrong_kind_of_token_ends_the_start(
    sandbox: Sandbox, slack: SlackClients
) -> None:
    """The two tokens of the installation are easily swapped."""
    socket = Socket(bolt_app(slack, NOBODY), slack, sandbox.addresses.slack_bot_token)
    with pytest.raises(NotSetUp):
        await socket.open()


async def test_an_outage_at_the_start_is_no_setup_mistake(
    sandbox: Sandbox, slack: SlackClients
) -> None:
    """The supervisor may simply try again."""
    strike(sandbox, "apps.connections.open", "html")
    socket = Socket(bolt_app(slack, NOBODY), slack, sandbox.addresses.slack_app_token)
    with pytest.raises(SlackUnreachable):
        await socket.open()


async def test_a_dead_ticket_is_replaced(
    sandbox: Sandbox, slack: SlackClients, caplog: pytest.LogCaptureFixture
) -> None:
    """Measured trap: after one failed connect the SDK tries the same ticket for ever."""
    caplog.set_level("ERROR", logger="slack_sdk.socket_mode.aiohttp")
    app, heard = await listening(slack)
    async with connected(app, slack, sandbox.addresses.slack_app_token) as (socket, _):
        await eventually(greeted(socket))
        sandbox.faults.add(Fault(service="socket", method="connect", action="refuse"))
        await tell(sandbox, "kill-tickets")
        await tell(sandbox, "drop-sockets")
        await eventually(
            lambda: any(each.status == 403 for each in sandbox.journal.entries("socket", "connect"))
        )
        await tell(sandbox, "kill-tickets")
        await eventually(greeted(socket, 2))
        assert (await types(sandbox, "again"))["ok"]
    assert heard == ["again"]
    tickets = [line for line in caplog.text.splitlines() if "ticket=" in line]
    assert tickets
    assert all("ticket=..." in line for line in tickets)


async def test_a_lost_connection_comes_back(sandbox: Sandbox, slack: SlackClients) -> None:
    """Dropped without a word, and told to refresh: both end in a new connection."""
    app, heard = await listening(slack)
    async with connected(app, slack, sandbox.addresses.slack_app_token) as (socket, _):
        await eventually(greeted(socket))
        await tell(sandbox, "drop-sockets")
        await eventually(greeted(socket, 2))
        await tell(sandbox, "disconnect", reason="refresh_requested")
        await eventually(greeted(socket, 3))
        assert (await types(sandbox, "still here"))["ok"]
    assert heard == ["still here"]


async def test_an_outage_is_outlived(sandbox: Sandbox, slack: SlackClients) -> None:
    """While Slack answers nothing usable the process stays, says so, and connects afterwards."""
    app, _ = await listening(slack)
    patience = Patience(look=0.02, ping=0.2, ticket=0.3, hello=1.0, stuck=2.0, give_up=20.0)
    token = sandbox.addresses.slack_app_token
    async with connected(app, slack, token, patience) as (socket, watching):
        await eventually(greeted(socket))
        strike(sandbox, "apps.connections.open", "html", count=None)
        await tell(sandbox, "drop-sockets")
        before = len(asked(sandbox, "apps.connections.open"))
        await eventually(lambda: len(asked(sandbox, "apps.connections.open")) >= before + 4)
        assert not watching.done()
        assert not socket.health().connected
        assert "HTTP 502" in str(socket.health().problem)
        sandbox.faults.clear()
        await eventually(greeted(socket, 2))


async def test_a_long_outage_does_not_count_as_a_broken_connection(
    sandbox: Sandbox, slack: SlackClients
) -> None:
    """The first ticket after hours without one gets its full time."""
    app, _ = await listening(slack)
    hours = [0.0]
    socket = Socket(
        app,
        slack,
        sandbox.addresses.slack_app_token,
        patience=HASTY,
        clock=lambda: hours[0],
    )
    await socket.open()
    watching = asyncio.create_task(socket.watch())
    try:
        await eventually(greeted(socket))
        strike(sandbox, "apps.connections.open", "html", count=None)
        await tell(sandbox, "drop-sockets")
        await eventually(lambda: "HTTP 502" in str(socket.health().problem))
        hours[0] = 36_000.0
        sandbox.faults.clear()
        await eventually(greeted(socket, 2))
        assert not watching.done()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await socket.close()


async def test_a_token_revoked_later_ends_the_watch(sandbox: Sandbox, slack: SlackClients) -> None:
    """Only a person can help, so the process ends with the sentence for them."""
    app, _ = await listening(slack)
    token = sandbox.addresses.slack_app_token
    async with connected(app, slack, token) as (socket, watching):
        await eventually(greeted(socket))
        await tell(sandbox, "revoke-token", token="app")
        await tell(sandbox, "drop-sockets")
        with pytest.raises(NotSetUp, match="SLACK_APP_TOKEN"):
            await asyncio.wait_for(watching, ENOUGH)


async def test_what_cannot_be_healed_ends_the_watch(sandbox: Sandbox, slack: SlackClients) -> None:
    """Tickets are handed out and none opens anything: a new process may do better."""
    app, _ = await listening(slack)
    patience = Patience(look=0.02, ping=0.2, ticket=0.3, hello=1.0, stuck=2.0, give_up=1.0)
    switch(sandbox.control, sockets="refused")
    token = sandbox.addresses.slack_app_token
    async with connected(app, slack, token, patience) as (_, watching):
        with pytest.raises(SlackUnreachable, match="broken for"):
            await asyncio.wait_for(watching, ENOUGH)


async def test_a_socket_that_says_nothing_is_replaced() -> None:
    """It is open, its pings are answered, and nothing ever comes: the next one speaks."""
    opened: list[bool] = []

    async def connections_open(request: web.Request) -> web.Response:
        return web.json_response(
            {"ok": True, "url": f"ws://{request.host}/link?ticket={len(opened)}"}
        )

    async def link(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        opened.append(True)
        if len(opened) > 1:
            await socket.send_str(json.dumps({"type": "hello"}))
        async for _ in socket:
            pass
        return socket

    server = web.Application()
    server.router.add_post("/api/apps.connections.open", connections_open)
    server.router.add_get("/link", link)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    try:
        async with clients_at(url) as clients:
            app = bolt_app(clients, NOBODY)
            async with connected(app, clients, "xapp-any") as (socket, _):
                await eventually(greeted(socket))
                assert len(opened) == 2
    finally:
        await runner.cleanup()


async def test_closing_at_any_moment_leaves_nothing_behind(
    sandbox: Sandbox, slack: SlackClients
) -> None:
    """Before, during and after connecting, and twice; a closed socket cannot be watched."""
    app, _ = await listening(slack)
    before = len(asyncio.all_tasks())
    socket = Socket(app, slack, sandbox.addresses.slack_app_token, patience=HASTY)
    await socket.close()
    await socket.open()
    await socket.close()
    await socket.close()
    with pytest.raises(ProductError):
        await socket.watch()
    await eventually(lambda: len(asyncio.all_tasks()) <= before)
    assert not socket.health().connected
