"""`botify-export demo` as a process."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import httpx
import pytest

COMMAND = Path(sys.executable).with_name("botify-export")


async def started(*arguments: str) -> asyncio.subprocess.Process:
    """The demo, its output piped."""
    return await asyncio.create_subprocess_exec(
        *(COMMAND, "demo", "--no-browser", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def page_of(process: asyncio.subprocess.Process) -> str:
    """The address that it prints."""
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert found, line
    return found[0]


async def bot_of(page: str) -> int:
    """The process id of the demo's bot."""
    async with httpx.AsyncClient() as http:
        bot = (await http.get(f"{page}control/bot")).json()
    assert bot["running"], bot
    return int(bot["pid"])


async def gone(pid: int) -> None:
    """Until there is no such process; the test's time limit ends what never comes."""
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        await asyncio.sleep(0.02)


async def ended(http: httpx.AsyncClient) -> None:
    """Until the demo knows that its bot has ended."""
    while True:
        if not (await http.get("control/bot")).json()["running"]:
            return
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_one_line_and_nothing_left_behind(number: signal.Signals) -> None:
    """It prints one line; asked to stop it ends with 0, no traceback, and no process."""
    process = await started("--port", "0")
    bot = await bot_of(await page_of(process))
    process.send_signal(number)
    output, errors = await process.communicate()
    assert (process.returncode, output, errors) == (0, b"", b"")
    with pytest.raises(ProcessLookupError):
        os.kill(bot, 0)


async def test_a_demo_that_is_killed_leaves_nothing_behind() -> None:
    """Even SIGKILL takes the sandbox and the bot with it, so that the port is free again."""
    process = await started("--port", "0")
    page = await page_of(process)
    bot = await bot_of(page)
    process.kill()
    await process.communicate()
    await gone(bot)
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(page)


async def test_a_taken_port_is_one_sentence() -> None:
    """A taken port is named with the way out, and the exit status says that nothing began."""
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await started("--port", str(port))
    output, errors = await process.communicate()
    server.close()
    await server.wait_closed()
    assert (process.returncode, output) == (2, b"")
    assert str(port) in errors.decode()
    assert "--port" in errors.decode()
    assert errors.count(b"\n") == 1


async def test_the_demo_lives_on_without_its_bot() -> None:
    """A bot that ends does not end the demo: the page says so, and starts it again."""
    process = await started("--port", "0")
    page = await page_of(process)
    os.kill(await bot_of(page), signal.SIGTERM)
    async with httpx.AsyncClient(base_url=page) as http:
        await ended(http)
        again = (await http.post("control/bot/start")).json()
    process.terminate()
    await process.communicate()
    assert again["running"]
    assert process.returncode == 0
