"""What is sent to Slack for a file that is larger than it takes."""

import csv
import gzip
import io
import os
import random
import shutil
import subprocess
import threading
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.files.parcels import PackingStopped, _piece, parcels_of, remove_parcels
from bot.files.rows import row_ends
from bot.model.errors import ContentRefused
from bot.model.export import StoredFile


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def stored(path: Path, data: bytes) -> StoredFile:
    """A finished file."""
    path.write_bytes(data)
    return StoredFile(path, len(data), 0, 0)


def table(rows: int, *, seed: int = 1) -> bytes:
    """Rows that do not shrink much, with line ends and commas inside of quotes."""
    chance = random.Random(seed)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Full URL", "Title, with\nline", "Number"])
    for number in range(rows):
        words = [f"{chance.getrandbits(40):x}" for _ in range(3)]
        writer.writerow([f"https://www.acme.com/{words[0]}", ",\r\n".join(words), number])
    return out.getvalue().encode()


def rows_of(data: bytes) -> list[list[str]]:
    """What the csv module reads."""
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_a_file_that_fits_is_sent_as_it_is(tmp_path: Path) -> None:
    """A size equal to the limit fits; nothing is written."""
    file = stored(tmp_path / "x.csv", table(10))
    (parcel,) = parcels_of(file, file.bytes)
    assert (parcel.path, parcel.name, parcel.bytes) == (file.path, "x.csv", file.bytes)
    assert names(tmp_path) == ["x.csv"]


def test_a_larger_file_is_packed(tmp_path: Path) -> None:
    """Where packing is enough there is one parcel with the same content."""
    data = table(3_000)
    file = stored(tmp_path / "x.csv", data)
    (parcel,) = parcels_of(file, file.bytes - 1)
    assert parcel.name == "x.csv.gz"
    assert parcel.bytes == parcel.path.stat().st_size < file.bytes
    assert gzip.decompress(parcel.path.read_bytes()) == data


@pytest.mark.parametrize("divisor", [3, 10, 40])
def test_what_is_still_too_large_is_cut_at_row_ends(tmp_path: Path, divisor: int) -> None:
    """Each part is a CSV of its own under the limit; together they are the file, once."""
    data = table(5_000)
    file = stored(tmp_path / "x.csv", data)
    limit = file.bytes // divisor
    parcels = parcels_of(file, limit)
    assert [parcel.name for parcel in parcels] == [
        f"x_part-{number}-of-{len(parcels)}.csv.gz" for number in range(1, len(parcels) + 1)
    ]
    assert len(parcels) > 1
    whole = rows_of(data)
    found = []
    for parcel in parcels:
        assert parcel.bytes == parcel.path.stat().st_size <= limit
        rows = rows_of(gzip.decompress(parcel.path.read_bytes()))
        assert rows[0] == whole[0]
        found += rows[1:]
    assert found == whole[1:]


def test_other_tools_read_the_parts(tmp_path: Path) -> None:
    """A part is one ordinary gzip member, with checksum and length, for any tool."""
    file = stored(tmp_path / "x.csv", table(2_000))
    for parcel in parcels_of(file, file.bytes // 4):
        subprocess.run([str(shutil.which("gzip")), "-t", str(parcel.path)], check=True)


def test_the_same_parcels_are_found_again(tmp_path: Path) -> None:
    """Asked again, also from another thread at once, nothing is made twice."""
    file = stored(tmp_path / "x.csv", table(2_000))
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(parcels_of(file, file.bytes // 4)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [parcel.path.stat().st_mtime_ns for parcel in results[0]]
    assert parcels_of(file, file.bytes // 4) == results[0]
    assert all(result == results[0] for result in results)
    assert [parcel.path.stat().st_mtime_ns for parcel in results[0]] == made


def test_a_file_that_was_fetched_again_is_packed_again(tmp_path: Path) -> None:
    """Parcels belong to one content, not to a name."""
    limit = len(table(500)) * 9 // 10
    parcels_of(stored(tmp_path / "x.csv", table(500)), limit)
    second = stored(tmp_path / "x.csv", table(500, seed=2))
    os.utime(second.path, (1, 1))
    (parcel,) = parcels_of(second, limit)
    assert gzip.decompress(parcel.path.read_bytes()) == table(500, seed=2)


def test_asking_keeps_parcels_from_the_sweep(tmp_path: Path) -> None:
    """The folder's time says when somebody last needed it."""
    file = stored(tmp_path / "x.csv", table(500))
    (parcel,) = parcels_of(file, file.bytes - 1)
    os.utime(parcel.path.parent, (1, 1))
    parcels_of(file, file.bytes - 1)
    assert parcel.path.parent.stat().st_mtime > 1


def test_half_made_parcels_are_not_used(tmp_path: Path) -> None:
    """What a crash left, or another process makes at this moment, is left to the sweep."""
    file = stored(tmp_path / "x.csv", table(500))
    (parcel,) = parcels_of(file, file.bytes - 1)
    folder = parcel.path.parent
    half = folder.rename(folder.with_name(folder.name + ".0a1b2c3d.partial"))
    (again,) = parcels_of(file, file.bytes - 1)
    assert gzip.decompress(again.path.read_bytes()) == table(500)
    assert half.is_dir()


def test_packing_ends_between_two_stretches(tmp_path: Path) -> None:
    """A process that ends does not wait for a large file, and nothing half is left."""
    file = stored(tmp_path / "x.csv", table(2_000))
    asked = iter([False, False, True])
    with pytest.raises(PackingStopped):
        parcels_of(file, file.bytes // 4, lambda: next(asked))
    assert names(tmp_path) == ["x.csv"]


@pytest.mark.parametrize("divisor", [1, 4])
def test_a_file_that_is_gone_is_said(tmp_path: Path, divisor: int) -> None:
    """Whether or not it would have been packed."""
    file = stored(tmp_path / "x.csv", table(500))
    file.path.unlink()
    with pytest.raises(FileNotFoundError):
        parcels_of(file, file.bytes // divisor)


def test_parcels_are_removed_and_the_file_stays(tmp_path: Path) -> None:
    """After the delivery only what is kept for reuse is left."""
    file = stored(tmp_path / "x.csv", table(500))
    parcels_of(file, file.bytes - 1)
    parcels_of(file, file.bytes // 3)
    remove_parcels(file)
    assert names(tmp_path) == ["x.csv"]


@pytest.mark.parametrize("limit", [1_000, 10**9])
def test_another_file_than_the_one_that_was_fetched_is_not_sent(tmp_path: Path, limit: int) -> None:
    """What has another length now is gone for whoever wants it, and is fetched again."""
    file = stored(tmp_path / "x.csv", table(500))
    file.path.write_bytes(table(400))
    with pytest.raises(FileNotFoundError):
        parcels_of(file, limit)
    assert names(tmp_path) == []


def test_a_file_that_shrinks_while_it_is_packed_ends(tmp_path: Path) -> None:
    """Reading stops where nothing more comes."""
    path = stored(tmp_path / "x.csv", table(5)).path
    with path.open("rb") as source, pytest.raises(FileNotFoundError):
        _piece(source, path.stat().st_size + 1, 1_000_000)


@pytest.mark.parametrize("before", [b'"', b'a\n"'])
def test_a_row_that_does_not_end_is_refused_in_constant_memory(
    tmp_path: Path, before: bytes
) -> None:
    """An open quote makes one row of the rest of a file; no part is larger than Slack takes."""
    noise = random.Random(3).randbytes(4_000_000).hex().encode()
    file = stored(tmp_path / "x.csv", before + noise)
    tracemalloc.start()
    try:
        with pytest.raises(ContentRefused, match="row"):
            parcels_of(file, 100_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_a_row_that_fits_nowhere_is_said(tmp_path: Path) -> None:
    """A row is never cut; where it is too large the person is told, and nothing is left."""
    noise = random.Random(3).randbytes(4_000).hex()
    file = stored(tmp_path / "x.csv", b"a\n" + noise.encode() + b"\nb\n")
    with pytest.raises(ContentRefused, match="row"):
        parcels_of(file, 2_000)
    assert names(tmp_path) == ["x.csv"]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.text(st.sampled_from('a,"\n\r'), max_size=9), min_size=1, max_size=3)),
    st.integers(16, 64),
    st.booleans(),
)
def test_row_ends_never_lie_inside_of_a_cell(
    tmp_path: Path, cells: list[list[str]], block: int, ended: bool
) -> None:
    """Cut at any of the ends, both sides are read as they were before."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(cells)
    data = out.getvalue().encode()
    data = data if ended else data.rstrip(b"\r\n")
    file = tmp_path / "x.csv"
    file.write_bytes(data)
    ends = list(row_ends(file, block))
    if data:
        assert ends[-1].last == len(data)
    for end in ends:
        for at in (end.first, end.last):
            assert rows_of(data[:at]) + rows_of(data[at:]) == rows_of(data)
