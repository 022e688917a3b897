"""Tokens: who is calling, and whether this kind of token may call this method."""

from typing import Literal

from aiohttp import web

from sandbox.slack import world
from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform

TokenKind = Literal["bot", "app"]

KINDS: dict[str, TokenKind] = {world.BOT_TOKEN: "bot", world.APP_TOKEN: "app"}

JUDGED: dict[str, str] = {"revoked": "token_revoked", "inactive": "account_inactive"}


def token_of(request: web.Request, arguments: dict[str, object]) -> str | None:
    """The bearer token, or the argument `token` of the body."""
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return header.removeprefix("Bearer ").strip()
    token = arguments.pop("token", None)
    return token if isinstance(token, str) and token else None


def authenticate(platform: Platform, token: str | None) -> TokenKind:
    """Whose token this is.

    Raises:
        SlackError: not_authed, invalid_auth, token_revoked or account_inactive.
    """
    if token is None:
        raise SlackError("not_authed")
    kind = KINDS.get(token)
    if kind is None:
        raise SlackError("invalid_auth")
    opinion = str(platform.switches[f"{kind}_token"].value)
    if opinion in JUDGED:
        raise SlackError(JUDGED[opinion])
    return kind
