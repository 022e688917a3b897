"""Cuts the bytes of a CSV into blocks that end with a cell, in memory that is used over and over.

Whoever unpacks a file fills the next block while others look at those before. The copy is made
where the bytes have just been made, and are still in the processor's cache.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.files.separators import CR, LF, whole_cells

BLOCK: Final = 1536 * 1024
"""Bytes looked at together; a cell longer than that passes in several blocks."""


@dataclass(frozen=True, slots=True)
class Block:
    """The first `length` bytes of `data`; what lies behind them means nothing.

    Attributes:
        data: the buffer, which is used again later.
        length: at least 1.
        added: bytes at the end that are not the file's: 1 where its last row has no line end.
    """

    data: bytearray
    length: int
    added: int = 0


class Blocks:
    """The stage."""

    def __init__(self, size: int = BLOCK, buffers: int = 2) -> None:
        """A stage at the beginning of a file.

        Args:
            size: of a block, at least 16 bytes.
            buffers: used in turn, at least two, and made when they are needed. A block stays as
                it is until so many after it, less one, are full.
        """
        self._size = size
        self._most = buffers
        self._buffers = deque([bytearray(size)])
        self._held = 0
        self._last = LF

    @property
    def room(self) -> memoryview:
        """Where the next bytes go; never empty."""
        return memoryview(self._buffers[0])[self._held :]

    def filled(self, count: int) -> Block | None:
        """So many bytes have been put where there was room; the block that is full by that."""
        self._held += count
        buffer = self._buffers[0]
        if self._held < len(buffer):
            return None
        length = whole_cells(buffer, self._held) or self._held - (buffer[-1] == CR)
        if len(self._buffers) < self._most:
            self._buffers.appendleft(bytearray(self._size))
        else:
            self._buffers.rotate()
        self._held -= length
        self._buffers[0][: self._held] = memoryview(buffer)[length:]
        self._last = buffer[length - 1]
        return Block(buffer, length)

    def feed(self, piece: bytes | memoryview) -> Iterator[Block]:
        """The blocks that are full with these bytes."""
        piece = memoryview(piece)
        while piece:
            room = self.room
            count = min(len(piece), len(room))
            # numpy lets other threads go on while it copies.
            np.copyto(np.frombuffer(room, np.uint8, count), np.frombuffer(piece, np.uint8, count))
            piece = piece[count:]
            if block := self.filled(count):
                yield block

    def finish(self) -> Iterator[Block]:
        """The last one, if there is one: the end of the data ends a row, too."""
        buffer, length = self._buffers[0], self._held
        last = buffer[length - 1] if length else self._last
        added = last not in (LF, CR)
        if added:
            buffer[length] = LF
        if length or added:
            self._held = 0
            yield Block(buffer, length + added, int(added))
