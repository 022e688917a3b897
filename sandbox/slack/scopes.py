"""Scopes: what the manifest grants, and what each method and kind of conversation needs."""

from collections.abc import Collection

from sandbox.slack.errors import SlackError
from sandbox.slack.workspace import Kind

READ: dict[Kind, str] = {
    "public": "channels:read",
    "private": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}
"""conversations.info, .members and .list, by the kind of conversation (method pages)."""

HISTORY: dict[Kind, str] = {
    "public": "channels:history",
    "private": "groups:history",
    "im": "im:history",
    "mpim": "mpim:history",
}
"""conversations.history and .replies, by the kind of conversation (method pages)."""

WRITE: dict[Kind, str] = {"im": "im:write", "mpim": "mpim:write"}
"""conversations.open, by what is opened (method page)."""


def require(granted: Collection[str], needed: str) -> None:
    """Go on only with this scope.

    Raises:
        SlackError: missing_scope, with what was needed and what is there.
    """
    if needed not in granted:
        raise SlackError("missing_scope", needed=needed, provided=",".join(sorted(granted)))


def require_one(granted: Collection[str], needed: Collection[str]) -> None:
    """Go on with any one of these scopes.

    Raises:
        SlackError: missing_scope; `needed` lists them all.
    """
    if not set(granted) & set(needed):
        require(granted, ",".join(needed))
