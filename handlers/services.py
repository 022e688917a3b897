"""What the handlers need, assembled once when the program starts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.exports.drafting import Desk
from bot.exports.requests import Accepted
from bot.model.draft import Draft
from bot.model.settings import Settings
from bot.slack.clients import Identity, SlackClients
from handlers.background import Background
from handlers.screens import Screens
from storage.database import Database

Press = Callable[[str, str], Awaitable[str]]
"""A button of a progress message: delivery id and the person who pressed, to a sentence for them.

Raises ProductError where it cannot be done.
"""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of the program that a handler may use.

    Attributes:
        settings: the operator's choices.
        database: what is remembered.
        desk: how drafts are filled.
        slack: the clients.
        identity: who the app is in this workspace.
        screens: the open modals.
        background: what goes on after an acknowledgement.
        owner: the name of this process in leases and promises.
        accept: turns a draft into an export, at most once, in one local transaction, and begins
            with it; raises WrongInput where the person can correct the draft.
        stop: the button of a progress message, like the three below.
        retry: same.
        check_again: same.
        start_again: same.
        now: the time, with a zone.
    """

    settings: Settings
    database: Database
    desk: Desk
    slack: SlackClients
    identity: Identity
    screens: Screens
    background: Background
    owner: str
    accept: Callable[[Draft], Awaitable[Accepted]]
    stop: Press
    retry: Press
    check_again: Press
    start_again: Press
    now: Callable[[], datetime] = _now
