"""A fresh sandbox for each test, in the test's own process, on free ports."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sandbox import servers
from sandbox.servers import Sandbox

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Everything here is plain HTTP; reading the machine's certificates for each test is slow."""
MANIFEST = Path(__file__).parents[2] / "manifest.yml"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox of the profile `test`; its clock, faults, journal and control are at hand."""
    running = await servers.start(manifest=MANIFEST)
    yield running
    await running.stop()


@pytest.fixture
async def botify(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """A plain HTTP client that has the token; the rate limit is off where it is not the point."""
    sandbox.control.set_switches({"rate_limit": None})
    async with httpx.AsyncClient(
        base_url=sandbox.addresses.botify_api_url,
        headers={"Authorization": f"Token {sandbox.addresses.botify_api_token}"},
        verify=NO_TLS,
    ) as client:
        yield client


@pytest.fixture
async def plain() -> AsyncIterator[httpx.AsyncClient]:
    """A plain HTTP client without any credential: for files and for the control API."""
    async with httpx.AsyncClient(verify=NO_TLS) as client:
        yield client
