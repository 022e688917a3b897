"""The way of a file: transferred bytes in, a guarded and counted CSV on disk out.

    feed → Decompression → │ → Cells → │ → Writer → finish
           caller's thread │    relay  │   handover

Memory stays constant: the stages hold about ten megabytes, whatever the size of the file is.
"""

import csv
import io
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bot.files.cells import BOM, MOST_COUNTED, Block, Cells
from bot.files.decompression import Decompression
from bot.files.handover import Handover
from bot.files.relay import Piece, Relay
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
        self._cells = Cells(text_columns=text_columns, guard=guard)
        self._writer = Writer(target)
        self._head = b""
        self._relay = Relay(self._consume)
        self._handover = Handover[Block](lambda block: self._writer.feed(*block))

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the transfer.

        Raises:
            FileBroken: they cannot be what they claim to be.
            DiskFull: the disk has no more room.
        """
        for piece in self._decompression.feed(chunk):
            self._relay.put(piece)

    def finish(self) -> StoredFile:
        """The transfer is over: check its end and put the file in its place.

        Raises:
            FileBroken: the transfer ended too early, or held nothing.
            DiskFull: the disk has no more room.
        """
        for piece in self._decompression.finish():
            self._relay.put(piece)
        self._relay.close()
        for block in self._cells.finish():
            self._write(block)
        self._handover.wait()
        if not self._cells.columns:
            raise FileBroken("The file arrived empty, without even a header line.")
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
        self._relay.stop()
        self._handover.stop()
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

    def _consume(self, piece: Piece) -> None:
        for block in self._cells.feed(piece):
            self._write(block)

    def _write(self, block: Block) -> None:
        for output in block:
            if len(self._head) < _HEAD:
                self._head += output[: _HEAD - len(self._head)]
        self._handover.put(block)
