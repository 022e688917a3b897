"""What the tests of both edges share: a fresh sandbox for each test, on free ports."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.botify.budget import Budget
from bot.botify.client import BotifyClient
from sandbox import servers
from sandbox.servers import Sandbox

MANIFEST = Path(__file__).parents[2] / "manifest.yml"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox of the profile `test`; its clock, faults, journal and control are at hand."""
    running = await servers.start(manifest=MANIFEST)
    yield running
    await running.stop()


@pytest.fixture
async def botify(sandbox: Sandbox) -> AsyncIterator[BotifyClient]:
    """The product's client at the local Botify, at a pace that no test has to wait for."""
    sandbox.control.set_switches({"rate_limit": None})
    async with BotifyClient(
        sandbox.addresses.botify_api_url,
        SecretStr(sandbox.addresses.botify_api_token),
        Budget(10_000),
    ) as client:
        yield client
