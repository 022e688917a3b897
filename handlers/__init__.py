"""Hears Slack: one module per kind of event. Knows Slack's words, decides nothing."""

from slack_bolt.async_app import AsyncApp

from handlers import actions, commands, failures, fallback, options, submissions
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """Make the app hear everything that the product answers.

    The order matters: Bolt asks listeners in the order in which they were registered, and the
    fallback takes whatever is left.
    """
    for kind in (commands, submissions, actions, options, failures, fallback):
        kind.register(app, services)
