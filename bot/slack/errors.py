"""Slack's ways to say no, and to say nothing, as domain errors.

One table holds Slack's error words, another the transport's exceptions. A word that stands in no
table is a refusal that names the word, so that nothing is swallowed and nothing is guessed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.model.errors import (
    TELL,
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

log = structlog.get_logger(__name__)

RETRY_AFTER_UNSAID: Final = 30.0
"""Seconds to wait after a 429 without a usable Retry-After; the SDK waits as long for its own."""

SECONDS: Final = re.compile(r"\s*[0-9]+(\.[0-9]+)?\s*\Z")

RETRY_AFTER_MOST: Final = 3600.0
"""A longer wait than this is not believed: it would outlive the process's patience in silence."""


class FileUnknown(SlackRefused):
    """Slack does not know a file id: its upload was never stored, or was discarded.

    It stands here and not in the common tree because no person ever meets it: the file is
    uploaded again.
    """

    sentence = "Slack does not know the uploaded file."
    next_step = "It will be uploaded again."


class FileMissing(SlackRefused):
    """The file to be sent is not on our disk."""

    sentence = "The file is no longer on the disk of this app."
    next_step = "Press Retry: it is fetched from Botify again."


@dataclass(frozen=True, slots=True)
class Answer:
    """What one word of Slack's means: the error, and its own sentence where it has one."""

    error: type[ProductError]
    sentence: str | None = None
    next_step: str | None = None
    remedy: str | None = None
    repeat: Repeat | None = None


_INVITE = "Invite the app there, or choose another channel."
_ELSEWHERE = "Choose another channel, or your direct message with the app."
_ADMIN = "Ask a Slack administrator, or choose another channel."

_GONE = Answer(InstallationGone)
_CLOSED = Answer(ChannelClosed, next_step=_ADMIN)
_ARCHIVED = Answer(ChannelClosed, "This channel is archived.", _ELSEWHERE)
_LOST = Answer(MessageLost)
_FORM = Answer(ContentRefused)
_LATER = Answer(SlackUnreachable)

WORDS: Final[Mapping[str, Answer]] = {
    # the token, or the whole installation
    "account_inactive": _GONE,
    "invalid_auth": _GONE,
    "not_authed": _GONE,
    "token_expired": _GONE,
    "token_revoked": _GONE,
    "team_not_found": _GONE,
    "user_removed_from_team": _GONE,
    "not_allowed_token_type": Answer(
        InstallationGone,
        "This kind of token cannot be used here.",
        remedy="SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-.",
    ),
    "org_login_required": Answer(
        InstallationGone,
        "Slack is moving this workspace to another organisation.",
        remedy="Start the app again when that is finished.",
    ),
    "access_denied": _GONE,
    "ekm_access_denied": Answer(
        InstallationGone,
        "A Slack administrator has suspended posting in this workspace.",
        "Ask a Slack administrator.",
    ),
    # the conversation
    "channel_not_found": Answer(ChannelClosed, "The app cannot see this conversation.", _INVITE),
    "not_in_channel": Answer(ChannelClosed, "The app is not in this channel.", _INVITE),
    "invalid_channel": Answer(ChannelClosed, "Slack does not know this channel.", _ELSEWHERE),
    "is_archived": _ARCHIVED,
    "is_inactive": _ARCHIVED,
    "method_not_supported_for_channel_type": Answer(ChannelClosed, next_step=_INVITE),
    "restricted_action": _CLOSED,
    "restricted_action_read_only_channel": Answer(
        ChannelClosed, "Only some people may post in this channel.", _ADMIN
    ),
    "restricted_action_thread_only_channel": Answer(
        ChannelClosed, "Only replies are allowed in this channel.", _ELSEWHERE
    ),
    "restricted_action_non_threadable_channel": Answer(
        ChannelClosed, "Replies are not allowed in this channel.", _ELSEWHERE
    ),
    "restricted_action_thread_locked": Answer(
        ChannelClosed, "The thread of the progress message is locked.", _ELSEWHERE
    ),
    "no_permission": _CLOSED,
    "posting_to_channel_denied": _CLOSED,
    "posting_to_general_channel_denied": _CLOSED,
    "external_channel_migrating": Answer(
        ChannelClosed, "Slack is moving this channel at the moment.", "Try again in some minutes."
    ),
    "messages_tab_disabled": Answer(
        ChannelClosed,
        "Direct messages with the app are switched off.",
        TELL,
        "Switch on the Messages tab in the app's settings at Slack.",
    ),
    "cannot_dm_bot": Answer(ChannelClosed, "The app cannot write to another app.", _ELSEWHERE),
    "user_disabled": Answer(ChannelClosed, "This person's Slack account is closed.", _ELSEWHERE),
    "user_not_found": Answer(ChannelClosed, "Slack does not know this person.", _ELSEWHERE),
    "user_not_visible": Answer(ChannelClosed, "The app may not write to this person.", _ELSEWHERE),
    "user_not_in_channel": Answer(ChannelClosed, next_step=_ELSEWHERE),
    # the message
    "message_not_found": _LOST,
    "cant_update_message": _LOST,
    "edit_window_closed": _LOST,
    "streaming_state_conflict": _LOST,
    "thread_not_found": _LOST,
    "cannot_reply_to_message": _LOST,
    "invalid_thread_ts": _LOST,
    # our own mistakes
    "attachment_payload_limit_exceeded": _FORM,
    "block_mismatch": _FORM,
    "invalid_arg_name": _FORM,
    "invalid_arguments": _FORM,
    "invalid_array_arg": _FORM,
    "invalid_blocks": _FORM,
    "invalid_blocks_format": _FORM,
    "invalid_charset": _FORM,
    "invalid_form_data": _FORM,
    "invalid_json": _FORM,
    "invalid_post_type": _FORM,
    "json_not_object": _FORM,
    "markdown_text_conflict": _FORM,
    "missing_argument": _FORM,
    "missing_post_type": _FORM,
    "msg_blocks_too_long": _FORM,
    "msg_too_long": _FORM,
    "no_text": _FORM,
    "too_many_attachments": _FORM,
    "view_too_large": _FORM,
    # files
    "file_not_found": Answer(FileUnknown),
    "file_deleted": Answer(
        SlackRefused, "The file was deleted in Slack.", "Press Retry to have it posted again."
    ),
    "file_upload_size_restricted": Answer(
        SlackRefused,
        "This workspace does not take files of this size.",
        TELL,
        "SLACK_UPLOAD_LIMIT_BYTES can be lowered: larger files are then split.",
    ),
    "file_uploads_disabled": Answer(
        SlackRefused, "File uploads are switched off in this workspace.", _ADMIN
    ),
    "file_uploads_except_images_disabled": Answer(
        SlackRefused, "This workspace takes no files except images.", _ADMIN
    ),
    "file_type_not_allowed": Answer(SlackRefused, "This workspace takes no CSV files.", _ADMIN),
    "storage_limit_reached": Answer(
        SlackRefused,
        "The workspace's file storage is full.",
        "Delete old files in Slack, then press Retry.",
    ),
    # nobody knows whether it was done
    "fatal_error": _LATER,
    "internal_error": _LATER,
    "service_unavailable": _LATER,
    "request_timeout": _LATER,
    "team_added_to_org": _LATER,
    "update_failed": _LATER,
    "file_update_failed": _LATER,
}
"""Slack's words (the error lists of the method pages), and what they mean here."""

LIMITED: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
"""Words that mean 429, whatever the HTTP status: not executed, the method waits."""

PREFIXES: Final[Mapping[str, Answer]] = {
    "slack_connect_": Answer(
        ChannelClosed, "The rules for channels shared with other companies forbid this.", _ADMIN
    ),
    "restricted_action": _CLOSED,
    "posting_to_": _CLOSED,
    "metadata_": _FORM,
    "invalid_metadata_": _FORM,
}
"""Families of words that Slack adds to from time to time."""

NEVER_CONNECTED: Final = (
    aiohttp.ClientConnectorError,  # refused, DNS, TLS handshake, certificate, proxy not reached
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
    aiohttp.ServerFingerprintMismatch,
)
"""No connection stood, so no request can have been executed."""


def slack_error(error: Exception) -> ProductError:
    """What an unsuccessful call of Slack's Web API means.

    Slack's explanations (`response_metadata.messages`) go to the log, under the error's id.

    Args:
        error: from the SDK, aiohttp or asyncio.
    """
    if isinstance(error, ProductError):
        return error
    if isinstance(error, SlackApiError):
        return _from_answer(error.response)
    return _from_transport(error)


def word_error(word: str, *, needed: str | None = None) -> ProductError:
    """What one of Slack's error words means. `needed` is the scope that a refusal names."""
    if word in LIMITED:
        return SlackRateLimited(RETRY_AFTER_UNSAID)
    if word == "missing_scope":
        return missing_scope(needed)
    answer = WORDS.get(word) or next(
        (meant for prefix, meant in PREFIXES.items() if word.startswith(prefix)), None
    )
    if answer is None:
        return SlackRefused(f"Slack refused the request ({word}).")
    return answer.error(
        answer.sentence, answer.next_step, remedy=answer.remedy, repeat=answer.repeat
    )


def missing_scope(needed: str | None) -> ProductError:
    """The installation is older than the manifest, or somebody took a scope away."""
    named = f" {needed}" if needed else ""
    return NotSetUp(
        f"The app lacks a permission in Slack{named and ':' + named}.",
        "Install the app again with the scopes of manifest.yml.",
    )


def status_error(status: int, retry_after: str | None = None) -> ProductError:
    """What an HTTP status means when the body says nothing usable."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return SlackRateLimited(seconds_of(retry_after))
    if status >= HTTPStatus.BAD_REQUEST:
        return SlackUnreachable(f"Slack did not give a usable answer (HTTP {status}).")
    return SlackUnreachable()


def seconds_of(retry_after: str | None) -> float:
    """Retry-After as seconds, from 1 to an hour; 30 where it is missing or no number."""
    if retry_after is None or not SECONDS.match(retry_after):
        return RETRY_AFTER_UNSAID
    return min(max(float(retry_after), 1.0), RETRY_AFTER_MOST)


def _from_answer(response: Any) -> ProductError:
    """From the SDK's response, or the aiohttp response that it puts there for a broken body."""
    status = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    headers: Mapping[str, str] = getattr(response, "headers", None) or {}
    body = response if isinstance(response, Mapping) else getattr(response, "data", None)
    data: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    said = data.get("error")
    word = said if isinstance(said, str) else ""
    if status == HTTPStatus.TOO_MANY_REQUESTS or word in LIMITED:
        return SlackRateLimited(seconds_of(headers.get("Retry-After")))
    if not word:
        return status_error(status)
    needed = data.get("needed")
    error = word_error(word, needed=needed if isinstance(needed, str) else None)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and word not in WORDS:
        error = status_error(status)
    log.info(
        "Slack refused a call",
        word=word,
        status=status,
        details=_details(data),
        error_id=error.error_id,
    )
    return error


def _details(data: Mapping[str, Any]) -> list[str]:
    """Slack's explanations for developers, at most a few lines of them."""
    metadata = data.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, Mapping) else None
    return [str(line)[:500] for line in messages[:10]] if isinstance(messages, list) else []


def _from_transport(error: Exception) -> ProductError:
    """From an exception without an answer."""
    if isinstance(error, NEVER_CONNECTED):
        return SlackUnreachable("Slack could not be reached.", repeat=Repeat.NOT_SENT)
    if isinstance(error, TimeoutError):
        return SlackUnreachable("Slack did not answer in time.")
    if isinstance(error, aiohttp.ClientError | OSError):
        return SlackUnreachable("The connection to Slack was lost before it answered.")
    if isinstance(error, SlackClientError | ValueError | AttributeError):
        # the SDK meets a body that is no JSON object, such as a list or plain text, with these
        return SlackUnreachable("Slack gave an answer that cannot be read.")
    raise error
