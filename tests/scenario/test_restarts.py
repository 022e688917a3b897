"""A stop or a crash in the middle changes nothing for the people in the channel."""

import time

from stage import TINY, Stage


async def working(stage: Stage) -> None:
    """Until the running job is asked about: by then the message and the job are stored."""

    async def asked() -> bool:
        return stage.counts().get("GET /jobs/{id}", 0) > 0

    await stage.until(asked)


async def test_a_restart_in_the_middle_carries_on(stage: Stage) -> None:
    """SIGTERM while Botify is working: the bot ends in order; the next one uses the same job."""
    bot = await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(TINY)
    await working(stage)
    asked = time.monotonic()
    assert await bot.stop() == 0
    assert time.monotonic() - asked < 10
    await stage.switch(job_polls=1)
    await stage.start_bot()
    (file,) = await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1
    assert stage.counts("slack")["chat.postMessage"] == 1
    assert stage.counts("slack")["files.completeUploadExternal"] == 1
    assert len(await stage.messages()) == 2
    assert file["size"] == len(await stage.download(file))


async def test_a_killed_bot_goes_on_at_once(stage: Stage) -> None:
    """Killed with -9 while Botify is working: the lock shows the death, no lease has to run out."""
    bot = await stage.start_bot()
    await stage.switch(job_polls=1_000_000)
    await stage.export(TINY)
    await working(stage)
    await bot.kill()
    await stage.switch(job_polls=1)
    await stage.start_bot()
    assert await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1
    assert stage.counts("slack")["chat.postMessage"] == 1


async def test_a_stop_during_a_silent_download_is_quick(stage: Stage) -> None:
    """A file host that says nothing does not hold up the end of the process."""
    bot = await stage.start_bot()
    await stage.fault("files", "GET /file", "slow", seconds=60)
    await stage.export(TINY)

    async def downloading() -> bool:
        return "files" in stage.sandbox.journal.counts()

    await stage.until(downloading)
    asked = time.monotonic()
    assert await bot.stop() == 0
    assert time.monotonic() - asked < 10
    await stage.start_bot()
    assert await stage.delivered()
    assert stage.counts()["POST /jobs"] == 1


async def test_a_botify_that_does_not_answer_at_the_start_is_no_obstacle(stage: Stage) -> None:
    """The bot starts and waits; it needs Botify only when somebody asks for something."""
    await stage.fault("botify", "*", "lost", count=3)
    bot = await stage.start_bot()
    assert bot.alive
