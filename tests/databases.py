"""A database that is set up already: made once in each process, and copied for each test.

A new database goes through all migrations, which takes a third of a second of a processor. What
that does has tests of its own; the others begin where every start but the first one begins.
"""

import asyncio
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from bot.model.settings import Settings
from storage.database import FILE_NAME, open_database


def lay_out(data_dir: Path) -> Path:
    """Make a data folder with an empty database of the newest version, where there is none.

    Returns:
        The same folder.
    """
    if not (data_dir / FILE_NAME).exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy2(_empty(), data_dir / FILE_NAME)
    return data_dir


@cache
def _empty() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="empty-database-")
    _KEPT.append(folder)
    with ThreadPoolExecutor(1) as pool:  # a test may have a running loop of its own
        pool.submit(asyncio.run, _make(Path(folder.name))).result()
    return Path(folder.name) / FILE_NAME


async def _make(data_dir: Path) -> None:
    await (await open_database(Settings(data_dir=data_dir))).close()


_KEPT: list[tempfile.TemporaryDirectory[str]] = []
"""Removed when the process ends."""
