"""Slack's words and silences as domain errors: the table, word by word."""

from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError
from structlog.testing import capture_logs

from bot.model.errors import (
    ChannelClosed,
    ContentRefused,
    InstallationGone,
    MessageLost,
    NotSetUp,
    ProductError,
    Repeat,
    SlackRateLimited,
    SlackRefused,
    SlackUnreachable,
)
from bot.slack.errors import (
    RETRY_AFTER_MOST,
    RETRY_AFTER_UNSAID,
    WORDS,
    FileUnknown,
    slack_error,
)

KEY: Any = SimpleNamespace(host="slack.com", port=443, ssl=True, is_ssl=True)
REFUSED = ConnectionRefusedError(111, "refused")


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> SlackApiError:
    """As the SDK raises it: with its own response, or with aiohttp's for a broken body."""
    response = SimpleNamespace(data=body, status_code=status, headers=headers or {})
    return SlackApiError("The request failed.", response)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("word", "expected", "repeat"),
    [
        ("invalid_auth", InstallationGone, Repeat.DONE),
        ("token_revoked", InstallationGone, Repeat.DONE),
        ("account_inactive", InstallationGone, Repeat.DONE),
        ("channel_not_found", ChannelClosed, Repeat.DONE),
        ("not_in_channel", ChannelClosed, Repeat.DONE),
        ("is_archived", ChannelClosed, Repeat.DONE),
        ("is_inactive", ChannelClosed, Repeat.DONE),
        ("restricted_action", ChannelClosed, Repeat.DONE),
        ("restricted_action_of_tomorrow", ChannelClosed, Repeat.DONE),
        ("slack_connect_file_upload_sharing_blocked", ChannelClosed, Repeat.DONE),
        ("posting_to_general_channel_denied", ChannelClosed, Repeat.DONE),
        ("messages_tab_disabled", ChannelClosed, Repeat.DONE),
        ("message_not_found", MessageLost, Repeat.DONE),
        ("cant_update_message", MessageLost, Repeat.DONE),
        ("edit_window_closed", MessageLost, Repeat.DONE),
        ("invalid_blocks", ContentRefused, Repeat.DONE),
        ("msg_too_long", ContentRefused, Repeat.DONE),
        ("msg_blocks_too_long", ContentRefused, Repeat.DONE),
        ("metadata_too_large", ContentRefused, Repeat.DONE),
        ("file_not_found", FileUnknown, Repeat.DONE),
        ("file_upload_size_restricted", SlackRefused, Repeat.DONE),
        ("file_uploads_disabled", SlackRefused, Repeat.DONE),
        ("storage_limit_reached", SlackRefused, Repeat.DONE),
        ("a_word_of_tomorrow", SlackRefused, Repeat.DONE),
        ("missing_scope", NotSetUp, Repeat.DONE),
        ("fatal_error", SlackUnreachable, Repeat.UNKNOWN),
        ("internal_error", SlackUnreachable, Repeat.UNKNOWN),
        ("service_unavailable", SlackUnreachable, Repeat.UNKNOWN),
        ("request_timeout", SlackUnreachable, Repeat.UNKNOWN),
        ("update_failed", SlackUnreachable, Repeat.UNKNOWN),
        ("ratelimited", SlackRateLimited, Repeat.NOT_SENT),
        ("rate_limited", SlackRateLimited, Repeat.NOT_SENT),
        ("message_limit_exceeded", SlackRateLimited, Repeat.NOT_SENT),
    ],
)
def test_words_become_errors(word: str, expected: type[ProductError], repeat: Repeat) -> None:
    """Each word of Slack's has one meaning, and says whether the call may be repeated."""
    error = slack_error(answer({"ok": False, "error": word}))
    assert type(error) is expected
    assert error.repeat is repeat


@pytest.mark.parametrize("word", [*WORDS, "restricted_action_x", "slack_connect_x", "unheard_of"])
def test_every_refusal_can_be_read(word: str) -> None:
    """A person gets a sentence and a next step for each word that Slack has."""
    error = slack_error(answer({"ok": False, "error": word}))
    for text in (error.sentence, error.next_step):
        assert text[0].isupper()
        assert text.endswith(".")


def test_an_unknown_word_is_named() -> None:
    """What stands in no table can still be looked up."""
    assert "unheard_of" in slack_error(answer({"error": "unheard_of"})).sentence


def test_a_missing_scope_is_named() -> None:
    """The operator learns which permission is missing."""
    error = slack_error(answer({"error": "missing_scope", "needed": "groups:read"}))
    assert "groups:read" in error.sentence


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 1.0),
        ("999999999", RETRY_AFTER_MOST),
        ("soon", RETRY_AFTER_UNSAID),
        ("-3", RETRY_AFTER_UNSAID),
        ("", RETRY_AFTER_UNSAID),
        (None, RETRY_AFTER_UNSAID),
    ],
)
def test_a_429_says_how_long_to_wait(header: str | None, seconds: float) -> None:
    """Retry-After is honoured, within reason, whatever the body is."""
    headers = {} if header is None else {"Retry-After": header}
    for body in ({"ok": False, "error": "ratelimited"}, {}, None, "<html>"):
        error = slack_error(answer(body, 429, headers))
        assert isinstance(error, SlackRateLimited)
        assert error.retry_after == seconds
        assert error.repeat is Repeat.NOT_SENT


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 200),
        (None, 200),
        ("", 502),
        ("<html>Bad gateway</html>", 502),
        ({"ok": False}, 503),
        ({"ok": False, "error": None}, 500),
        ({"ok": False, "error": ["a list"]}, 200),
        ({"ok": False, "error": "a_word_of_tomorrow"}, 500),
        ({}, 404),
    ],
)
def test_an_answer_without_a_usable_word_is_unknown(body: Any, status: int) -> None:
    """HTML, nothing, nonsense, 5xx: perhaps it was done, so nothing is repeated blindly."""
    error = slack_error(answer(body, status))
    assert type(error) is SlackUnreachable
    assert error.repeat is Repeat.UNKNOWN


def test_the_response_of_a_broken_body_is_read_too() -> None:
    """For JSON that cannot be parsed the SDK hands out aiohttp's response instead of its own."""
    raw = SimpleNamespace(status=429, headers={"Retry-After": "9"})
    error = slack_error(SlackApiError("broken", raw))  # type: ignore[no-untyped-call]
    assert isinstance(error, SlackRateLimited)
    assert error.retry_after == 9.0


@pytest.mark.parametrize(
    ("exception", "repeat"),
    [
        (aiohttp.ClientConnectorError(KEY, REFUSED), Repeat.NOT_SENT),
        (aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "no such name")), Repeat.NOT_SENT),
        (aiohttp.ConnectionTimeoutError(), Repeat.NOT_SENT),
        (aiohttp.InvalidURL("nonsense"), Repeat.NOT_SENT),
        (aiohttp.SocketTimeoutError(), Repeat.UNKNOWN),
        (aiohttp.ServerTimeoutError(), Repeat.UNKNOWN),
        (TimeoutError(), Repeat.UNKNOWN),
        (aiohttp.ServerDisconnectedError(), Repeat.UNKNOWN),
        (aiohttp.ClientOSError(104, "reset"), Repeat.UNKNOWN),
        (aiohttp.ClientPayloadError(), Repeat.UNKNOWN),
        (ConnectionResetError(), Repeat.UNKNOWN),
        (SlackRequestError("odd"), Repeat.UNKNOWN),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), Repeat.UNKNOWN),
        (AttributeError("'list' object has no attribute 'get'"), Repeat.UNKNOWN),
    ],
)
def test_transport_errors_tell_not_sent_from_unknown(exception: Exception, repeat: Repeat) -> None:
    """Only what provably never reached Slack may be repeated."""
    error = slack_error(exception)
    assert type(error) is SlackUnreachable
    assert error.repeat is repeat


def test_a_domain_error_stays_what_it_is() -> None:
    """Translating twice changes nothing."""
    error = MessageLost()
    assert slack_error(error) is error


def test_a_mistake_of_ours_is_not_dressed_up() -> None:
    """An exception that has nothing to do with Slack is raised as it is."""
    with pytest.raises(KeyError):
        slack_error(KeyError("a bug"))


def test_explanations_go_to_the_log_and_not_to_the_person() -> None:
    """Slack's JSON pointers help a developer, under the id that the person was shown."""
    body = {
        "ok": False,
        "error": "invalid_blocks",
        "response_metadata": {"messages": ["[ERROR] must be shorter [json-pointer:/blocks/0]"]},
    }
    with capture_logs() as logs:
        error = slack_error(answer(body))
    assert "json-pointer" not in str(error)
    (line,) = logs
    assert line["error_id"] == error.error_id
    assert line["details"] == ["[ERROR] must be shorter [json-pointer:/blocks/0]"]
