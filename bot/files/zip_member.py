"""zip, read from front to back (PKWARE APPNOTE 6.3): the first `.csv` member is the file.

A `.csv.gz` is one, too; what macOS adds for itself (`__MACOSX/`, `._name`) is none.

The directory stands at the end of an archive, behind the data, so that a stream has to go by the
headers in front of the members. What they leave open (sizes that follow in a data descriptor)
the end of the deflate stream tells. Checksum and sizes are checked for every member that is
unpacked.
"""

import struct
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final

from isal import igzip_lib, isal_zlib

from bot.files.inflation import INCOMPLETE, SLICE, inflate
from bot.model.errors import FileBroken, Repeat

MEMBER: Final = b"PK\x03\x04"
_DIRECTORY: Final = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08")
_DESCRIPTOR: Final = b"PK\x07\x08"
_HEADER: Final = struct.Struct("<4sHHHHHIIIHH")
_DEFLATED: Final = 8
_STORED: Final = 0
_ENCRYPTED: Final = 0x0001
_SIZES_FOLLOW: Final = 0x0008
_UTF8: Final = 0x0800
_ZIP64: Final = 0x0001
_UNKNOWN32: Final = 0xFFFFFFFF

METHODS: Final = {
    9: "Deflate64",
    12: "bzip2",
    14: "LZMA",
    93: "zstandard",
    95: "xz",
    98: "PPMd",
    99: "AES encryption",
}
"""Methods that have a name but are not unpacked here."""


_DESCRIPTORS: Final = tuple(struct.Struct(form) for form in ("<III", "<4sIII", "<IQQ", "<4sIQQ"))
"""The forms of a data descriptor, shortest first; the format does not say which one is used."""

_ANOTHER: Final = "The zip archive held more than one CSV file; this is the first one."


@dataclass(frozen=True, slots=True)
class _Sums:
    """CRC-32, bytes in the archive, bytes of the content."""

    checksum: int
    packed: int
    size: int


@dataclass(frozen=True, slots=True)
class Member:
    """What a local header says.

    Attributes:
        name: of the member.
        method: 0 stored, 8 deflated.
        encrypted: whether a password is needed.
        sizes_follow: whether checksum and sizes stand behind the data.
        sums: checksum and sizes; zeros where they follow.
    """

    name: str
    method: int
    encrypted: bool
    sizes_follow: bool
    sums: _Sums

    @property
    def is_csv(self) -> bool:
        """Whether it is what we came for."""
        *folders, name = self.name.lower().split("/")
        return (
            name.endswith((".csv", ".csv.gz"))
            and not name.startswith("._")
            and "__macosx" not in folders
        )

    @property
    def is_folder(self) -> bool:
        """Whether it is only a name; nothing stands behind its header."""
        return self.name.endswith("/")

    @property
    def problem(self) -> str | None:
        """Why its content cannot be read, or None."""
        if self.encrypted:
            return "is encrypted"
        if self.method not in (_STORED, _DEFLATED):
            return f"is packed with {METHODS.get(self.method, f'method {self.method}')}"
        if self.method == _STORED and self.sizes_follow and not self.is_folder:
            return "is stored without its length"
        return None


class _Deflated:
    """A deflate stream, which knows its own end."""

    def __init__(self) -> None:
        self._stream = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
        self.used = 0
        self.ended = False

    def feed(self, data: memoryview, position: int) -> Iterator[bytes]:
        yield from inflate(self._stream, data, position)
        self.ended = self._stream.eof
        self.used = len(data) - (len(self._stream.unused_data) if self.ended else 0)


class _Counted:
    """Bytes as they are, as many as the header said."""

    def __init__(self, length: int) -> None:
        self._left = length
        self.used = 0
        self.ended = not length

    def feed(self, data: memoryview, position: int) -> Iterator[memoryview]:
        del position  # nothing can be wrong with bytes that are only counted
        piece = data[: self._left]
        self.used = len(piece)
        self._left -= self.used
        self.ended = not self._left
        yield piece


class ZipMember:
    """The layer: members are passed over up to the CSV, and behind it up to another one.

    Behind the CSV nothing is an error any more: the file is whole.
    """

    def __init__(self) -> None:
        self._read = 0
        self._held = b""
        self._member: Member | None = None
        self._content: _Deflated | _Counted | None = None
        self._found = _Sums(0, 0, 0)
        self._taken = False
        self._over = False
        self._another = False

    @property
    def notes(self) -> tuple[str, ...]:
        return (_ANOTHER,) if self._another else ()

    def feed(self, data: memoryview) -> Iterator[bytes | memoryview]:
        while data and not self._over:
            try:
                data = yield from self._go_on(data)
            except FileBroken:
                if not self._taken:
                    raise
                self._over = True

    def finish(self) -> None:
        if not self._taken:
            raise FileBroken(INCOMPLETE, detail=f"the zip archive stops at byte {self._read}")

    def _go_on(self, data: memoryview) -> Generator[bytes | memoryview, None, memoryview]:
        """Use up what belongs together; returns the data behind it."""
        before = len(data)
        if self._member is None:
            data = self._open_member(data)
        elif self._content is None:
            data = self._close_member(self._member, data)
        else:
            yield from self._unpack(self._member, self._content, data[:SLICE])
            data = data[self._content.used :]
            if self._content.ended:
                self._content = None
        self._read += before - len(data)
        if self._member and not self._content and not self._member.sizes_follow:
            self._check(self._member, self._member.sums)
        return data

    def _open_member(self, data: memoryview) -> memoryview:
        """Gather a local header; returns the data behind what was used."""
        data = self._gather(data, len(MEMBER))
        if self._held in _DIRECTORY:
            raise FileBroken("Botify's file host sent a zip archive without a CSV file in it.")
        if not MEMBER.startswith(self._held[: len(MEMBER)]):
            raise FileBroken(detail=f"no zip member begins at byte {self._read}")
        data = self._gather(data, _HEADER.size)
        if len(self._held) < _HEADER.size:
            return data
        name, extra = _HEADER.unpack_from(self._held)[-2:]
        data = self._gather(data, _HEADER.size + name + extra)
        if len(self._held) < _HEADER.size + name + extra:
            return data
        self._member = member = read_member(self._held)
        self._held = b""
        self._found = _Sums(0, 0, 0)
        if member.is_csv and self._taken:
            self._another = self._over = True
            return data
        if member.is_csv and member.problem:
            raise FileBroken(
                f"The zip archive cannot be read: {member.name} {member.problem}.",
                repeat=Repeat.DONE,
            )
        if member.sizes_follow and member.problem:
            raise FileBroken(
                f"The zip archive cannot be read past {member.name}, which {member.problem}.",
                repeat=Repeat.DONE,
            )
        passed_over = not member.is_csv and not member.sizes_follow
        if member.method == _STORED or passed_over:
            self._content = _Counted(member.sums.packed)
        else:
            self._content = _Deflated()
        if self._content.ended:
            self._content = None
        return data

    def _unpack(
        self, member: Member, content: _Deflated | _Counted, data: memoryview
    ) -> Iterator[bytes | memoryview]:
        checksum, size = self._found.checksum, self._found.size
        for piece in content.feed(data, self._read):
            if member.is_csv or member.sizes_follow:
                checksum = isal_zlib.crc32(piece, checksum)
                size += len(piece)
            if member.is_csv:
                yield piece
        self._found = _Sums(checksum, self._found.packed + content.used, size)

    def _close_member(self, member: Member, data: memoryview) -> memoryview:
        """Gather a data descriptor: with or without signature, sizes of four or eight bytes."""
        for form in _DESCRIPTORS:
            data = self._gather(data, form.size)
            if len(self._held) < form.size:
                return data
            *signature, checksum, packed, size = form.unpack_from(self._held)
            sums = _Sums(checksum, packed, size)
            if signature in ([], [_DESCRIPTOR]) and sums == self._found:
                self._held = b""
                self._check(member, sums)
                return data
        raise self._damaged(member)

    def _check(self, member: Member, sums: "_Sums") -> None:
        if member.is_csv and sums != self._found:
            raise self._damaged(member)
        self._taken = self._taken or member.is_csv
        self._member = None

    def _damaged(self, member: Member) -> FileBroken:
        return FileBroken(
            detail=f"checksum or length of {member.name} is wrong before byte {self._read}"
        )

    def _gather(self, data: memoryview, wanted: int) -> memoryview:
        """Move bytes to `_held` until it has as many as wanted; returns the others."""
        missing = max(0, wanted - len(self._held))
        self._held += data[:missing]
        return data[missing:]


def read_member(header: bytes) -> Member:
    """What a whole local header, name and extra fields included, says."""
    _, _, flags, method, _, _, checksum, packed, size, name_length, extra_length = (
        _HEADER.unpack_from(header)
    )
    name = header[_HEADER.size : _HEADER.size + name_length]
    extra = header[_HEADER.size + name_length :][:extra_length]
    packed, size = _long_sizes(extra, packed, size)
    follow = bool(flags & _SIZES_FOLLOW)
    return Member(
        name=name.decode("utf-8" if flags & _UTF8 else "cp437", "replace"),
        method=method,
        encrypted=bool(flags & _ENCRYPTED),
        sizes_follow=follow,
        sums=_Sums(0, 0, 0) if follow else _Sums(checksum, packed, size),
    )


def _long_sizes(extra: bytes, packed: int, size: int) -> tuple[int, int]:
    """The sizes of the zip64 extra field, which holds those that do not fit in the header.

    Raises:
        FileBroken: a field is longer than what there is.
    """
    while len(extra) >= 4:  # noqa: PLR2004  an id and a length of two bytes each
        kind, length = struct.unpack_from("<HH", extra)
        if 4 + length > len(extra):
            raise FileBroken(detail="an extra field of a zip member is longer than its header")
        values = [value for (value,) in struct.iter_unpack("<Q", extra[4 : 4 + length // 8 * 8])]
        if kind == _ZIP64:
            if size == _UNKNOWN32 and values:
                size = values.pop(0)
            if packed == _UNKNOWN32 and values:
                packed = values.pop(0)
        extra = extra[4 + length :]
    return packed, size
