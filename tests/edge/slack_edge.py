"""The Slack edge at the local workspace, for its tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import AnyHttpUrl, SecretStr

from bot.model.settings import Settings
from bot.slack.clients import SlackClients, open_clients
from bot.slack.messages.message import Message, message, section
from sandbox.control import Control
from sandbox.faults import Fault
from sandbox.journal import Entry
from sandbox.servers import Sandbox


def settings_for(sandbox: Sandbox, **changes: Any) -> Settings:
    """Settings that lead to this sandbox."""
    given = {
        "slack_bot_token": SecretStr(sandbox.addresses.slack_bot_token),
        "slack_app_token": SecretStr(sandbox.addresses.slack_app_token),
        "slack_api_url": AnyHttpUrl(sandbox.addresses.slack_api_url),
    }
    return Settings(**(given | changes))


@asynccontextmanager
async def clients_at(url: str, **changes: Any) -> AsyncIterator[SlackClients]:
    """Clients of any address."""
    given = {"slack_bot_token": SecretStr("xoxb-any"), "slack_api_url": AnyHttpUrl(url)}
    async with open_clients(Settings(**(given | changes))) as clients:
        yield clients


@asynccontextmanager
async def serving(take: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """An upload address with a mind of its own."""
    app = web.Application(client_max_size=1 << 40)
    app.router.add_post("/upload", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/upload"
    finally:
        await runner.cleanup()


def strike(sandbox: Sandbox, method: str, action: str, **how: Any) -> None:
    """Break the next request to a method."""
    sandbox.faults.add(Fault(service="slack", method=method, action=action, **how))


def asked(sandbox: Sandbox, method: str) -> list[Entry]:
    """The requests to a method so far."""
    return sandbox.journal.entries("slack", method)


def state(sandbox: Sandbox) -> dict[str, Any]:
    """The whole workspace."""
    return sandbox.control.state("slack")


def switch(control: Control, **values: Any) -> None:
    """Choose how the workspace behaves."""
    control.set_switches(values)


async def tell(sandbox: Sandbox, what: str, **how: Any) -> dict[str, Any]:
    """Ask the control API to do something to the workspace."""
    url = f"{sandbox.addresses.control}slack/{what}"
    async with aiohttp.ClientSession() as session, session.post(url, json=how) as response:
        answer = await response.json()
        assert response.ok, answer
        return dict(answer)


async def by_hand(sandbox: Sandbox, what: str, **how: Any) -> dict[str, Any]:
    """Do something as a person's hands would."""
    url = f"{sandbox.addresses.page}client/{what}"
    async with aiohttp.ClientSession() as session, session.post(url, json=how) as response:
        answer = await response.json()
        assert response.ok, answer
        return dict(answer)


def a_message(text: str = "Hello") -> Message:
    """One paragraph."""
    return message(text, section(f"*{text}*"))
