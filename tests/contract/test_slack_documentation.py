"""The documentation of the local Slack is complete, and its table of numbers has sources."""

from pathlib import Path

import pytest

from sandbox.slack import limits, switches, world
from sandbox.slack.controls import CONTROLS
from sandbox.slack.methods.table import METHODS
from sandbox.slack.people import DEEDS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8").partition("## The local Slack")[2]
SLACK = ROOT / "sandbox" / "slack"


@pytest.mark.parametrize("name", switches.build("test"))
def test_every_switch_is_documented(name: str) -> None:
    """The section names each switch."""
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("name", CONTROLS)
def test_every_control_is_documented(name: str) -> None:
    """The section names each thing that the control API can do to Slack."""
    assert f"`{name}`" in TEXT or f"`{name} {{" in TEXT


@pytest.mark.parametrize("name", [deed for deed, _ in DEEDS])
def test_every_deed_is_documented(name: str) -> None:
    """The section names each thing that a person can do."""
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_documented_with_its_rate(name: str) -> None:
    """The section's table has each method with the rate of the method table."""
    table = TEXT.partition("### Methods")[2].partition("###")[0]
    (row,) = [line for line in table.splitlines() if line.startswith("|") and f"`{name}`" in line]
    assert row.split("|")[2].strip() == str(int(METHODS[name].per_minute))


@pytest.mark.parametrize(
    "value",
    [value for name, value in vars(world).items() if name.isupper() and "_TOKEN" not in name],
)
def test_every_id_is_documented(value: object) -> None:
    """The section's table has the ids of the first world."""
    assert not isinstance(value, str) or f"`{value}`" in TEXT


@pytest.mark.parametrize("path", sorted(SLACK.glob("*.py")), ids=lambda path: path.name)
def test_every_module_has_its_line(path: Path) -> None:
    """A newcomer finds each module's rule in the section's first table."""
    small = {"__init__.py", "app.py", "platform.py", "errors.py", "bus.py", "static.py"}
    assert path.name in small or f"`{path.name}`" in TEXT


def test_every_number_has_a_source() -> None:
    """Each row of the table of limits says where its number comes from."""
    rows = limits.rows()
    assert len(rows) > 90
    kinds = ("docs:", "method:", "observed:", "assumed:", "slackblocks:", "slack_sdk", "java-")
    assert [row for row in rows if not row.source.startswith(kinds)] == []


PUBLISHED = {
    "ACK_SECONDS": 3,
    "TRIGGER_SECONDS": 3,
    "RESPONSE_URL_USES": 5,
    "RESPONSE_URL_SECONDS": 1800,
    "VIEW_BLOCKS": 100,
    "VIEW_TITLE": 24,
    "VIEW_BUTTON": 24,
    "PRIVATE_METADATA": 3000,
    "VIEW_BYTES": 256_000,
    "VIEW_STACK": 3,
    "MESSAGE_BLOCKS": 50,
    "MESSAGE_TEXT": 40_000,
    "UPDATE_TEXT": 4000,
    "MESSAGE_BLOCKS_TEXT": 13_200,
    "MARKDOWN_TEXT": 12_000,
    "TEXT": 3000,
    "BLOCK_ID": 255,
    "ACTION_ID": 255,
    "OPTION_TEXT": 75,
    "OPTION_VALUE": 150,
    "OPTIONS": 100,
    "OPTION_GROUPS": 100,
    "PLACEHOLDER": 150,
    "BUTTON_TEXT": 75,
    "BUTTON_VALUE": 2000,
    "BUTTON_URL": 3000,
    "SECTION_TEXT": 3000,
    "SECTION_FIELDS": 10,
    "SECTION_FIELD_TEXT": 2000,
    "HEADER_TEXT": 150,
    "CONTEXT_ELEMENTS": 10,
    "ACTIONS_ELEMENTS": 25,
    "INPUT_LABEL": 2000,
    "PLAN_TASKS": 50,
    "TABLE_ROWS": 100,
    "TABLE_COLUMNS": 20,
    "CONNECTIONS": 10,
    "CONNECTION_SECONDS": 3600,
    "FILE_BYTES": 1_000_000_000,
    "TIER_1": 1,
    "TIER_2": 20,
    "TIER_3": 50,
    "TIER_4": 100,
}


@pytest.mark.parametrize(("name", "value"), PUBLISHED.items())
def test_the_numbers_are_slacks(name: str, value: int) -> None:
    """The numbers that the app lives by are those that Slack publishes."""
    assert getattr(limits, name) == value
