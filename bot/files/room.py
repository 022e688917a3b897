"""Room on the disk: what is free, what the transfers under way will still take, what is to spare.

Claims are of this process. Other processes are met by the bytes to spare, and by a full disk.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.files.writer import disk_errors
from bot.model.errors import DiskFull
from bot.model.limits import Limit

SPARE_BYTES: Final = Limit(
    200_000_000, "ours: what a download leaves free, for the database and for everybody else"
)
UNPACKED_TIMES: Final = Limit(
    4, "ours: a crawl of ten fields is packed four times smaller; more meets a full disk"
)
CELL_BYTES: Final = Limit(
    30, "ours: a million rows of ten fields are 300 MB; asked where a transfer says no length"
)
KEPT_FREE_BYTES: Final = Limit(
    2_000_000_000, "ours: with less room than this, delivered files go before their time"
)
KEPT_FREE_PART: Final = Limit(5, "ours: on a small disk a fifth of it instead")

_PACKED: Final = (b"\x1f\x8b", b"PK")


@dataclass(frozen=True, slots=True, eq=False)
class _Claim:
    """Room that a transfer was promised; what it has written is no longer free anyway."""

    wanted: int
    written: Callable[[], int]

    @property
    def left(self) -> int:
        return max(0, self.wanted - self.written())


_claims: Final[list[_Claim]] = []
_claiming: Final = threading.Lock()


def free_bytes(data_dir: Path) -> int:
    """How many bytes this process can still write there; the folder need not exist yet."""
    return shutil.disk_usage(_nearest(data_dir)).free


def bytes_of(total: int | None, first: bytes, cells: int) -> int:
    """About how many bytes a transfer takes on the disk.

    Args:
        total: its announced length; None when unknown.
        first: its first bytes, by which packed files are known.
        cells: how many are expected, for a transfer of unknown length; 0 when that is unknown too.
    """
    if total is None:
        return cells * CELL_BYTES.value
    return total * (UNPACKED_TIMES.value if first.startswith(_PACKED) else 1)


def claimed() -> int:
    """How many bytes the transfers under way will still write."""
    with _claiming:
        return _left()


@contextmanager
def claim(data_dir: Path, wanted: int, written: Callable[[], int]) -> Iterator[None]:
    """Have room for a transfer until it ends, so that several do not count on the same bytes.

    Args:
        data_dir: the setting.
        wanted: bytes of the finished file.
        written: says how many of them are on the disk.

    Raises:
        DiskFull: they would not fit beside the other transfers and leave some to spare.
    """
    one = _Claim(wanted, written)
    with disk_errors(), _claiming:
        free = free_bytes(data_dir) - SPARE_BYTES.value - _left()
        if wanted > free:
            raise DiskFull(
                f"There is not enough room on the disk: the file needs about {wanted:,} bytes and "
                f"{max(0, free):,} are free."
            )
        _claims.append(one)
    try:
        yield
    finally:
        with _claiming:
            _claims.remove(one)


def missing_bytes(data_dir: Path, wanted: int) -> int:
    """How many bytes must go before so many could be claimed; 0 if they can."""
    return max(0, wanted + SPARE_BYTES.value + claimed() - free_bytes(data_dir))


def missing_for_quota(data_dir: Path) -> int:
    """How many bytes our files hold too many: what is free should be enough for what comes."""
    disk = shutil.disk_usage(_nearest(data_dir))
    return too_few(disk.free, disk.total)


def too_few(free: int, total: int) -> int:
    """How many bytes more should be free on a disk of that size."""
    return max(0, min(KEPT_FREE_BYTES.value, total // KEPT_FREE_PART.value) - free)


def _left() -> int:
    return sum(one.left for one in _claims)


def _nearest(folder: Path) -> Path:
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return place
