"""Where the rows of a CSV on disk end, for cutting it without breaking a cell."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.files.bitmap import Packer, positions
from bot.files.separators import Scanner, whole_cells


@dataclass(frozen=True, slots=True)
class RowEnds:
    """Offsets in the file, behind line ends: of the first and of the last row end of a block."""

    first: int
    last: int


def row_ends(path: Path, block: int) -> Iterator[RowEnds]:
    """The row ends of the blocks of a file in which a row ends; the last end is the file's.

    Args:
        path: the file.
        block: how many bytes to look at together.
    """
    packer = Packer(block)
    scanner = Scanner(packer)
    buffer = bytearray(block)
    held = begin = last = 0
    with path.open("rb") as file:
        while count := file.readinto(memoryview(buffer)[held:]):
            held += count
            length = whole_cells(buffer, held)
            if not length:
                if held < block:
                    continue
                length = held - (buffer[-1] == ord("\r"))
            ends = positions(scanner.scan(buffer, length).newlines)
            if ends.size:
                last = begin + int(ends[-1]) + 1
                yield RowEnds(begin + int(ends[0]) + 1, last)
            begin += length
            held -= length
            buffer[:held] = buffer[length : length + held]
    if begin + held > last:
        yield RowEnds(begin + held, begin + held)
