"""`python -m sandbox -- COMMAND`: the program that the sandbox starts, kills and starts again."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import MANIFEST

TELLS_ITS_SETTINGS = """
import json, os, signal, sys, time
print(json.dumps(dict(os.environ)), flush=True)
print("ready", flush=True)
time.sleep(3600)
"""
ENDS_AT_ONCE = "import sys; sys.exit('nothing to do')"
REAL = {
    "SLACK_BOT_TOKEN": "xoxb-real",
    "SLACK_APP_TOKEN": "xapp-real",
    "SLACK_API_URL": "https://real.example/",
    "BOTIFY_API_TOKEN": "real",
    "BOTIFY_API_URL": "https://real.example/",
    "BOTIFY_DOWNLOAD_HOSTS": "real.example",
    "BOTIFY_ROW_LIMIT": "7",
    "DATABASE_URL": "sqlite:///real.db",
    "DATA_DIR": "/real",
}


class Running:
    """A sandbox process with its addresses."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        addresses: dict[str, str],
        http: httpx.AsyncClient,
    ) -> None:
        self.process = process
        self.addresses = addresses
        self._http = http

    async def bot(self, doing: str = "") -> dict[str, Any]:
        """What the control API says of the program, after doing something with it."""
        url = f"{self.addresses['control']}bot{doing}"
        answer = await (self._http.post(url) if doing else self._http.get(url))
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def told(self, words: str, count: int = 1) -> list[str]:
        """The program's own lines, once these are among them so often."""
        while True:
            lines: list[str] = (await self.bot())["log_tail"]
            if lines.count(words) >= count:
                return lines
            await asyncio.sleep(0.01)

    async def done(self, count: int) -> list[str]:
        """What was done to the program, once it is so much."""
        url = f"{self.addresses['control']}journal"
        while True:
            answer = await self._http.get(url, params={"service": "bot"})
            if len(entries := answer.json()) >= count:
                return [entry["method"] for entry in entries]
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    *command: str, more: tuple[str, ...] = (), environment: dict[str, str] | None = None
) -> AsyncIterator[Running]:
    """A sandbox that has this command behind `--`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--port", "0", "--profile", "test"),
        *("--manifest", str(MANIFEST), *more),
        *(("--", *command) if command else ()),
        cwd=MANIFEST.parent,
        env={**os.environ, **(environment or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with httpx.AsyncClient(timeout=60) as http:
            yield Running(process, json.loads(await process.stdout.readline()), http)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def test_the_program_sees_the_sandbox_and_no_real_installation() -> None:
    """Every address and token is the sandbox's; the operator's own settings never reach it."""
    async with running(sys.executable, "-c", TELLS_ITS_SETTINGS, environment=REAL) as sandbox:
        seen = json.loads((await sandbox.told("ready"))[0])
        places = sandbox.addresses
    assert {name: seen.get(name) for name in REAL} == {
        "SLACK_BOT_TOKEN": places["slack_bot_token"],
        "SLACK_APP_TOKEN": places["slack_app_token"],
        "SLACK_API_URL": places["slack_api_url"],
        "BOTIFY_API_TOKEN": places["botify_api_token"],
        "BOTIFY_API_URL": places["botify_api_url"],
        "BOTIFY_DOWNLOAD_HOSTS": places["files_origin"].removeprefix("http://"),
        "BOTIFY_ROW_LIMIT": None,
        "DATABASE_URL": None,
        "DATA_DIR": seen["DATA_DIR"],
    }
    assert seen["DATA_DIR"] != "/real"
    assert seen["PATH"] == os.environ["PATH"]
    assert not Path(seen["DATA_DIR"]).parent.exists()


async def test_kill_and_start() -> None:
    """The plug is pulled and put in again; both are in the journal, and its folder stays."""
    async with running(sys.executable, "-c", TELLS_ITS_SETTINGS) as sandbox:
        await sandbox.told("ready")
        first = await sandbox.bot()
        again = await sandbox.bot("/start")
        killed = await sandbox.bot("/kill")
        still = await sandbox.bot("/kill")
        second = await sandbox.bot("/start")
        lines = await sandbox.told("ready", 2)
        done = await sandbox.done(4)
    assert first["running"] is True
    assert again["pid"] == first["pid"]
    assert (killed["running"], still["running"]) == (False, False)
    assert second["running"] is True
    assert second["pid"] != first["pid"]
    assert json.loads(lines[0])["DATA_DIR"] == json.loads(lines[2])["DATA_DIR"]
    assert done == ["start", "kill", "end", "start"]


async def test_a_program_that_ends_by_itself_is_seen_and_not_restarted() -> None:
    """The control API says that it does not run and shows its last words; starting is possible."""
    async with running(sys.executable, "-c", ENDS_AT_ONCE) as sandbox:
        await sandbox.done(2)
        ended = await sandbox.bot()
        await sandbox.bot("/start")
        done = await sandbox.done(4)
    assert ended["running"] is False
    assert ended["log_tail"] == ["nothing to do"]
    assert done == ["start", "end", "start", "end"]


async def test_without_a_command_there_is_nobody_to_kill() -> None:
    """Without a command the control API says that nobody is looked after, whatever is asked."""
    async with running() as sandbox:
        answers = [await sandbox.bot(doing) for doing in ("", "/kill", "/start")]
    assert answers == [{"supervised": False}] * 3


@pytest.mark.parametrize("end", ["terminate", "eof"])
async def test_the_program_ends_with_the_sandbox(end: str) -> None:
    """A sandbox that ends, or whose starter is gone, ends its program first, with status 0."""
    more = ("--until-eof",) if end == "eof" else ()
    async with running(sys.executable, "-c", TELLS_ITS_SETTINGS, more=more) as sandbox:
        await sandbox.told("ready")
        pid = (await sandbox.bot())["pid"]
        if end == "eof":
            assert sandbox.process.stdin is not None
            sandbox.process.stdin.close()
        else:
            sandbox.process.terminate()
        status = await sandbox.process.wait()
    assert status == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_command_that_cannot_be_run_is_one_sentence() -> None:
    """A command that does not exist ends the sandbox with one line, not with a traceback."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--port", "0", "--manifest", str(MANIFEST)),
        *("--", "no-such-command"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert (process.returncode, output) == (1, b"")
    assert b"no-such-command" in errors
    assert errors.count(b"\n") == 1
