"""The four stages of an export, and where each stands: a table, for any number of parts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.model.delivery import Delivery, DeliveryState
from bot.model.export import Export, Part, State
from bot.model.progress import Progress, percent
from bot.slack.messages.text import bar, number, size


class Stage(StrEnum):
    """What happens, in this order."""

    ASKING = "Asking Botify"
    WORKING = "Botify is working"
    DOWNLOADING = "Downloading"
    DELIVERING = "Delivering"


class Standing(StrEnum):
    """Where a stage stands, in a word."""

    TO_COME = "to come"
    NOW = "now"
    DONE = "done"
    FAILED = "failed"


SYMBOLS: Final = {
    Standing.TO_COME: "○",
    Standing.NOW: "●",
    Standing.DONE: "✓",
    Standing.FAILED: "✗",
}

TASK_STATUS: Final = {
    Standing.TO_COME: "pending",
    Standing.NOW: "in_progress",
    Standing.DONE: "complete",
    Standing.FAILED: "error",
}
"""Slack's words for the same, in its step display."""

_FETCHING: Final = frozenset(
    {
        "download_failed",
        "file_gone",
        "file_broken",
        "host_not_allowed",
        "disk_full",
        "disk_refused",
    }
)
"""Failures of the download; their Botify job is done."""

_ORDER: Final = tuple(Stage)


@dataclass(frozen=True, slots=True)
class Row:
    """One stage as it is shown.

    Attributes:
        stage: which.
        standing: where it stands.
        detail: more about it, or empty.
        bar: a drawn percentage of bytes, or empty.
    """

    stage: Stage
    standing: Standing
    detail: str = ""
    bar: str = ""


def at(part: Part) -> tuple[Stage, Standing]:
    """The stage that a part is in."""
    match part.state:
        case State.REQUESTED | State.CREATING | State.UNCLEAR | State.CANCELLED:
            return Stage.ASKING, Standing.NOW
        case State.PROCESSING:
            return Stage.WORKING, Standing.NOW
        case State.DOWNLOADING:
            return Stage.DOWNLOADING, Standing.NOW
        case State.READY:
            return Stage.DELIVERING, Standing.NOW
        case State.FAILED:
            return _broke(part), Standing.FAILED


def _broke(part: Part) -> Stage:
    if part.failure is not None and part.failure.code in _FETCHING:
        return Stage.DOWNLOADING
    return Stage.ASKING if part.job_id is None else Stage.WORKING


def rows(export: Export, delivery: Delivery, progress: Progress) -> tuple[Row, ...]:
    """All four stages."""
    places = [at(part) for part in export.parts] or [(Stage.ASKING, Standing.NOW)]
    return tuple(_row(stage, places, delivery, progress) for stage in _ORDER)


def _row(
    stage: Stage, places: list[tuple[Stage, Standing]], delivery: Delivery, progress: Progress
) -> Row:
    if stage is Stage.DELIVERING:
        return _delivering(places, delivery, progress)
    here = _ORDER.index(stage)
    past = sum(1 for at_, _ in places if _ORDER.index(at_) > here)
    detail = f"{number(past)} of {number(len(places))} parts" if len(places) > 1 else ""
    if (stage, Standing.FAILED) in places:
        return Row(stage, Standing.FAILED, detail)
    if past == len(places):
        return Row(stage, Standing.DONE)
    if not any(_ORDER.index(at_) >= here for at_, _ in places):
        return Row(stage, Standing.TO_COME)
    if stage is not Stage.DOWNLOADING:
        return Row(stage, Standing.NOW, detail)
    return _moving(stage, detail, progress.downloaded, progress.download_total)


def _delivering(
    places: list[tuple[Stage, Standing]], delivery: Delivery, progress: Progress
) -> Row:
    stage = Stage.DELIVERING
    if delivery.state is DeliveryState.DELIVERED:
        return Row(stage, Standing.DONE)
    if any(at_ is not stage for at_, _ in places):
        return Row(stage, Standing.TO_COME)
    match delivery.state:
        case DeliveryState.FAILED:
            return Row(stage, Standing.FAILED)
        case DeliveryState.COMPLETING | DeliveryState.CONFIRMING | DeliveryState.UNCONFIRMED:
            return Row(stage, Standing.NOW, "waiting until Slack shows the file")
        case _:
            return _moving(stage, "", progress.uploaded, progress.upload_total)


def _moving(stage: Stage, detail: str, done: int | None, total: int | None) -> Row:
    """A stage in which bytes are counted; nothing is drawn that is not known."""
    share = percent(done, total)
    if share is not None and total is not None:
        words = f"{share} % of {size(total)}"
        return Row(stage, Standing.NOW, f"{detail}, {words}" if detail else words, bar(share))
    if done:
        words = f"{size(done)} so far"
        return Row(stage, Standing.NOW, f"{detail}, {words}" if detail else words)
    return Row(stage, Standing.NOW, detail)


def line(row: Row) -> str:
    """`● *Downloading* · now · 61 % of 12.4 MB`, with the bar below."""
    name = f"*{row.stage}*" if row.standing in (Standing.NOW, Standing.FAILED) else str(row.stage)
    parts = [f"{SYMBOLS[row.standing]}  {name}", str(row.standing), row.detail]
    text = " · ".join(part for part in parts if part)
    return f"{text}\n\u2003 {row.bar}" if row.bar else text
