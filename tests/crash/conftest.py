"""Crash tests: the stage of the scenarios, with bots that are forked and killed."""

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "scenario"))

from world import Earlier, earlier_export


@pytest.fixture(scope="session")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Earlier:
    """An installation that has exported before; each test begins with a copy."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # that of all workers
    return earlier_export(root / "earlier")
