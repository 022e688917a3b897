"""Which processes live: an operating-system lock per running process.

A lease alone shows only after its time that its owner is dead. The lock on the file
`DATA_DIR/processes/<owner>.lock` ends in the moment in which its process ends, however it ends,
so on one machine a restart goes on at once.

- The file is there and locked: the process lives.
- The file is there and not locked: the process is dead, or ended with rows that it could not
  give up.
- The file is not there: nothing is known; the owner runs on another machine, or ended in order,
  after it had given up its rows. Then the lease decides; a promise has none.
"""

import fcntl
import os
from collections.abc import Collection
from pathlib import Path

from bot.model.errors import NotSetUp

_SUFFIX = ".lock"


class ProcessLock:
    """Shows that this process lives. Hold it before the first row is owned.

    The lock belongs to the open file, so a process that was forked without starting another
    program would keep it; programs that are started do not inherit it.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, data_dir: Path, owner: str) -> "ProcessLock":
        """Makes the file and locks it, in one step for everybody who looks.

        Raises:
            NotSetUp: the file cannot be made.
        """
        folder = data_dir / "processes"
        path = folder / f"{owner}{_SUFFIX}"
        making = folder / f"{owner}.making"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(making, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # A file under its final name that is not locked yet would look dead.
                making.rename(path)
            except OSError:
                os.close(descriptor)
                raise
        except OSError as error:
            raise NotSetUp(
                f"The folder {folder} cannot be used: {error.strerror}.",
                "Check the rights and the room in DATA_DIR.",
            ) from error
        return cls(path, descriptor)

    def release(self, *, owing: bool = False) -> None:
        """Ends it; give up the owned rows first. A second call does nothing.

        Args:
            owing: whether rows may still name this process. The file stays then, so that the
                process looks dead: what it could not give up is taken over at once.
        """
        if self._descriptor is not None:
            if not owing:
                self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def dead(data_dir: Path, owners: Collection[str]) -> frozenset[str]:
    """Those of the owners whose process certainly does not live any more."""
    return frozenset(owner for owner in owners if _is_dead(_path(data_dir, owner)))


def ended(data_dir: Path) -> frozenset[str]:
    """The processes of this machine that live no more, by the files that they left."""
    return frozenset(
        file.name.removesuffix(_SUFFIX)
        for file in (data_dir / "processes").glob(f"*{_SUFFIX}")
        if _is_dead(file)
    )


def forget(data_dir: Path, owners: Collection[str]) -> None:
    """Removes the files of processes that live no more.

    Args:
        data_dir: DATA_DIR.
        owners: whom no row names, read after they had ended; without its file only the lease would
            show that a process is dead.
    """
    for owner in owners:
        _path(data_dir, owner).unlink(missing_ok=True)


def _path(data_dir: Path, owner: str) -> Path:
    return data_dir / "processes" / f"{owner}{_SUFFIX}"


def _is_dead(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two processes that look at once do not take each other for the owner.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
