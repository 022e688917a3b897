"""Hands work to a thread of its own, in order, with little of it waiting.

Decompression in one thread and the CSV stage in another use two processor cores, because both
libraries let go of the interpreter while they work. What is small needs no thread.
"""

from collections.abc import Callable
from queue import Queue
from threading import Thread
from typing import Final

Piece = bytes | memoryview

_BATCH: Final = 512 * 1024
_WAITING: Final = 6
"""Batches that may wait: two blocks of the CSV stage, which takes its pieces in bursts."""


class Relay:
    """Calls `consume` with every piece, elsewhere."""

    def __init__(self, consume: Callable[[Piece], None]) -> None:
        self._consume = consume
        self._failure: BaseException | None = None
        self._batch: list[Piece] = []
        self._size = 0
        self._queue: Queue[list[Piece] | None] = Queue(_WAITING)
        self._thread: Thread | None = None

    def put(self, piece: Piece) -> None:
        """Hand a piece on; waits while enough are waiting.

        Raises:
            BaseException: what `consume` raised for an earlier piece.
        """
        self._batch.append(piece)
        self._size += len(piece)
        if self._size >= _BATCH:
            self._send()

    def close(self) -> None:
        """Wait until everything is consumed, and end the thread.

        Raises:
            BaseException: what `consume` raised.
        """
        if self._thread is None:
            for piece in self._batch:
                self._consume(piece)
            return
        try:
            self._send()
        finally:
            self.stop()
        self._raise()

    def stop(self) -> None:
        """End the thread after what is waiting; harmless when it has ended."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _send(self) -> None:
        self._raise()
        if self._thread is None:
            self._thread = Thread(target=self._work, name="intake", daemon=True)
            self._thread.start()
        self._queue.put(self._batch)
        self._batch, self._size = [], 0

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while (batch := self._queue.get()) is not None:
            if self._failure is not None:
                continue  # so that whoever puts is never left waiting
            try:
                for piece in batch:
                    self._consume(piece)
            except BaseException as failure:  # noqa: BLE001  raised again in `put` or `close`
                self._failure = failure
