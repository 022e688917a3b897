"""The CSV stage against Python's csv module."""

import csv
import io

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.files import cells as stage
from bot.files.cells import Cells

ROOM = 64
"""A small block, so that borders fall everywhere."""


def run(data: bytes, sizes: list[int] | None = None, **options: object) -> tuple[bytes, Cells]:
    """Feed `data` in chunks of these sizes, over and over."""
    text = options.pop("text", ())
    cells = Cells(text_columns=text, **{"guard": True, "block": ROOM, **options})  # type: ignore[arg-type]
    out = bytearray()
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)] if sizes else len(data)
        for piece in cells.feed(data[at : at + size]):
            out += piece
        at += size
        turn += 1
    for piece in cells.finish():
        out += piece
    return bytes(out), cells


def read(data: bytes) -> list[list[str]]:
    """What the csv module understands."""
    return list(csv.reader(io.StringIO(data.decode("latin-1"), newline="")))


def guarded(rows: list[list[str]], text: tuple[bool, ...]) -> list[list[str]]:
    """The guard, cell by cell."""
    return [
        [
            "'" + cell
            if cell[:1]
            and cell[0] in "=+-@\t\r"
            and (not number or column >= len(text) or text[column])
            else cell
            for column, cell in enumerate(row)
        ]
        for number, row in enumerate(rows)
    ]


def without_guards(data: bytes, out: bytes) -> bytes:
    """`out` without the bytes that are not in `data`; only apostrophes may be among them."""
    kept = bytearray()
    at = 0
    for byte in out:
        if at < len(data) and data[at] == byte:
            kept.append(byte)
            at += 1
        else:
            assert byte == ord("'")
    return bytes(kept)


SIZES = st.lists(st.integers(1, 200), min_size=1, max_size=5)
TEXT = st.lists(st.booleans(), max_size=6).map(tuple)
CELL = st.one_of(
    st.sampled_from(
        ["", "a", "=1", "-5", "+", "@x", "\tx", "\r", "\n=1", '"', '"=1', ",", "é中😀", "'", " =x"]
    ),
    st.text(st.sampled_from("ab,\"\r\n=-+@\t 'é😀"), max_size=12),
    st.text(max_size=100),
)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A table as a CSV, however quoted and ended."""
    width = draw(st.integers(1, 6))
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=20))
    out = io.StringIO()
    csv.writer(
        out,
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    ).writerows(rows)
    data = out.getvalue().encode("utf-8", "surrogatepass")
    return data.rstrip(b"\r\n") if draw(st.booleans()) else data


RAW = st.text(st.sampled_from('ab,,""\r\n\n=-\t\'')).map(str.encode)


def check(data: bytes, sizes: list[int], text: tuple[bool, ...]) -> None:
    """Everything that the stage promises about this input."""
    out, cells = run(data, sizes, text=text)
    rows = read(data)
    assert read(out) == guarded(rows, text)
    assert without_guards(data, out) == data
    assert cells.rows == max(0, len(rows) - 1)
    assert cells.columns == (len(rows[0]) if rows else 0)
    expected = [0] * cells.columns
    for row in rows[1:]:
        for column, cell in enumerate(row[: cells.columns] or [""] * (cells.columns == 1)):
            expected[column] += not cell
    if "A quoted cell is not closed at the end of the file." not in cells.notes:
        assert list(cells.empty_counts) == expected


@given(tables(), SIZES, TEXT)
def test_a_table_reads_the_same_apart_from_the_guard(
    data: bytes, sizes: list[int], text: tuple[bool, ...]
) -> None:
    """Any table in any chunks: the csv module reads guarded cells and nothing else changed."""
    if not data.startswith((b"sep=", stage.BOM)):
        check(data, sizes, text)


@settings(max_examples=1000)
@given(RAW, SIZES, TEXT)
@example(b'""=1,x\n""=2', [1], ())
@example(b'a,b\n"x', [1], ())
@example(b'a"b,"c"d"e,=f\n', [100], ())
@example(b"\r\r\n\r", [1], ())
@example(b"a,b\n1,2,3\n\n1\n", [2], ())
def test_malformed_text_is_understood_as_the_csv_module_does(
    data: bytes, sizes: list[int], text: tuple[bool, ...]
) -> None:
    """Stray quotes, lone carriage returns, ragged rows: delivered as they came, counted alike."""
    check(data, sizes, text)
