"""What can be chosen is documented."""

import re

import pytest
from conftest import MANIFEST

from sandbox.botify.fates import FATES
from sandbox.botify.switches import switches
from sandbox.botify.world import seeded
from sandbox.faults import ACTIONS

DOCUMENT = (MANIFEST.parent / "docs" / "sandbox.md").read_text()


@pytest.mark.parametrize(
    "names",
    [switches("test"), FATES, ACTIONS, {project.slug for project in seeded()[:-1]}],
    ids=["switches", "fates", "actions", "projects"],
)
def test_every_name_stands_in_the_document(names: list[str]) -> None:
    """Each switch, fate, action and project has its row in docs/sandbox.md."""
    documented = set(re.findall(r"^\| `([^`]+)`", DOCUMENT, re.MULTILINE))
    assert set(names) <= documented


def test_the_document_names_the_defaults() -> None:
    """The defaults in the document are those of the profile `test`."""
    wrong = [
        name
        for name, switch in switches("test").items()
        if f"| `{name}` | `{_as_text(switch.value)}`" not in DOCUMENT
    ]
    assert wrong == []


def _as_text(value: object) -> str:
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else str(value)
