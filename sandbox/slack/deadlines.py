"""Waiting for something until the sandbox's clock says that it is too late."""

import asyncio
from typing import Any, TypeVar

from sandbox.clock import Clock

T = TypeVar("T")


async def until(clock: Clock, deadline: float, awaited: asyncio.Future[T]) -> T:
    """What the future brings, if it comes by the deadline (unix seconds of the clock).

    Raises:
        TimeoutError: it did not; the future is left as it is.
    """
    alarm: asyncio.Future[None] = asyncio.ensure_future(clock.sleep(deadline - clock.now()))
    both: set[asyncio.Future[Any]] = {awaited, alarm}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        alarm.cancel()
    if not awaited.done():
        raise TimeoutError
    return awaited.result()
