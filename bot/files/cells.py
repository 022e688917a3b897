"""The CSV stage: drops a `sep=` line, guards cells, counts; every other byte passes unchanged.

A cell is what Python's csv module reads (see `separators`), and a row is what it yields, a blank
line included. The guard puts one apostrophe in front of a text cell that a spreadsheet would run;
in a quoted cell it stands behind the opening quote, so that it is part of the value. The header's
cells are always text, and so are cells beyond the known columns.

A byte order mark stays where it is, at the very beginning: it belongs to the file, not to the
first cell, which is guarded behind it.

Blocks of cells are looked at as sets of positions (`bitmap`), so that a file passes at the speed
of memory; single cells matter only where one is empty or would be run.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.files.bitmap import Bytes, Packer, Positions, Ranks, behind, positions
from bot.files.separators import (
    COMMA,
    CR,
    LF,
    QUOTE,
    STRETCH,
    Place,
    Scanner,
    Separators,
    whole_cells,
)
from bot.model.limits import Limit

Flags = NDArray[np.bool_]
Block = Sequence[bytes | memoryview]
"""Pieces that follow one another."""

BOM: Final = b"\xef\xbb\xbf"
APOSTROPHE: Final = b"'"
GUARDED: Final = b"=+-@\t\r"
"""First bytes of a cell that make spreadsheets take it for a formula."""

BLOCK: Final = 1536 * 1024
"""Bytes looked at together; a cell longer than that passes in several blocks."""

_DENSE: Final = 64
"""With more than one apostrophe in so many bytes, slices would cost more than an index."""

_FEW: Final = 64
"""Up to so many apostrophes in a block, its pieces are passed on as they are, without a copy."""

_PLAIN, _RUN, _QUOTE, _SEPARATOR = range(4)


def _kinds(*, separators: bytes) -> NDArray[np.uint8]:
    table = np.full(256, _PLAIN, np.uint8)
    table[list(GUARDED)] = _RUN
    table[QUOTE] = _QUOTE
    table[list(separators)] = _SEPARATOR
    return table


_OUTSIDE: Final = _kinds(separators=b",\n\r")
_INSIDE: Final = _kinds(separators=b"")
"""What a byte is at the beginning of a cell, and behind the quote that opens one."""

MOST_COUNTED: Final = Limit(1_000, "ours: columns whose empty cells are counted; people look at 20")

_SEP_LINE: Final = re.compile(
    rb'("?)(?i:sep)=([^"\r\n\x80-\xff]|[\xc2-\xf4][\x80-\xbf]{1,3})?\1(\r\n|\r|\n|\Z)'
)


@dataclass(frozen=True, slots=True)
class _Found:
    """Positions in a block.

    Attributes:
        run: the first bytes of values that a spreadsheet would run, ascending.
        empty: what ends cells without a byte.
        empty_quoted: what ends cells of two quotes.
    """

    run: Positions
    empty: Positions
    empty_quoted: Positions


class Cells:
    """The stage.

    Attributes:
        rows: data rows so far.
        columns: cells of the header line; 0 until it is whole.
        misfit: whether these are not the columns that were asked for.
    """

    def __init__(
        self,
        *,
        text_columns: tuple[bool, ...],
        guard: bool,
        block: int = BLOCK,
        stretch: int = STRETCH,
    ) -> None:
        """A stage at the beginning of a file.

        Args:
            text_columns: which columns are text; columns beyond these are. Empty when not known.
                When the header has another number of cells, nobody knows which column is which,
                and all are taken for text.
            guard: whether text cells that would be run get their apostrophe.
            block: bytes looked at together, at least 16.
            stretch: bytes looked at together where a cell is odd.
        """
        self.rows = 0
        self.columns = 0
        # One more for all columns beyond the known ones.
        self._text: Flags = np.array([*text_columns, True])
        self._asked = len(text_columns)
        self.misfit = False
        self._guard = guard
        self._packer = Packer(block)
        self._scanner = Scanner(self._packer, stretch)
        self._buffer, self._other = bytearray(block), bytearray(block)
        self._held = 0
        self._begun = False
        self._in_header = True
        self._column = 0
        self._empty: Positions = np.zeros(0, np.intp)
        self._longer = 0
        self._shorter = 0
        self._unclosed = False
        self._separator = b","

    def feed(self, piece: bytes | memoryview) -> Iterator[Block]:
        """What can be passed on.

        Each block stays as it is while the next one is made: it may be used until that one has
        been taken, and one more is asked for.
        """
        piece = memoryview(piece)
        while piece:
            if self._held == len(self._buffer):
                yield from self._pass_block()
            room = piece[: len(self._buffer) - self._held]
            self._buffer[self._held : self._held + len(room)] = room
            self._held += len(room)
            piece = piece[len(room) :]

    def finish(self) -> Iterator[Block]:
        """The last of it: the end of the data ends a row, too."""
        if self._held:
            yield from self._pass_block()
        if self._held or self._column or self._scanner.place is not Place.START:
            # One line end more, which is not passed on, makes the last row like every other one.
            self._buffer[self._held] = LF
            self._held += 1
            last = b"".join(piece for block in self._pass(self._held) for piece in block)
            yield (last[:-1],)
        if self._scanner.place is not Place.START:
            self._unclosed = True
            self._count_rows(np.array([self._column + 1]), blank=0)

    @property
    def empty_counts(self) -> tuple[int, ...]:
        """For each column of the header, up to `MOST_COUNTED`, how many data cells are empty."""
        return tuple(self._empty.tolist())

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd about the file, in sentences for a person; usually nothing."""
        named = self._separator.decode(errors="replace")
        asked = self._asked
        guarded = ", so every column is guarded as text" if self._guard else ""
        odd = (
            (
                self._separator != b",",
                f"Its first line named {named!r}, not a comma, as the separator.",
            ),
            (
                self.misfit,
                f"It has {_columns(self.columns)} where {asked:,} were asked for{guarded}.",
            ),
            (self._longer, f"{_rows(self._longer)} more cells than the header."),
            (self._shorter, f"{_rows(self._shorter)} fewer cells than the header."),
            (self._unclosed, "A quoted cell is not closed at the end of the file."),
        )
        return tuple(sentence for is_so, sentence in odd if is_so)

    def _pass_block(self) -> Iterator[Block]:
        """Pass on all whole cells in the buffer, and what is too long to be held."""
        yield from self._begin()
        length = whole_cells(self._buffer, self._held)
        if not length and self._held == len(self._buffer):
            length = self._held - (self._buffer[-1] == CR)
        yield from self._pass(length)

    def _drop(self, length: int) -> None:
        """Go on in the other buffer with what is left."""
        left = self._held - length
        self._other[:left] = memoryview(self._buffer)[length : self._held]
        self._buffer, self._other = self._other, self._buffer
        self._held = left

    def _begin(self) -> Iterator[Block]:
        """Take a byte order mark and a `sep=` line off the beginning of the file."""
        if self._begun:
            return
        self._begun = True
        marked = self._buffer.startswith(BOM, 0, self._held)
        if marked:
            self._drop(len(BOM))
        line = _SEP_LINE.match(self._buffer, 0, self._held)
        if line:
            self._separator = line[2] or b","
            self._drop(line.end())
            if self._buffer.startswith(BOM, 0, self._held):  # now it is the beginning of the file
                marked = True
                self._drop(len(BOM))
        if marked:
            yield (BOM,)

    def _pass(self, length: int) -> Iterator[Block]:
        """Guard and count the first bytes of the buffer, and pass them on."""
        if self._in_header and length:
            separators, end = self._scanner.scan_row(self._buffer, length)
            yield self._guarded(end, separators)
            self._drop(end)
            length -= end
        if length:
            yield self._guarded(length, self._scanner.scan(self._buffer, length))
            self._drop(length)

    def _guarded(self, length: int, separators: Separators) -> Block:
        block = np.frombuffer(self._buffer, np.uint8, length)
        found = self._look(block, separators)
        at = found.run[self._count(block, separators, found)]
        if not self._guard:
            at = at[:0]
        if at.size > length // _DENSE:
            return (np.insert(block, at, ord(APOSTROPHE)).tobytes(),)
        view = memoryview(self._buffer)
        first, *others = (view[a:b] for a, b in pairwise([0, *at.tolist(), length]))
        if len(others) > _FEW:
            return (APOSTROPHE.join([first, *others]),)
        return [first, *(piece for other in others for piece in (APOSTROPHE, other))]

    def _look(self, block: Bytes, separators: Separators) -> _Found:
        """Look at the first byte of each cell, and behind the quotes that open one."""
        starts, quotes = separators.starts, separators.quotes
        # All that matters is among these; letters, digits and slashes are not.
        low = self._packer.below(block, ord("."))
        for rare in b"=@":
            if self._buffer.find(rare, 0, block.size) >= 0:
                low |= self._packer.equal(block, rare)
        outside = positions(starts & low & ~quotes)
        kinds = _OUTSIDE[block[outside]]
        run, empty = outside[kinds == _RUN], outside[kinds == _SEPARATOR]
        inside = positions(behind(starts & quotes) & low)
        kinds = _INSIDE[block[inside]]
        closed = inside[kinds == _QUOTE] + 1
        kinds_behind = _OUTSIDE[block[closed]]
        return _Found(
            run=np.sort(np.concatenate([run, inside[kinds == _RUN], closed[kinds_behind == _RUN]])),
            empty=empty,
            empty_quoted=closed[kinds_behind == _SEPARATOR],
        )

    def _count(self, block: Bytes, separators: Separators, found: _Found) -> Flags:
        """Count rows and empty cells; says which of the cells that would be run are text."""
        commas = Ranks.of(separators.commas)
        newlines = positions(separators.newlines)
        before = commas(newlines)
        bases = np.concatenate([[-self._column], before])

        def columns(at: Positions) -> Positions:
            column: Positions = commas(at) - bases[np.searchsorted(newlines, at)]
            return column

        in_header = self._in_header
        empty_columns = columns(found.empty)
        blank = (empty_columns == 0) & (block[found.empty] != COMMA)
        self._count_rows(before - bases[:-1] + 1, blank=int(np.count_nonzero(blank)))
        self._column = commas.total - int(bases[-1])
        if in_header:
            return np.ones(found.run.size, np.bool_)
        if self.columns != 1:
            empty_columns = empty_columns[~blank]
        self._count_empty(np.concatenate([empty_columns, columns(found.empty_quoted)]))
        return self._text[np.minimum(columns(found.run), self._text.size - 1)]

    def _count_empty(self, columns: Positions) -> None:
        known = columns[columns < self._empty.size]
        self._empty += np.bincount(known, minlength=self._empty.size)

    def _count_rows(self, sizes: Positions, *, blank: int) -> None:
        """Count whole rows of so many cells each; the first of all is the header."""
        if self._in_header:
            if sizes.size:
                self._end_header(0 if blank else int(sizes[0]))
            return
        self.rows += sizes.size
        self._longer += int(np.count_nonzero(sizes > self.columns))
        self._shorter += int(np.count_nonzero(sizes < self.columns))
        if self.columns == 0:
            self._longer -= blank
        elif self.columns > 1:
            self._shorter -= blank

    def _end_header(self, columns: int) -> None:
        self._in_header = False
        self.columns = columns
        self._empty = np.zeros(min(columns, MOST_COUNTED.value), np.intp)
        self.misfit = self._asked not in (0, columns)
        if self.misfit:
            self._text = np.ones(1, np.bool_)


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count:,} columns"


def _rows(count: int) -> str:
    return "1 row has" if count == 1 else f"{count:,} rows have"
