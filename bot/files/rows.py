"""Where the rows of a CSV on disk end, for cutting it without breaking a cell."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.files.bitmap import Packer, positions
from bot.files.blocks import Block, Blocks
from bot.files.separators import Scanner


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
    scanner = Scanner(Packer(block))
    begin = last = 0
    for one in _blocks(path, block):
        length = one.length - one.added
        ends = positions(scanner.scan(one.data, one.length).newlines) + 1
        if ends.size:
            first, last = (begin + min(int(end), length) for end in ends[[0, -1]])
            yield RowEnds(first, last)
        begin += length
    if begin > last:
        yield RowEnds(begin, begin)


def _blocks(path: Path, size: int) -> Iterator[Block]:
    blocks = Blocks(size)
    with path.open("rb") as file:
        while count := file.readinto(blocks.room):
            if block := blocks.filled(count):
                yield block
    yield from blocks.finish()
