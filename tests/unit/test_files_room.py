"""How much room there is on the disk, and who gets it."""

from pathlib import Path

import pytest

from bot.files.room import (
    SPARE_BYTES,
    bytes_of,
    claim,
    claimed,
    free_bytes,
    missing_bytes,
    too_few,
)
from bot.model.errors import DiskFull


def test_room_is_asked_of_the_nearest_folder_that_exists(tmp_path: Path) -> None:
    """Before the first export the data folder need not be there."""
    assert free_bytes(tmp_path / "not" / "yet") > 0
    with claim(tmp_path / "not" / "yet", 1, lambda: 0):
        pass


def test_too_little_room_is_said_with_figures(tmp_path: Path) -> None:
    """A download that cannot fit is refused before it starts."""
    with (
        pytest.raises(DiskFull, match="needs about 1,000,000,000,000,000,000 bytes"),
        claim(tmp_path, 10**18, lambda: 0),
    ):
        pass
    assert claimed() == 0


@pytest.mark.parametrize(
    ("total", "first", "expected"),
    [
        (1_000, b"Full URL,", 1_000),
        (1_000, b"\x1f\x8b\x08", 4_000),
        (1_000, b"PK\x03\x04", 4_000),
        (None, b"Full URL,", 210),
        (0, b"", 0),
    ],
)
def test_what_is_packed_needs_more_room(total: int | None, first: bytes, expected: int) -> None:
    """The announced length is of the transfer; where there is none, cells are counted."""
    assert bytes_of(total, first, cells=7) == expected


def test_what_is_missing_is_what_must_go(tmp_path: Path) -> None:
    """Nothing for what fits; for what does not, its size less what is free."""
    assert missing_bytes(tmp_path, 0) == 0
    free = free_bytes(tmp_path)
    wanted = free + 10**12
    assert 10**12 <= missing_bytes(tmp_path, wanted) <= wanted


@pytest.mark.parametrize(
    ("free", "total", "expected"),
    [
        (10**10, 10**11, 0),
        (2 * 10**9, 10**11, 0),
        (5 * 10**8, 10**11, 15 * 10**8),
        (10**9, 5 * 10**9, 0),
        (10**8, 10**9, 10**8),
    ],
)
def test_the_quota_is_what_must_stay_free(free: int, total: int, expected: int) -> None:
    """Two gigabytes, or a fifth of a small disk."""
    assert too_few(free, total) == expected


def test_two_transfers_do_not_count_on_the_same_room(tmp_path: Path) -> None:
    """What one was promised another one does not get, until it is written or given back."""
    most = free_bytes(tmp_path) - SPARE_BYTES.value - 10**9
    written = 0
    with claim(tmp_path, most, lambda: written):
        assert missing_bytes(tmp_path, most) >= most - 2 * 10**9
        with pytest.raises(DiskFull), claim(tmp_path, most, lambda: 0):
            pass
        written = most
        with claim(tmp_path, most, lambda: 0):
            assert claimed() == most
    assert claimed() == 0
