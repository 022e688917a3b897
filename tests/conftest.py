"""What every test shares: a clean environment."""

import os

import pytest


@pytest.fixture(autouse=True)
def _clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No setting of this machine reaches a test, and no `.env` of the checkout is read."""
    for name in list(os.environ):
        if name.startswith(("SLACK_", "BOTIFY_", "POLL_", "DATA_DIR", "DATABASE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))
