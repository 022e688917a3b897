"""Hands work to a thread of its own, in order, with little of it waiting.

Unpacking in one thread, the CSV stage in another and writing in a third use two processor cores,
because the libraries let go of the interpreter while they work, and the disk is waited for.
"""

from collections.abc import Callable
from queue import Queue
from threading import Thread
from typing import Final, Generic, TypeVar

Thing = TypeVar("Thing")

WAITING: Final = 2
"""How many things may wait while one is consumed: threads take turns unevenly."""


class Relay(Generic[Thing]):
    """Calls `consume` with every thing, elsewhere; the thread begins with the first one."""

    def __init__(self, consume: Callable[[Thing], None]) -> None:
        self._consume = consume
        self._failure: BaseException | None = None
        self._queue: Queue[tuple[Thing] | None] = Queue(WAITING)
        self._thread: Thread | None = None

    def put(self, thing: Thing) -> None:
        """Hand a thing on; waits while enough are waiting.

        Raises:
            BaseException: what `consume` raised for an earlier one.
        """
        self._raise()
        if self._thread is None:
            thread = Thread(target=self._work, name="intake", daemon=True)
            thread.start()
            self._thread = thread
        self._queue.put((thing,))

    def close(self) -> None:
        """Wait until everything is consumed, and end the thread.

        Raises:
            BaseException: what `consume` raised.
        """
        self._end()
        self._raise()

    def stop(self) -> None:
        """End the thread after what is waiting; harmless when it has ended.

        What was raised is forgotten: it knows all that was at work, which would wait for the
        garbage collector with its buffers.
        """
        self._end()
        self._failure = None

    def _end(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while (one := self._queue.get()) is not None:
            if self._failure is not None:
                continue  # so that whoever puts is never left waiting
            try:
                self._consume(*one)
            except BaseException as failure:  # noqa: BLE001  raised again in `put` or `close`
                self._failure = failure
