"""Every call to the outside, broken in every way: what becomes of the export."""

import asyncio
import os
import random
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from forked import ForkedStage
from stories import LINK, ROWS, Act, archived, fault, nothing, switches
from world import Earlier, at_rest, first_of, installed, outcome

from bot.exports.effects import Effect
from sandbox.slack.world import GENERAL, SEO

SEED = 4
DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"


class Break(StrEnum):
    """How one call breaks. What happens after the service acted hides that it did."""

    REFUSED = "refused"
    SLOW = "slow"
    LOST_BEFORE = "lost before"
    LOST_AFTER = "lost after"
    LIMITED = "429"
    TROUBLE = "500"
    GARBAGE = "garbage"


HOW: dict[Break, dict[str, Any]] = {
    Break.SLOW: {"action": "slow", "seconds": 0.3, "moment": "after"},
    Break.LOST_BEFORE: {"action": "lost", "moment": "before"},
    Break.LOST_AFTER: {"action": "lost", "moment": "after"},
    Break.LIMITED: {"action": "ratelimit", "seconds": 1},
    Break.TROUBLE: {"action": "status", "status": 500, "moment": "after"},
    Break.GARBAGE: {"action": "garbage", "moment": "after"},
}


class End(StrEnum):
    """What becomes of it, in the words of the document."""

    DELIVERED = "delivered"
    SAID_TWICE = "delivered, one message more"
    DIRECT = "delivered to the person"
    FAILED = "failed; Retry is free"
    NOT_STARTED = "failed; nothing spent"
    TOLD = "told directly; nothing spent"
    UNCLEAR = "unclear"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True)
class Counts:
    """What there is in the end: jobs, files, messages beyond the situation's, and words."""

    jobs: int
    files: int
    words: str
    more: int = 0


COUNTS: dict[End, Counts] = {
    End.DELIVERED: Counts(1, 1, "is exported* for"),
    End.SAID_TWICE: Counts(1, 1, "is exported* for", more=1),
    End.DIRECT: Counts(1, 1, "is exported* for", more=1),
    End.FAILED: Counts(1, 0, "no new credits"),
    End.NOT_STARTED: Counts(0, 0, "asks Botify for a new export"),
    End.TOLD: Counts(0, 0, "was not started"),
    End.UNCLEAR: Counts(1, 0, "please decide"),
    End.UNCONFIRMED: Counts(1, 1, "does not show the file"),
}


@dataclass(frozen=True)
class Situation:
    """When an effect occurs, and how its service says no.

    Attributes:
        service, method: in the words of the sandbox.
        no: the refusal.
        breaks: what is broken besides.
        later: what happens while Botify works.
        channel: where to deliver.
        messages: that there are when all goes well.
        minute: whether a minute has to pass for the effect to occur.
        restart: whether the effect occurs in a program that has just been started.
    """

    service: str
    method: str
    no: dict[str, Any]
    breaks: Act = nothing
    later: Act = nothing
    channel: str = SEO
    messages: int = 1
    minute: bool = False
    restart: bool = False


async def after_the_edit(stage: ForkedStage) -> None:
    """Botify finishes once an edit was tried; a refused one never shows that Botify works."""
    await used_up(stage)
    await stage.switch(job_polls=1)


async def used_up(stage: ForkedStage) -> None:
    async def struck() -> bool:
        return not stage.sandbox.faults.list()

    await stage.until(struck)


SITUATIONS: dict[Effect, Situation] = {
    Effect.CHECK_FIELDS: Situation(
        "botify",
        "GET /projects/{org}/{project}/collections/{collection}",
        {"error": "1002"},
        breaks=fault("botify", "POST /jobs", "ratelimit", seconds=30),
        restart=True,
        minute=True,
    ),
    Effect.CREATE_JOB: Situation("botify", "POST /jobs", {"error": "1002"}, minute=True),
    Effect.LIST_JOBS: Situation(
        "botify",
        "GET /jobs",
        {"error": "1002"},
        breaks=fault("botify", "POST /jobs", "lost", moment="after"),
    ),
    Effect.ASK_JOB: Situation("botify", "GET /jobs/{id}", {"error": "1002"}),
    Effect.FETCH_FILE: Situation("files", "GET /file", {"status": 403}),
    Effect.LOOK_AT_CHANNEL: Situation(
        "slack", "conversations.info", {"error": "channel_not_found"}, minute=True
    ),
    Effect.JOIN_CHANNEL: Situation(
        "slack", "conversations.join", {"error": "is_archived"}, channel=GENERAL
    ),
    Effect.OPEN_DIRECT: Situation(
        "slack",
        "conversations.open",
        {"error": "user_disabled"},
        breaks=switches(job_polls=1_000_000),
        later=archived,
        messages=2,
    ),
    Effect.POST_MESSAGE: Situation(
        "slack", "chat.postMessage", {"error": "not_in_channel"}, minute=True
    ),
    Effect.EDIT_MESSAGE: Situation(
        "slack",
        "chat.update",
        {"error": "edit_window_closed"},
        breaks=switches(job_polls=1_000_000),
        later=after_the_edit,
        minute=True,
    ),
    Effect.RESERVE_UPLOAD: Situation(
        "slack", "files.getUploadURLExternal", {"error": "file_uploads_disabled"}
    ),
    Effect.SEND_BYTES: Situation("slack", "upload", {"status": 400}),
    Effect.COMPLETE_UPLOAD: Situation(
        "slack", "files.completeUploadExternal", {"error": "not_in_channel"}, minute=True
    ),
    Effect.FIND_SHARE: Situation("slack", "files.info", {"error": "missing_scope"}),
}

MATRIX: dict[Effect, dict[Break, End]] = {
    effect: dict.fromkeys(Break, End.DELIVERED) for effect in Effect
}
MATRIX[Effect.CREATE_JOB][Break.REFUSED] = End.NOT_STARTED
MATRIX[Effect.LIST_JOBS][Break.REFUSED] = End.UNCLEAR
MATRIX[Effect.ASK_JOB][Break.REFUSED] = End.FAILED
MATRIX[Effect.LOOK_AT_CHANNEL][Break.REFUSED] = End.TOLD
MATRIX[Effect.JOIN_CHANNEL][Break.REFUSED] = End.TOLD
MATRIX[Effect.OPEN_DIRECT] = dict.fromkeys(Break, End.DELIVERED)
MATRIX[Effect.OPEN_DIRECT][Break.REFUSED] = End.FAILED
MATRIX[Effect.POST_MESSAGE] |= {
    Break.REFUSED: End.TOLD,
    Break.LOST_AFTER: End.SAID_TWICE,
    Break.TROUBLE: End.SAID_TWICE,
    Break.GARBAGE: End.SAID_TWICE,
}
MATRIX[Effect.RESERVE_UPLOAD][Break.REFUSED] = End.FAILED
MATRIX[Effect.COMPLETE_UPLOAD][Break.REFUSED] = End.DIRECT
MATRIX[Effect.FIND_SHARE][Break.REFUSED] = End.UNCONFIRMED


def played() -> list[tuple[Effect, Break]]:
    """Each cell that ends otherwise than delivered, and one, by a fixed seed, of all other effects.

    All of them are played where EVERY_CELL is set (`make matrix`): that takes some minutes.
    """
    every = [(effect, broken) for effect in Effect for broken in Break]
    if os.environ.get("EVERY_CELL"):
        return every
    chance = random.Random(SEED)
    usual = [cell for cell in every if MATRIX[cell[0]][cell[1]] is End.DELIVERED]
    told = [cell for cell in every if cell not in usual]
    others = [effect for effect in Effect if effect not in {effect for effect, _ in told}]
    some = {chance.choice([cell for cell in usual if cell[0] is effect]) for effect in others}
    return [cell for cell in every if cell in told or cell in some]


@pytest.mark.parametrize(("effect", "broken"), played())
async def test_a_call_that_breaks_once_ends_as_the_matrix_says(
    tmp_path: Path, earlier: Earlier, effect: Effect, broken: Break
) -> None:
    """Never two jobs, never two files; what is not delivered is said, and nothing is guessed."""
    situation, end = SITUATIONS[effect], MATRIX[effect][broken]
    counts = COUNTS[end]
    how = HOW.get(broken) or {"action": "refuse"} | situation.no
    async with installed(tmp_path / "stage", earlier) as stage:
        bot = await stage.start_bot()
        await situation.breaks(stage)
        await stage.open(LINK)
        if situation.channel != SEO:
            await stage.choose("destination", situation.channel)
        if situation.restart:
            assert (await stage.submit())["ok"]
            await stage.message_with("limiting our requests")
            await bot.stop()
            await stage.fault(situation.service, situation.method, **how)
            bot = await stage.start_bot()
        else:
            await stage.fault(situation.service, situation.method, **how)
            assert (await stage.submit())["ok"]
        person = asyncio.create_task(_person(stage, situation))
        done = asyncio.create_task(_done(stage, end, counts))
        try:
            await first_of(done, person)
        finally:
            person.cancel()
            await asyncio.gather(person, return_exceptions=True)
        assert await bot.stop() == 0
        found = await outcome(stage)
    assert "Traceback" not in bot.log
    assert (found.jobs, found.credits) == (counts.jobs, counts.jobs * ROWS)
    assert found.files == counts.files
    assert found.messages == situation.messages + counts.more
    if counts.files == 0:
        assert re.search(r"E-[0-9A-Z]{6}", found.words)


async def _person(stage: ForkedStage, situation: Situation) -> None:
    await situation.later(stage)
    while True:
        if situation.minute:
            stage.advance(20)
        await asyncio.sleep(0.1)


async def _done(stage: ForkedStage, end: End, counts: Counts) -> None:
    await used_up(stage)
    if end is End.UNCLEAR:  # it waits for a person, and is never at rest
        await stage.message_with(counts.words)
    else:
        await at_rest(stage, 2, counts.words)


def table() -> str:
    """The matrix as it stands in the document."""
    rows = [["effect", *Break], ["---"] * (len(Break) + 1)]
    rows += [[f"`{effect}`", *(MATRIX[effect][one] for one in Break)] for effect in Effect]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def test_the_document_shows_this_matrix() -> None:
    """What is promised to operators is what is tested."""
    assert table() in DOCUMENT.read_text()


if __name__ == "__main__":
    print(table())  # noqa: T201 - for the document
