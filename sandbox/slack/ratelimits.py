"""Rate limits: requests a minute per method, posts a second per channel, by the sandbox's clock."""

import math
from collections import deque

from sandbox.clock import Clock
from sandbox.slack import limits
from sandbox.slack.errors import RateLimited

MINUTE = 60.0


class RateLimits:
    """What was asked lately, and whether one more is too much."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        self._minutes: dict[str, deque[float]] = {}
        self._posts: dict[str, tuple[float, float]] = {}
        """Per channel: how many posts are free, and when that was so."""

    def per_minute(self, name: str, allowed: int) -> None:
        """Count a request against `allowed` in any sixty seconds.

        Raises:
            RateLimited: one too many; it is not counted.
        """
        now = self._clock.now()
        times = self._minutes.setdefault(name, deque())
        while times and times[0] <= now - MINUTE:
            times.popleft()
        if len(times) >= allowed:
            raise RateLimited(max(1, math.ceil(times[0] + MINUTE - now)))
        times.append(now)

    def post(self, channel: str) -> None:
        """Count a message against one a second in its channel, `limits.POST_BURST` at once.

        Raises:
            RateLimited: the burst is used up.
        """
        now = self._clock.now()
        free, since = self._posts.get(channel, (float(limits.POST_BURST), now))
        free = min(float(limits.POST_BURST), free + now - since)
        if free < 1:
            raise RateLimited(max(1, math.ceil(1 - free)))
        self._posts[channel] = (free - 1, now)
