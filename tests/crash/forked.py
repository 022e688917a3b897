"""A stage whose bots are forked: started in a moment, killed by themselves or by the test."""

import asyncio
import itertools
import json
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx
import program
from program import STARTED, Plug
from stage import MANIFEST, STRETCH, Bot, Seen, Stage

from bot.exports.context import Moment
from bot.exports.effects import Effect
from sandbox import servers

FORKS = multiprocessing.get_context("forkserver")

MODULES = (program.__name__, "alembic.command", "alembic.autogenerate", "stage")
"""Imported once, in the process from which all bots are forked."""


def prepare() -> None:
    """Start the process that is forked. Its search path is ours: it has no other way to know."""
    before = os.environ.get("PYTHONPATH")
    here = Path(__file__).parent
    os.environ["PYTHONPATH"] = os.pathsep.join(
        str(folder) for folder in (here, here.parent / "scenario", here.parents[1])
    )
    FORKS.set_forkserver_preload(list(MODULES))
    multiprocessing.forkserver.ensure_running()
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


class Forked(Bot):
    """The program as a forked process."""

    def __init__(self, process: ForkServerProcess, log: Path) -> None:
        self._forked = process
        self._log = log
        self._ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(process.sentinel, self._end)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._forked.sentinel)
        self._forked.join()
        self._ended.set()

    @property
    def alive(self) -> bool:
        return not self._ended.is_set()

    @property
    def pid(self) -> int:
        assert self._forked.pid is not None
        return self._forked.pid

    async def ended(self) -> int:
        """Its exit status, once it has ended; negative where a signal ended it."""
        await self._ended.wait()
        assert self._forked.exitcode is not None
        return self._forked.exitcode

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still lives."""
        if self.alive:
            os.kill(self.pid, number)

    async def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        await self.ended()


class ForkedStage(Stage):
    """A stage whose bots start in a tenth of a second, and whose clock can be moved on."""

    _logs = itertools.count()

    async def launch(self, plug: Plug | None = None, **more: str) -> Forked:
        """Start the program without waiting for anything."""
        log = self.folder / f"bot-{len(self.bots)}.log"
        log.touch()
        environment = self.environment | more
        process = FORKS.Process(
            target=program.main, args=(environment, str(self.folder), str(log), plug), daemon=True
        )
        process.start()
        bot = Forked(process, log)
        self.bots.append(bot)
        return bot

    async def start_bot(self, plug: Plug | None = None, **more: str) -> Forked:  # type: ignore[override]
        """Start the bot; one with a plug may die before it is connected."""
        before = await self._connections()
        bot = await self.launch(plug, **more)

        async def connected() -> bool:
            if plug is None:
                assert bot.alive, bot.log
            return not bot.alive or await self._connections() > before

        await self.until(connected)
        return bot

    async def until(self, look: Callable[[], Awaitable[Seen | None]]) -> Seen:
        """As on any stage; but that a bot ends is the test's own business."""
        while not (seen := await look()):  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0.02)
        return seen

    async def connected(self) -> bool:
        """Whether Slack sees a bot."""
        return await self._connections() > 0

    def advance(self, seconds: float) -> None:
        """Let the program's clock move on."""
        file = self.folder / "clock"
        ahead = float(file.read_text()) if file.exists() else 0.0
        half = file.with_suffix(".half")
        half.write_text(str(ahead + seconds))
        half.replace(file)

    def points(self) -> list[tuple[str, str, str, bool]]:
        """Every point that the program has come to: name, moment, subject, whether an effect."""
        file = self.folder / "points.jsonl"
        if not file.exists():
            return []
        return [tuple(json.loads(line)) for line in file.read_text().splitlines()]

    def posts_between_sending_and_storing(self) -> int:
        """Kills that fell between a post and the note of it: each may show one more message."""
        doubts, open_posts = 0, set[str]()
        for name, moment, subject, _effect in [*self.points(), (STARTED, "", "", False)]:
            if (name, moment) == (Effect.POST_MESSAGE, Moment.BEFORE):
                open_posts.add(subject)
            elif name in ("Posted", "Settled", "Later") and moment == Moment.AFTER:
                open_posts.discard(subject)
            elif name == STARTED:
                doubts += len(open_posts)
                open_posts.clear()
        return doubts


@asynccontextmanager
async def forked_stage(folder: Path, **settings: str) -> AsyncIterator[ForkedStage]:
    """A stage with a fresh sandbox and no bot yet."""
    sandbox = await servers.start(manifest=MANIFEST, stretch=STRETCH)
    try:
        async with (
            httpx.AsyncClient(base_url=sandbox.addresses.page, timeout=120) as http,
            ForkedStage(sandbox, http, folder, settings) as stage,
        ):
            yield stage
    finally:
        await sandbox.stop()
