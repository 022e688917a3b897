"""The decompression stage: every form that Botify may send, and every way it may be broken."""

import contextlib
import gzip
import io
import itertools
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.files.decompression import Decompression
from bot.files.inflation import PIECE
from bot.model.errors import FileBroken, Repeat

CSV = b"Full URL,Title\r\n" + b"".join(
    b"https://www.acme.com/%d,Page %d\r\n" % (number, number * number) for number in range(300)
)


def unpacked(data: bytes, sizes: Sequence[int] = (1_000,)) -> bytes:
    """What comes out of the stage, fed in chunks of these sizes."""
    stage = Decompression()
    pieces: list[bytes | memoryview] = []
    at = turn = 0
    while at < len(data):
        pieces += stage.feed(data[at : at + sizes[turn % len(sizes)]])
        at += sizes[turn % len(sizes)]
        turn += 1
    pieces += stage.finish()
    assert stage.read == len(data)
    assert all(len(piece) <= PIECE for piece in pieces)
    return b"".join(pieces)


class Unseekable(io.RawIOBase):
    """A file that can only be written to its end, so that zip headers stay open."""

    def __init__(self) -> None:
        super().__init__()
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.data += data
        return len(data)


def zipped(
    content: bytes = CSV,
    *,
    method: int = zipfile.ZIP_DEFLATED,
    streamed: bool = False,
    long: bool = False,
    before: int = 2,
) -> bytes:
    """An archive with a folder and a text in front of the CSV and another CSV behind it."""
    file: Unseekable | io.BytesIO = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name in ("export/", "export/read me.txt")[:before]:
            archive.writestr(name, b"" if name.endswith("/") else b"hello" * 500)
        with archive.open("export/dätä.CSV", "w", force_zip64=long) as member:
            member.write(content)
        archive.writestr("other.csv", b"not this one")
    return file.data if isinstance(file, Unseekable) else file.getvalue()


def gzipped(content: bytes, *, flags: int = 0) -> bytes:
    """One member with the optional parts of a header."""
    header = b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\0\3"
    header += b"\x05\0extra" if flags & 4 else b""
    header += b"crawl.csv\0" if flags & 8 else b""
    header += b"a comment\0" if flags & 16 else b""
    header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little") if flags & 2 else b""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packer.compress(content) + packer.flush()
    sums = zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")
    return header + body + sums


FORMS = {
    "plain": CSV,
    "gzip": gzip.compress(CSV),
    "gzip, whole header": gzipped(CSV, flags=31 - 1),
    "gzip, stored": gzip.compress(CSV, 0),
    "gzip, three members": b"".join(
        gzip.compress(CSV[a:b]) for a, b in ((0, 9), (9, 9), (9, None))
    ),
    "gzip, padded": gzip.compress(CSV) + bytes(2_000),
    "gzip, padded between": gzip.compress(CSV[:50]) + bytes(20) + gzip.compress(CSV[50:]),
    "gzip twice": gzip.compress(gzip.compress(CSV)),
    "zip": zipped(),
    "zip, stored": zipped(method=zipfile.ZIP_STORED),
    "zip, long sizes": zipped(long=True),
    "zip, stored, long sizes": zipped(method=zipfile.ZIP_STORED, long=True),
    "zip, streamed": zipped(streamed=True),
    "zip, streamed, long sizes": zipped(streamed=True, long=True),
    "zip in gzip": gzip.compress(zipped()),
}


ONE = gzip.compress(CSV)


def _of_one_member() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", CSV)
    return file.getvalue()


ZIPPED = _of_one_member()
DIRECTORY = b"PK\x01\x02"


@pytest.mark.parametrize("size", [1, 7, 1_000, 1_000_000])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_told_by_its_first_bytes(form: str, size: int) -> None:
    """Whatever the transfer is packed with, and however it is chunked, the CSV comes out."""
    assert unpacked(FORMS[form], [size]) == CSV


@settings(deadline=None)
@given(
    st.lists(st.binary(max_size=300), min_size=1, max_size=5),
    st.lists(st.integers(1, 60), min_size=1, max_size=4),
)
def test_any_members_in_any_chunks(contents: list[bytes], sizes: list[int]) -> None:
    """A gzip file of any number of members is all of their contents in order."""
    contents = [b"https://www.acme.com/" * 4, *contents]
    data = b"".join(gzipped(content, flags=len(content) % 31 & ~1) for content in contents)
    assert unpacked(data, sizes) == b"".join(contents)


@pytest.mark.parametrize("form", ["gzip", "gzip, whole header", "gzip, stored", "gzip twice"])
def test_a_cut_inside_gzip_is_noticed_wherever_it_falls(form: str) -> None:
    """No proper beginning of a member passes for the file."""
    data = gzip.compress(gzip.compress(CSV[:200])) if form == "gzip twice" else FORMS[form][:]
    points = (
        range(1, len(data))
        if len(data) < 2_000
        else [*range(1, 60), *range(60, len(data), 97), *range(len(data) - 20, len(data))]
    )
    for cut in points:
        with pytest.raises(FileBroken):
            unpacked(data[:cut], [1_000_000])


@pytest.mark.parametrize("form", ["zip", "zip, stored", "zip, streamed", "zip, long sizes"])
def test_a_cut_inside_the_member_of_a_zip_is_noticed(form: str) -> None:
    """Up to the end of the CSV member nothing less than all of it passes."""
    data = FORMS[form]
    end = data.rindex(b"PK\x03\x04")
    for cut in [
        *range(4, 300),
        *range(300, end, 97),
        *range(end - 20, end - (form == "zip, streamed")),
    ]:
        if cut < end:
            with pytest.raises(FileBroken):
                unpacked(data[:cut], [1_000_000])


@pytest.mark.parametrize("form", ["gzip", "zip", "zip, stored", "zip, streamed"])
def test_a_flipped_bit_is_noticed(form: str) -> None:
    """The checksum finds what the format alone would let pass."""
    data = bytearray(FORMS[form])
    for at in (len(data) // 3, len(data) // 2):
        data[at] ^= 4
        with pytest.raises(FileBroken):
            unpacked(bytes(data))
        data[at] ^= 4


def test_a_wrong_trailer_is_noticed() -> None:
    """Checksum and length of a gzip member are both compared."""
    for at in (-8, -1):
        data = bytearray(gzip.compress(CSV))
        data[at] ^= 1
        with pytest.raises(FileBroken):
            unpacked(bytes(data))


@pytest.mark.parametrize("rest", [b"x", b"\x1f", b"\x1f\x8b", bytes(10) + b"x", b"PK\x03\x04"])
def test_what_follows_a_member_is_a_member_or_padding(rest: bytes) -> None:
    """Other bytes behind the data may be rows that were damaged, so they are not ignored."""
    with pytest.raises(FileBroken):
        unpacked(gzip.compress(CSV) + rest)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"\n <HTML>\n", "web page"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"\xef\xbb\xbf <Error><Code>AccessDenied</Code></Error>", "XML"),
        (b'{"error": "expired"}', "JSON"),
        (b'{\n  "error": "expired"}', "JSON"),
        (b"[]", "JSON"),
        (b"Full URL\0,Title", "binary"),
        (bytes(100), "binary"),
        (gzip.compress(gzip.compress(gzip.compress(CSV))), "packed too often"),
        (b"\x28\xb5\x2f\xfd" + bytes(20), "zstandard"),
        (b"BZh91AY&SY" + bytes(20), "bzip2"),
        (b"\xff\xfea\0,\0b\0", "UTF-16"),
        (zipped(method=zipfile.ZIP_BZIP2), "dätä.CSV is packed with bzip2"),
        (zipped(method=zipfile.ZIP_LZMA, before=0), "LZMA"),
        (zipped(method=zipfile.ZIP_STORED, streamed=True, before=1), "without its length"),
        (zipped(method=zipfile.ZIP_STORED, streamed=True), "past export/read me.txt"),
        (b"PK\x05\x06" + bytes(18), "empty zip"),
        (gzip.compress(b"<html>" + bytes(100), mtime=0), "web page"),
    ],
)
def test_other_forms_are_named(data: bytes, words: str) -> None:
    """What cannot be read is refused with what it is, not delivered as rubbish."""
    with pytest.raises(FileBroken, match=words):
        unpacked(data)


@pytest.mark.parametrize(
    "header", [b"<h1> count,URL\n", b"{brand},URL\n", b"[x],URL\n", b'"{""a"": 1}",URL\n', b"x"]
)
def test_a_header_may_begin_with_almost_anything(header: bytes) -> None:
    """Fields of somebody's own are not taken for a host's answer."""
    assert unpacked(header + CSV) == header + CSV


def archive(*members: tuple[str, bytes]) -> bytes:
    """A zip of these names and contents."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return file.getvalue()


def test_what_macos_adds_is_not_the_file() -> None:
    """Its own notes about a file are called like it and stand in front of it."""
    data = archive(("__MACOSX/._a.csv", b"\0\5\x16\7"), ("._a.csv", b"\0"), ("a.csv", CSV))
    assert unpacked(data) == CSV


def test_a_packed_csv_in_an_archive_is_the_file() -> None:
    """Packed twice, it is unpacked twice."""
    assert unpacked(archive(("a.txt", b"hello"), ("a.csv.gz", gzip.compress(CSV)))) == CSV


@pytest.mark.parametrize(
    ("more", "noted"),
    [
        ((("b.csv", CSV),), True),
        ((("read me.txt", b"hello" * 50), ("x/b.CSV", b"")), True),
        ((("read me.txt", b"hello" * 50), ("__MACOSX/._a.csv", b"\0")), False),
        ((), False),
    ],
)
def test_a_second_csv_is_said(more: tuple[tuple[str, bytes], ...], noted: bool) -> None:
    """The first one is delivered, and nobody takes it for all there was."""
    data = archive(("a.csv", CSV), *more)
    for cut in (len(data), len(data) - 30):
        stage = Decompression()
        pieces = [*stage.feed(data[:cut]), *stage.finish()]
        assert b"".join(pieces) == CSV
        assert bool(stage.notes) == noted


def test_an_encrypted_member_is_named() -> None:
    """A password cannot be asked for; trying again changes nothing."""
    data = bytearray(zipped(before=0))
    data[6] |= 1
    with pytest.raises(FileBroken, match="encrypted") as caught:
        unpacked(bytes(data))
    assert caught.value.repeat is Repeat.DONE


def test_an_archive_without_a_csv_is_named() -> None:
    """The directory is reached without having met a CSV."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(FileBroken, match="without a CSV"):
        unpacked(file.getvalue())


def test_a_bomb_stops() -> None:
    """A file that grows absurdly ends with an error, long before a disk is full."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b"x" * 30_000_000) + packer.flush()
    stage = Decompression(floor=10_000_000)
    written = 0

    def feed() -> None:
        nonlocal written
        for at in range(0, len(bomb), 1_000):
            for piece in stage.feed(bomb[at : at + 1_000]):
                assert len(piece) <= PIECE
                written += len(piece)

    with pytest.raises(FileBroken, match="500 times") as caught:
        feed()
    assert written < 12_000_000
    assert caught.value.repeat is Repeat.DONE
    told = re.fullmatch(r"(\d+) bytes at byte (\d+)", caught.value.detail or "")
    assert told
    assert written < int(told[1]) <= written + PIECE
    assert int(told[2]) <= len(bomb)


def test_a_bomb_stops_at_its_limit_in_earnest() -> None:
    """With the limits of every day no more than a quarter of a gigabyte is written of it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    member = packer.compress(b"x" * 30_000_000) + packer.flush()
    stage = Decompression()
    written = 0

    def feed() -> None:
        nonlocal written
        for piece in itertools.chain.from_iterable(stage.feed(member) for _ in range(12)):
            written += len(piece)

    with pytest.raises(FileBroken, match="500 times"):
        feed()
    assert 250_000_000 < written <= 256 * 2**20


@pytest.mark.parametrize("sizes", [[5], [1_000_000]])
@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (ONE[:-9], f"gzip data stops at byte {len(ONE) - 9}"),
        (ONE + b"rows", f"no gzip member begins at byte {len(ONE)}"),
        # the third kind of block does not exist
        (ONE + ONE[:10] + b"\x07" * 20, f"cannot be unpacked near byte {len(ONE) + 10}: "),
        (ZIPPED[:60], "the zip archive stops at byte 60"),
        (
            ZIPPED[:14] + b"\0\0\0\0" + ZIPPED[18:],
            f"of x.csv is wrong before byte {ZIPPED.index(DIRECTORY)}",
        ),
    ],
    ids=["cut", "no member", "damaged", "zip cut", "zip checksum"],
)
def test_the_position_of_the_damage_is_told(data: bytes, detail: str, sizes: list[int]) -> None:
    """Whoever looks for the cause in the log learns where in the transfer it lies."""
    with pytest.raises(FileBroken) as caught:
        unpacked(data, sizes)
    assert detail in (caught.value.detail or "")


def test_equal_rows_are_no_bomb() -> None:
    """A column of equal cells shrinks by far more than the ratio allows, and is small."""
    column = b"http_code\n" + b"200\n" * 1_000_000
    packed = gzip.compress(column, 9)
    assert len(column) / len(packed) > 500
    assert unpacked(packed) == column


@settings(max_examples=120)
@given(
    st.sampled_from([b"", b"\x1f\x8b\x08", b"\x1f\x8b\x08\x04", b"PK\x03\x04", FORMS["zip"][:70]]),
    st.binary(max_size=300),
    st.integers(1, 100),
)
def test_any_bytes_end_in_content_or_in_a_sentence(first: bytes, rest: bytes, size: int) -> None:
    """Nothing but `FileBroken` is ever raised."""
    with contextlib.suppress(FileBroken):
        unpacked(first + rest, [size])


def test_an_extra_field_that_is_too_long_is_damage() -> None:
    """A field that declares more bytes than the header has is refused in a sentence."""
    name = b"x.csv"
    extra = b"\x01\x00\x10\x00" + bytes(12)
    header = zip_header(name, extra, packed=0xFFFFFFFF, size=0xFFFFFFFF)
    with pytest.raises(FileBroken):
        unpacked(header + bytes(50))


def zip_header(name: bytes, extra: bytes, *, packed: int, size: int) -> bytes:
    """A local header of a deflated member."""
    fields = (b"PK\3\4", 20, 0, 8, 0, 0, 0, packed, size, len(name), len(extra))
    return struct.pack("<4sHHHHHIIIHH", *fields) + name + extra
