"""What the documents promise is what the program has."""

import re
from pathlib import Path

import typer.main

from bot.commands import app
from bot.model import errors
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


def test_every_error_that_people_can_meet_is_explained_to_the_operator() -> None:
    """Each code in the log has a line that says what to do."""
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.ProductError)
    ]
    families = {
        errors.ProductError,
        errors.WrongInput,
        errors.BotifyRefused,
        errors.SlackRefused,
        errors.SlackUnreachable,
        errors.SlackRateLimited,
        errors.MessageLost,
        errors.ContentRefused,
        errors.Stale,
    }
    for kind in kinds:
        if kind not in families:
            assert f"`{kind().code}`" in OPERATING, kind


def test_every_command_stands_in_the_readme() -> None:
    """`run`, `demo`, `export` and `doctor` are all shown to a reader."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name in commands:
        assert re.search(rf"botify-export {name}|make {name}", README), name
