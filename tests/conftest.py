"""What every test shares: a clean environment, and how long a property is tried."""

import os

import pytest
from hypothesis import settings

settings.register_profile("usual", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


@pytest.fixture(autouse=True)
def _clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No setting of this machine reaches a test, and no `.env` of the checkout is read."""
    for name in list(os.environ):
        if name.startswith(("SLACK_", "BOTIFY_", "POLL_", "DATA_DIR", "DATABASE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))
