"""The plug is pulled at every kind of point, and nothing is lost and nothing is doubled."""

import asyncio
import os
import random
from pathlib import Path

import pytest
from program import Plug
from stories import ROWS, SEEN_IN, STORIES, TOLD_IN, Story, ask
from world import Earlier, Outcome, at_rest, first_of, installed, outcome

from bot.exports import delivery_lifecycle as dl
from bot.exports import part_lifecycle as pl
from bot.exports.context import Moment
from bot.exports.effects import Effect

ONCE = (Effect.CREATE_JOB, Effect.POST_MESSAGE, Effect.COMPLETE_UPLOAD)
"""What must not be repeated: the plug is pulled before and after these in every run."""

SEED = 4
EVENTS = 24
"""Of both tables, of which `make test` pulls the plug; `make thorough` leaves none out."""


def events() -> set[type]:
    """All events of both tables."""
    return {event for _, event in pl.TABLE} | {event for _, event in dl.TABLE}


def points(*, everything: bool) -> list[tuple[str, Plug]]:
    """Story and plug: events, once each, by a fixed seed, and both sides of what is done once.

    Everything is each event and each effect, before and after.
    """
    chance = random.Random(SEED)
    every = everything or "EVERY_CELL" in os.environ

    def moments(*, both: bool) -> list[Moment]:
        return list(Moment) if both or everything else [chance.choice(list(Moment))]

    known = sorted(events(), key=lambda event: (event.__module__, event.__name__))
    if not every:
        known = chance.sample(known, EVENTS)
    return [
        (TOLD_IN.get(event, "untold"), Plug(event.__name__, moment, effect=False))
        for event in known
        for moment in moments(both=False)
    ] + [
        (SEEN_IN.get(effect, "untold"), Plug(effect.value, moment, effect=True))
        for effect in Effect
        if everything or effect in ONCE
        for moment in moments(both=True)
    ]


def named(value: object) -> str:
    if isinstance(value, Plug):
        return f"{value.moment} {'effect' if value.effect else 'event'} {value.name}"
    return str(value)


async def play(
    folder: Path, earlier: Earlier, story: Story, *plugs: Plug
) -> tuple[list[int], Outcome]:
    """Play a story; each bot is given the next plug, and the last one none.

    A bot whose plug is pulled late, when both services have all that the story says, is waited
    for: the end of the story is no sign that the plug stayed where it was.
    """
    statuses = []
    async with installed(folder, earlier, exported=story.trusted, **story.settings) as stage:
        person = asyncio.create_task(ask(stage, story))
        rest = asyncio.create_task(at_rest(stage, 2 if story.trusted else 1, story.words))
        try:
            for plug in (*plugs, None):
                bot = await stage.start_bot(plug)
                ended = asyncio.create_task(bot.ended())
                await first_of(person, ended, *(() if plug else (rest,)))
                if plug is None and not ended.done():
                    break
                statuses.append(await ended)
            statuses.append(await bot.stop())
        finally:
            for task in (person, rest, ended):
                task.cancel()
            await asyncio.gather(person, rest, ended, return_exceptions=True)
        return statuses, await outcome(stage)


def check(story: Story, found: Outcome) -> None:
    """Both services have what the story says: nothing is lost, nothing is doubled."""
    assert story.words in found.words
    assert (found.jobs, found.credits, found.files) == (
        story.jobs,
        story.jobs * ROWS,
        story.files,
    )
    assert story.messages <= found.messages <= story.messages + found.doubtful


def test_every_event_and_every_effect_has_a_point() -> None:
    """A new event or effect without a story in which the plug is pulled fails here."""
    assert set(TOLD_IN) == events()
    assert set(SEEN_IN) == set(Effect)
    assert set(TOLD_IN.values()) | set(SEEN_IN.values()) == set(STORIES)


@pytest.mark.parametrize(("name", "plug"), points(everything=False), ids=named)
async def test_a_kill_at_any_point_changes_nothing(
    tmp_path: Path, earlier: Earlier, name: str, plug: Plug
) -> None:
    """Killed with -9 there and started again: one job a part, one message, one file."""
    statuses, found = await play(tmp_path / "stage", earlier, STORIES[name], plug)
    assert statuses == [-9, 0], "the story did not come to this point"
    check(STORIES[name], found)
