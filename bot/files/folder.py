"""Where files lie: `DATA_DIR/exports/organisation/project/analysis/name`."""

import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Final

from bot.files.naming import safe
from bot.files.parcels import is_parcels
from bot.model.limits import Limit
from bot.model.specification import Specification

EXPORTS: Final = "exports"
UNTOUCHED_SECONDS: Final = Limit(
    3600, "ours: a file that nobody knows is swept when it was not written to for this long"
)


@dataclass(frozen=True, slots=True)
class Swept:
    """What was removed: how many files, and how many bytes they held."""

    files: int
    bytes: int


def path_of(data_dir: Path, spec: Specification, name: str) -> Path:
    """The place of a file, absolute."""
    project = spec.project
    words = (project.organisation, project.name, spec.analysis)
    return data_dir.absolute().joinpath(EXPORTS, *map(safe, words), name)


def sweep(data_dir: Path, *, keep: Collection[Path], now: float | None = None) -> Swept:
    """Remove what nobody needs: files not in `keep`, temporary files, parcels, empty folders.

    A file that was written to recently stays: it may be coming in right now, in this process or
    in another one.

    Args:
        data_dir: the setting.
        keep: the files that the database knows and that are still offered for reuse.
        now: seconds since 1970; the clock's time when None.
    """
    kept = {path.absolute() for path in keep}
    oldest = (time.time() if now is None else now) - UNTOUCHED_SECONDS.value
    files = 0
    size = 0
    for path in _leaves(data_dir.absolute() / EXPORTS):
        if path in kept or _touched(path) > oldest:
            continue
        for file in _files(path):
            with suppress(FileNotFoundError):
                held = file.lstat().st_size
                file.unlink()
                size += held
                files += 1
    _remove_empty(data_dir.absolute() / EXPORTS, oldest)
    return Swept(files, size)


def _touched(path: Path) -> float:
    """When it was last written to; for ever when another process has just removed it."""
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return inf


def _leaves(folder: Path) -> Iterator[Path]:
    """All files; a folder of parcels counts as one, because its files are of use only together."""
    for path in _children(folder):
        if _is_folder(path) and not is_parcels(path.name):
            yield from _leaves(path)
        else:
            yield path


def _files(path: Path) -> list[Path]:
    return _children(path) if _is_folder(path) else [path]


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _remove_empty(top: Path, oldest: float) -> None:
    """Not those changed lately: somebody may be about to put a file there."""
    for path in _children(top):
        if _is_folder(path):
            _remove_empty(path, oldest)
            if _touched(path) <= oldest and not _children(path):
                with suppress(OSError):  # somebody was quicker, with a file or with the folder
                    path.rmdir()
