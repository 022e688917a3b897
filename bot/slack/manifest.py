"""What `manifest.yml` asks of a workspace."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.model.errors import NotSetUp


def manifest_path() -> Path:
    """In an installed package the file lies inside `bot/`, in a checkout at the top."""
    package = Path(__file__).parents[1]
    packaged = package / "manifest.yml"
    return packaged if packaged.is_file() else package.parent / "manifest.yml"


@cache
def read_manifest() -> dict[str, Any]:
    """The manifest as it is given to Slack.

    Raises:
        NotSetUp: the file is missing or is no manifest.
    """
    try:
        manifest = yaml.safe_load(manifest_path().read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise NotSetUp("manifest.yml cannot be read.", "Install the program again.") from error
    if not isinstance(manifest, dict):
        raise NotSetUp("manifest.yml is empty.", "Install the program again.")
    return manifest


def required_scopes() -> frozenset[str]:
    """The permissions that the program uses."""
    return frozenset(read_manifest()["oauth_config"]["scopes"]["bot"])


def missing_scopes(granted: Iterable[str]) -> tuple[str, ...]:
    """Required permissions that an installation lacks, in alphabetical order."""
    return tuple(sorted(required_scopes() - frozenset(granted)))
