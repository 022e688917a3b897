"""Lets a thread of its own consume one thing while the next one is made.

The copy into the kernel's cache is a fifth of a large file's work, and waits while the disk is
busy; the CSV stage need not wait with it.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Handover(Generic[Thing]):
    """Calls `consume` with every thing, in order, elsewhere: one at a time, and none waiting."""

    def __init__(self, consume: Callable[[Thing], None]) -> None:
        self._consume = consume
        self._pool = ThreadPoolExecutor(1, "handover")
        self._under_way: Future[None] | None = None

    def put(self, thing: Thing) -> None:
        """Hand it on, once the one before has been consumed.

        Raises:
            Exception: what `consume` raised for the one before.
        """
        self.wait()
        self._under_way = self._pool.submit(self._consume, thing)

    def wait(self) -> None:
        """Return when everything has been consumed.

        Raises:
            Exception: what `consume` raised for the last one, once.
        """
        last, self._under_way = self._under_way, None
        if last is not None:
            last.result()

    def stop(self) -> None:
        """End the thread after what is under way, whatever comes of it."""
        self._pool.shutdown()
