"""Sets of positions as bits, against plain Python."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.files.bitmap import Packer, Ranks, before, behind, holds, odd, positions

BLOCKS = st.binary(min_size=1, max_size=300)
DENSE = st.lists(st.sampled_from(b'",x'), min_size=1, max_size=300).map(bytes)


def packed(block: bytes) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint8]], Packer]:
    """A block as numpy sees it, and a packer that has seen others before."""
    packer = Packer(400)
    packer.equal(np.full(400, 255, np.uint8), 255)
    return np.frombuffer(block, np.uint8), packer


@settings(deadline=None)
@given(BLOCKS, st.integers(0, 255))
def test_comparisons_find_the_bytes(block: bytes, one: int) -> None:
    """Equal and below: exactly the positions that a loop would find."""
    data, packer = packed(block)
    assert positions(packer.equal(data, one)).tolist() == [
        at for at, byte in enumerate(block) if byte == one
    ]
    assert positions(packer.below(data, one)).tolist() == [
        at for at, byte in enumerate(block) if byte < one
    ]


@settings(deadline=None)
@given(st.integers(0, 70), st.integers(0, 300), st.sets(st.integers(0, 369)))
def test_few_bytes_and_many_are_found(begin: int, size: int, chosen: set[int]) -> None:
    """A value in a stretch of a buffer, whether it is rare there or not, or missing."""
    data = bytearray(b"x" * 370)
    for at in chosen:
        data[at] = ord(",")
    _, packer = packed(b"x")
    assert positions(packer.where(data, begin, begin + size, ord(","))).tolist() == [
        at - begin for at in sorted(chosen) if begin <= at < begin + size
    ]


@settings(deadline=None)
@given(st.sets(st.integers(0, 299)))
def test_positions_become_bits_and_positions_again(chosen: set[int]) -> None:
    """What was put in comes out, in order; `holds` knows it one by one."""
    words = Packer(400).at(300, sorted(chosen))
    assert positions(words).tolist() == sorted(chosen)
    assert {at for at in range(300) if holds(words, at)} == chosen


@pytest.mark.parametrize("first", [False, True])
@settings(deadline=None)
@given(block=DENSE)
def test_neighbours_are_found_across_words(first: bool, block: bytes) -> None:
    """The byte behind and the byte before, also where one word ends and the next begins."""
    data, packer = packed(block)
    commas = packer.equal(data, ord(","))
    found = {at for at, byte in enumerate(block) if byte == ord(",")}
    inside = range(len(block))
    assert {at for at in inside if holds(behind(commas, first=first), at)} == (
        {at + 1 for at in found} | ({0} if first else set())
    ) & set(inside)
    assert {at for at in inside if holds(before(commas), at)} == {at - 1 for at in found if at}


@pytest.mark.parametrize("first", [False, True])
@settings(deadline=None)
@given(block=DENSE)
def test_parity_is_carried_across_words(first: bool, block: bytes) -> None:
    """Whether an odd number of quotes stands up to each byte, one in front of all included."""
    data, packer = packed(block)
    words = odd(packer.equal(data, ord('"')), first=first)
    counts = itertools.accumulate((byte == ord('"') for byte in block), initial=int(first))
    expected = [count % 2 == 1 for count in counts][1:]
    assert [holds(words, at) for at in range(len(block))] == expected


@settings(deadline=None)
@given(DENSE)
def test_ranks_count_what_stands_in_front(block: bytes) -> None:
    """The number of commas in front of any position, and of all."""
    data, packer = packed(block)
    ranks = Ranks.of(packer.equal(data, ord(",")))
    every = np.arange(len(block))
    assert ranks(every).tolist() == [block[:at].count(b",") for at in every]
    assert ranks.total == block.count(b",")
