"""What the tests of decisions and of storage share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from databases import lay_out

from bot.model.settings import Settings
from storage.database import Database, open_database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database of its own for each test, empty."""
    opened = await open_database(Settings(data_dir=lay_out(tmp_path / "data")))
    yield opened
    await opened.close()
