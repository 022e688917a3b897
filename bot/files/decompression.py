"""The first stage: the bytes of a transfer become the bytes of a CSV.

What the transfer is, its first bytes say: gzip, zip or plain text. A name or a content type is
not asked, because Botify's differ by path and age. One further layer is taken off as well: a
`.csv.gz` that a server or a proxy has compressed once more.

Every feed yields pieces of bounded size, so that memory stays constant whatever the ratio is.
The caller has to use them up: the stage works while they are being taken.
"""

import re
from collections.abc import Iterator
from typing import Final, Protocol

from bot.files.gzip_members import GzipMembers
from bot.files.inflation import PIECE
from bot.files.zip_member import ZipMember
from bot.model.errors import FileBroken, Repeat
from bot.model.limits import Limit

BOMB_RATIO: Final = Limit(
    500, "ours: real exports are packed 3 to 100 times smaller; deflate ends at 1,032"
)
BOMB_FLOOR_BYTES: Final = Limit(
    256 * 1024 * 1024, "ours: below this any ratio passes, such as one column of equal cells"
)
LAYERS: Final = Limit(2, "ours: a compressed file that was compressed once more on its way")

SNIFF_BYTES: Final = 64
"""How many first bytes are needed to tell the forms apart."""

BOM: Final = b"\xef\xbb\xbf"

FOREIGN: Final = (
    (b"\x28\xb5\x2f\xfd", "packed with zstandard"),
    (b"BZh91AY&SY", "packed with bzip2"),
    (b"\xfd7zXZ\x00", "packed with xz"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"PAR1\x15", "a Parquet file"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a file that is packed too often"),
    (b"PK\x03\x04", "a file that is packed too often"),
)
"""First bytes of what is no CSV, and what to call it."""

_ANSWERS: Final = (
    (re.compile(rb"<(!doctype|html|head|body|title|center)\b"), "a web page"),
    (re.compile(rb"<([?!]|(error|code|message|response|fault|soap)\b)"), "an XML document"),
    (re.compile(rb"\{\s*(\"|\}|\Z)|\[\s*(\{|\]|\Z)"), "a JSON document"),
)
"""The same for what a host says instead of a file, in small letters, behind mark and spaces.

A cell of a CSV that holds a quote is quoted itself, so that none begins like JSON. With "<" a field
of somebody's own may begin, so that only words of web pages and of error messages are refused.
"""


class Layer(Protocol):
    """Takes one form of packing off.

    Attributes:
        notes: what is odd about it, in sentences for a person.
    """

    @property
    def notes(self) -> tuple[str, ...]: ...

    def feed(self, data: memoryview) -> Iterator[bytes | memoryview]:
        """Unpacked pieces.

        Raises:
            FileBroken: the data is not what its first bytes claim.
        """

    def finish(self) -> None:
        """The transfer is over.

        Raises:
            FileBroken: the data is not.
        """


class Plain:
    """Text that was not packed; its end cannot be told from a cut, only the length can."""

    notes = ()

    def feed(self, data: memoryview) -> Iterator[memoryview]:
        for at in range(0, len(data), PIECE):
            yield data[at : at + PIECE]

    def finish(self) -> None:
        pass


class Decompression:
    """The stage.

    Attributes:
        read: bytes fed so far.
        written: bytes given out so far.
    """

    def __init__(self, *, layers: int = LAYERS.value, floor: int = BOMB_FLOOR_BYTES.value) -> None:
        """A stage at the beginning of a transfer.

        Args:
            layers: forms of packing that are taken off at most.
            floor: bytes up to which any ratio passes.
        """
        self.read = 0
        self.written = 0
        self._floor = floor
        self._layers = layers
        self._first = b""
        self._layer: Layer | None = None
        self._inner: Decompression | None = None

    def feed(self, data: bytes | memoryview) -> Iterator[bytes | memoryview]:
        """Unpacked pieces, each at most `PIECE` bytes, perhaps none.

        Raises:
            FileBroken: damaged, in a form that cannot be read, or growing absurdly.
        """
        self.read += len(data)
        if self._layer is None:
            self._first += data
            if len(self._first) < SNIFF_BYTES:
                return
            self._choose()
            data, self._first = self._first, b""
        yield from self._unpack(memoryview(data))

    def finish(self) -> Iterator[bytes | memoryview]:
        """The last pieces.

        Raises:
            FileBroken: the transfer ended before its content did.
        """
        if self._layer is None:
            self._choose()
            yield from self._unpack(memoryview(self._first))
        if self._layer is not None:
            self._layer.finish()
        if self._inner is not None:
            for piece in self._inner.finish():
                yield self._counted(piece)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd about the packing, in sentences for a person; usually nothing."""
        own = () if self._layer is None else self._layer.notes
        return own if self._inner is None else (*own, *self._inner.notes)

    def _choose(self) -> None:
        if self._layers and self._first[:2] in (b"\x1f\x8b", b"\x1f"):
            self._layer = GzipMembers()
        elif self._layers and self._first.startswith(b"PK\x03\x04"):
            self._layer = ZipMember()
        else:
            self._layer = Plain()
            _refuse_foreign(self._first)
            return
        self._inner = Decompression(layers=self._layers - 1, floor=self._floor)

    def _unpack(self, data: memoryview) -> Iterator[bytes | memoryview]:
        if self._layer is None:
            return
        for piece in self._layer.feed(data):
            if self._inner is None:
                yield self._counted(piece)
                continue
            for inner in self._inner.feed(piece):
                yield self._counted(inner)

    def _counted(self, piece: bytes | memoryview) -> bytes | memoryview:
        self.written += len(piece)
        if self.written > max(self._floor, self.read * BOMB_RATIO.value):
            raise FileBroken(
                f"The file grows more than {BOMB_RATIO.value} times while it is unpacked; "
                "no export does that.",
                "Look at the export in Botify, and tell the person who runs this app.",
                repeat=Repeat.DONE,
                detail=f"{self.written} bytes at byte {self.read}",
            )
        return piece


def _refuse_foreign(first: bytes) -> None:
    said = first.removeprefix(BOM).lstrip().lower()
    names = [name for magic, name in FOREIGN if first.startswith(magic)]
    names += [name for form, name in _ANSWERS if form.match(said)]
    names += ["binary data"] if b"\0" in first else []
    if names:
        raise FileBroken(f"Botify's file host sent {names[0]} instead of a CSV file.")
