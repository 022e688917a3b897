"""The generated files: written once in a thread, kept on disk until the sandbox ends."""

import asyncio
import dataclasses
import gzip
import hashlib
import itertools
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

SUFFIXES = {"gz": ".csv.gz", "zip": ".zip", "plain": ".csv"}
CONTENT_TYPES = {"gz": "application/gzip", "zip": "application/zip", "plain": "text/csv"}
MEMBER_BYTES = 1000
"""What each gzip member but the last holds: they are cut anywhere, also inside a character."""
FAST = 1
"""Level of compression: what a sandbox needs is speed."""
PARTIAL = ".partial"


class Closed(Exception):
    """The sandbox ends while a file is being written."""


@dataclasses.dataclass(frozen=True)
class Packing:
    """How the bytes of a file are packed."""

    format: str = "gz"
    members: int = 1
    name: str = "export.csv"
    """The name inside a zip."""


class Store:
    """A folder of files by what they hold."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._locks: dict[str, asyncio.Lock] = {}
        self._closed = False

    async def path(self, key: str, packing: Packing, pieces: Callable[[], Iterator[bytes]]) -> Path:
        """The file of that key, written now if nobody has asked for it yet."""
        name = hashlib.sha256(f"{key} {packing}".encode()).hexdigest()
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="sandbox-botify-")
        path = Path(self._folder.name) / name
        async with self._locks.setdefault(name, asyncio.Lock()):
            if not path.exists():
                await asyncio.to_thread(_write, path, packing, self._while_open(pieces()))
        return path

    def clear(self) -> None:
        """Forget all files: what they were made from may have changed."""
        for path in Path(self._folder.name).iterdir() if self._folder else ():
            if path.suffix != PARTIAL:
                path.unlink()

    def close(self) -> None:
        """Remove the folder; a file that is being written is given up."""
        self._closed = True
        if self._folder is not None:
            self._folder.cleanup()

    def _while_open(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self._closed:
                raise Closed
            yield piece


def _write(path: Path, packing: Packing, pieces: Iterator[bytes]) -> None:
    """Write under another name first: a file that exists is whole."""
    partial = path.with_suffix(PARTIAL)
    with partial.open("wb") as file:
        WRITERS[packing.format](file, packing, pieces)
    partial.replace(path)


def _gz(file: BinaryIO, packing: Packing, pieces: Iterator[bytes]) -> None:
    for _ in range(packing.members - 1):
        data = b""
        while len(data) < MEMBER_BYTES and (piece := next(pieces, b"")):
            data += piece
        file.write(gzip.compress(data[:MEMBER_BYTES], FAST, mtime=0))
        pieces = itertools.chain([data[MEMBER_BYTES:]], pieces)
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=FAST, mtime=0, filename="") as member:
        for piece in pieces:
            member.write(piece)


def _zip(file: BinaryIO, packing: Packing, pieces: Iterator[bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as archive:
        entry = zipfile.ZipInfo(packing.name, (2026, 7, 12, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)


def _plain(file: BinaryIO, _packing: Packing, pieces: Iterator[bytes]) -> None:
    file.writelines(pieces)


WRITERS: dict[str, Callable[[BinaryIO, Packing, Iterator[bytes]], None]] = {
    "gz": _gz,
    "zip": _zip,
    "plain": _plain,
}
