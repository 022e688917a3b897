"""gzip: any number of members one after another (RFC 1952).

Each member must end, with the right checksum and length. Zero bytes behind a member are padding.
Anything else behind it is an error, not ignored as some tools do: it may be a further member
whose first bytes were damaged, and rows would be missing without a word.
"""

from collections.abc import Iterator
from typing import Final

from isal import igzip_lib

from bot.files.inflation import INCOMPLETE, SLICE, inflate
from bot.model.errors import FileBroken

MAGIC: Final = b"\x1f\x8b"
_FIXED: Final = 10
_HEADER_CHECK, _EXTRA, _NAME, _COMMENT = 2, 4, 8, 16
_DEFLATE: Final = 8
_RESERVED: Final = 0xE0
_HEADER_MAX: Final = 256 * 1024
_LOOK: Final = 512


class GzipMembers:
    """The layer. Between members `_stream` is None and `_header` holds what has arrived of one."""

    notes = ()

    def __init__(self) -> None:
        self._stream: igzip_lib.IgzipDecompressor | None = None
        self._header = b""
        self._ended = 0
        self._read = 0

    def feed(self, data: memoryview) -> Iterator[bytes]:
        while data:
            if self._stream is None:
                data = self._open_member(data)
                continue
            part = data[:SLICE]
            yield from inflate(self._stream, part, self._read)
            used = len(part)
            if self._stream.eof:
                used -= len(self._stream.unused_data)
                self._stream = None
                self._ended += 1
            self._read += used
            data = data[used:]

    def finish(self) -> None:
        if self._stream is not None or self._header or not self._ended:
            raise FileBroken(INCOMPLETE, detail=f"gzip data stops at byte {self._read}")

    def _open_member(self, data: memoryview) -> memoryview:
        """Read on in a header; returns the data behind what was used."""
        held = len(self._header)
        header = self._header + data[:_LOOK]
        if self._ended and not held:
            header = header.lstrip(b"\0")
            padding = min(len(data), _LOOK) - len(header)
            if padding:
                self._read += padding
                return data[padding:]
        if not header.startswith(MAGIC[: len(header)]):
            raise FileBroken(detail=f"no gzip member begins at byte {self._read}")
        end = header_end(header)
        if end is None:
            if len(header) > _HEADER_MAX:
                raise FileBroken(detail=f"the gzip header before byte {self._read} does not end")
            self._header = header
            self._read += len(header) - held
            return data[_LOOK:]
        self._header = b""
        self._read += end - held
        # The library reads headers too, but loses its way where an extra field is cut by the
        # border of two chunks; so only the data behind the header is given to it.
        self._stream = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP_NO_HDR_VER)
        return data[end - held :]


def header_end(header: bytes) -> int | None:
    """Where the header of a member ends; None while more bytes are needed.

    Raises:
        FileBroken: a method or a flag that gzip does not define.
    """
    if len(header) < _FIXED:
        return None
    method, flags = header[2], header[3]
    if method != _DEFLATE or flags & _RESERVED:
        raise FileBroken(detail=f"gzip method {method} with flags {flags:#04x}")
    end = _FIXED
    if flags & _EXTRA:
        if len(header) < end + 2:
            return None
        end += 2 + int.from_bytes(header[end : end + 2], "little")
    for flag in (_NAME, _COMMENT):
        if flags & flag:
            end = header.find(b"\0", end) + 1
            if not end:
                return None
    if flags & _HEADER_CHECK:
        end += 2
    return end if len(header) >= end else None
