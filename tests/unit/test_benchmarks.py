"""The benchmarks still run: with next to nothing to measure, and nothing kept."""

from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks.measure import Figure, missing_tools, shell
from benchmarks.results import RESULTS, markdown, record, recorded
from benchmarks.world import ROOT

MACHINE = {"python": "3.11.7", "cores": 2, "load": 0.0}


@pytest.mark.skipif(bool(missing_tools()), reason="needs the tools that are compared with")
@pytest.mark.parametrize("group", benchmarks.GROUPS)
def test_every_group_runs(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    """All processes of a measurement start, do their work, and give figures."""
    kept = RESULTS.read_bytes() if RESULTS.exists() else None
    assert benchmarks.main(["--tiny", group]) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) >= 2
    assert (RESULTS.read_bytes() if RESULTS.exists() else None) == kept


def test_a_tool_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, with the packages to install, and no traceback."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert benchmarks.main(["stages"]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert "igzip" in line
    assert "apt-get install curl isal" in line


def test_a_pipeline_that_fails_says_why() -> None:
    """A figure of a pipeline that did nothing would be a good one."""
    with pytest.raises(RuntimeError, match="no such place"):
        shell("echo no such place >&2; false | cat")()


def test_groups_are_kept_beside_each_other(tmp_path: Path) -> None:
    """A group that is measured again replaces its own figures only; the table shows all."""
    path = tmp_path / "results.json"
    first = Figure("1  ours", 1.234, "s", 2)
    record("a", [first], MACHINE, path)
    record("b", [Figure("3  naive", None, "MB", runs=0, note="not run")], MACHINE, path)
    record("a", [Figure("1  ours", 1_500.5, "s", 2)], MACHINE, path)
    assert [figure.value for figure in recorded(path)] == [1_500.5, None]
    assert markdown(recorded(path)).splitlines()[2:] == ["| ours | 1,500.50 s | 2 s |"]


def test_the_readme_shows_what_was_measured() -> None:
    """The table is the one of the figures that are kept, not of a better day."""
    assert markdown(recorded()) in (ROOT / "README.md").read_text()
