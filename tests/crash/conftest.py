"""Crash tests: the stage of the scenarios, with bots that are forked and killed."""

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "scenario"))

from world import Earlier, export_earlier


@pytest.fixture(scope="session")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Earlier:
    """An installation that has exported before; each test begins with a copy."""
    return asyncio.run(export_earlier(tmp_path_factory.mktemp("earlier")))
