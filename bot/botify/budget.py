"""The request budget: everything that speaks to Botify's API shares one.

Botify limits requests per second and counts people's own use of Botify too, so the pace is set
by time between requests, not by a bucket: a bucket of 4 lets 7 through in one second.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

WOBBLE: Final = 1.04
"""Requests are spaced this much wider than the rate says. They reach Botify a few milliseconds
later or earlier than they leave, and N + 1 arrivals must not share a second for that."""

LONGEST_PAUSE: Final = 10.0
"""Seconds. A 429 can last a day; then each caller hears of it instead of waiting here."""


class Budget:
    """Evenly spaced permissions, in the order in which they were asked for.

    Args:
        requests_per_second: no sliding second holds more of them.
        clock: seconds that only grow.
        sleep: waits for so many of those seconds.
    """

    def __init__(
        self,
        requests_per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._spacing = WOBBLE / requests_per_second
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._open_at = float("-inf")

    async def take(self) -> None:
        """Wait until one more request may leave.

        Counted from the moment at which the one before really left: a sleep that ended late
        does not let the next one follow at once.
        """
        async with self._turn:
            while (wait := self._open_at - self._clock()) > 0:
                await self._sleep(wait)
            self._open_at = self._clock() + self._spacing

    def pause(self, seconds: float) -> None:
        """Let nothing leave for so long (at most `LONGEST_PAUSE`): Botify said 429."""
        until = self._clock() + min(max(seconds, 0.0), LONGEST_PAUSE)
        self._open_at = max(self._open_at, until)
