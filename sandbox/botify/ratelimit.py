"""Botify's limit: so many requests in any second, then 429."""

from collections import deque

from sandbox.clock import Clock

WINDOW_SECONDS = 1.0


class RateLimit:
    """A sliding window per key. Refused requests do not count: the client can recover."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._served: dict[str, deque[float]] = {}

    def admit(self, key: str, limit: int | None) -> float | None:
        """None when the request may pass, else the seconds until the next one may."""
        if not limit:
            return None
        now = self._clock.now()
        served = self._served.setdefault(key, deque())
        while served and now - served[0] >= WINDOW_SECONDS:
            served.popleft()
        if len(served) >= limit:
            return WINDOW_SECONDS - (now - served[0])
        served.append(now)
        return None

    def clear(self) -> None:
        self._served.clear()
