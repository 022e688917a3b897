"""The way of a file: transferred bytes in, a guarded and counted CSV on disk out.

    feed → Decompression → Blocks → │ → Cells → │ → Writer → finish
                    caller's thread │  a second │ a third

Memory stays constant: the stages hold about twenty megabytes, whatever the size of the file is.
What fits into one block needs no thread, and a tenth of that.
"""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

from bot.files.blocks import Block, Blocks
from bot.files.cells import BOM, MOST_COUNTED, Cells, Pieces
from bot.files.decompression import Decompression
from bot.files.relay import WAITING, Relay
from bot.files.writer import Writer
from bot.model.errors import FileBroken
from bot.model.export import StoredFile
from bot.model.preview import Preview

PREVIEW_ROWS: Final = 5
PREVIEW_CELL: Final = 200
"""Characters of a cell that are kept for the preview."""

MARKUP: Final = (b"<", b"{", b"[")
"""How a document begins; a header may as well, but then it has the columns that were asked for."""

_HEAD: Final = 64 * 1024

UNPACKING: Final = Lock()
LOOKING: Final = Lock()
"""What keeps a processor busy is done for one file at a time: one file alone uses two processors.

The threads of several files at once would not finish earlier. They would be one queue for the
interpreter's lock, in which the event loop stands as well, each time that it has answered anybody.
Nobody waits for the network or the disk with one of these in hand. They are not given in order,
because handing them to a thread that sleeps costs more than the order is worth: of four usual files
none waited for more than a seventh of a second.
"""

PATIENCE_SECONDS: Final = 0.5
"""A turn is a courtesy: whoever has waited for so long goes on without it.

There are files that take long over one piece, such as one of a million empty gzip members: without
this they would hold up all others for as long.
"""

BUFFERS: Final = 4 + 2 * WAITING
"""One that is being filled, one that is full and waits for its turn to wait, one that is looked at,
one that is written, and those that wait for these two.
"""


class Intake:
    """Takes one file in. Used from one worker thread at a time; as a context it cleans up."""

    def __init__(self, target: Path, *, text_columns: tuple[bool, ...], guard: bool) -> None:
        """Open a temporary file beside `target`.

        Args:
            target: where the file will be; one that is there is replaced at the end.
            text_columns: which columns are text; columns beyond these are text, too.
            guard: whether cells that a spreadsheet would run get an apostrophe.

        Raises:
            DiskFull: there is no room at all.
        """
        self._guard = guard
        self._decompression = Decompression()
        self._blocks = Blocks(buffers=BUFFERS)
        self._cells = Cells(text_columns=text_columns, guard=guard)
        self._writer = Writer(target)
        self._head = bytearray()
        self._writing = Relay(partial(_write, self._writer))
        self._looking = Relay(partial(_look, self._cells, self._head, self._writing.put))

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the transfer.

        Raises:
            FileBroken: they cannot be what they claim to be.
            DiskFull: the disk has no more room.
        """
        self._take(self._decompression.feed(chunk))

    def finish(self) -> StoredFile:
        """The transfer is over: check its end and put the file in its place.

        Raises:
            FileBroken: the transfer ended too early, or held nothing.
            DiskFull: the disk has no more room.
        """
        self._take(self._decompression.finish())
        self._looking.close()
        self._writing.close()
        for block in self._blocks.finish():
            _look(self._cells, self._head, partial(_write, self._writer), block)
        self._cells.finish()
        if not self._cells.columns:
            raise FileBroken("The file arrived without a header line.")
        if self._cells.misfit and self._head.removeprefix(BOM).lstrip().startswith(MARKUP):
            raise FileBroken("Botify's file host sent something else than a CSV file.")
        return StoredFile(
            path=self._writer.finish(),
            bytes=self._writer.written,
            rows=self._cells.rows,
            columns=self._cells.columns,
            guarded=self._guard,
            notes=(*self._decompression.notes, *self._cells.notes),
        )

    def abandon(self) -> None:
        """Leave nothing behind; harmless after `finish`."""
        self._looking.stop()
        self._writing.stop()
        self._writer.abandon()

    @property
    def written(self) -> int:
        """Bytes of the CSV so far."""
        return self._writer.written

    @property
    def preview(self) -> Preview:
        """A first look, once finished."""
        text = io.StringIO(self._head.decode("utf-8-sig", errors="replace"), newline="")
        lines = list(islice(csv.reader(text), 1 + PREVIEW_ROWS + 1))
        if self._writer.written > len(self._head) and len(lines) <= 1 + PREVIEW_ROWS:
            lines = lines[:-1]  # the last one is cut
        cut = [tuple(cell[:PREVIEW_CELL] for cell in line[: MOST_COUNTED.value]) for line in lines]
        return Preview(
            columns=cut[0] if cut else (),
            rows=tuple(cut[1 : 1 + PREVIEW_ROWS]),
            empty_counts=self._cells.empty_counts,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abandon()

    def _take(self, unpacked: Iterator[bytes | memoryview]) -> None:
        while True:
            with _turn(UNPACKING):
                piece = next(unpacked, None)
            if piece is None:
                return
            for block in self._blocks.feed(piece):
                self._looking.put(block)


@contextmanager
def _turn(lock: Lock) -> Iterator[None]:
    mine = lock.acquire(timeout=PATIENCE_SECONDS)
    try:
        yield
    finally:
        if mine:
            lock.release()


def _look(cells: Cells, head: bytearray, put: Callable[[Pieces], None], block: Block) -> None:
    """Let a block through the CSV stage, and keep the beginning of what comes out."""
    with _turn(LOOKING):
        pieces = cells.feed(block)
    for piece in pieces:
        if len(head) < _HEAD:
            head += piece[: _HEAD - len(head)]
    put(pieces)


def _write(writer: Writer, pieces: Pieces) -> None:
    writer.feed(*pieces)
