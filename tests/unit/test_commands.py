"""docs/commands.md says what the command line and the typed words are, no more and no less."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import typer.main
from storage_examples import A_FILE, an_export

from bot.commands import app
from bot.exports.typed import WORDS
from bot.model.export import State, StoredFile
from bot.outcome import FAILED, REFUSED, UNFINISHED, WRITTEN, WRONG
from bot.terminal import facts, report

TEXT = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def section(title: str) -> str:
    """What stands below a heading, up to the next one that is not below it."""
    rank = title.index(" ")
    return re.split(rf"^#{{1,{rank}}} ", TEXT.partition(f"\n{title}\n")[2], flags=re.MULTILINE)[0]


def column(text: str) -> list[str]:
    """The first cells of the tables, without their marks."""
    cells = re.findall(r"^\| (`.+?`|\d+) \|", text, re.MULTILINE)
    return [cell.strip("`") for cell in cells]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_and_no_other(name: str) -> None:
    """Whoever reads the page knows all that a command takes."""
    options = {
        word
        for parameter in COMMANDS[name].params
        for word in (*parameter.opts, *parameter.secondary_opts)
        if word.startswith("--") and word != "--help"
    }
    rows = re.findall(r"^\| (`--.+?`) \|", section(f"## {name}"), re.MULTILINE)
    assert {word for row in rows for word in re.findall(r"`(--[a-z-]+)`", row)} == options


def test_every_key_of_the_report_is_documented_and_no_other() -> None:
    """Programs rely on these ten."""
    export = an_export(State.READY)
    found = report(export, [Path("out.csv")], reused=False, seconds=1.0)
    assert column(section("### What `--json` prints")) == list(found)


def test_the_exit_statuses_are_documented() -> None:
    """0, 2, 3, 4 and 5, each with its meaning."""
    known = [WRITTEN, WRONG, REFUSED, FAILED, UNFINISHED]
    assert [int(cell) for cell in column(section("### Exit statuses"))] == known


def test_every_typed_word_is_documented_as_help_shows_it() -> None:
    """The page and `/botify-export help` are the same list."""
    table = section("## In Slack: /botify-export")
    rows = re.findall(r"^\| `(.+?)` \| (.+) \|$", table, re.MULTILINE)
    assert rows == [(word.example, word.meaning) for word in WORDS]


def figures(file: StoredFile, expected: int) -> list[str]:
    """What is said about an export of one file."""
    export = an_export(State.READY)
    part = replace(export.parts[0], file=file, rows_expected=expected)
    return facts(replace(export, parts=(part,)), [Path("out.csv")], reused=False)


def test_one_is_not_many() -> None:
    """`1 row`, `1 column`, `1 credit`."""
    assert figures(replace(A_FILE, rows=1, columns=1), 1) == ["1 row, 1 column, 1 credit: out.csv"]
    assert figures(replace(A_FILE, rows=2, columns=2), 1) == [
        "2 rows, 2 columns, 2 credits: out.csv",
        "Counted before: 1 row; the file has 2.",
    ]
