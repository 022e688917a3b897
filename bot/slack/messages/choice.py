"""Which message an export shows in a place, by a table of states."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Final

from bot.model.delivery import Delivery, DeliveryState
from bot.model.export import Export, State
from bot.model.progress import Progress
from bot.model.settings import ProgressBlocks
from bot.slack.messages.failed import failed_message, stopped_message, unclear_message
from bot.slack.messages.finished import finished_message, unconfirmed_message
from bot.slack.messages.message import Message
from bot.slack.messages.progress import progress_message


class Kind(Enum):
    """The messages that there are."""

    PROGRESS = "progress"
    UNCLEAR = "unclear"
    FINISHED = "finished"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    STOPPED = "stopped"


BY_DELIVERY: Final = {
    DeliveryState.DELIVERED: Kind.FINISHED,
    DeliveryState.UNCONFIRMED: Kind.UNCONFIRMED,
    DeliveryState.FAILED: Kind.FAILED,
    DeliveryState.STOPPED: Kind.STOPPED,
}
"""A delivery that has ended says so, whatever the export does."""

BY_EXPORT: Final = {State.UNCLEAR: Kind.UNCLEAR}
"""Otherwise the export's state decides; all others are progress.

Also an export that failed, until its delivery has: before that nobody could heed a *Retry*.
"""

_ENDS: Final[dict[Kind, Callable[..., Message]]] = {
    Kind.UNCLEAR: unclear_message,
    Kind.FINISHED: finished_message,
    Kind.UNCONFIRMED: unconfirmed_message,
    Kind.FAILED: failed_message,
    Kind.STOPPED: stopped_message,
}


def kind(delivery: DeliveryState, export: State) -> Kind:
    """The message for a pair of states."""
    return BY_DELIVERY.get(delivery) or BY_EXPORT.get(export) or Kind.PROGRESS


def message_for(
    export: Export,
    delivery: Delivery,
    progress: Progress,
    *,
    now: datetime,
    app_url: str,
    style: ProgressBlocks = ProgressBlocks.CLASSIC,
) -> Message:
    """The message as it should be now. Arguments as for `progress_message`."""
    what = kind(delivery.state, export.state)
    if what is Kind.PROGRESS:
        return progress_message(export, delivery, progress, now=now, app_url=app_url, style=style)
    return _ENDS[what](export, delivery, app_url=app_url)
