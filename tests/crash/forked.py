"""A stage whose bots are forked: started in a moment, killed by themselves or by the test."""

import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import program
from forks import Forked
from program import STARTED, Plug
from refusals import refused
from stage import MANIFEST, STRETCH, Bot, Seen, Stage

from bot.exports.context import Moment
from bot.exports.effects import Effect
from sandbox import servers

NOBODY_IS_TRUSTED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Plain http needs no certificates, and reading all of them takes as long as a start."""


class ForkedStage(Stage):
    """A stage whose bots start in a tenth of a second, and whose clock can be moved on."""

    async def launch(self, plug: Plug | None = None, **more: str) -> Bot:
        """Start the program without waiting for anything."""
        log = self.folder / f"bot-{len(self.bots)}.log"
        log.touch()
        environment = self.environment | more
        process = Forked(program.main, environment, str(self.folder), str(log), plug)
        bot = Bot(process, log)
        self.bots.append(bot)
        return bot

    async def start_bot(self, plug: Plug | None = None, **more: str) -> Bot:  # type: ignore[override]
        """Start the bot and wait until it says that it runs; one with a plug may die before."""
        bot = await self.launch(plug, **more)

        async def runs() -> bool:
            if plug is None:
                assert bot.alive, bot.log
            return not bot.alive or "action=started" in bot.log

        await self.until(runs)
        return bot

    async def until(self, look: Callable[[], Awaitable[Seen | None]]) -> Seen:
        """As on any stage; but that a bot ends is the test's own business."""
        while not (seen := await look()):
            await self._change()
        return seen

    async def connected(self) -> bool:
        """Whether Slack sees a bot."""
        return bool(self._connections())

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
        return self._posts_cut_off(Effect.POST_MESSAGE, Moment.BEFORE)

    def posts_without_an_answer(self) -> int:
        """The same, and kills between the intent and the post, which look alike afterwards."""
        return self._posts_cut_off("PostIntended", Moment.AFTER)

    def _posts_cut_off(self, begun: str, when: Moment) -> int:
        cut_off, open_posts = 0, set[str]()
        for name, moment, subject, _effect in [*self.points(), (STARTED, "", "", False)]:
            if (name, moment) == (begun, when):
                open_posts.add(subject)
            elif name in ("Posted", "NotPosted", "Settled", "Later") and moment == Moment.AFTER:
                open_posts.discard(subject)
            elif name == STARTED:
                cut_off += len(open_posts)
                open_posts.clear()
        return cut_off


@asynccontextmanager
async def forked_stage(folder: Path, **settings: str) -> AsyncIterator[ForkedStage]:
    """A stage with a fresh sandbox and no bot yet; in the end no request was wrong."""
    sandbox = await servers.start(manifest=MANIFEST, stretch=STRETCH)
    try:
        async with (
            httpx.AsyncClient(
                base_url=sandbox.addresses.page, timeout=120, verify=NOBODY_IS_TRUSTED
            ) as http,
            ForkedStage(sandbox, http, folder, settings) as stage,
        ):
            await stage.switch(rate_limit=None)
            yield stage
            wrong = refused(sandbox.journal, but=stage.brings_about)
            assert not wrong, wrong
    finally:
        await sandbox.stop()
