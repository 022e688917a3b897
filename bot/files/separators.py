"""Where the cells of a CSV end: exactly as Python's csv module sees it, a block at a time.

The dialect is `excel`, not strict: a quote opens a quoted cell only as its first byte, a doubled
quote inside stands for one, and whatever follows the closing quote belongs to the cell as it is.
A row ends with LF, CR LF or CR.

The quick way looks at a block as sets of positions. Where every quote toggles between outside
and inside, the parity of the quotes in front of a byte says whether it is inside. That holds as
long as each quote that opens by this rule stands at the beginning of a cell, or behind another
one, which it doubles; this is asked for all quotes at once. A block where it does not hold, such
as one with `5" wide` in an unquoted cell, is scanned step by step instead; so is one with a CR
outside of quotes that no LF follows.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import numpy as np

from bot.files.bitmap import Packer, Words, before, behind, holds, odd

QUOTE: Final = ord('"')
COMMA: Final = ord(",")
LF: Final = ord("\n")
CR: Final = ord("\r")

_SEPARATOR: Final = re.compile(rb",|\r\n?|\n")


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

    def __init__(self, packer: Packer) -> None:
        self.place = Place.START
        self._packer = packer

    def scan(self, data: bytearray, length: int) -> Separators:
        """The separators of `data[:length]`, which is not empty."""
        return self._quick(data, length) or self.scan_steps(data, length)[0]

    def _quick(self, data: bytearray, length: int) -> Separators | None:
        """None, and nothing changed, where the parity of quotes says nothing."""
        quotes = self._where(data, length, QUOTE)
        within = odd(quotes, first=self.place is Place.QUOTED)
        outside = ~within
        commas = self._where(data, length, COMMA) & outside
        newlines = self._where(data, length, LF) & outside
        returns = self._where(data, length, CR) & outside
        separators = commas | newlines
        starts = behind(separators, first=self.place is Place.START)
        astray = quotes & within & ~(starts | behind(quotes))
        astray |= returns & ~before(newlines)
        if astray.any():
            return None
        ends = ((Place.QUOTED, within), (Place.START, separators), (Place.CLOSED, quotes))
        self.place = next((place for place, words in ends if holds(words, length - 1)), Place.FIELD)
        return Separators(commas, newlines, starts, quotes)

    def _where(self, data: bytearray, length: int, value: int) -> Words:
        if data.find(value, 0, length) < 0:
            return self._packer.nowhere(length)
        return self._packer.equal(np.frombuffer(data, np.uint8, length), value)

    def scan_steps(
        self, data: bytearray, length: int, *, rows: int | None = None
    ) -> tuple[Separators, int]:
        """The same, one cell after the other.

        Args:
            data: the buffer.
            length: of the block.
            rows: stop behind that many ends of rows, if given.

        Returns:
            The separators, and the length of what was scanned.
        """
        commas: list[int] = []
        newlines: list[int] = []
        place, at = self.place, 0
        first = place is Place.START
        while at < length and (rows is None or len(newlines) < rows):
            if place is Place.QUOTED:
                quote = data.find(QUOTE, at, length)
                place, at = (Place.CLOSED, quote + 1) if quote >= 0 else (place, length)
            elif place is not Place.FIELD and data[at] == QUOTE:
                place, at = Place.QUOTED, at + 1
            elif separator := _SEPARATOR.search(data, at, length):
                place, at = Place.START, separator.end()
                (commas if data[at - 1] == COMMA else newlines).append(at - 1)
            else:
                place, at = Place.FIELD, length
        self.place = place
        comma_words = self._packer.at(at, commas)
        newline_words = self._packer.at(at, newlines)
        starts = behind(comma_words | newline_words, first=first)
        quotes = self._where(data, at, QUOTE)
        return Separators(comma_words, newline_words, starts, quotes), at
