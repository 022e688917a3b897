"""What can happen to an export, told so that every event and every effect occurs in some story.

A story breaks something, lets a person ask for an export and press what the message offers, and
says how many jobs, messages and files there must be in the end: whether or not the plug was
pulled on the way, and however often.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from forked import ForkedStage

from bot.exports import delivery_lifecycle as dl
from bot.exports import part_lifecycle as pl
from bot.exports.effects import Effect
from bot.slack.messages.actions import CHECK_AGAIN, RETRY, START_AGAIN, STOP
from sandbox.slack.world import GENERAL, SEO

PROJECT = "crash.example"
OLDER, NEWER = "20260101", "20260102"
LINK = f"https://app.botify.com/acme-org/{PROJECT}/{NEWER}"
LINK_OF_OLDER = f"https://app.botify.com/acme-org/{PROJECT}/{OLDER}"
ROWS = 11

Act = Callable[[ForkedStage], Awaitable[None]]


async def nothing(_stage: ForkedStage) -> None:
    """Everything works."""


@dataclass(frozen=True)
class Story:
    """One way of an export.

    Attributes:
        breaks: what is broken before the person asks.
        later: what happens once Botify works on the export, or nothing.
        buttons: what the person presses where it is shown, and the words that stand beside it.
        channel: where to deliver.
        choices: what else is chosen in the modal.
        settings: of the installation.
        trusted: whether an earlier export makes the job list believed.
        jobs: that Botify has in the end; what they cost is their rows.
        messages: progress messages and direct messages of the app, without those of the files.
        files: that people have in the end.
        words: in the last progress message.
        passes: seconds by which the clock moves on whenever nothing else happens.
    """

    breaks: Act = nothing
    later: Act = nothing
    buttons: dict[str, str] = field(default_factory=dict)
    channel: str = SEO
    choices: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    trusted: bool = True
    jobs: int = 1
    messages: int = 1
    files: int = 1
    words: str = "is exported* for"
    passes: float = 0.0


def fault(service: str, method: str, action: str, **more: object) -> Act:
    async def load(stage: ForkedStage) -> None:
        await stage.fault(service, method, action, **more)

    return load


def switches(**values: object) -> Act:
    async def choose(stage: ForkedStage) -> None:
        await stage.switch(**values)

    return choose


def both(*acts: Act) -> Act:
    async def do(stage: ForkedStage) -> None:
        for act in acts:
            await act(stage)

    return do


async def failing(stage: ForkedStage) -> None:
    await stage.fate(fate="failed", next=1)


async def archived(stage: ForkedStage) -> None:
    await stage.message_with("Botify is working.")
    await stage.control("slack/archive", {"channel": SEO})
    await stage.switch(job_polls=1)


async def deleted(stage: ForkedStage) -> None:
    message = await stage.message_with("Botify is working.")
    where = {"channel": message["channel"], "ts": message["ts"]}
    await stage.control("slack/delete-message", where)
    await stage.switch(job_polls=1)


def found_again() -> Story:
    """The answer of `POST /jobs` is lost, and the list shows the job only when asked again."""

    async def shown(stage: ForkedStage) -> None:
        await stage.message_with("please decide")
        await stage.switch(jobs_list_shows="own")

    return Story(
        breaks=both(
            fault("botify", "POST /jobs", "lost", moment="after"),
            switches(jobs_list_shows="none"),
        ),
        later=shown,
        buttons={CHECK_AGAIN: "please decide"},
        trusted=False,
    )


STORIES: dict[str, Story] = {
    "plain": Story(breaks=switches(job_polls=3, job_polls_created=1), passes=5),
    "joining": Story(channel=GENERAL),
    "lost before": Story(breaks=fault("botify", "POST /jobs", "lost", moment="before"), passes=5),
    "lost after": Story(breaks=fault("botify", "POST /jobs", "lost", moment="after")),
    "unclear": found_again(),
    "failed job": Story(breaks=failing, buttons={RETRY: "failed"}, jobs=2),
    "broken file": Story(
        breaks=fault("files", "GET /file", "truncate", count=3), buttons={RETRY: "failed"}
    ),
    "expired file": Story(breaks=fault("files", "GET /file", "status", status=403)),
    "closed": Story(
        breaks=fault("slack", "chat.postMessage", "refuse", error="is_archived"),
        jobs=0,
        messages=1,
        files=0,
        words="was not started",
    ),
    "post limited": Story(
        breaks=fault("slack", "chat.postMessage", "ratelimit", seconds=1), passes=1
    ),
    "moved": Story(breaks=switches(job_polls=1_000_000), later=archived, messages=2),
    "no thread": Story(
        breaks=switches(job_polls=1_000_000), later=deleted, choices={"post": "thread"}
    ),
    "stopped": Story(
        breaks=switches(job_polls=12),
        buttons={STOP: "Botify is working."},
        files=0,
        words="stopped waiting",
    ),
    "refused share": Story(
        breaks=fault("slack", "files.completeUploadExternal", "ratelimit", seconds=1)
    ),
    "lost bytes": Story(breaks=fault("slack", "upload", "lost", moment="after")),
    "no uploads": Story(
        breaks=fault(
            "slack", "files.getUploadURLExternal", "refuse", error="file_uploads_disabled"
        ),
        buttons={RETRY: "could not be delivered"},
    ),
    "parts": Story(settings={"SLACK_UPLOAD_LIMIT_BYTES": "600"}, files=4),
    "never seen": Story(
        breaks=switches(shares="never"), files=0, words="does not show the file", passes=30
    ),
}

TOLD_IN: dict[type, str] = {
    pl.Intended: "plain",
    pl.NotSent: "lost before",
    pl.AnswerLost: "lost after",
    pl.LookedInVain: "lost before",
    pl.NeverSeen: "unclear",
    pl.Created: "plain",
    pl.Adopted: "lost after",
    pl.StillRunning: "plain",
    pl.Finished: "plain",
    pl.Broke: "broken file",
    pl.Refresh: "expired file",
    pl.Fetched: "plain",
    pl.Failed: "failed job",
    pl.Cancelled: "closed",
    pl.GoOn: "broken file",
    pl.StartOver: "failed job",
    pl.CheckAgain: "unclear",
    dl.PostIntended: "plain",
    dl.NotPosted: "post limited",
    dl.Posted: "plain",
    dl.Later: "plain",
    dl.Settled: "plain",
    dl.Redirected: "moved",
    dl.Reserved: "plain",
    dl.Stored: "plain",
    dl.Completed: "plain",
    dl.NotCompleted: "refused share",
    dl.Unthreaded: "no thread",
    dl.SeenOne: "parts",
    dl.Seen: "plain",
    dl.UploadAgain: "lost bytes",
    dl.NotSeen: "never seen",
    dl.Failed: "no uploads",
    dl.Stopped: "stopped",
    dl.Retried: "no uploads",
}
"""In which story an event occurs. Both lifecycles have an event `Failed`."""

SEEN_IN: dict[Effect, str] = dict.fromkeys(Effect, "plain") | {
    Effect.LIST_JOBS: "lost after",
    Effect.JOIN_CHANNEL: "joining",
    Effect.OPEN_DIRECT: "moved",
}
"""In which story an effect occurs."""


async def ask(stage: ForkedStage, story: Story) -> None:
    """What the person does, until the outcome is there; whoever waits for that cancels this."""
    await story.breaks(stage)
    await stage.until(stage.connected)
    await stage.open(LINK, user=stage.user)
    if story.channel != stage.channel:
        await stage.choose("destination", story.channel)
    for element, value in story.choices.items():
        await stage.choose(element, value)
    async with asyncio.TaskGroup() as group:
        group.create_task(stage.submit())  # its answer may be lost with the program
        group.create_task(story.later(stage))
        for action, words in story.buttons.items():
            group.create_task(_press(stage, story, action, words))
        group.create_task(_time(stage, story))


async def _press(stage: ForkedStage, story: Story, action: str, words: str) -> None:
    """Press a button whenever it is shown: a person does so until the message changes."""
    while True:
        message = await stage.message_with(words, story.channel)
        if shows(message, action):
            # Where Botify was never asked, looking again would find nothing for ever.
            vain = action == CHECK_AGAIN and not _has_been_asked(stage)
            chosen = START_AGAIN if vain else action
            press = asyncio.create_task(stage.press(message, chosen))
            ended = asyncio.create_task(stage.bots[-1].ended())
            try:
                await asyncio.wait({press, ended}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                press.cancel()
                ended.cancel()
                await asyncio.gather(press, ended, return_exceptions=True)
        await asyncio.sleep(0.2)


def _has_been_asked(stage: ForkedStage) -> bool:
    """Whether a request for a job came to Botify: a kill may have fallen in front of it."""
    return any(entry.acted for entry in stage.sandbox.journal.entries("botify", "POST /jobs"))


def shows(message: dict[str, object], action: str) -> bool:
    """Whether a message has this button."""
    blocks = message["blocks"]
    assert isinstance(blocks, list)
    return any(
        element.get("action_id") == action
        for block in blocks
        for element in block.get("elements", [])
    )


async def _time(stage: ForkedStage, story: Story) -> None:
    while True:
        stage.advance(story.passes)
        await asyncio.sleep(0.2)


__all__ = ["ROWS", "SEEN_IN", "START_AGAIN", "STORIES", "TOLD_IN", "Story", "ask"]
