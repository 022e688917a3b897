"""The progress message: who asked, for what, the four stages, and since when."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from bot.model.delivery import Delivery, DeliveryState
from bot.model.export import Export, State
from bot.model.progress import Progress
from bot.model.settings import ProgressBlocks
from bot.slack.messages import stages
from bot.slack.messages.actions import STOP
from bot.slack.messages.facts import (
    asked_for,
    credits_of,
    ids,
    paid_by_another,
    price_of,
    project,
)
from bot.slack.messages.message import (
    Block,
    Message,
    actions,
    button,
    confirm,
    context,
    message,
    section,
)
from bot.slack.messages.stages import TASK_STATUS, Row, Standing, line
from bot.slack.messages.text import duration, elapsed, foreign, local_time, person

STOPPABLE: Final = frozenset(
    {DeliveryState.WAITING, DeliveryState.ANNOUNCED, DeliveryState.UPLOADING}
)
"""Later than this Slack has the file, and may show it at any moment."""

_TITLES: Final = {
    State.REQUESTED: "Asking Botify",
    State.CREATING: "Asking Botify",
    State.PROCESSING: "Botify is working",
    State.DOWNLOADING: "Downloading the file",
    State.READY: "Delivering the file",
    State.FAILED: "A step failed",
}


def progress_message(
    export: Export,
    delivery: Delivery,
    progress: Progress,
    *,
    now: datetime,
    app_url: str,
    style: ProgressBlocks = ProgressBlocks.CLASSIC,
) -> Message:
    """What is shown while an export runs.

    Args:
        export: the work.
        delivery: whose message it is.
        progress: live figures.
        now: for the elapsed time.
        app_url: Botify's application, for the link to the analysis.
        style: how the stages are drawn.
    """
    who = person(delivery.user, delivery.user_name)
    title = _TITLES.get(export.state, "Asking Botify")
    shown = stages.rows(export, delivery, progress)
    drawn = _plan(title, shown) if style is ProgressBlocks.PLAN else _lines(shown)
    return message(
        f"Exporting {project(export)} from Botify for {who}: {title}.",
        section(f"*Exporting {project(export)}* for {who}\n{asked_for(export, delivery, app_url)}"),
        drawn,
        section(f"⚠  {foreign(progress.trouble, 500)}" if progress.trouble else ""),
        context(
            (
                f"Started {local_time(delivery.requested_at)}",
                f"{elapsed((now - delivery.requested_at).total_seconds())} so far",
                _usual(progress),
                ids(export),
            )
        ),
        actions(stop_buttons(export, delivery)),
    )


def _usual(progress: Progress) -> str:
    seconds = progress.usual_seconds
    return "" if not seconds else f"usually about {duration(max(1.0, seconds))} at Botify"


def _lines(shown: Iterable[Row]) -> Block | None:
    return section("\n".join(line(row) for row in shown))


def _plan(title: str, shown: Iterable[Row]) -> Block:
    """Slack's own step display: messages only, and not in every workspace yet."""
    return {
        "type": "plan",
        "title": title,
        "tasks": [_task(row) for row in shown],
    }


def _task(row: Row) -> Block:
    task: Block = {
        "task_id": row.stage.name.lower(),
        "title": f"{row.stage} · {row.standing}",
        "status": TASK_STATUS[row.standing],
    }
    words = " ".join(part for part in (row.bar, row.detail) if part)
    if words and row.standing is not Standing.TO_COME:
        text = {"type": "text", "text": words}
        task["details"] = {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [text]}],
        }
    return task


def stop_buttons(export: Export, delivery: Delivery) -> list[Block]:
    """*Stop waiting*, while there is something to stop."""
    if delivery.state not in STOPPABLE:
        return []
    return [button("Stop waiting", STOP, delivery.id, confirm=_stop_question(export, delivery))]


def _stop_question(export: Export, delivery: Delivery) -> Block:
    return confirm(
        "Stop waiting for this export?", _truth(export, delivery), "Stop waiting", "Keep waiting"
    )


def _truth(export: Export, delivery: Delivery) -> str:
    """What stopping changes, and what it cannot change. At most 300 characters."""
    if paid_by_another(export, delivery):
        return (
            "Nothing will be posted here. Somebody else asked for this export first: whether it is "
            "finished, and billed, is not up to you. Asking for it again is free while it runs or "
            "its file is kept."
        )
    if all(part.state is State.REQUESTED for part in export.parts):
        return (
            "Botify has not been asked yet. Unless somebody else waits for it too, it is never "
            "asked, and nothing is billed."
        )
    if export.state is State.READY:
        return (
            "The file is ready and has been billed. It will not be posted here; asking for the "
            "same export again is free while the file is kept."
        )
    return (
        f"Botify cannot be told to stop: it may finish and bill {credits_of(price_of(export))}. "
        "Then the file is kept, and asking for the same export again is free. Nothing will be "
        "posted here."
    )
