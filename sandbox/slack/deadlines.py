"""Waiting for something until the sandbox's clock says that it is too late."""

import asyncio
from typing import Any, TypeVar

from sandbox.clock import Clock

T = TypeVar("T")

TOLERANCE = 0.001
"""Seconds. Unix seconds in a float are exact to less than a microsecond: a clock that was driven
to the deadline in several steps may stand a little before it."""


async def until(clock: Clock, deadline: float, awaited: asyncio.Future[T]) -> T:
    """What the future brings, if it comes by the deadline (unix seconds of the clock).

    Raises:
        TimeoutError: it did not; the future is left as it is.
    """
    alarm: asyncio.Future[None] = asyncio.ensure_future(_strike(clock, deadline))
    both: set[asyncio.Future[Any]] = {awaited, alarm}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        alarm.cancel()
    if not awaited.done():
        raise TimeoutError
    return awaited.result()


async def _strike(clock: Clock, deadline: float) -> None:
    # How long is left is asked here, when the waiting begins: the clock may have moved since.
    await clock.sleep(deadline - clock.now() - TOLERANCE)
