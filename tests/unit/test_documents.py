"""What the documents promise is what the program has."""

import importlib
import pkgutil
import re
from pathlib import Path

import typer.main

import bot
import handlers
import storage
from bot.commands import app
from bot.model.errors import ProductError
from bot.model.settings import Settings

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text()
OPERATING = (TOP / "docs" / "operating.md").read_text()


def test_every_setting_stands_in_the_readme_and_no_other() -> None:
    """An operator finds each setting in the README, and nothing that does not exist."""
    table = README.split("## Settings")[1].split("## ")[0]
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", table.replace("100,000", "")))
    assert named == {name.upper() for name in Settings.model_fields}


def test_every_default_in_the_readme_is_the_program_s() -> None:
    """A default that is documented wrongly is worse than none."""
    table = README.split("## Settings")[1].split("## ")[0]
    defaults = dict(re.findall(r"^\| `([A-Z_]+)` \| `([^`]+)`", table, re.MULTILINE))
    for name, written in defaults.items():
        default = Settings.model_fields[name.lower()].default
        if isinstance(default, bool):
            default = "on" if default else "off"
        elif isinstance(default, tuple):
            default = ",".join(default)
        assert str(default).removeprefix("./") == written.removeprefix("./"), name


UNMET = {
    "FileUnknown": "the file is uploaded again",
    "FileMissing": "the file is fetched from Botify again",
    "MessageLost": "a new message takes the place of the old one",
    "SlackRateLimited": "what Slack limits is sent later",
    "TriggerExpired": "a button that opens the form is sent instead",
    "Ended": "shows the failure of an export, which has a code of its own",
}
"""Errors whose code no log shows to an operator, each with what happens instead."""


def _kinds(kind: type[ProductError]) -> set[type[ProductError]]:
    return {kind}.union(*map(_kinds, kind.__subclasses__()))


def test_every_error_that_people_can_meet_is_explained_to_the_operator() -> None:
    """Each code in the log has a line that says what to do, wherever the error is defined."""
    for package in (bot, handlers, storage):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)
    kinds = {
        kind
        for kind in _kinds(ProductError)
        if kind.__module__.partition(".")[0] in {"bot", "handlers", "storage"}
    }
    names = {kind.__name__ for kind in kinds}
    assert UNMET.keys() <= names
    codes = {Exception.__new__(kind).code for kind in kinds if kind.__name__ not in UNMET}
    table = OPERATING.split("## What each error means")[1].split("\n## ")[0]
    explained = set(re.findall(r"`([a-z_]+)`", table.replace("botify-export", "")))
    assert codes - explained == set()


def test_every_command_stands_in_the_readme() -> None:
    """`run`, `demo`, `export` and `doctor` are all shown to a reader."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name in commands:
        assert re.search(rf"botify-export {name}|make {name}", README), name


def test_every_link_between_the_documents_stands_where_it_says() -> None:
    """A reader who follows a link or looks at a picture finds it."""
    for page in (*TOP.glob("*.md"), *(TOP / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
