"""The file that `export` writes: judged before anything is paid, whole or not there at all."""

import errno
import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.files.naming import file_name, part_word
from bot.model.errors import WrongInput
from bot.model.export import Export
from bot.outcome import GO_ON, Interrupted

ANOTHER: Final = "Give another file with --output."
ELSEWHERE: Final = "With --output, name a file in a folder that you may write."
NOT_PAID_AGAIN: Final = "the finished export is not paid again"

PASSING: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""What is wrong with a disk and may be better the next time."""


def check(output: Path | None) -> None:
    """Whether the file can be written, as far as this is known before there is one.

    Raises:
        WrongInput: it cannot.
    """
    if output is None:
        _check_folder(Path.cwd(), Path())
        return
    try:
        _check_file(output)
        _check_folder(output.resolve().parent, output.parent)
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead to each other
        raise WrongInput(f"{output} cannot be written: {_cause(error)}.", ANOTHER) from error


def _check_file(output: Path) -> None:
    try:
        there = output.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISDIR(there.st_mode):
        raise WrongInput(f"{output} is a folder.", "Give the name of a file with --output.")
    if not stat.S_ISREG(there.st_mode):
        raise WrongInput(f"{output} is no regular file.", ANOTHER)
    if any(os.path.samestat(there, stream) for stream in _own_streams()):
        raise WrongInput(f"{output} is where this command writes its own words.", ANOTHER)


def _own_streams() -> list[os.stat_result]:
    found = []
    for descriptor in (1, 2):
        try:
            found.append(os.fstat(descriptor))
        except OSError:  # it was closed by whoever started us
            continue
    return found


def _check_folder(folder: Path, called: Path) -> None:
    if not folder.is_dir():
        raise WrongInput(f"The folder {called} does not exist.", "Make it, then try again.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WrongInput(f"Nothing can be written in the folder {called.absolute()}.", ELSEWHERE)


def write(export: Export, output: Path | None) -> tuple[Path, ...]:
    """Copy the stored files to where they are wanted: all of them whole, or none.

    Returns:
        Where they are, as they were asked for.

    Raises:
        WrongInput: a file cannot be written there.
        Interrupted: the disk is full, or a stored file is gone; it may be better the next time.
    """
    targets = [target.absolute() for target in targets_of(export, output)]
    places: list[Path] = []
    halves: list[Path] = []
    try:
        for target in targets:
            _check_file(target)
            place = target.resolve()  # a link stays, and what it names gets the content
            places.append(place)
            halves.append(place.with_name(f".{export.id}-{len(halves) + 1}.part"))
        for part, half, place in zip(export.parts, halves, places, strict=True):
            assert part.file is not None  # noqa: S101 - a ready part has its file
            _copy(part.file.path, half, place)
        for half, place in zip(halves, places, strict=True):
            half.replace(place)
    except (OSError, RuntimeError, WrongInput, _SourceGone) as error:
        for half in halves:
            half.unlink(missing_ok=True)
        raise _told(error, targets[0]) from error
    return tuple(targets)


class _SourceGone(Exception):
    """The stored file was removed meanwhile."""


def _copy(source: Path, half: Path, place: Path) -> None:
    try:
        stored = source.open("rb")
    except FileNotFoundError as error:
        raise _SourceGone from error
    with stored, half.open("wb") as copy:
        shutil.copyfileobj(stored, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
    if place.exists():
        shutil.copymode(place, half)


def _told(error: Exception, target: Path) -> Exception:
    if isinstance(error, WrongInput):
        return WrongInput(error.sentence, f"{error.next_step[:-1]}; {NOT_PAID_AGAIN}.")
    if isinstance(error, _SourceGone):
        return Interrupted("The stored file was removed meanwhile.", GO_ON)
    sentence = f"{target} cannot be written: {_cause(error)}."
    if isinstance(error, OSError) and error.errno in PASSING:
        step = f"Make room, then run the same command again; {NOT_PAID_AGAIN}."
        return Interrupted(sentence, step)
    return WrongInput(sentence, f"{ANOTHER[:-1]}; {NOT_PAID_AGAIN}.")


def _cause(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "its links lead in a circle"


def targets_of(export: Export, output: Path | None) -> list[Path]:
    """Where the files go: `output`, or with parts `name-part-1-of-3.csv` beside it."""
    of = len(export.parts)
    if output is not None:
        if of == 1:
            return [output]
        return [
            output.with_name(f"{output.stem}-{part_word(part.number, of)}{output.suffix}")
            for part in export.parts
        ]
    return [
        Path(
            file_name(
                replace(export.specification, rows=part.rows),
                export.preset,
                export.id,
                part=part.number if of > 1 else None,
                of=of if of > 1 else None,
            )
        )
        for part in export.parts
    ]
