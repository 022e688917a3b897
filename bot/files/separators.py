"""Where the cells of a CSV end: exactly as Python's csv module sees it, a block at a time.

The dialect is `excel`, not strict: a quote opens a quoted cell only as its first byte, a doubled
quote inside stands for one, and whatever follows the closing quote belongs to the cell as it is.
A row ends with LF, CR LF or CR.

The quick way looks at a block as sets of positions. Where every quote toggles between outside
and inside, the parity of the quotes in front of a byte says whether it is inside. That holds as
long as each quote that opens by this rule stands at the beginning of a cell, or behind another
one, which it doubles; this is asked for all quotes at once. Where it does not hold, such as with
`5" wide` in an unquoted cell, the block is looked at in short stretches, and those in which it
still does not hold are read from one quoted cell to the next.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import numpy as np

from bot.files.bitmap import WORD, Packer, Words, before, behind, holds, odd, positions

QUOTE: Final = ord('"')
COMMA: Final = ord(",")
LF: Final = ord("\n")
CR: Final = ord("\r")
SEPARATORS: Final = b",\n\r"

STRETCH: Final = 64 * 1024
"""Bytes looked at together in a block with an odd cell; whole words of 64."""

_SEPARATOR: Final = re.compile(rb",|\r\n?|\n")
_QUOTED: Final = re.compile(rb'"(?<![^,\r\n]")(?:[^"]++|"")*+(?:(")|\Z)')
"""A cell's quotes with all between them; the group is missing where they are not closed.

Searched from outside of quotes on, it finds all of them. It begins with a byte and not with what
stands in front, so that the search is one for bytes. Possessive: what was taken is never tried in
another way.
"""


class Place(Enum):
    """Where in a cell a block begins."""

    START = auto()  # at the first byte of a cell
    FIELD = auto()  # in a cell that is not quoted, or behind its closing quote: quotes are literal
    QUOTED = auto()  # between the quotes
    CLOSED = auto()  # behind a quote that closes the cell unless another one follows


@dataclass(frozen=True, slots=True)
class Separators:
    """What separates the cells of a block, as sets of positions.

    Attributes:
        commas: between two cells of a row.
        newlines: the last byte of each end of a row.
        starts: the first byte of each cell that begins in the block, or of what ends it.
        quotes: all quotes.
    """

    commas: Words
    newlines: Words
    starts: Words
    quotes: Words


def whole_cells(data: bytearray, length: int) -> int:
    """How much of `data[:length]` can be a block: up to what looks like a separator.

    A CR at the end is not one yet, because a LF may follow. 0 when there is none.
    """
    end = max(data.rfind(b",", 0, length), data.rfind(b"\n", 0, length)) + 1
    return max(end, data.rfind(b"\r", end, max(0, length - 1)) + 1)


class Scanner:
    """Carries `place` from block to block.

    A block ends where `whole_cells` says, or anywhere but behind a CR when a cell is so long that
    it cannot be held. Other bytes may follow it in the buffer.
    """

    def __init__(self, packer: Packer, stretch: int = STRETCH) -> None:
        self.place = Place.START
        self._packer = packer
        self._stretch = stretch

    def scan(self, data: bytearray, length: int) -> Separators:
        """The separators of `data[:length]`, which is not empty."""
        return self._quick(data, 0, length) or self._in_stretches(data, length)

    def scan_row(self, data: bytearray, length: int) -> tuple[Separators, int]:
        """The separators up to the first end of a row, and the length of what was scanned."""
        place = self.place
        newlines = positions(self.scan(data, length).newlines)
        end = int(newlines[0]) + 1 if newlines.size else length
        self.place = place
        return self.scan(data, end), end

    def _in_stretches(self, data: bytearray, length: int) -> Separators:
        """The same for a block with odd cells: what is odd costs no more than its stretch."""
        found = []
        begin = 0
        while begin < length:
            end = begin + self._stretch
            while end < length and data[end - 1] == CR:  # a LF may follow, and belongs to it
                end += WORD
            end = min(end, length)
            found.append(self._quick(data, begin, end) or self._by_quotes(data, begin, end))
            begin = end
        return Separators(
            commas=np.concatenate([one.commas for one in found]),
            newlines=np.concatenate([one.newlines for one in found]),
            starts=np.concatenate([one.starts for one in found]),
            quotes=np.concatenate([one.quotes for one in found]),
        )

    def _quick(self, data: bytearray, begin: int, end: int) -> Separators | None:
        """None, and nothing changed, where the parity of quotes says nothing."""
        first = self.place is Place.START
        quotes = self._packer.where(data, begin, end, QUOTE)
        within = odd(quotes, first=self.place is Place.QUOTED)
        found = self._separators(data, begin, end, within, quotes, first=first)
        if (quotes & within & ~(found.starts | behind(quotes))).any():
            return None
        separators = found.commas | found.newlines
        ends = ((Place.QUOTED, within), (Place.START, separators), (Place.CLOSED, quotes))
        last = end - begin - 1
        self.place = next((place for place, words in ends if holds(words, last)), Place.FIELD)
        return found

    def _by_quotes(self, data: bytearray, begin: int, end: int) -> Separators:
        """The same, one quoted cell after the other."""
        first = self.place is Place.START
        borders: list[int] = []
        at = begin
        if not first:
            at = self._behind_cell(data, begin, end)
            borders = [begin, at - (self.place is Place.START)]
        cell = None
        for cell in _QUOTED.finditer(data, at, end):
            borders += cell.span()
        turns = [border - begin for border in borders if border < end]
        if turns[:2] == [0, 0]:
            del turns[:2]
        within = odd(self._packer.at(end - begin, turns))
        if cell is not None and cell.end() == end:
            self.place = Place.CLOSED if cell[1] else Place.QUOTED
        elif at < end:
            self.place = Place.START if data[end - 1] in SEPARATORS else Place.FIELD
        quotes = self._packer.where(data, begin, end, QUOTE)
        return self._separators(data, begin, end, within, quotes, first=first)

    def _behind_cell(self, data: bytearray, begin: int, end: int) -> int:
        """Go on to where the next cell begins, or to the end of the block."""
        place, at = self.place, begin
        while at < end:
            if place is Place.QUOTED:
                quote = data.find(QUOTE, at, end)
                place, at = (Place.CLOSED, quote + 1) if quote >= 0 else (place, end)
            elif place is Place.CLOSED and data[at] == QUOTE:
                place, at = Place.QUOTED, at + 1
            elif separator := _SEPARATOR.search(data, at, end):
                place, at = Place.START, separator.end()
                break
            else:
                place, at = Place.FIELD, end
        self.place = place
        return at

    def _separators(
        self, data: bytearray, begin: int, end: int, within: Words, quotes: Words, *, first: bool
    ) -> Separators:
        """All that are not within quotes; `first` says whether a cell begins the block."""
        outside = ~within
        commas = self._packer.where(data, begin, end, COMMA) & outside
        newlines = self._packer.where(data, begin, end, LF) & outside
        returns = self._packer.where(data, begin, end, CR) & outside
        newlines |= returns & ~before(newlines)
        starts = behind(commas | newlines, first=first)
        return Separators(commas, newlines, starts, quotes)
