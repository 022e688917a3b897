"""What the workers of one process share: settings, the store, the two edges, a name, a clock."""

import asyncio
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from weakref import WeakValueDictionary

from bot.botify.client import BotifyClient
from bot.exports.catalogue import Catalogue
from bot.exports.running import Running
from bot.exports.troubles import Troubles
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


Transferred = tuple[int, int | None]
"""Bytes of a file received so far, and in all where the host said so."""


@dataclass(slots=True)
class Figures:
    """Live figures of the exports in work; they need not survive a restart."""

    by_export: dict[str, Progress] = field(default_factory=dict)
    transfers: dict[str, dict[int, Transferred]] = field(default_factory=dict)

    def of(self, export_id: str) -> Progress:
        """What is known right now."""
        return self.by_export.get(export_id, NO_PROGRESS)

    def note(self, export_id: str, **changes: object) -> None:
        """Replace some of the figures of an export."""
        self.by_export[export_id] = replace(self.of(export_id), **changes)  # type: ignore[arg-type]

    def note_transfer(self, export_id: str, part: int, of: int, state: Transferred) -> None:
        """Note where the transfer of one of so many parts stands; what is shown is all together.

        How much there is in all is not known before the last one has begun.
        """
        known = self.transfers.setdefault(export_id, {})
        known[part] = state
        # a list at once: other parts come in from threads of their own
        received, totals = zip(*list(known.values()), strict=True)
        whole = None if len(totals) < of or None in totals else sum(totals)
        self.note(export_id, downloaded=sum(received), download_total=whole)

    def keep(self, export_ids: Collection[str]) -> None:
        """Forget all others: nobody shows them any more."""
        for export_id in self.by_export.keys() - set(export_ids):
            self.by_export.pop(export_id, None)
            self.transfers.pop(export_id, None)


LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Hold:
    """Until when the leases of this process hold, as it last said itself.

    A process that was asleep for longer finds out before it does what must not be done twice:
    another one may have taken over meanwhile.
    """

    until: datetime = LONG_AGO


UPLOADS = 4
"""Files that are sent to Slack at a time: more would share the same line and disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that a worker needs.

    Attributes:
        settings: the operator's choices.
        database: what is remembered.
        botify: the client with the token.
        catalogue: what Botify said a moment ago, shared by all who choose and all who check.
        slack: None in the command line's `export`, which posts nothing.
        owner: the name of this process in leases.
        now: the time, with a zone.
        transactions: observer of all transactions.
        effects: observer of all effects.
        figures: live progress.
        running: the parts whose job is asked about.
        hold: until when the leases of this process hold.
        troubles: what Slack has been in the way of, and since when.
        uploading: held while the bytes of a file are sent to Slack.
        packing: by file, held while it is packed: others who want the same wait for it.
        stopping: set when the process ends; threads look at it.
    """

    settings: Settings
    database: Database
    botify: BotifyClient
    catalogue: Catalogue
    slack: Slack | None
    owner: str
    now: Callable[[], datetime]
    transactions: Observer = unobserved
    effects: Observer = unobserved
    figures: Figures = field(default_factory=Figures)
    running: Running = field(default_factory=Running)
    hold: Hold = field(default_factory=Hold)
    troubles: Troubles = field(default_factory=Troubles)
    uploading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS))
    packing: WeakValueDictionary[Path, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def tick(self) -> float:
        """Seconds between two looks at what is due."""
        return self.settings.poll_seconds
