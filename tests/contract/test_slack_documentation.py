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
