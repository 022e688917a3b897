"""The state of the workspace: people, channels, messages, files. No rules live here."""

import dataclasses
import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from sandbox.clock import Clock

Kind = Literal["public", "private", "im", "mpim"]
Json = dict[str, Any]


@dataclasses.dataclass
class Person:
    """A member of the workspace, or the app's bot user."""

    id: str
    name: str
    real_name: str
    is_bot: bool = False
    deleted: bool = False

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "real_name": self.real_name,
            "is_bot": self.is_bot,
        }


@dataclasses.dataclass
class Channel:
    """A conversation of any kind."""

    id: str
    name: str
    kind: Kind
    members: set[str]
    created: float
    is_archived: bool = False
    is_shared: bool = False
    """Shared with another company (Slack Connect)."""


@dataclasses.dataclass(frozen=True)
class Revision:
    """What a message said before an update."""

    time: float
    text: str
    blocks: list[Json] | None


@dataclasses.dataclass
class Message:
    """A message that stays, or with `seen_by` an ephemeral one that only this person sees."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] | None
    time: float
    thread_ts: str | None = None
    metadata: Json | None = None
    file_ids: list[str] = dataclasses.field(default_factory=list)
    attachments: list[Json] = dataclasses.field(default_factory=list)
    seen_by: str | None = None
    shows_edited: bool = False
    broadcast: bool = False
    history: list[Revision] = dataclasses.field(default_factory=list)
    chosen: dict[str, dict[str, dict[str, Json]]] = dataclasses.field(default_factory=dict)
    """What each person has chosen in the elements: person, block, action, value."""


@dataclasses.dataclass
class StoredFile:
    """A file from its reservation on."""

    id: str
    name: str
    length: int
    owner: str
    created: float
    ticket: str
    title: str = ""
    path: Path | None = None
    sha256: str | None = None
    attempts: int = 0
    completed: float | None = None
    deleted: bool = False
    initial_comment: str = ""
    channels: list[str] = dataclasses.field(default_factory=list)
    """Where completing it promised to share it."""
    shares: dict[str, list[Json]] = dataclasses.field(default_factory=dict)
    """Where it was shared: channel, then `{"ts", "thread_ts"?, ...}`."""
    info_calls: int = 0
    """How often files.info was asked since its completion."""


@dataclasses.dataclass(frozen=True)
class Notice:
    """What Slack's client tells a person when the app did not answer well."""

    id: str
    user: str
    error: str
    text: str
    time: float

    def as_json(self) -> Json:
        return {"id": self.id, "error": self.error, "text": self.text, "time": self.time}


class Workspace:
    """All that is stored, and the identifiers that are given out."""

    team_id: str
    team_name: str
    team_domain: str
    bot_user: str
    bot_id: str
    app_id: str

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        # Identifiers go on after a reset: an app that remembers one must not meet another thing.
        self._numbers = itertools.count(1)
        self._random = random.Random(20260705)
        self._last_ts = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything but which identifiers were given out."""
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.files: dict[str, StoredFile] = {}
        self.notices: dict[str, Notice] = {}
        self.joins: list[Json] = []

    def new_id(self, letter: str) -> str:
        """An id that nothing else has: a letter, then ten letters and digits."""
        return f"{letter}{next(self._numbers):06d}{self.token(4).upper()}"

    def token(self, length: int = 24) -> str:
        """A word that cannot be guessed by accident."""
        return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=length))

    def new_ts(self) -> str:
        """A message's timestamp: seconds and microseconds, above all earlier ones."""
        now = int(self.clock.now() * 1_000_000)
        self._last_ts = max(now, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_message(self, message: Message) -> Message:
        self.messages.setdefault(message.channel, {})[message.ts] = message
        return message

    def message(self, channel: str, ts: str) -> Message | None:
        return self.messages.get(channel, {}).get(ts)

    def in_channel(self, channel: str) -> list[Message]:
        """The messages of a channel, oldest first."""
        return sorted(self.messages.get(channel, {}).values(), key=lambda each: _order(each.ts))

    def replies(self, channel: str, thread_ts: str) -> list[Message]:
        """The replies of a thread, oldest first, without its parent."""
        return [
            each
            for each in self.in_channel(channel)
            if each.thread_ts == thread_ts and each.ts != thread_ts and each.seen_by is None
        ]

    def direct(self, *members: str) -> Channel | None:
        """The direct message of exactly these people."""
        wanted = set(members)
        for channel in self.channels.values():
            if channel.kind in ("im", "mpim") and channel.members == wanted:
                return channel
        return None

    def channels_of(self, person: str) -> Iterator[Channel]:
        """What a person's sidebar may show."""
        for channel in self.channels.values():
            if channel.kind == "public" or person in channel.members:
                yield channel

    def app_is_in(self, channel: Channel) -> bool:
        return self.bot_user in channel.members


def _order(ts: str) -> tuple[int, str]:
    seconds, _, rest = ts.partition(".")
    return int(seconds), rest
