"""Where files lie, and what is swept."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.files.folder import Swept, path_of, sweep
from bot.files.intake import Intake
from bot.model.project import Project
from bot.model.specification import Specification

NOW = 2_000_000_000.0


def specification(organisation: str, project: str) -> Specification:
    """What is exported."""
    return Specification("me", Project(organisation, project), "20240101", ())


def old_file(path: Path, size: int = 10, age: float = 7_200) -> Path:
    """A file that was last written to so many seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    os.utime(path, (NOW - age, NOW - age))
    return path


def test_files_lie_by_organisation_project_and_analysis(tmp_path: Path) -> None:
    """A person who looks into the folder finds the file by what it holds."""
    spec = specification("acme-org", "acme.com")
    expected = tmp_path / "exports" / "acme-org" / "acme.com" / "20240101" / "x.csv"
    assert path_of(tmp_path, spec, "x.csv") == expected


def test_no_slug_leads_out_of_the_folder(tmp_path: Path) -> None:
    """Whatever a slug says, the file stays below the data folder."""
    path = path_of(tmp_path, specification("..", "../../etc"), "x.csv")
    assert path.resolve().is_relative_to(tmp_path / "exports")


def test_a_relative_folder_becomes_absolute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A stored path does not depend on where the program is started later."""
    monkeypatch.chdir(tmp_path)
    assert path_of(Path("data"), specification("a", "b"), "x.csv").is_absolute()


def test_what_nobody_knows_is_swept(tmp_path: Path) -> None:
    """Orphans, temporary files and parcels go; known files and recent ones stay."""
    folder = tmp_path / "exports" / "o" / "p" / "a"
    kept = old_file(folder / "kept.csv")
    recent = old_file(folder / "recent.csv", age=60)
    old_file(folder / "orphan.csv", size=100)
    old_file(folder / ".x.csv.0123abcd.partial", size=20)
    parcels = folder / ".kept.csv.1f.2a.parcels"
    old_file(parcels / "kept_part-1-of-2.csv.gz", size=3)
    old_file(parcels / "kept_part-2-of-2.csv.gz", size=4, age=60)
    os.utime(parcels, (NOW - 7_200, NOW - 7_200))
    outside = old_file(tmp_path / "botify-export.sqlite3")
    assert sweep(tmp_path, keep=[kept], now=NOW) == Swept(files=4, bytes=127)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(
        [kept, recent, outside]
    )


def test_parcels_in_use_are_not_swept(tmp_path: Path) -> None:
    """A folder of parcels is judged as a whole, by when it was last asked for."""
    parcels = tmp_path / "exports" / "o" / ".x.csv.1f.2a.parcels"
    part = old_file(parcels / "x_part-1-of-2.csv.gz")
    os.utime(parcels, (NOW - 60, NOW - 60))
    assert sweep(tmp_path, keep=[], now=NOW) == Swept(0, 0)
    assert part.exists()


@pytest.mark.parametrize("word", ["acme.parcels", "acme.parcels.partial", "x.parcels.com"])
def test_a_project_may_be_called_like_parcels(tmp_path: Path, word: str) -> None:
    """Only what we name ourselves is taken for parcels; known files below other names stay."""
    kept = old_file(path_of(tmp_path, specification("acme-org", word), "kept.csv"))
    orphan = old_file(kept.with_name("orphan.csv"))
    assert sweep(tmp_path, keep=[kept], now=NOW) == Swept(files=1, bytes=10)
    assert (kept.exists(), orphan.exists()) == (True, False)


def test_half_made_parcels_are_swept(tmp_path: Path) -> None:
    """What a crash left of a folder of parcels goes as a whole."""
    parcels = tmp_path / "exports" / "o" / ".x.csv.1f.2a.parcels.partial"
    old_file(parcels / "1", age=60)
    os.utime(parcels, (NOW - 7_200, NOW - 7_200))
    assert sweep(tmp_path, keep=[], now=NOW) == Swept(files=1, bytes=10)
    assert not parcels.exists()


def test_the_sweep_goes_on_where_somebody_else_removes_files(tmp_path: Path) -> None:
    """Files and folders that vanish under two sweeps at once stop neither."""
    for number in range(300):
        old_file(tmp_path / "exports" / f"p{number % 30}" / f"{number}.csv", size=1)
    for number in range(30):
        os.utime(tmp_path / "exports" / f"p{number}", (NOW - 7_200, NOW - 7_200))
    with ThreadPoolExecutor(4) as pool:
        swept = list(pool.map(lambda _: sweep(tmp_path, keep=[], now=NOW), range(4)))
    assert sum(one.files for one in swept) == 300
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_empty_folders_go_when_nobody_uses_them(tmp_path: Path) -> None:
    """A folder that was just made for a file to come is left alone."""
    new = tmp_path / "exports" / "new"
    old = tmp_path / "exports" / "old"
    for folder, age in ((new, 60), (old, 7_200)):
        folder.mkdir(parents=True)
        os.utime(folder, (NOW - age, NOW - age))
    sweep(tmp_path, keep=[], now=NOW)
    assert (new.exists(), old.exists()) == (True, False)


def test_nothing_to_sweep_is_no_error(tmp_path: Path) -> None:
    """Before the first export there is no folder."""
    assert sweep(tmp_path, keep=[]) == Swept(0, 0)


def test_a_file_that_is_coming_in_survives_a_sweep(tmp_path: Path) -> None:
    """Sweeping while a download runs, in this or in another process, takes nothing from it."""
    target = tmp_path / "exports" / "o" / "p" / "a" / "x.csv"
    with Intake(target, text_columns=(), guard=True) as intake:
        intake.feed(b"a\n1\n")
        assert sweep(tmp_path, keep=[]) == Swept(0, 0)
        assert intake.finish().path.read_bytes() == b"a\n1\n"
