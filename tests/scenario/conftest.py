"""The stage of the scenarios, set up for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stage import Stage, staged


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A fresh sandbox, a folder, and no bot yet."""
    async with staged(tmp_path) as ready:
        yield ready
