"""The last stage: bytes become a file that is either whole or not there.

They go to a temporary file beside the target. Only when all of them are on the disk does the
file get its name, so that a crash or a full disk never leaves half a file under it.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.model.errors import DiskFull, DiskRefused

PARTIAL: Final = ".partial"
"""The end of the name of every temporary file, by which the sweep knows orphans."""

_SYNC_EVERY: Final = 16 * 1024 * 1024
_AT_ONCE: Final = max(16, os.sysconf("SC_IOV_MAX"))
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Writer:
    """The stage.

    Attributes:
        written: bytes so far.
    """

    def __init__(self, target: Path) -> None:
        """Open the temporary file; folders that are missing are made.

        Raises:
            DiskFull: there is no room for it.
            DiskRefused: the folder cannot be used.
        """
        self.written = 0
        self._started = 0
        self._syncer = ThreadPoolExecutor(1, "writer")
        self._syncing: Future[None] | None = None
        self._target = target.absolute()
        self._partial = self._target.with_name(f".{target.name}.{secrets.token_hex(4)}{PARTIAL}")
        with disk_errors():
            _make_folders(self._target.parent)
            self._file = os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._open = True

    def feed(self, *pieces: bytes | memoryview) -> None:
        """Write all of them, one after the other.

        Raises:
            DiskFull: the disk or the quota has no more room.
            DiskRefused: the disk fails.
        """
        left = [memoryview(piece) for piece in pieces]
        with disk_errors():
            while left:
                written = os.writev(self._file, left[:_AT_ONCE])
                self.written += written
                while left and written >= len(left[0]):
                    written -= len(left.pop(0))
                if written:
                    left[0] = left[0][written:]
        if self.written - self._started >= _SYNC_EVERY:
            with disk_errors():
                self._sync_so_far()

    def finish(self) -> Path:
        """Make the file last, and give it its name.

        Returns:
            The target, absolute.

        Raises:
            DiskFull: the disk has no more room.
        """
        with disk_errors():
            if self._syncing is not None:
                self._syncing.result()
            os.fsync(self._file)
            self._close()
            self._partial.replace(self._target)
            _sync_folder(self._target.parent)
        return self._target

    def abandon(self) -> None:
        """Leave nothing behind; harmless when finished or done before."""
        self._close()
        self._partial.unlink(missing_ok=True)

    def _sync_so_far(self) -> None:
        """Let a thread bring to the disk what was written, so that little is left for the end.

        One at a time: as long as it is busy, more is written. What it meets is raised here or at
        the end, because the system tells each error only once.
        """
        if self._syncing is not None:
            if not self._syncing.done():
                return
            self._syncing.result()
        self._syncing = self._syncer.submit(os.fsync, self._file)
        self._started = self.written

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._syncer.shutdown()
            os.close(self._file)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the system says about DATA_DIR into errors for a person.

    A file that is not there passes as it is: whoever asked for it knows what that means.

    Raises:
        DiskFull: no room.
        DiskRefused: anything else, such as a missing right or a failing disk.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull from error
        reason = (error.strerror or "the system gives no reason").lower()
        raise DiskRefused(f"The app cannot use its folder for files: {reason}.") from error


def _make_folders(folder: Path) -> None:
    """Private like `DATA_DIR`, and lasting like the file that is to come."""
    if not folder.exists():
        _make_folders(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name last, too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
