"""`demo`: the sandbox and the real program beside each other, talking as in production."""

import asyncio
import json
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app import stop_signals
from bot.model.errors import NotSetUp
from bot.slack.manifest import manifest_path

STOP_SECONDS = 12
"""SIGTERM to the end of a child process; then it is killed."""


async def run_demo(*, port: int, browser: bool) -> int:
    """Serve the demo until it is asked to stop.

    Args:
        port: of the page; the local Botify takes the two ports behind it.
        browser: open the page.

    Raises:
        NotSetUp: the sandbox or the bot does not start, for example because a port is taken.
    """
    asked = stop_signals()
    with tempfile.TemporaryDirectory(prefix="botify-export-demo-") as folder:
        async with _sandbox(port) as places, _bot(places, Path(folder)) as bot:
            print(f"The workspace is at {places['page']}  (Ctrl-C ends it)", flush=True)  # noqa: T201 - this is the terminal
            if browser:
                await asyncio.to_thread(webbrowser.open, places["page"])
            waiting = asyncio.create_task(asked.wait())
            ended = asyncio.create_task(bot.wait())
            await asyncio.wait((waiting, ended), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if ended.done():
                raise NotSetUp("The bot of the demo ended by itself.", "Its last lines are above.")
            ended.cancel()
    return 0


@asynccontextmanager
async def _sandbox(port: int) -> AsyncIterator[dict[str, str]]:
    arguments = ["--port", str(port), "--manifest", str(manifest_path()), "--profile", "demo"]
    async with _child("sandbox", arguments, os.environ, stdout=asyncio.subprocess.PIPE) as child:
        assert child.stdout is not None  # noqa: S101 - asked for just above
        line = await child.stdout.readline()
        if not line:
            raise NotSetUp(
                f"The demo could not start at port {port}.",
                f"Perhaps the port is taken; try: botify-export demo --port {port + 100}",
            )
        yield json.loads(line)


@asynccontextmanager
async def _bot(places: dict[str, str], folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    kept = {name: value for name, value in os.environ.items() if not _is_ours(name)}
    environment = {
        **kept,
        "SLACK_BOT_TOKEN": places["slack_bot_token"],
        "SLACK_APP_TOKEN": places["slack_app_token"],
        "SLACK_API_URL": places["slack_api_url"],
        "BOTIFY_API_TOKEN": places["botify_api_token"],
        "BOTIFY_API_URL": places["botify_api_url"],
        "BOTIFY_DOWNLOAD_HOSTS": places["files_origin"].partition("://")[2],
        "DATA_DIR": str(folder / "data"),
    }
    async with _child("bot.cli", ["run"], environment, folder=folder) as child:
        yield child


def _is_ours(name: str) -> bool:
    """Settings of a real installation must not reach the demo."""
    return name.startswith(("SLACK_", "BOTIFY_")) or name in ("DATA_DIR", "DATABASE_URL")


@asynccontextmanager
async def _child(
    module: str,
    arguments: list[str],
    environment: "os._Environ[str] | dict[str, str]",
    *,
    stdout: int | None = None,
    folder: Path | None = None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env=dict(environment),
        stdout=stdout,
        cwd=folder,
        start_new_session=True,  # Ctrl-C reaches us alone, and we end the children in order
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(child.wait(), STOP_SECONDS)
            except TimeoutError:
                child.kill()
                await child.wait()
