"""`demo`: the sandbox with the real program as its child, talking as in production."""

import asyncio
import json
import shlex
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.app import stop_signals
from bot.model.errors import NotSetUp
from bot.slack.manifest import manifest_path

NOT_STARTED = 2
"""Exit status where the sandbox did not start; it has said why."""


async def run_demo(*, port: int, browser: bool) -> int:
    """Serve the demo until it is asked to stop; the exit status.

    Args:
        port: of the page; the local Botify takes the two ports behind it. 0 takes any free ones.
        browser: open the page.

    Raises:
        NotSetUp: the sandbox ended by itself.
    """
    asked = stop_signals()
    async with _sandbox(port) as sandbox:
        assert sandbox.stdout is not None  # noqa: S101 - a pipe was asked for
        line = await sandbox.stdout.readline()
        if not line:  # it is ending: to signal it now could take its status from whoever waits
            await sandbox.wait()
            return NOT_STARTED
        page = json.loads(line)["page"]
        print(f"The workspace is at {page}  (Ctrl-C ends it)", flush=True)  # noqa: T201 - this is the terminal
        if browser:
            await asyncio.to_thread(webbrowser.open, page)
        waiting = asyncio.create_task(asked.wait())
        ended = asyncio.create_task(sandbox.wait())
        await asyncio.wait((waiting, ended), return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, ended):
            task.cancel()
        if not asked.is_set():
            raise NotSetUp("The demo's workspace ended by itself.", "Start it again.")
    return 0


@asynccontextmanager
async def _sandbox(port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """The sandbox as a process, ended in good order; should we be killed, it ends by itself."""
    sandbox = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--profile", "demo", "--until-eof"),
        *("--port", str(port), "--manifest", str(manifest_path())),
        *("--started-by", f"{shlex.quote(sys.argv[0])} demo"),
        *("--", sys.executable, "-m", "bot.cli", "run"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches us alone, and the sandbox ends in good order
    )
    try:
        yield sandbox
    finally:
        if sandbox.returncode is None:
            sandbox.terminate()
        await sandbox.wait()
