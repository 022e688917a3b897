"""The time in the sandbox: real, or driven by a test."""

import asyncio
import time


class Clock:
    """One clock for the whole process.

    It starts as real time. After `drive` it stands still and moves only by `advance`, so that a
    test about three seconds takes no seconds. `stretch` lengthens the deadlines that the services
    impose on their clients (three seconds to acknowledge, for example) and nothing else.
    """

    def __init__(self, stretch: float = 1.0) -> None:
        self.stretch = stretch
        self._driven: float | None = None
        self._changed = asyncio.Event()

    @property
    def driven(self) -> bool:
        """Whether time moves only by `advance`."""
        return self._driven is not None

    def now(self) -> float:
        """Unix seconds."""
        return time.time() if self._driven is None else self._driven

    async def sleep(self, seconds: float) -> None:
        """Return when this clock has moved on by `seconds`, whoever moves it."""
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            changed = self._changed
            if self._driven is not None:
                await changed.wait()
                continue
            try:
                async with asyncio.timeout(left):
                    await changed.wait()
            except TimeoutError:
                continue
        await asyncio.sleep(0)

    def drive(self, start: float | None = None) -> None:
        """Stop the clock, at `start` (unix seconds) or at the present moment."""
        self._driven = self.now() if start is None else start
        self._tell()

    def release(self) -> None:
        """Go back to real time."""
        self._driven = None
        self._tell()

    def advance(self, seconds: float) -> None:
        """Move the driven clock on and wake every sleeper whose time has come.

        Raises:
            RuntimeError: the clock runs by itself; call `drive` first.
        """
        if self._driven is None:
            raise RuntimeError("the clock runs by itself: drive it first")
        self._driven += seconds
        self._tell()

    def deadline(self, seconds: float) -> float:
        """The moment, in unix seconds, at which something due in `seconds` is too late."""
        return self.now() + seconds * self.stretch

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
