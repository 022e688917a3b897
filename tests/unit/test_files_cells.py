"""The CSV stage against Python's csv module."""

import csv
import io
import itertools
import time
import tracemalloc
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.files import cells as stage
from bot.files.blocks import Block, Blocks
from bot.files.cells import Cells, Pieces

ROOM = 64
"""A small block, so that borders fall everywhere."""


def run(
    data: bytes,
    sizes: Sequence[int] = (1_000,),
    *,
    text: tuple[bool, ...] = (),
    guard: bool = True,
    block: int = ROOM,
    stretch: int = ROOM,
) -> tuple[bytes, Cells]:
    """Feed `data` in chunks of these sizes, over and over.

    Each block is used as late as it may be: when the next one has been taken.
    """
    blocks = Blocks(block, buffers=3)
    cells = Cells(text_columns=text, guard=guard, block=block, stretch=stretch)
    out = bytearray()
    last: Pieces = ()
    for one in itertools.chain(_fed(blocks, data, sizes), blocks.finish()):
        out += b"".join(last)
        last = cells.feed(one)
    cells.finish()
    return bytes(out + b"".join(last)), cells


def _fed(blocks: Blocks, data: bytes, sizes: Sequence[int]) -> Iterator[Block]:
    at = 0
    for size in itertools.cycle(sizes):
        if at >= len(data):
            return
        yield from blocks.feed(data[at : at + size])
        at += size


def read(data: bytes) -> list[list[str]]:
    """What the csv module understands."""
    return list(csv.reader(io.StringIO(data.decode("latin-1"), newline="")))


def guarded(rows: list[list[str]], text: tuple[bool, ...]) -> list[list[str]]:
    """The guard, cell by cell; types of columns count only where all columns are those known."""
    if rows and len(rows[0]) != len(text):
        text = ()
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
    """Everything that the stage promises about this input, with blocks of one or more words."""
    for block in (20, 400):
        check_blocks(data, sizes, text, block)


def check_blocks(data: bytes, sizes: list[int], text: tuple[bool, ...], block: int) -> None:
    """Everything that the stage promises about this input, with blocks of this size."""
    out, cells = run(data, sizes, text=text, block=block)
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


@settings(deadline=None)
@given(tables(), SIZES, TEXT)
def test_a_table_reads_the_same_apart_from_the_guard(
    data: bytes, sizes: list[int], text: tuple[bool, ...]
) -> None:
    """Any table in any chunks: the csv module reads guarded cells and nothing else changed."""
    if not data.startswith((b"sep=", stage.BOM)):
        check(data, sizes, text)


@settings(max_examples=200)
@given(RAW, SIZES, TEXT)
@example(b'""=1,x\n""=2', [1], ())
@example(b'a,b\n"x', [1], ())
@example(b'a"b,"c"d"e,=f\n', [100], ())
@example(b"\r\r\n\r", [1], ())
@example(b"a,b\n1,2,3\n\n1\n", [2], ())
@example(b"a,b\n" + b'=x,"=y,"\n' * 20 + b'5" wide,"=1\n"\r' + b'"=",\r\n' * 40, [500], ())
@example(b'a\n5" x\n' + b"y" * 55 + b"\r\n\r\n" + b'"' * 60 + b',"=\n', [500], ())
def test_malformed_text_is_understood_as_the_csv_module_does(
    data: bytes, sizes: list[int], text: tuple[bool, ...]
) -> None:
    """Stray quotes, lone carriage returns, ragged rows: delivered as they came, counted alike."""
    check(data, sizes, text)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b\n=1,-2\n", b"a,b\n'=1,'-2\n"),
        (b"=a\n", b"'=a\n"),
        (b'a\n"=1"\n', b'a\n"\'=1"\n'),
        (b'a\n"\r=1"\n', b'a\n"\'\r=1"\n'),
        (b'a\n"\t"\n', b'a\n"\'\t"\n'),
        (b"a\n\tx\n@y\n+z", b"a\n'\tx\n'@y\n'+z"),
        (b'a\n"""=1"\n', b'a\n"""=1"\n'),
        (b'a\n""=1\n', b'a\n""\'=1\n'),
        (b"a\n =1\n'=2\nx=3\n", b"a\n =1\n'=2\nx=3\n"),
        (b"a,b\r\n,\r\n\r\n", b"a,b\r\n,\r\n\r\n"),
        (b'a\n"x\n=1"\n', b'a\n"x\n=1"\n'),
        (b'a\n"x,=1"\n', b'a\n"x,=1"\n'),
        (b"\xef\xbb\xbf=a\n=b", b"\xef\xbb\xbf'=a\n'=b"),
        (b'\xef\xbb\xbf"=a,\n"\n', b'\xef\xbb\xbf"\'=a,\n"\n'),
        (b"", b""),
        (b"=", b"'="),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 1_000])
def test_where_the_apostrophe_goes(data: bytes, expected: bytes, size: int) -> None:
    """One apostrophe in front of the value, inside of its quotes, and nothing else anywhere."""
    assert run(data, [size])[0] == expected


@pytest.mark.parametrize(
    ("line", "dropped"),
    [
        (b"sep=,\n", True),
        (b"sep=,\r\n", True),
        (b"sep=;\r", True),
        (b"sep=\t\n", True),
        (b"sep=\xc2\xa7\n", True),
        (b"sep=\n", True),
        (b"SEP=;\n", True),
        (b'"sep=,"\r\n', True),
        (b'"Sep=;"\n', True),
        (b"sep=ab\n", False),
        (b"sep,x\n", False),
        (b"\nsep=,\n", False),
        (b"Sep\n", False),
    ],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("size", [1, 1_000])
def test_a_separator_line_is_dropped_only_where_it_is_one(
    line: bytes, dropped: bool, mark: bytes, size: int
) -> None:
    """`sep=` and one character, as the first line, is no data; everything else is."""
    out, cells = run(mark + line + b"=a,b\nc,d\n", [size])
    assert out == (mark if dropped else mark + line) + (b"'=a,b\nc,d\n")
    if dropped:
        assert (cells.rows, cells.columns) == (1, 2)


def test_another_separator_is_said() -> None:
    """A line that names a semicolon is dropped, and the message says what it named."""
    said = "Its first line named ';' as the separator; it was read with commas"
    guarded = ", and what stands between those was guarded as one cell"
    assert run(b"sep=;\na;b\n")[1].notes == (f"{said}{guarded}.",)
    assert run(b"sep=;\na;b\n", guard=False)[1].notes == (f"{said}.",)
    assert run(b"sep=,\na,b\n")[1].notes == ()


@pytest.mark.parametrize("mark", [b"", stage.BOM])
def test_a_mark_behind_the_separator_line_is_no_cell(mark: bytes) -> None:
    """Where the line is dropped the mark begins the file, once, and the header is guarded."""
    out, _ = run(mark + b"sep=,\n" + stage.BOM + b"=a,b\n")
    assert out == stage.BOM + b"'=a,b\n"


def test_columns_that_were_not_asked_for_are_all_text() -> None:
    """Nobody knows which column is the number when there are more or fewer than were asked for."""
    for header, width in ((b"a,b,c", "3 columns"), (b"a", "1 column")):
        out, cells = run(header + b"\n-1,-2\n", text=(False, True))
        assert out == header + b"\n'-1,'-2\n"
        said = f"It has {width} where 2 were asked for, so every column is guarded as text."
        assert cells.notes[0] == said
    out, cells = run(b"a\n-1\n", text=(False, True), guard=False)
    assert (out, cells.notes) == (b"a\n-1\n", ("It has 1 column where 2 were asked for.",))


def test_memory_does_not_grow_with_the_columns() -> None:
    """A line of many commas is a header like any other; empty cells of the first are known."""
    width = 200_000
    _, cells = run(b"," * (width - 1) + b"\n" + b"," * (width - 1) + b"\n", block=4_096)
    assert cells.columns == width
    assert cells.empty_counts == (1,) * stage.MOST_COUNTED.value


def test_only_a_separator_line_leaves_nothing() -> None:
    """A file that holds nothing but the line is empty, and not half a line."""
    for line in (b"sep=,", b"sep=,\r", b"sep=,\r\n", b"sep="):
        out, cells = run(line, [1])
        assert (out, cells.rows, cells.columns) == (b"", 0, 0)


def test_the_raw_mode_changes_nothing_and_counts_all_the_same() -> None:
    """Without the guard every byte passes; rows, columns and empty cells are known."""
    data = b'=a,b\n=1,\n"",-2\n'
    out, cells = run(data, guard=False)
    assert (out, cells.rows, cells.columns, cells.empty_counts) == (data, 2, 2, (1, 1))


def test_numbers_stay_numbers() -> None:
    """Cells of columns that are no text keep their sign; headers and unknown columns do not."""
    out, _ = run(b"-a,-b\n-1,-2,-3\n", text=(False, True))
    assert out == b"'-a,'-b\n-1,'-2,'-3\n"


@pytest.mark.parametrize(
    ("data", "notes"),
    [
        (b"a,b\n1,2\n", ()),
        (b"a,b\n1,2,3\n", ("1 row has more cells than the header.",)),
        (b"a,b\n1,2,3\n1,2,3", ("2 rows have more cells than the header.",)),
        (b"a,b\n1\n1,2\n", ("1 row has fewer cells than the header.",)),
        (b"a,b\n\n1,2\n\n", ()),
        (b"a\n\n\n", ()),
        (b'a,b\n1,"2\n', ("A quoted cell is not closed at the end of the file.",)),
        (b'a,b\n1,2" wide\n', ()),
    ],
)
def test_what_is_odd_is_said(data: bytes, notes: tuple[str, ...]) -> None:
    """Malformed files pass as they are, with a note; odd but regular ones without."""
    out, cells = run(data)
    assert out == data
    assert cells.notes == notes


def test_a_huge_cell_passes_in_blocks() -> None:
    """Memory does not grow with a cell: an unclosed quote can be as long as the file."""
    blocks = Blocks(4_096)
    cells = Cells(text_columns=(), guard=True, block=4_096)
    piece = b'x""y' * 1_000
    tracemalloc.start()
    try:
        passed = 0
        for data in [b'a\n"', *[piece] * 150]:
            passed += sum(len(out) for block in blocks.feed(data) for out in cells.feed(block))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    passed += sum(len(out) for block in blocks.finish() for out in cells.feed(block))
    cells.finish()
    assert passed == 3 + 150 * len(piece)
    assert peak < 500_000
    assert (cells.rows, len(cells.notes)) == (1, 1)


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\n", b'"', b'"\r\n', b'""\r', b",=1\r\n"])
def test_a_border_may_fall_behind_any_byte_of_a_long_cell(end: bytes) -> None:
    """A cell too long to be held ends as well as any other, wherever its block does."""
    for quote in (b"", b'"'):
        for length in range(12, 48):
            check(b"=a\n" + quote + b"x" * length + end + b"=y,1\n", [1_000], ())


@pytest.mark.parametrize(
    "behind",
    [b"\r\n\r\n=1,2\r\n", b'\r\r"=x"\r', b'"=a""b,\n=d",=c\n', b'"=a,\n""",=c', b'=1"",""=2\n'],
)
def test_a_border_of_a_stretch_may_fall_anywhere(behind: bytes) -> None:
    """What stands around each border of 64 bytes in a block with odd cells is read as elsewhere."""
    for length in range(ROOM + 2):
        odd = b'a,b\n5" x,' + b"y" * length + b',5" wide,' + behind
        check_blocks(odd * 3, [1_000], (), block=400)


def test_a_header_of_many_cells_is_quick() -> None:
    """A block of a header costs what any other costs, however many cells it has."""
    header, row = b"," * 300_000 + b"\n", b"x" * 300_000 + b"\n"

    def seconds(data: bytes) -> float:
        took = []
        for _ in range(3):
            began = time.process_time()
            run(data, block=1 << 20, stretch=stage.STRETCH)
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(header + row) < 3 * seconds(b"x\n" + header)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_mark_behind_the_separator_line_may_begin_a_block(mark: bytes) -> None:
    """The first cell is guarded behind it, wherever the first block ends."""
    cell = b"=" + b"x" * 100
    out, cells = run(mark + b"sep=,\r\n\xef\xbb\xbf" + cell + b",b\n1,2\n", block=32)
    assert out == b"\xef\xbb\xbf'" + cell + b",b\n1,2\n"
    assert (cells.rows, cells.columns) == (1, 2)


def test_dense_guards_are_all_set() -> None:
    """A block in which every cell needs its apostrophe is as exact as one with few."""
    data = b"a\n" + b"-\n" * 5_000
    out, cells = run(data, block=1_024)
    assert out == b"a\n" + b"'-\n" * 5_000
    assert cells.rows == 5_000


@settings(deadline=None)
@given(st.binary(max_size=400), SIZES, TEXT)
def test_any_bytes_pass(data: bytes, sizes: list[int], text: tuple[bool, ...]) -> None:
    """What is no text at all is neither lost nor a reason to fail."""
    out, _ = run(data, sizes, text=text)
    if not data.removeprefix(stage.BOM).startswith(b"sep="):
        assert without_guards(data, out) == data
