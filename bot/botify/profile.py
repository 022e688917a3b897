"""Whose token this is."""

from typing import Any, Final

from bot.botify.client import BotifyClient, path_to
from bot.botify.retries import Patience
from bot.botify.schema import UNREADABLE
from bot.model.errors import (
    BotifyUnreachable,
    NotFound,
    NotSetUp,
    PermissionRefused,
    TokenRefused,
)

_PLACES: Final = (("username",), ("data", "username"), ("user", "username"), ("login",))
"""Where clients have found the name; Botify's specification lacks this call."""


async def account(client: BotifyClient, *, patience: Patience | None = None) -> str:
    """The Botify person in whose name we ask: not the organisation that owns the projects.

    Raises:
        TokenRefused: the token is not accepted, or the account has no access to the API.
        NotSetUp: what answers at BOTIFY_API_URL does not know this question.
        BotifyUnreachable: no usable answer.
    """
    try:
        answer = await client.get(path_to("authentication", "profile"), patience=patience)
    except PermissionRefused as error:
        # after a token was regenerated, the old one is "forbidden"
        raise _refused() from error
    except NotFound as error:
        raise NotSetUp(
            "What answers at BOTIFY_API_URL is not Botify's API.",
            "Leave BOTIFY_API_URL out, or set it to https://api.botify.com/v1.",
        ) from error
    if isinstance(answer, dict) and answer.get("success") is False:
        raise _refused()
    for place in _PLACES:
        name = _at(answer, place)
        if isinstance(name, str) and name.strip():
            return name.strip()
    raise BotifyUnreachable(UNREADABLE)


def _refused() -> TokenRefused:
    return TokenRefused(
        "Botify refuses this token: it may be an old one, or API access is not enabled for the "
        "account.",
        remedy="Copy the current token from https://app.botify.com/account into BOTIFY_API_TOKEN; "
        "if that is refused too, ask your Botify contact to enable API access.",
    )


def _at(answer: Any, place: tuple[str, ...]) -> Any:
    for key in place:
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer
