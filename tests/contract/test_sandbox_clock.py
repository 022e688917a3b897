"""The sandbox's clock: real, or driven."""

import asyncio
import time

import pytest

from sandbox.clock import Clock


async def settle() -> None:
    """Let every task that can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_it_starts_as_real_time() -> None:
    """Before anybody drives it the clock says the real time."""
    before = time.time()
    assert before <= Clock().now() <= time.time()


def test_driven_it_stands_still() -> None:
    """A driven clock moves by `advance` and by nothing else."""
    clock = Clock()
    clock.drive(1000)
    first = clock.now()
    clock.advance(2.5)
    assert (first, clock.now()) == (1000, 1002.5)


def test_only_a_driven_clock_can_be_advanced() -> None:
    """Advancing real time is refused."""
    with pytest.raises(RuntimeError):
        Clock().advance(1)


async def test_sleepers_wake_when_their_time_has_come() -> None:
    """Advancing wakes exactly the sleepers that are due."""
    clock = Clock()
    clock.drive()
    woken: list[int] = []

    async def sleeper(seconds: int) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (30, 10, 20)]
    await settle()
    seen = []
    for _ in range(3):
        clock.advance(10)
        await settle()
        seen.append(list(woken))
    await asyncio.gather(*tasks)
    assert seen == [[10], [10, 20], [10, 20, 30]]


async def test_driving_holds_those_who_sleep_in_real_time() -> None:
    """Who fell asleep in real time wakes by the driven clock once it is driven."""
    clock = Clock()
    task = asyncio.create_task(clock.sleep(3600))
    await settle()
    clock.drive()
    await settle()
    assert not task.done()
    clock.advance(3601)
    await asyncio.wait_for(task, 10)


async def test_released_it_runs_by_itself() -> None:
    """After `release` real time counts again, for sleepers too."""
    clock = Clock()
    clock.drive(time.time() + 1000)
    task = asyncio.create_task(clock.sleep(-1))
    clock.release()
    await asyncio.wait_for(task, 10)
    assert not clock.driven
    assert clock.now() <= time.time()


def test_stretch_lengthens_deadlines_only() -> None:
    """A deadline is stretched; the time itself is not."""
    clock = Clock(stretch=10)
    clock.drive(0)
    assert (clock.deadline(3), clock.now()) == (30, 0)
