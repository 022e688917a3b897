"""The three tokens, as far as one can tell by looking at them: set, and each in its own place."""

from collections.abc import Mapping
from typing import Final

from pydantic import SecretStr

from bot.model.errors import NotSetUp
from bot.model.settings import Settings

BOT_FROM: Final = (
    "Copy the Bot User OAuth Token (xoxb-...) from OAuth & Permissions on the app's page at "
    "api.slack.com into SLACK_BOT_TOKEN."
)
APP_FROM: Final = (
    "On the app's page at api.slack.com, under Basic Information, make an app-level token "
    "(xapp-...) with the scope connections:write, and put it into SLACK_APP_TOKEN."
)
BOTIFY_FROM: Final = "Copy your token from https://app.botify.com/account into BOTIFY_API_TOKEN."

PLACEHOLDER: Final = "..."
"""How the values of `.env.example` end."""

_KINDS: Final[Mapping[str, str]] = {
    "xoxb-": "a bot token",
    "xoxp-": "a user token",
    "xapp-": "an app-level token",
}


def bot_token(settings: Settings) -> str:
    """The bot token.

    Raises:
        NotSetUp: it is not set, still the example's, or another kind of token.
    """
    _not_swapped(settings)
    return _of_kind("SLACK_BOT_TOKEN", settings.slack_bot_token, "xoxb-", BOT_FROM)


def app_token(settings: Settings) -> str:
    """The app-level token. Raises as `bot_token`."""
    _not_swapped(settings)
    return _of_kind("SLACK_APP_TOKEN", settings.slack_app_token, "xapp-", APP_FROM)


def botify_token(settings: Settings) -> SecretStr:
    """Botify's token, which has no form of its own. Raises as `bot_token`."""
    return SecretStr(_filled_in("BOTIFY_API_TOKEN", settings.botify_api_token, BOTIFY_FROM))


def _not_swapped(settings: Settings) -> None:
    bot, app = settings.slack_bot_token, settings.slack_app_token
    if bot is None or app is None:
        return
    if (_kind(bot.get_secret_value()), _kind(app.get_secret_value())) == ("xapp-", "xoxb-"):
        raise NotSetUp(
            "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped.",
            "Exchange them: SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-.",
        )


def _of_kind(name: str, token: SecretStr | None, wanted: str, source: str) -> str:
    value = _filled_in(name, token, source)
    kind = _kind(value)
    if kind not in (None, wanted):
        raise NotSetUp(f"{name} holds {_KINDS[kind]} ({kind}...).", source)
    return value


def _filled_in(name: str, token: SecretStr | None, source: str) -> str:
    if token is None:
        raise NotSetUp(f"{name} is not set.", source)
    value = token.get_secret_value().strip()
    if value.endswith((PLACEHOLDER, "…")):
        raise NotSetUp(f"{name} is still the placeholder of .env.example.", source)
    return value


def _kind(token: str) -> str | None:
    return next((prefix for prefix in _KINDS if token.strip().startswith(prefix)), None)
