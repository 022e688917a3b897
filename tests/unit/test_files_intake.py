"""The whole way of a file: transferred bytes in, a finished CSV on disk out."""

import csv
import gc
import gzip
import io
import os
import resource
import signal
import subprocess
import sys
import threading
import tracemalloc
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.files.blocks import Block, Blocks
from bot.files.intake import BUFFERS, LOOKING, UNPACKING, Intake
from bot.files.relay import WAITING, Relay
from bot.model.errors import DiskFull, FileBroken
from bot.model.export import StoredFile
from bot.model.preview import Preview

CELLS = st.text(st.sampled_from("abé😀,;\"\n\r=-+@\t '"), max_size=8)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=12)
)
CHUNKS = st.lists(st.integers(1, 90), min_size=1, max_size=4)


def _members(data: bytes) -> bytes:
    third = len(data) // 3
    return b"".join(
        gzip.compress(part) for part in (data[:third], data[third : 2 * third], data[2 * third :])
    )


def _zip(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("botify-2024-01-05.csv", data)
    return file.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "three members": _members,
    "zip": _zip,
}


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def take_in(
    target: Path,
    chunks: Iterable[bytes],
    *,
    text: tuple[bool, ...] = (),
    guard: bool = True,
) -> tuple[StoredFile, Preview]:
    """Run a transfer through the intake."""
    with Intake(target, text_columns=text, guard=guard) as intake:
        for chunk in chunks:
            intake.feed(chunk)
        return intake.finish(), intake.preview


def cut_up(data: bytes, sizes: list[int]) -> list[bytes]:
    """`data` in chunks of these sizes, over and over."""
    chunks = []
    while data:
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(data[:size])
        data = data[size:]
    return chunks


def slowly_guarded(table: list[list[str]], text: tuple[bool, ...]) -> list[list[str]]:
    """The reference: the guard applied to parsed cells."""
    text = text if len(table[0]) == len(text) else ()
    dangerous = ("=", "+", "-", "@", "\t", "\r")
    rows = []
    for number, row in enumerate(table):
        cells = []
        for column, cell in enumerate(row):
            is_text = number == 0 or column >= len(text) or text[column]
            cells.append(f"'{cell}" if is_text and cell.startswith(dangerous) else cell)
        rows.append(cells)
    return rows


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    table=TABLES,
    text=st.lists(st.booleans(), max_size=5).map(tuple),
    packing=st.sampled_from(sorted(PACKINGS)),
    sizes=CHUNKS,
    line=st.sampled_from(["", "sep=,\r\n"]),
)
def test_the_file_is_what_botify_sent(
    tmp_path: Path,
    table: list[list[str]],
    text: tuple[bool, ...],
    packing: str,
    sizes: list[int],
    line: str,
) -> None:
    """Any table, packing and chunking: the rows are Botify's, text cells guarded, all counted."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(table)
    sent = (line + written.getvalue()).encode()
    stored, preview = take_in(tmp_path / "x.csv", cut_up(PACKINGS[packing](sent), sizes), text=text)
    content = stored.path.read_bytes()
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    expected = slowly_guarded(table, text)
    assert rows == expected
    assert stored.bytes == len(content)
    assert (stored.rows, stored.columns) == (len(table) - 1, len(table[0]))
    assert bool(stored.notes) == (len(text) not in (0, len(table[0])))
    assert preview.columns == tuple(expected[0])
    assert preview.rows == tuple(tuple(row) for row in expected[1:6])
    assert preview.empty_counts == tuple(
        sum(not row[column] for row in table[1:]) for column in range(len(table[0]))
    )


def large(rows: int = 60_000) -> bytes:
    """A few megabytes, so that the second thread takes part."""
    lines = (f'https://www.acme.com/{n},"Title, {n * n}",-{n}\r\n' for n in range(rows))
    return b"URL,Title,Number\r\n" + "".join(lines).encode()


def test_a_large_file_passes_through_both_threads(tmp_path: Path) -> None:
    """Nothing is lost or swapped on the way from thread to thread, and the thread ends."""
    data = large()
    stored, preview = take_in(
        tmp_path / "x.csv", cut_up(gzip.compress(data, 1), [60_000]), text=(True, True, False)
    )
    assert stored.path.read_bytes() == data
    assert stored.rows == 60_000
    assert preview.rows[0] == ("https://www.acme.com/0", "Title, 0", "-0")
    assert len(preview.rows) == 5
    assert not [thread for thread in threading.enumerate() if thread.name == "intake"]


def test_a_name_is_given_to_what_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power failure there is the whole file or none: bytes, then name, then its folder."""
    target = tmp_path / "x.csv"
    synced: list[tuple[str, bool]] = []
    fsync = os.fsync

    def seen(handle: int) -> None:
        synced.append((Path(f"/proc/self/fd/{handle}").readlink().name, target.exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", seen)
    take_in(target, [b"a\n1\n"])
    (temporary, named), folder = synced
    assert temporary.endswith(".partial")
    assert not named
    assert folder == (tmp_path.name, True)


@pytest.mark.parametrize("packed", [False, True])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, packed: bool) -> None:
    """A file of a hundred megabytes is never held, neither as it came nor unpacked."""
    part = large(30_000)
    times = 100_000_000 // len(part)
    chunk = gzip.compress(part, 0) if packed else part
    tracemalloc.start()
    try:
        stored, _ = take_in(tmp_path / "x.csv", (bytes(memoryview(chunk)) for _ in range(times)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert stored.bytes > times * len(part)
    assert peak < 40_000_000


@pytest.mark.parametrize("turn", [UNPACKING, LOOKING], ids=["unpacking", "looking"])
def test_files_take_turns(tmp_path: Path, turn: Lock) -> None:
    """Several at once leave the interpreter to others: what is hard work waits for its turn."""
    data = large()
    sent = cut_up(gzip.compress(data, 1), [60_000])
    took: list[StoredFile] = []

    def take(number: int) -> None:
        target = tmp_path / f"{number}.csv"
        took.append(take_in(target, sent, text=(True, True, False))[0])

    threads = [threading.Thread(target=take, args=(number,)) for number in range(4)]
    with turn:
        for thread in threads:
            thread.start()
        threads[0].join(0.1)
        assert all(thread.is_alive() for thread in threads)
        assert not took
    for thread in threads:
        thread.join()
    assert [one.path.read_bytes() == data for one in took] == [True] * 4


@pytest.mark.parametrize("turn", [UNPACKING, LOOKING], ids=["unpacking", "looking"])
def test_a_turn_that_does_not_end_holds_nobody_up(tmp_path: Path, turn: Lock) -> None:
    """Beside a file that takes for ever over one piece all others come in, if more slowly."""
    with turn:
        stored, _ = take_in(tmp_path / "x.csv", [b"a\n1\n"])
    assert stored.rows == 1


def test_folders_are_made_and_the_file_is_private(tmp_path: Path) -> None:
    """The way to the target need not exist, and only the operator can read the result."""
    target = tmp_path / "exports" / "acme-org" / "acme.com" / "20240101" / "x.csv"
    stored, _ = take_in(target, [b"a\n1\n"])
    assert stored.path == target
    assert target.stat().st_mode & 0o777 == 0o600
    made = [folder for folder in target.parents if folder.is_relative_to(tmp_path)][:-1]
    assert {folder.stat().st_mode & 0o777 for folder in made} == {0o700}
    assert names(target.parent) == ["x.csv"]


def test_a_file_that_is_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    """Another attempt replaces the file in one step, or not at all."""
    target = tmp_path / "x.csv"
    target.write_bytes(b"old")
    with Intake(target, text_columns=(), guard=True) as intake:
        intake.feed(b"a\n" + b"1\n" * 1_000_000)
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"old"
    take_in(target, [b"a\n1\n"])
    assert target.read_bytes() == b"a\n1\n"
    assert names(tmp_path) == ["x.csv"]


@pytest.mark.parametrize("size", [3_000, 2_000_000])
def test_a_cut_transfer_leaves_nothing(tmp_path: Path, size: int) -> None:
    """A truncated file is an error, not a shorter file."""
    data = gzip.compress(large(), 1)
    broken = data[: min(size, len(data) - 1)]
    with pytest.raises(FileBroken):
        take_in(tmp_path / "x.csv", [broken])
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "data", [b"", gzip.compress(b"", mtime=0), b"sep=,\r\n", b"\r\n\r\n", b"\xef\xbb\xbf"]
)
def test_an_empty_file_is_broken(tmp_path: Path, data: bytes) -> None:
    """Without a header line it is no export, and Slack takes no empty file."""
    with pytest.raises(FileBroken, match="without a header line"):
        take_in(tmp_path / "x.csv", [data])
    assert names(tmp_path) == []


def test_a_document_is_no_export(tmp_path: Path) -> None:
    """What begins like markup is taken for a file only with the columns that were asked for."""
    for answer in (b"<Denied>no, never</Denied>", b"{reason: denied}", b"\xef\xbb\xbf[1, 2, 3]"):
        with pytest.raises(FileBroken, match="something else"):
            take_in(tmp_path / "x.csv", [answer], text=(True,) * 5)
    stored, _ = take_in(tmp_path / "x.csv", [b"<h2> count,{x}\n1,2\n"], text=(False, False))
    assert stored.notes == ()


def test_a_header_alone_is_an_export_of_no_rows(tmp_path: Path) -> None:
    """Fewer rows than counted never fail an export."""
    stored, preview = take_in(tmp_path / "x.csv", [b"URL,Title\r\n"])
    assert (stored.rows, stored.columns) == (0, 2)
    assert preview == Preview(columns=("URL", "Title"), rows=(), empty_counts=(0, 0))


def test_abandoning_twice_is_harmless(tmp_path: Path) -> None:
    """Cleaning up works at every moment, also after the end."""
    intake = Intake(tmp_path / "x.csv", text_columns=(), guard=True)
    intake.feed(large())
    intake.abandon()
    intake.abandon()
    assert names(tmp_path) == []
    intake = Intake(tmp_path / "x.csv", text_columns=(), guard=True)
    intake.feed(b"a\n")
    stored = intake.finish()
    intake.abandon()
    assert stored.path.read_bytes() == b"a\n"


@pytest.mark.parametrize(("limit", "rows"), [(1_000, 50), (1_000_000, 60_000)])
def test_a_full_disk_leaves_nothing(tmp_path: Path, limit: int, rows: int) -> None:
    """The system's refusal in the middle becomes `DiskFull`, whichever thread meets it."""
    source = tmp_path / "source.gz"
    source.write_bytes(gzip.compress(large(rows)))
    folder = tmp_path / "out"
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from bot.files.intake import Intake\n"
        "from bot.model.errors import DiskFull\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try:\n"
        "    with Intake(Path(sys.argv[2]), text_columns=(), guard=True) as intake:\n"
        "        data = Path(sys.argv[1]).read_bytes()\n"
        "        for at in range(0, len(data), 10_000):\n"
        "            intake.feed(data[at : at + 10_000])\n"
        "        intake.finish()\n"
        "except DiskFull as error:\n"
        "    print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(source), str(folder / "x.csv")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert (done.stdout.strip(), done.stderr) == ("disk_full", "")
    assert names(folder) == []


def test_a_long_row_does_not_break_the_preview(tmp_path: Path) -> None:
    """Rows beyond the beginning that is kept are left out whole, and long cells are cut."""
    data = b"a,b\n" + b"1,%s\n" % (b"x" * 30_000) * 5
    stored, preview = take_in(tmp_path / "x.csv", [data])
    assert stored.rows == 5
    assert preview.rows == (("1", "x" * 200),) * 2


def test_a_failure_elsewhere_reaches_whoever_feeds() -> None:
    """What another thread raises comes back, and nobody waits for ever."""
    relay = Relay(_refuse)

    def feed() -> None:
        for _ in range(1_000):
            relay.put(b"x")

    with pytest.raises(DiskFull):
        feed()
    with pytest.raises(DiskFull):
        relay.close()
    relay.stop()


def test_a_failure_at_the_very_end_is_not_lost() -> None:
    """The last thing is consumed while closing; what goes wrong there is raised there."""
    relay = Relay(_refuse)
    relay.put(b"x")
    with pytest.raises(DiskFull):
        relay.close()


def test_what_went_wrong_leaves_nothing_for_the_garbage_collector(tmp_path: Path) -> None:
    """Buffers of an intake whose disk was full are free at once, not after many more of them."""
    gc.disable()
    try:
        gone = weakref.ref(_with_a_full_disk(tmp_path))
        assert gone() is None
    finally:
        gc.enable()


def _with_a_full_disk(folder: Path) -> Intake:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with Intake(folder / "x.csv", text_columns=(), guard=True) as intake:
            with pytest.raises(DiskFull):
                feed_and_finish(intake)
            return intake
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


def feed_and_finish(intake: Intake) -> None:
    """Several blocks."""
    for _ in range(10):
        intake.feed(b"a\n" * 1_000_000)
    intake.finish()


def test_no_block_changes_before_it_is_written() -> None:
    """There are as many buffers as may be in use when writing is slower than everything else."""
    cells = b"".join(b"%d,%d\n" % (number, number * 999) for number in range(400))
    blocks, filled, written = Blocks(64, BUFFERS), list[Block](), bytearray()
    going_on = threading.Condition()

    def ahead() -> bool:
        """Whether whoever fills has come as far as the relays let it."""
        last = written.count(b"\n") > 300
        return last or len(filled) == writes + 3 + 2 * WAITING

    def write(block: Block) -> None:
        nonlocal writes
        with going_on:
            assert going_on.wait_for(ahead, 10)
            written.extend(block.data[: block.length])
            writes += 1

    writes = 0
    writing = Relay(write)
    looking = Relay(writing.put)
    for block in blocks.feed(cells):
        with going_on:
            filled.append(block)
            going_on.notify()
        looking.put(block)
    looking.close()
    writing.close()
    for block in blocks.finish():
        written.extend(block.data[: block.length])
    assert written == cells


def _refuse(_: bytes) -> None:
    raise DiskFull


def test_the_checksum_of_the_last_member_counts(tmp_path: Path) -> None:
    """Damage at the very end is found by `finish`, before the file gets its name."""
    data = bytearray(gzip.compress(large(), 1))
    data[-5] ^= 1
    assert zlib.decompressobj(-15).decompress(bytes(data[10:-8]))
    with pytest.raises(FileBroken):
        take_in(tmp_path / "x.csv", cut_up(bytes(data), [50_000]))
    assert names(tmp_path) == []
