"""What the workers of one process share: settings, the store, the two edges, a name, a clock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.botify.client import BotifyClient
from bot.exports.running import Running
from bot.model.progress import NO_PROGRESS, Progress
from bot.model.settings import Settings
from bot.slack.clients import Identity, SlackClients
from storage.database import Database


class Moment(StrEnum):
    """When an observer is called."""

    BEFORE = "before"
    AFTER = "after"


Observer = Callable[[str, Moment, str], None]
"""Called around every transaction and effect with its name, the moment and whose it is.

It is given when the program is assembled: this is how crash tests find every point at which the
plug can be pulled without a line for them in the program.
"""


def unobserved(_name: str, _moment: Moment, _subject: str) -> None:
    """The observer of a program in production."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """The workspace that this process serves."""

    clients: SlackClients
    identity: Identity


@dataclass(slots=True)
class Figures:
    """Live figures of the exports in work; they need not survive a restart."""

    by_export: dict[str, Progress] = field(default_factory=dict)

    def of(self, export_id: str) -> Progress:
        """What is known right now."""
        return self.by_export.get(export_id, NO_PROGRESS)

    def note(self, export_id: str, **changes: object) -> None:
        """Replace some of the figures of an export."""
        self.by_export[export_id] = replace(self.of(export_id), **changes)  # type: ignore[arg-type]

    def forget(self, export_id: str) -> None:
        """The export has ended."""
        self.by_export.pop(export_id, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that a worker needs.

    Attributes:
        settings: the operator's choices.
        database: what is remembered.
        botify: the client with the token.
        slack: None in the command line's `export`, which posts nothing.
        owner: the name of this process in leases.
        now: the time, with a zone.
        transactions: observer of all transactions.
        effects: observer of all effects.
        figures: live progress.
        running: the parts whose job is asked about.
        one_at_a_time: held between counting the running jobs of a project and adding one.
    """

    settings: Settings
    database: Database
    botify: BotifyClient
    slack: Slack | None
    owner: str
    now: Callable[[], datetime]
    transactions: Observer = unobserved
    effects: Observer = unobserved
    figures: Figures = field(default_factory=Figures)
    running: Running = field(default_factory=Running)
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def tick(self) -> float:
        """Seconds between two looks at what is due."""
        return self.settings.poll_seconds
