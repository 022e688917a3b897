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
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.files.bitmap import Bytes, Packer, Positions, Ranks, behind, positions
from bot.files.blocks import BLOCK, Block
from bot.files.separators import (
    COMMA,
    QUOTE,
    STRETCH,
    Place,
    Scanner,
    Separators,
)
from bot.model.limits import Limit

Flags = NDArray[np.bool_]
Pieces = Sequence[bytes | memoryview]
"""What follows one another."""

BOM: Final = b"\xef\xbb\xbf"
APOSTROPHE: Final = b"'"
GUARDED: Final = b"=+-@\t\r"
"""First bytes of a cell that make spreadsheets take it for a formula."""

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
            block: the most bytes of a block.
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
        self._begun = self._named = self._marked = False
        self._in_header = True
        self._column = 0
        self._empty: Positions = np.zeros(0, np.intp)
        self._longer = 0
        self._shorter = 0
        self._unclosed = False
        self._separator = b","

    def feed(self, block: Block) -> Pieces:
        """What is passed on of a block: parts of it, and apostrophes between them."""
        passed: list[bytes | memoryview] = []
        if not self._begun:
            block = self._begin(block, passed)
        if self._in_header and block.length:
            separators, end = self._scanner.scan_row(block.data, block.length)
            passed += self._guarded(block.data, end, separators)
            block = _behind(block, end)
        if block.length:
            separators = self._scanner.scan(block.data, block.length)
            passed += self._guarded(block.data, block.length, separators)
        return [b"".join(passed)[: -block.added]] if block.added else passed

    def finish(self) -> None:
        """The file is over; nothing is left to pass on."""
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
        apart = ", and what stands between those was guarded as one cell" if self._guard else ""
        odd = (
            (
                self._separator != b",",
                f"Its first line named {named!r} as the separator; it was read with commas{apart}.",
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

    def _begin(self, block: Block, passed: list[bytes | memoryview]) -> Block:
        """Take a byte order mark and a `sep=` line off the beginning of the file.

        A mark behind the line is one, too: it is the beginning of the file by then.
        """
        data, length = block.data, block.length
        at = _behind_mark(data, 0, length)
        line = None if self._named else _SEP_LINE.match(data, at, length)
        marked = at > 0
        if line:
            self._named = True
            self._separator = line[2] or b","
            at = _behind_mark(data, line.end(), length)
            marked = marked or at > line.end()
        if marked and not self._marked:
            passed.append(BOM)
            self._marked = True
        self._begun = at < length
        return _behind(block, at)

    def _guarded(self, data: bytearray, length: int, separators: Separators) -> Pieces:
        """Count the cells of `data[:length]`, and put the apostrophes in."""
        block = np.frombuffer(data, np.uint8, length)
        found = self._look(data, block, separators)
        at = found.run[self._count(block, separators, found)]
        if not self._guard:
            at = at[:0]
        if at.size > length // _DENSE:
            return (np.insert(block, at, ord(APOSTROPHE)).tobytes(),)
        view = memoryview(data)
        first, *others = (view[a:b] for a, b in pairwise([0, *at.tolist(), length]))
        if len(others) > _FEW:
            return (APOSTROPHE.join([first, *others]),)
        return [first, *(piece for other in others for piece in (APOSTROPHE, other))]

    def _look(self, data: bytearray, block: Bytes, separators: Separators) -> _Found:
        """Look at the first byte of each cell, and behind the quotes that open one."""
        starts, quotes = separators.starts, separators.quotes
        # All that matters is among these; letters, digits and slashes are not.
        low = self._packer.below(block, ord("."))
        for rare in b"=@":
            low |= self._packer.where(data, 0, block.size, rare)
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


def _behind_mark(data: bytearray, at: int, end: int) -> int:
    return at + len(BOM) * data.startswith(BOM, at, end)


def _behind(block: Block, at: int) -> Block:
    """What follows the first bytes: a copy, because a block begins its buffer."""
    if not at:
        return block
    rest = bytearray(memoryview(block.data)[at : block.length])
    return Block(rest, len(rest), block.added)


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count:,} columns"


def _rows(count: int) -> str:
    return "1 row has" if count == 1 else f"{count:,} rows have"
