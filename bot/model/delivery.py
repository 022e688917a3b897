"""A delivery: one destination of an export in Slack."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.failure import Failure
from bot.model.settings import PostFileIn


class DeliveryState(StrEnum):
    """Where a delivery stands. Each says what is true while it holds."""

    WAITING = "waiting"  # accepted; no progress message is known to exist
    ANNOUNCED = "announced"  # the progress message exists; the file is not ready yet
    UPLOADING = "uploading"  # the file's bytes are on their way to Slack
    COMPLETING = "completing"  # Slack holds the bytes; the share is intended
    CONFIRMING = "confirming"  # Slack said yes; the share has not been seen yet
    DELIVERED = "delivered"  # every file was seen in the channel
    UNCONFIRMED = "unconfirmed"  # Slack said yes, but the share was not seen in time
    FAILED = "failed"  # ended without the file in the channel
    STOPPED = "stopped"  # the person who asked no longer waits

    @property
    def ended(self) -> bool:
        """Nothing more happens by itself, apart from the last edit of the message."""
        return self in (
            DeliveryState.DELIVERED,
            DeliveryState.UNCONFIRMED,
            DeliveryState.FAILED,
            DeliveryState.STOPPED,
        )


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a delivery at Slack.

    Attributes:
        number: from 1, the order in the channel.
        file_id: Slack's id, stored before the bytes are sent.
        share_ts: the message that carries the file: the evidence that it is there.
        permalink: a link to it, for people.
    """

    number: int
    file_id: str
    share_ts: str | None = None
    permalink: str | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One file that Slack is to get: its name there and its exact length in bytes."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Division:
    """Into which files a delivery is divided, from the first one on.

    It is stored, because files that stand in the channel and files still to come must belong
    together: another limit, or another file on the disk, would lose rows or give them twice.

    Attributes:
        limit: the most bytes of one file, as it was when this was decided.
        files: in order.
        anew: whether files of an earlier division stand in the channel, of no more use.
    """

    limit: int
    files: tuple[Planned, ...]
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where the result of an export goes, and for whom.

    Attributes:
        id: ours.
        export_id: the work.
        team: Slack workspace.
        channel: where to post; may be a direct message with the app.
        user: who asked: mentioned when the file is there, and may stop it.
        user_name: for people to read where a mention would be noise.
        post_file_in: as a message of its own, or under the progress message.
        join: whether the app must join the public channel first.
        state: where it stands.
        entered_at: since when it is in this state.
        requested_at: when the person asked.
        due_at: not to be worked on before.
        intent_at: when the last effect that must not be doubled was intended.
        message_channel: the channel of the answer to the first post (may differ for a user id).
        message_ts: the progress message.
        shown: a digest of what the message shows, to skip edits that change nothing.
        edited_at: when it was last edited.
        settled: the message shows the end; nothing is left to do.
        uploads: files reserved so far.
        division: which files there are; None until the first one is reserved.
        reused: whether the export had been finished before it was asked for here.
        failure: why it failed.
    """

    id: str
    export_id: str
    team: str
    channel: str
    user: str
    user_name: str
    post_file_in: PostFileIn
    join: bool = False
    state: DeliveryState = DeliveryState.WAITING
    entered_at: datetime
    requested_at: datetime
    due_at: datetime
    intent_at: datetime | None = None
    message_channel: str | None = None
    message_ts: str | None = None
    shown: str | None = None
    edited_at: datetime | None = None
    settled: bool = False
    uploads: tuple[Upload, ...] = field(default=())
    division: Division | None = None
    reused: bool = False
    failure: Failure | None = None

    def is_for(self, requested_by: str) -> bool:
        """Whether its person is the one who asked for the export: by id, or by name."""
        return requested_by in (self.user, self.user_name)
