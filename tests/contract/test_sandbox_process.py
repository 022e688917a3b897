"""`python -m sandbox` as a process."""

import asyncio
import json
import signal
import sys

import httpx
import pytest
from conftest import MANIFEST

ROOT = MANIFEST.parent


async def started(*arguments: str) -> asyncio.subprocess.Process:
    """The process, its output piped."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--manifest", str(MANIFEST), *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("profile", ["demo", "test"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_one_line_and_a_clean_end(
    plain: httpx.AsyncClient, profile: str, number: signal.Signals
) -> None:
    """It prints one JSON line with its addresses, serves them, and ends on a signal with 0."""
    process = await started("--port", "0", "--profile", profile)
    assert process.stdout is not None
    addresses = json.loads(await process.stdout.readline())
    assert addresses.keys() == {
        *("page", "slack_api_url", "control", "botify_api_url", "files_origin"),
        *("slack_bot_token", "slack_app_token", "botify_api_token"),
    }
    headers = {"Authorization": f"Token {addresses['botify_api_token']}"}
    answer = await plain.get(
        f"{addresses['botify_api_url']}/authentication/profile", headers=headers
    )
    switches = (await plain.get(f"{addresses['control']}switches")).json()
    process.send_signal(number)
    output, errors = await process.communicate()
    assert answer.json()["data"]["username"] == "jane.doe"
    assert switches["job_progress_by"]["value"] == {"demo": "time", "test": "polls"}[profile]
    assert (process.returncode, output, errors) == (0, b"", b"")


async def test_a_taken_port_is_one_sentence() -> None:
    """A port that is taken ends the process with one line that says so, not with a traceback."""
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await started("--port", "0", "--files-port", str(port))
    output, errors = await process.communicate()
    server.close()
    await server.wait_closed()
    assert (process.returncode, output) == (1, b"")
    assert errors.startswith(b"the sandbox cannot start: ")
    assert errors.count(b"\n") == 1
