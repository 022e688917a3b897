"""Sets of byte positions as bits, 64 to a word, so that a thought about each byte costs little.

Bit b of word w stands for the byte at 64 w + b of a block. Comparing bytes with a value and
packing the result is quick; everything after that touches an eighth of the memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Positions = NDArray[np.intp]
Bytes = NDArray[np.uint8]

WORD: Final = 64
"""Bits of a word."""

_FEW: Final = 16
"""So many bytes of a value are found one by one sooner than by a comparison of all."""

_WORD: Final = np.dtype("<u8")
_ONE: Final = np.uint64(1)
_LAST: Final = np.uint64(63)
_STEPS: Final = tuple(np.uint64(1 << step) for step in range(6))


class Packer:
    """Packs comparisons of a block's bytes; keeps its scratch memory from block to block.

    Fresh memory of this size would come from the kernel each time, page by page, which costs
    several times what the comparison does.
    """

    def __init__(self, capacity: int) -> None:
        """Take blocks of up to `capacity` bytes."""
        self._flags = np.zeros(-(-capacity // 64) * 64, np.bool_)

    def equal(self, block: Bytes, value: int) -> Words:
        """The bytes of this value."""
        np.equal(block, value, out=self._flags[: block.size])
        return self._packed(block.size)

    def below(self, block: Bytes, value: int) -> Words:
        """The bytes less than this value."""
        np.less(block, value, out=self._flags[: block.size])
        return self._packed(block.size)

    def at(self, size: int, positions: Sequence[int] | Positions) -> Words:
        """These positions in a block of that size."""
        self._flags[:size] = False
        self._flags[np.array(positions, np.intp)] = True
        return self._packed(size)

    def where(self, data: bytearray, begin: int, end: int, value: int) -> Words:
        """The bytes of this value in `data[begin:end]`, quickly where there are few."""
        found: list[int] = []
        at = data.find(value, begin, end)
        while at >= 0:
            found.append(at - begin)
            if len(found) > _FEW:
                return self.equal(np.frombuffer(data, np.uint8, end - begin, begin), value)
            at = data.find(value, at + 1, end)
        words = np.zeros(-(-(end - begin) // WORD), _WORD)
        for at in found:
            words[at >> 6] |= _ONE << np.uint64(at & 63)
        return words

    def _packed(self, size: int) -> Words:
        whole = -(-size // 64) * 64
        self._flags[size:whole] = False
        return np.packbits(self._flags[:whole], bitorder="little").view(_WORD)


def behind(words: Words, *, first: bool = False) -> Words:
    """The positions that follow those in `words`; `first` says whether 0 is one, too."""
    moved = words << _ONE
    moved[1:] |= words[:-1] >> _LAST
    if first and moved.size:
        moved[0] |= _ONE
    return moved


def before(words: Words) -> Words:
    """The positions in front of those in `words`."""
    moved = words >> _ONE
    moved[:-1] |= words[1:] << _LAST
    return moved


def odd(words: Words, *, first: bool = False) -> Words:
    """The positions up to which, itself included, an odd number of bits is set.

    Args:
        words: the bits to count.
        first: whether one more counts, in front of the block.
    """
    parity, moved = words.copy(), np.empty_like(words)
    for step in _STEPS:
        parity ^= np.left_shift(parity, step, out=moved)
    ends = (parity >> _LAST).view(np.int64)
    carried = np.empty(words.size, np.int64)
    carried[:1] = first
    np.bitwise_xor.accumulate(ends[:-1], out=carried[1:])
    if first:
        carried[1:] ^= 1
    # Minus one has all bits set: it turns a whole word around.
    parity ^= (-carried).view(np.uint64)
    return parity


def holds(words: Words, position: int) -> bool:
    """Whether the position is one of them."""
    return bool(int(words[position >> 6]) >> (position & 63) & 1)


def positions(words: Words) -> Positions:
    """The positions in ascending order."""
    used = np.flatnonzero(words != 0)  # quicker with flags than with words
    held = words[used]
    bit: NDArray[np.integer[Any]]
    if (held & (held - _ONE)).any():
        bits = np.unpackbits(held.view(np.uint8), bitorder="little")
        found = np.flatnonzero(bits.view(np.bool_))
        used, bit = used[found >> 6], found & 63
    else:  # one in each, as with the ends of rows that are not short: three times as quick
        bit = np.bitwise_count(held - _ONE)
    at: Positions = used << 6
    at += bit
    return at


@dataclass(frozen=True, slots=True)
class Ranks:
    """How many bits stand in front of a position, quickly for many positions."""

    words: Words
    sums: Positions

    @classmethod
    def of(cls, words: Words) -> "Ranks":
        """Ready to be asked."""
        sums = np.zeros(words.size + 1, np.intp)
        np.add.accumulate(np.bitwise_count(words), dtype=np.intp, out=sums[1:])
        return cls(words, sums)

    def __call__(self, at: Positions) -> Positions:
        """The number of bits in front of each position."""
        word = at >> 6
        below = (_ONE << (at & 63).astype(np.uint64)) - _ONE
        counts: Positions = self.sums[word] + np.bitwise_count(self.words[word] & below)
        return counts

    @property
    def total(self) -> int:
        """The number of all bits."""
        return int(self.sums[-1])
