"""Every Web API method: what runs, how often, with which token, scope and arguments.

Tiers and scopes are those of the official method pages; the numbers stand in `limits`.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.slack import limits
from sandbox.slack.arguments import Argument, data, flag, text, whole, words
from sandbox.slack.methods import (
    apps,
    auth,
    blocks,
    chat,
    conversations,
    files,
    users,
    views,
)
from sandbox.slack.platform import Platform

Json = dict[str, Any]

NEED = Argument(text, required=True)
TEXT = Argument(text)
FLAG = Argument(flag)
WHOLE = Argument(whole)
WORDS = Argument(words)
VIEW = Argument(data, required=True)
BLOCKS = Argument(data, malformed="invalid_blocks_format")

PAGED = {"cursor": TEXT, "limit": WHOLE}
CONTENT = {
    "text": TEXT,
    "blocks": BLOCKS,
    "attachments": Argument(data, malformed="invalid_attachments"),
    "markdown_text": TEXT,
    "metadata": Argument(data, malformed="invalid_metadata_format"),
}
HISTORY = PAGED | {
    "channel": NEED,
    "oldest": TEXT,
    "latest": TEXT,
    "inclusive": FLAG,
    "include_all_metadata": FLAG,
}


@dataclasses.dataclass(frozen=True)
class Method:
    """One row of the table."""

    run: Callable[[Platform, Json], Json]
    per_minute: int
    arguments: Mapping[str, Argument] = dataclasses.field(default_factory=dict)
    scope: str | None = None
    """The one scope that every call needs; those that depend on the conversation are `scopes`'."""
    tokens: frozenset[str] = frozenset({"bot"})
    """Which kinds of token may call it; none at all is needed where this is empty."""


METHODS: dict[str, Method] = {
    "auth.test": Method(auth.test, limits.SPECIAL, tokens=frozenset({"bot", "app"})),
    "apps.connections.open": Method(
        apps.connections_open, limits.TIER_3, tokens=frozenset({"app"})
    ),
    "users.info": Method(users.info, limits.TIER_4, {"user": NEED}, "users:read"),
    "blocks.validate": Method(
        blocks.validate,
        limits.TIER_3,
        {"blocks": Argument(data), "message": Argument(data), "view": Argument(data)},
        tokens=frozenset(),
    ),
    "views.open": Method(views.open_, limits.TIER_4, {"trigger_id": TEXT, "view": VIEW}),
    "views.push": Method(views.push, limits.TIER_4, {"trigger_id": TEXT, "view": VIEW}),
    "views.update": Method(
        views.update,
        limits.TIER_4,
        {"view_id": TEXT, "external_id": TEXT, "hash": TEXT, "view": VIEW},
    ),
    "views.publish": Method(
        views.publish, limits.TIER_4, {"user_id": NEED, "hash": TEXT, "view": VIEW}
    ),
    "chat.postMessage": Method(
        chat.post_message,
        limits.POSTS_PER_WORKSPACE,
        {"channel": NEED, "thread_ts": TEXT, "reply_broadcast": FLAG} | CONTENT,
        "chat:write",
    ),
    "chat.update": Method(
        chat.update,
        limits.TIER_3,
        {"channel": NEED, "ts": NEED, "file_ids": WORDS} | CONTENT,
        "chat:write",
    ),
    "chat.postEphemeral": Method(
        chat.post_ephemeral,
        limits.TIER_4,
        {"channel": NEED, "user": NEED, "thread_ts": TEXT} | CONTENT,
        "chat:write",
    ),
    "chat.delete": Method(chat.delete, limits.TIER_3, {"channel": NEED, "ts": NEED}, "chat:write"),
    "chat.getPermalink": Method(
        chat.get_permalink, limits.SPECIAL, {"channel": NEED, "message_ts": NEED}
    ),
    "conversations.info": Method(
        conversations.info, limits.TIER_3, {"channel": NEED, "include_num_members": FLAG}
    ),
    "conversations.open": Method(
        conversations.open_, limits.TIER_3, {"channel": TEXT, "users": WORDS, "return_im": FLAG}
    ),
    "conversations.join": Method(
        conversations.join, limits.TIER_3, {"channel": NEED}, "channels:join"
    ),
    "conversations.members": Method(
        conversations.members, limits.TIER_4, PAGED | {"channel": NEED}
    ),
    "conversations.list": Method(
        conversations.list_, limits.TIER_2, PAGED | {"types": WORDS, "exclude_archived": FLAG}
    ),
    "conversations.history": Method(conversations.history, limits.TIER_3, HISTORY),
    "conversations.replies": Method(conversations.replies, limits.TIER_3, HISTORY | {"ts": NEED}),
    "files.getUploadURLExternal": Method(
        files.get_upload_url,
        limits.TIER_4,
        {
            "filename": Argument(text, required=True, missing="missing_argument"),
            "length": Argument(whole, required=True, missing="missing_argument"),
            "alt_txt": TEXT,
            "snippet_type": TEXT,
        },
        "files:write",
    ),
    "files.completeUploadExternal": Method(
        files.complete_upload,
        limits.TIER_4,
        {
            "files": Argument(data, required=True),
            "channel_id": TEXT,
            "channels": WORDS,
            "thread_ts": TEXT,
            "initial_comment": TEXT,
            "blocks": Argument(data, malformed="invalid_blocks"),
        },
        "files:write",
    ),
    "files.info": Method(files.info, limits.TIER_4, {"file": NEED}, "files:read"),
    "files.delete": Method(files.delete, limits.TIER_3, {"file": NEED}, "files:write"),
}
