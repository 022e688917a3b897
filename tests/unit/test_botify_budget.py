"""The request budget: a promise about every sliding second."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.botify.budget import LONGEST_PAUSE, Budget


class Clock:
    """Time that passes only in `sleep`, and there a little more than was asked for."""

    def __init__(self, late: list[float]) -> None:
        self.now = 1000.0
        self.late = late

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds + (self.late.pop() if self.late else 0.0)
        await asyncio.sleep(0)


def _most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for at in times if begin <= at <= begin + 1) for begin in times)


@given(
    rate=st.integers(min_value=1, max_value=5),
    late=st.lists(st.floats(min_value=0, max_value=0.7), max_size=30),
    idle=st.lists(st.floats(min_value=0, max_value=3), min_size=5, max_size=40),
)
def test_no_sliding_second_holds_more_than_the_rate(
    rate: int, late: list[float], idle: list[float]
) -> None:
    """However requests arrive and however late sleeps end: at most N in any closed second."""

    async def leave() -> list[float]:
        clock = Clock(late)
        budget = Budget(rate, clock=clock, sleep=clock.sleep)
        times = []
        for pause in idle:
            clock.now += pause if pause > 1 else 0  # some come in a rush, some after a rest
            await budget.take()
            times.append(clock.now)
        return times

    times = asyncio.run(leave())
    assert _most_in_a_second(times) <= rate
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert min(gaps) >= 1 / rate


async def test_many_at_once_leave_one_by_one_in_order() -> None:
    """Tasks that ask together get evenly spaced turns, first come first served."""
    clock = Clock([])
    budget = Budget(4, clock=clock, sleep=clock.sleep)
    left: list[tuple[int, float]] = []

    async def ask(number: int) -> None:
        await budget.take()
        left.append((number, clock.now))

    await asyncio.gather(*(ask(number) for number in range(12)))
    assert [number for number, _ in left] == list(range(12))
    assert _most_in_a_second([at for _, at in left]) == 4


async def test_a_task_that_gives_up_does_not_hold_the_others() -> None:
    """A cancelled waiter leaves the line."""
    budget = Budget(1000)
    budget.pause(0.05)
    waiting = [asyncio.create_task(budget.take()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(done[0], asyncio.CancelledError)
    assert done[1:] == [None, None]


@pytest.mark.parametrize(("asked", "kept"), [(3, 3), (86_400, LONGEST_PAUSE), (-1, 0)])
async def test_a_429_holds_everybody_for_a_bounded_time(asked: float, kept: float) -> None:
    """After a 429 nothing leaves for the time Botify asked for, but never for a whole day."""
    clock = Clock([])
    budget = Budget(4, clock=clock, sleep=clock.sleep)
    budget.pause(asked)
    await budget.take()
    assert clock.now == pytest.approx(1000 + kept)
