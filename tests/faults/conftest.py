"""Fault tests: the stage of the scenarios, with bots that are forked, as in the crash tests."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("scenario", "crash")]

from forked import ForkedStage
from world import Earlier, earlier_export, installed


@pytest.fixture(scope="session")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Earlier:
    """An installation that has exported before; each test begins with a copy."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # that of all workers
    return earlier_export(root / "earlier")


@pytest.fixture
async def stage(tmp_path: Path, earlier: Earlier) -> AsyncIterator[ForkedStage]:
    """An installation that has exported before, and no bot yet."""
    async with installed(tmp_path / "stage", earlier) as ready:
        yield ready


@pytest.fixture
async def fresh(tmp_path: Path, earlier: Earlier) -> AsyncIterator[ForkedStage]:
    """An installation that has never exported: the job list has shown nothing yet."""
    async with installed(tmp_path / "stage", earlier, exported=False) as ready:
        yield ready
