"""A setting that cannot be used is named, with what it must be, in our own words."""

from pathlib import Path

import pytest

from bot.model.errors import NotSetUp
from bot.model.settings import read_settings, unknown_names


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("POLL_SECONDS", "soon", "it must be a number."),
        ("POLL_SECONDS", "nan", "it must be a number that is not infinite."),
        ("EXPORT_DEADLINE_HOURS", "inf", "it must be a number that is not infinite."),
        ("EXPORT_DEADLINE_HOURS", "721", "it must be 720 or less."),
        ("EXPORT_DEADLINE_HOURS", "-1", "it must be more than 0."),
        ("RETENTION_DAYS", "1e9", "it must be 3,650 or less."),
        ("BOTIFY_ROW_LIMIT", "many", "it must be a whole number."),
        ("BOTIFY_ROW_LIMIT", "1e99", "it must be a whole number."),
        ("CONFIRM_CREDITS_ABOVE", "1" * 30, "it must be 1,000,000,000,000 or less."),
        ("BOTIFY_REQUESTS_PER_SECOND", "6", "it must be 5 or less."),
        ("GUARD_CELLS", "perhaps", "it must be on or off."),
        ("POST_FILE_IN", "nowhere", "it must be one of 'channel' or 'thread'."),
        ("LOG_FORMAT", "xml", "it must be one of 'console' or 'json'."),
        ("BOTIFY_APP_HOSTS", ",", "it must be at least one host."),
        ("BOTIFY_APP_HOSTS", "https://app.botify.com", "it must be hosts such as app.botify.com"),
        ("BOTIFY_DOWNLOAD_HOSTS", "127.0.0.1:80, x/y", "it must be hosts such as"),
        ("BOTIFY_API_URL", "api.botify.com", "it must be an address such as"),
        ("SLACK_API_URL", "ftp://slack.com", "it must be an address that begins with"),
    ],
)
def test_a_value_that_cannot_be_used_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, words: str
) -> None:
    """What it must be, in the words of the README, also where it would overflow much later."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    with pytest.raises(NotSetUp) as caught:
        read_settings()
    assert caught.value.sentence.startswith(f"{name} cannot be used: ")
    assert words in caught.value.sentence


def test_an_env_file_in_another_encoding_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As an editor on Windows may save it: a sentence, no traceback."""
    (tmp_path / ".env").write_text("LOG_FORMAT=json # für Maschinen\n", encoding="utf-16")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotSetUp, match="UTF-8"):
        read_settings()


def test_all_values_that_cannot_be_used_are_named_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody has to start the program once for each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLL_SECONDS", "soon")
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(NotSetUp) as caught:
        read_settings()
    assert "POLL_SECONDS cannot be used: it must be a number." in caught.value.sentence
    assert "LOG_FORMAT cannot be used" in caught.value.sentence
    assert "POLL_SECONDS and LOG_FORMAT" in caught.value.advice


def test_a_line_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It would be left out without a word."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("LOG_FORMAT=json\n\nPOLL_SECONDS soon = 'x\n")
    with pytest.raises(NotSetUp, match=r"Line 3 of \.env cannot be read\."):
        read_settings()


def test_names_that_are_no_settings_are_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A slip of the pen is told with what was meant; what belongs to others is left alone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        "CONFIRM_CREDIT_ABOVE=5\nSLACK_SECRET=x\nPOLL_SECONDS=2\nHTTPS_PROXY=http://x\n"
    )
    assert unknown_names() == {
        "CONFIRM_CREDIT_ABOVE": "CONFIRM_CREDITS_ABOVE",
        "SLACK_SECRET": None,
    }
