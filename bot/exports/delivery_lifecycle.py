"""The life of a delivery: from an accepted request to a file that was seen in the channel.

    waiting ─Posted─► announced ─Reserved─► uploading ─Stored─► completing ─Completed─► confirming
                                              ▲  ▲                 │  │                     │
                                              │  └──UploadAgain────┘  └──Seen──► delivered ◄┤
                                              └────────────SeenOne──────────────────────────┘

The progress message is beside the states: it can be posted, lost and posted again in any of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.exports.lifecycle import follow
from bot.model.delivery import Delivery, DeliveryState, Division, Upload
from bot.model.failure import Failure
from bot.model.settings import PostFileIn


@dataclass(frozen=True, slots=True)
class PostIntended:
    """The progress message is about to be posted."""

    intent_at: datetime


@dataclass(frozen=True, slots=True)
class NotPosted:
    """This post provably does not exist; an earlier one may, where `intent_at` is left."""

    due_at: datetime
    intent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Posted:
    """Slack answered with the message. `due_at` is when to look at the delivery again."""

    message_channel: str
    message_ts: str
    due_at: datetime
    intent_at: None = None


@dataclass(frozen=True, slots=True)
class Later:
    """It cannot be done now; again at `due_at`."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """The message shows the end; nothing is left to do."""

    settled: bool = True


@dataclass(frozen=True, slots=True)
class Redirected:
    """The channel closed; the rest goes to the person's direct message with the app."""

    channel: str
    uploads: tuple[Upload, ...]
    due_at: datetime
    message_channel: None = None
    message_ts: None = None
    intent_at: None = None
    join: bool = False


@dataclass(frozen=True, slots=True)
class Reserved:
    """Slack gave a file id for the next file of the division; its bytes may be sent."""

    uploads: tuple[Upload, ...]
    division: Division


@dataclass(frozen=True, slots=True)
class Stored:
    """Slack holds the bytes; the share is intended now."""

    intent_at: datetime


@dataclass(frozen=True, slots=True)
class Completed:
    """Slack accepted the share, or its answer was lost; it has not been seen yet."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class NotCompleted:
    """The share was provably not asked for; it may be at `due_at`."""

    due_at: datetime
    intent_at: None = None


@dataclass(frozen=True, slots=True)
class Unthreaded:
    """The progress message is gone: its thread takes no file, so the channel itself does."""

    due_at: datetime
    post_file_in: PostFileIn = PostFileIn.CHANNEL
    intent_at: None = None


@dataclass(frozen=True, slots=True)
class SeenOne:
    """The share was seen; there are more files."""

    uploads: tuple[Upload, ...]
    intent_at: None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The share of the last file was seen in the channel."""

    uploads: tuple[Upload, ...]
    intent_at: None = None


@dataclass(frozen=True, slots=True)
class UploadAgain:
    """Slack does not know the file, or refused its bytes: from a new reservation."""

    uploads: tuple[Upload, ...]
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NotSeen:
    """Slack said yes, or its answer was lost, but the share did not appear in time."""

    intent_at: None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """It ended without the file in the channel."""

    failure: Failure
    intent_at: None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The person who asked no longer waits."""

    intent_at: None = None


@dataclass(frozen=True, slots=True)
class Retried:
    """The person wants it once more. Files that were seen stay where they are.

    An unconfirmed one is looked for once more, because its file may be there by now; without an
    intent it is uploaded again when it is not.
    """

    uploads: tuple[Upload, ...]
    settled: bool = False
    failure: None = None
    intent_at: None = None


Event = (
    PostIntended
    | NotPosted
    | Posted
    | Later
    | Settled
    | Redirected
    | Reserved
    | Stored
    | Completed
    | NotCompleted
    | Unthreaded
    | SeenOne
    | Seen
    | UploadAgain
    | NotSeen
    | Failed
    | Stopped
    | Retried
)

_S = DeliveryState
_OPEN = tuple(state for state in DeliveryState if not state.ended)
_BEFORE_COMPLETING = (_S.WAITING, _S.ANNOUNCED, _S.UPLOADING)


def _stay(event: type, states: Iterable[DeliveryState]) -> dict[tuple[_S, type], _S]:
    return {(state, event): state for state in states}


TABLE: Final[dict[tuple[DeliveryState, type], DeliveryState]] = {
    **_stay(PostIntended, DeliveryState),
    **_stay(NotPosted, DeliveryState),
    **_stay(Posted, DeliveryState),
    (_S.WAITING, Posted): _S.ANNOUNCED,
    **_stay(Later, DeliveryState),
    **_stay(Settled, (state for state in DeliveryState if state.ended)),
    **_stay(Redirected, DeliveryState),
    (_S.COMPLETING, Redirected): _S.UPLOADING,
    (_S.ANNOUNCED, Reserved): _S.UPLOADING,
    (_S.UPLOADING, Reserved): _S.UPLOADING,
    (_S.UPLOADING, Stored): _S.COMPLETING,
    (_S.COMPLETING, Stored): _S.COMPLETING,
    (_S.CONFIRMING, Stored): _S.COMPLETING,
    (_S.COMPLETING, Completed): _S.CONFIRMING,
    (_S.COMPLETING, NotCompleted): _S.COMPLETING,
    (_S.COMPLETING, Unthreaded): _S.COMPLETING,
    (_S.COMPLETING, SeenOne): _S.UPLOADING,
    (_S.CONFIRMING, SeenOne): _S.UPLOADING,
    (_S.COMPLETING, Seen): _S.DELIVERED,
    (_S.CONFIRMING, Seen): _S.DELIVERED,
    **dict.fromkeys(
        ((state, UploadAgain) for state in (_S.UPLOADING, _S.COMPLETING, _S.CONFIRMING)),
        _S.UPLOADING,
    ),
    (_S.COMPLETING, NotSeen): _S.UNCONFIRMED,
    (_S.CONFIRMING, NotSeen): _S.UNCONFIRMED,
    **dict.fromkeys(((state, Failed) for state in _OPEN), _S.FAILED),
    **dict.fromkeys(((state, Stopped) for state in _BEFORE_COMPLETING), _S.STOPPED),
    (_S.FAILED, Retried): _S.ANNOUNCED,
    (_S.UNCONFIRMED, Retried): _S.CONFIRMING,
}


def after(delivery: Delivery, event: Event, now: datetime) -> Delivery:
    """The delivery after an event.

    Raises:
        Impossible: the event cannot happen in the delivery's state.
    """
    return follow(TABLE, delivery, event, now)
