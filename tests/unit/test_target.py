"""The file that `export` writes."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from storage_examples import A_FILE, an_export

from bot import target
from bot.model.errors import WrongInput
from bot.model.export import Export, State
from bot.outcome import Interrupted

CLOSED = Path("/proc/sys")
"""A folder that not even root may write."""


def ready(folder: Path, *contents: bytes) -> Export:
    """A ready export with these stored files."""
    export = an_export(*(State.READY for _ in contents))
    parts = []
    for part, content in zip(export.parts, contents, strict=True):
        path = folder / f"stored-{part.number}.csv"
        path.write_bytes(content)
        parts.append(replace(part, file=replace(A_FILE, path=path)))
    return replace(export, parts=tuple(parts))


def left_in(folder: Path) -> set[str]:
    """What stands in a folder beside the stored files."""
    return {path.name for path in folder.iterdir() if not path.name.startswith("stored-")}


def test_a_file_is_written_whole_and_keeps_its_rights(tmp_path: Path) -> None:
    """What was there is replaced; nothing else is left."""
    place = tmp_path / "out.csv"
    place.write_text("before")
    place.chmod(0o640)
    target.check(place)
    assert target.write(ready(tmp_path, b"a,b\n"), place) == (place,)
    assert place.read_bytes() == b"a,b\n"
    assert place.stat().st_mode & 0o777 == 0o640
    assert left_in(tmp_path) == {"out.csv"}


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file that it names gets the content, even one that does not exist yet."""
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "real" / "new.csv")
    target.check(link)
    assert target.write(ready(tmp_path, b"a\n"), link) == (link,)
    assert link.is_symlink()
    assert (tmp_path / "real" / "new.csv").read_bytes() == b"a\n"


def test_parts_stand_beside_each_other(tmp_path: Path) -> None:
    """Each part has its number in its name."""
    written = target.write(ready(tmp_path, b"1\n", b"2\n"), tmp_path / "out.csv")
    assert [path.name for path in written] == ["out-part-1-of-2.csv", "out-part-2-of-2.csv"]
    assert [path.read_bytes() for path in written] == [b"1\n", b"2\n"]


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    """The name of the unfinished file is ours, so that there is room for any name."""
    place = tmp_path / ("n" * 251 + ".csv")
    target.check(place)
    target.write(ready(tmp_path, b"a\n"), place)
    assert place.read_bytes() == b"a\n"


@pytest.mark.parametrize("name", ["fifo", "/dev/null", "folder", "no/such/out.csv", "file/out.csv"])
def test_what_is_no_place_for_a_file_is_refused_before(tmp_path: Path, name: str) -> None:
    """A pipe or a device is neither replaced nor written; nothing has been paid."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(WrongInput) as refused:
        target.check(tmp_path / name)
    assert name.removesuffix("/out.csv") in refused.value.sentence


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is one of its kernel")
@pytest.mark.parametrize("output", [None, Path("out.csv"), CLOSED / "out.csv"])
def test_a_folder_that_may_not_be_written_is_named_in_full(
    monkeypatch: pytest.MonkeyPatch, output: Path | None
) -> None:
    """Also the current one; and what to do is right with --output and without."""
    monkeypatch.chdir(CLOSED)
    with pytest.raises(WrongInput) as refused:
        target.check(output)
    assert refused.value.sentence == f"Nothing can be written in the folder {CLOSED}."
    assert refused.value.next_step == "With --output, name a file in a folder that you may write."


@pytest.mark.parametrize("name", ["n" * 300, "circle.csv"])
def test_what_the_system_refuses_is_one_sentence(tmp_path: Path, name: str) -> None:
    """A name that is too long, and links that lead in a circle."""
    (tmp_path / "circle.csv").symlink_to("circle.csv")
    with pytest.raises(WrongInput, match="cannot be written"):
        target.check(tmp_path / name)


def test_the_command_s_own_words_are_not_written_over(tmp_path: Path) -> None:
    """`--output out.csv > out.csv` would lose one of the two."""
    place = tmp_path / "out.csv"
    with place.open("w") as stream:
        before = os.dup(1)
        os.dup2(stream.fileno(), 1)
        try:
            with pytest.raises(WrongInput, match="own words"):
                target.check(place)
        finally:
            os.dup2(before, 1)
            os.close(before)


def test_a_stored_file_that_is_gone_may_be_there_the_next_time(tmp_path: Path) -> None:
    """Running it again fetches it from its job; of several files none is left half done."""
    export = ready(tmp_path, b"1\n", b"2\n")
    (tmp_path / "stored-2.csv").unlink()
    with pytest.raises(Interrupted, match="removed"):
        target.write(export, tmp_path / "out.csv")
    assert left_in(tmp_path) == set()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_a_full_disk_is_not_the_person_s_mistake(tmp_path: Path) -> None:
    """Status 5: there may be room the next time; what is wrong with the place itself is 2."""
    export = ready(tmp_path, b"a\n")
    half = tmp_path / f".{export.id}-1.part"
    half.symlink_to("/dev/full")
    with pytest.raises(Interrupted, match="No space left"):
        target.write(export, tmp_path / "out.csv")
    assert left_in(tmp_path) == set()
    with pytest.raises(WrongInput, match="not paid again"):
        target.write(export, tmp_path / "gone" / "out.csv")
