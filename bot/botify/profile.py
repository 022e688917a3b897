"""Whose token this is."""

from typing import Any, Final

from bot.botify.client import BotifyClient, path_to
from bot.botify.schema import UNREADABLE
from bot.model.errors import BotifyUnreachable, PermissionRefused, TokenRefused

_PLACES: Final = (("username",), ("data", "username"), ("user", "username"), ("login",))
"""Where clients have found the name; Botify's specification lacks this call."""


async def account(client: BotifyClient) -> str:
    """The Botify person in whose name we ask: not the organisation that owns the projects.

    Raises:
        TokenRefused: the token is not accepted, or the account has no access to the API.
        BotifyUnreachable: no usable answer.
    """
    try:
        answer = await client.get(path_to("authentication", "profile"))
    except PermissionRefused as error:
        # after a token was regenerated, the old one is "forbidden"
        raise TokenRefused from error
    if isinstance(answer, dict) and answer.get("success") is False:
        raise TokenRefused
    for place in _PLACES:
        name = _at(answer, place)
        if isinstance(name, str) and name.strip():
            return name.strip()
    raise BotifyUnreachable(UNREADABLE)


def _at(answer: Any, place: tuple[str, ...]) -> Any:
    for key in place:
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer
