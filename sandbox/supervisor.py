"""The program that talks to the sandbox, as its child: started, killed and started again.

A person pulls its plug from the page, a test from outside; the program notices only the dark.
"""

import asyncio
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.addresses import Addresses
from sandbox.journal import Journal

STOP_SECONDS = 12
"""From SIGTERM to SIGKILL at the end of the sandbox."""
TAIL_BYTES = 8_192
TAIL_LINES = 20
SERVICE = "bot"
"""How the journal names what is done to the program."""
FOREIGN = ("SLACK_", "BOTIFY_")
FOREIGN_NAMES = frozenset({"DATA_DIR", "DATABASE_URL"})


def environment(places: Addresses, folder: Path, outer: Mapping[str, str]) -> dict[str, str]:
    """The child's environment: `outer` without a real installation's settings, and the sandbox."""
    kept = {
        name: value
        for name, value in outer.items()
        if not name.startswith(FOREIGN) and name not in FOREIGN_NAMES
    }
    return kept | {
        "SLACK_BOT_TOKEN": places.slack_bot_token,
        "SLACK_APP_TOKEN": places.slack_app_token,
        "SLACK_API_URL": places.slack_api_url,
        "BOTIFY_API_TOKEN": places.botify_api_token,
        "BOTIFY_API_URL": places.botify_api_url,
        "BOTIFY_DOWNLOAD_HOSTS": places.files_origin.partition("://")[2],
        "DATA_DIR": str(folder / "data"),
    }


class Supervisor:
    """Looks after one program, or after none where the command is empty.

    It never starts the program again by itself: who pulled the plug wants to see what happens.
    """

    def __init__(self, command: Sequence[str], journal: Journal) -> None:
        self._command = tuple(command)
        self._journal = journal
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._environment: dict[str, str] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def open(self, places: Addresses) -> None:
        """Make its folder and start it for the first time.

        Raises:
            OSError: the command cannot be run.
        """
        if not self._command:
            return
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-bot-")
        self._environment = environment(places, Path(self._folder.name), os.environ)
        try:
            await self.start()
        except OSError:
            self._folder.cleanup()
            raise

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def state(self) -> dict[str, Any]:
        """What the control API tells: `log_tail` are the last lines that the program wrote."""
        if self._folder is None:
            return {"supervised": False}
        return {
            "supervised": True,
            "running": self.running,
            "pid": self._process.pid if self._process and self.running else None,
            "log_tail": tail(self._log),
        }

    async def start(self) -> None:
        """Start it, unless it runs.

        Raises:
            OSError: the command cannot be run.
        """
        async with self._turn:
            if self.running or self._folder is None:
                return
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    env=self._environment,
                    cwd=self._folder.name,  # where no .env of the person's lies
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C reaches the sandbox alone, which ends it
                )
            self._journal.add(SERVICE, "start", {"pid": self._process.pid}, acted=True)
            self._watching = asyncio.create_task(self._watch(self._process))

    async def kill(self) -> None:
        """Pull the plug: SIGKILL, unless it has ended."""
        async with self._turn:
            if self._process is None or not self.running:
                return
            self._journal.add(SERVICE, "kill", {"pid": self._process.pid}, acted=True)
            self._process.kill()
            await self._ended()

    async def close(self) -> None:
        """End it in good order, and remove its folder."""
        async with self._turn:
            if self._process is not None and self.running:
                self._process.terminate()
                try:
                    await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
                except TimeoutError:
                    self._process.kill()
            await self._ended()
            if self._folder is not None:
                self._folder.cleanup()

    @property
    def _log(self) -> Path:
        return Path(self._environment["DATA_DIR"]).with_name("bot.log")

    async def _ended(self) -> None:
        if self._watching is not None:
            await self._watching

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        status = await process.wait()
        self._journal.add(SERVICE, "end", {"pid": process.pid}, status=status, acted=True)


def tail(log: Path) -> list[str]:
    """The last lines of a log."""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        return file.read().decode(errors="replace").splitlines()[-TAIL_LINES:]


def routes(supervisor: Supervisor) -> list[web.RouteDef]:
    """The part of the control API about the program."""

    async def show(_request: web.Request) -> web.Response:
        return web.json_response(supervisor.state())

    async def kill(request: web.Request) -> web.Response:
        await supervisor.kill()
        return await show(request)

    async def start(request: web.Request) -> web.Response:
        await supervisor.start()
        return await show(request)

    return [
        web.get("/control/bot", show),
        web.post("/control/bot/kill", kill),
        web.post("/control/bot/start", start),
    ]
