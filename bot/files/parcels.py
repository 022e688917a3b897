"""What is sent to Slack for a finished CSV: itself, or packed, or packed in parts.

Up to Slack's limit the file goes as it is. Above it is compressed to `.csv.gz`, and when that is
still too large it is cut at row ends into `..._part-1-of-3.csv.gz` and so on, each with the header
line, each a CSV of its own.

It is compressed once only: every stretch of rows becomes a piece of deflate data that does not
refer to earlier ones and ends at a whole byte, so that pieces can be put together freely. A part
is the piece of the header line and as many others as fit; its checksum is combined from theirs.

The parcels lie in a folder beside the file that gets its name when all are whole. They are made
again when they are missing, and swept when nobody asked for them for a while. Whoever makes them
does so under a name of its own, so that two processes cannot spoil each other's work.
"""

import errno
import os
import secrets
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from isal import isal_zlib

from bot.files.naming import part_name
from bot.files.rows import row_ends
from bot.files.writer import PARTIAL, Writer, disk_errors
from bot.model.errors import ContentRefused
from bot.model.export import StoredFile

PARCELS: Final = ".parcels"
"""The end of the name of every folder of parcels."""

_SUFFIX: Final = ".csv.gz"
_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_END: Final = b"\x03\x00"
"""A last deflate block without content."""

_TRAILER: Final = struct.Struct("<II")
_FRAME: Final = len(_HEADER) + len(_END) + _TRAILER.size
_BLOCK: Final = 512 * 1024
_SMALLEST_BLOCK: Final = 1024
_STRETCH: Final = 4 * 1024 * 1024
_READ: Final = 256 * 1024

_MADE_TIMES: Final = 3
"""So often may somebody else remove what was made, before that is called a fault."""


class PackingStopped(Exception):
    """The process ends; what was packed so far is removed, and made anew after the restart."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


@dataclass(frozen=True, slots=True)
class Parcel:
    """One file to upload: where it lies, what it is called in Slack, and its exact length."""

    path: Path
    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Deflate data that stands alone, with checksum and length of what it unpacks to."""

    data: bytes
    checksum: int
    size: int


def parcels_of(
    file: StoredFile, limit: int, stopped: Callable[[], bool] = never
) -> tuple[Parcel, ...]:
    """The files to send, in order: the same each time, made where they are missing.

    Args:
        file: the finished CSV.
        limit: the most bytes that Slack takes for one file.
        stopped: asked between two stretches of rows whether to give up.

    Raises:
        FileNotFoundError: the CSV that was fetched is not there.
        ContentRefused: a single row is too large for a file of its own.
        DiskFull: there is no room for the packed files.
        PackingStopped: `stopped` said so.
    """
    status = file.path.stat()
    if status.st_size != file.bytes:
        file.path.unlink(missing_ok=True)  # another one now, which would stay in the way
        raise _gone(file.path)
    stamp = status.st_mtime_ns
    if file.bytes <= limit:
        return (Parcel(file.path, file.path.name, file.bytes),)
    folder = file.path.with_name(f".{file.path.name}.{stamp:x}.{limit:x}{PARCELS}")
    for _ in range(_MADE_TIMES):
        with disk_errors():
            if not folder.is_dir():
                _make(file.path, limit, folder, stopped)
        try:
            os.utime(folder)  # the sweep sees that it is in use
            found = {path.name: path for path in folder.iterdir()}
            names = _names(file.path.name, len(found))
            return tuple(Parcel(found[name], name, found[name].stat().st_size) for name in names)
        except (FileNotFoundError, KeyError):
            continue  # another process has delivered the same and put it away
    raise FileNotFoundError(folder)


def is_parcels(name: str) -> bool:
    """Whether a folder of that name holds parcels, finished or not."""
    return name.startswith(".") and name.endswith((PARCELS, PARCELS + PARTIAL))


def remove_parcels(file: StoredFile) -> None:
    """Forget what was made for a file; its CSV stays, and so does what is being made just now."""
    for folder in file.path.parent.glob(f".{file.path.name}.*{PARCELS}"):
        shutil.rmtree(folder, ignore_errors=True)


def _gone(path: Path) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, "another file than the one that was fetched", str(path))


def _names(name: str, count: int) -> list[str]:
    if count == 1:
        return [name.removesuffix(".csv") + _SUFFIX]
    return [part_name(name, number, count, _SUFFIX) for number in range(1, count + 1)]


def _make(source: Path, limit: int, folder: Path, stopped: Callable[[], bool]) -> None:
    """Pack `source` into a folder that appears under its name only when it is complete."""
    own = f"{folder.name.removesuffix(PARCELS)}.{secrets.token_hex(4)}{PARCELS}{PARTIAL}"
    unfinished = folder.with_name(own)
    unfinished.mkdir(mode=0o700)
    try:
        made = _pack(source, limit, unfinished, stopped)
        for number, name in enumerate(_names(source.name, made), start=1):
            (unfinished / str(number)).rename(unfinished / name)
        try:
            unfinished.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
            shutil.rmtree(unfinished)  # somebody else was quicker
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _pack(source: Path, limit: int, folder: Path, stopped: Callable[[], bool]) -> int:
    """Write the parts as `1`, `2` and so on; returns how many."""
    pieces = _pieces(source, limit)
    header = next(pieces)
    part = _Part(folder / "1", header)
    made = 1
    try:
        for piece in pieces:
            if stopped():
                raise PackingStopped
            if part.length + len(piece.data) > limit:
                part.finish()
                made += 1
                part = _Part(folder / str(made), header)
            part.add(piece)
        part.finish()
    finally:
        part.abandon()
    return made


class _Part:
    """A gzip file of one member that grows by pieces."""

    def __init__(self, target: Path, header: _Piece) -> None:
        self._writer = Writer(target)
        self._writer.feed(_HEADER)
        self._checksum = 0
        self._size = 0
        self.add(header)

    @property
    def length(self) -> int:
        """Bytes of the file if it ended now."""
        return self._writer.written + len(_END) + _TRAILER.size

    def add(self, piece: _Piece) -> None:
        self._writer.feed(piece.data)
        self._checksum = isal_zlib.crc32_combine(self._checksum, piece.checksum, piece.size)
        self._size += piece.size

    def finish(self) -> None:
        self._writer.feed(_END + _TRAILER.pack(self._checksum, self._size & 0xFFFFFFFF))
        self._writer.finish()

    def abandon(self) -> None:
        self._writer.abandon()


def _pieces(source: Path, limit: int) -> Iterator[_Piece]:
    """The header line, then stretches of rows, small enough to fill parts well.

    Raises:
        ContentRefused: the header line, or a row with it, does not fit into a part of its own.
    """
    most = limit - _FRAME
    block = max(_SMALLEST_BLOCK, min(_BLOCK, limit // 8))
    stretch = min(_STRETCH, limit // 8)
    begin = 0
    with source.open("rb") as file:
        for ends in row_ends(source, block):
            if not begin:
                header = _piece(file, ends.first, most)
                most -= len(header.data)
                yield header
                begin = ends.first
            if ends.last - begin >= stretch:
                yield _piece(file, ends.last - begin, most)
                begin = ends.last
        if left := source.stat().st_size - begin:
            yield _piece(file, left, most)


def _piece(file: BinaryIO, length: int, most: int) -> _Piece:
    """Compress the next bytes of the file by themselves, to at most so many."""
    compressor = isal_zlib.compressobj(wbits=-15)
    packed = bytearray()
    checksum = 0
    left = length
    while left:
        data = file.read(min(left, _READ))
        if not data:  # it became shorter while it was read
            raise _gone(Path(file.name))
        packed += compressor.compress(data)
        checksum = isal_zlib.crc32(data, checksum)
        left -= len(data)
        if not left:
            packed += compressor.flush(isal_zlib.Z_FULL_FLUSH)
        if len(packed) > most:
            raise ContentRefused(
                f"A row of {Path(file.name).name} alone is larger than Slack accepts.",
                "Export fewer fields.",
            )
    return _Piece(bytes(packed), checksum, length)
