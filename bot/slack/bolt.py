"""The Bolt app of one workspace, built so that no stray variable can change what it is."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.clients import Identity, SlackClients

_PREFIX = "SLACK_"


def bolt_app(clients: SlackClients, identity: Identity) -> AsyncApp:
    """An app without listeners, whose requests act with the token of `clients`.

    Bolt turns into a multi-workspace app, and drops the token, when it finds SLACK_CLIENT_ID and
    SLACK_CLIENT_SECRET in the environment; so it is built without any such variable in sight.
    Who we are is known already: no request waits for `auth.test`, which otherwise the first ones
    do, inside the 3 seconds in which they must be acknowledged.

    An event that no listener takes is raised to the app's error listener, because Bolt would not
    acknowledge it.
    """
    token = clients.bolt.token

    async def authorize(**_context: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team,
            team=identity.team_name,
            bot_token=token,
            bot_user_id=identity.bot_user,
            bot_id=identity.bot_id,
            bot_scopes=sorted(identity.scopes),
        )

    with _without_slack_variables():
        return AsyncApp(
            name="botify-export",
            client=_without_token(clients.bolt),
            authorize=authorize,
            raise_error_for_unhandled_request=True,
            request_verification_enabled=False,  # Socket Mode signs no requests
            ssl_check_enabled=False,  # asked in HTTP mode only
            url_verification_enabled=False,  # same
        )


def _without_token(client: AsyncWebClient) -> AsyncWebClient:
    """A client like this one; `authorize` gives each request's copy of it the token."""
    return AsyncWebClient(
        base_url=client.base_url,
        session=client.session,
        proxy=client.proxy,
        retry_handlers=client.retry_handlers,
    )


@contextmanager
def _without_slack_variables() -> Iterator[None]:
    """Bolt reads a dozen variables when an app is built; ours come from the settings."""
    held = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(_PREFIX)}
    try:
        yield
    finally:
        os.environ.update(held)
