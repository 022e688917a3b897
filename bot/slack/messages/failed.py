"""The ends that are not the file in the channel: failed, unclear, stopped."""

from bot.model.delivery import Delivery
from bot.model.errors import AFTER_A_WHILE, DownloadFailed, ExportFailed
from bot.model.export import Export, State
from bot.model.failure import Failure
from bot.model.progress import NO_PROGRESS
from bot.slack.errors import FileMissing
from bot.slack.messages import stages
from bot.slack.messages.actions import CHECK_AGAIN, RETRY, START_AGAIN
from bot.slack.messages.facts import (
    asked_for,
    credits_of,
    ids,
    paid_by_another,
    price_of,
    price_of_retry,
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
from bot.slack.messages.progress import stop_buttons
from bot.slack.messages.stages import line
from bot.slack.messages.text import code, foreign, local_time, person

UNKNOWN = Failure(
    "unknown",
    "The export ended without a file.",
    "Try again; if it happens again, tell the person who runs this app.",
    "",
)
"""Shown where no failure was stored, which should not happen."""

JOBS_LISTED = 5

TRIED_AGAIN = "It will be tried again by itself."
"""Was stored by earlier versions with failures that nothing follows."""

BESIDE_RETRY = {
    AFTER_A_WHILE: "Wait a few minutes first.",
    ExportFailed.next_step: "",
    DownloadFailed.next_step: "",
    FileMissing.next_step: "",
    TRIED_AGAIN: "",
}
"""Next steps that say what the sentence about *Retry* says better, and what is left of them."""


def failed_message(export: Export, delivery: Delivery, *, app_url: str) -> Message:
    """The export or its delivery failed: the cause, the next step, and what a retry costs."""
    who = person(delivery.user, delivery.user_name)
    failure = delivery.failure or export.failure or UNKNOWN
    price = price_of_retry(export)
    title = (
        f"{project(export)} is exported, but could not be delivered"
        if export.state is State.READY
        else f"The export of {project(export)} failed"
    )
    shown = stages.rows(export, delivery, NO_PROGRESS)
    return message(
        f"{title} for {who}: {foreign(failure.sentence, 500)}",
        section(f"✗  *{title}* for {who}\n{asked_for(export, delivery, app_url)}"),
        section(_cause(failure)),
        section("\n".join(line(row) for row in shown)),
        section(_about_retry(export, price)),
        context(_small(export, delivery, failure)),
        actions([_retry(export, delivery, price)]),
    )


def _cause(failure: Failure) -> str:
    """What happened and what to do, unless that is to press *Retry*."""
    step = BESIDE_RETRY.get(failure.next_step, failure.next_step)
    return "\n".join(
        text for text in (foreign(failure.sentence, 1000), foreign(step, 1000)) if text
    )


def _about_retry(export: Export, price: int | None) -> str:
    if export.state is State.READY:
        return "The file is kept. *Retry* posts it without asking Botify again: no new credits."
    if price == 0:
        return "*Retry* goes on where it stopped, with the same Botify job: no new credits."
    spent = "" if _has_job(export) else "No credits were used. "
    return f"{spent}*Retry* asks Botify for a new export: {credits_of(price)}."


def _has_job(export: Export) -> bool:
    """Whether Botify made anything for this export: only that can be billed."""
    return any(part.job_id is not None for part in export.parts)


def _retry(export: Export, delivery: Delivery, price: int | None) -> Block:
    if price == 0:
        return button("Retry", RETRY, delivery.id, style="primary")
    doubt = " Botify does not say whether it billed the failed one." if _has_job(export) else ""
    question = confirm(
        "Ask Botify for a new export?",
        f"It uses {credits_of(price)}.{doubt}",
        "Export again",
        "Leave it",
    )
    return button("Retry", RETRY, delivery.id, confirm=question)


def _small(export: Export, delivery: Delivery, failure: Failure) -> list[str]:
    jobs = [part.job_id for part in export.parts if part.job_id]
    listed = ", ".join(code(job) for job in jobs[:JOBS_LISTED])
    return [
        f"Started {local_time(delivery.requested_at)}",
        f"Error {code(failure.error_id)}" if failure.error_id else "",
        ids(export),
        f"Botify job {listed}" if listed else "",
    ]


def unclear_message(export: Export, delivery: Delivery, *, app_url: str) -> Message:
    """Nobody knows whether Botify has the job: the person decides."""
    who = person(delivery.user, delivery.user_name)
    twice = credits_of(price_of(export))
    failure = export.failure
    start = confirm(
        "Start again?",
        f"If the first request did reach Botify, both are billed: {twice} more than planned.",
        "Start again",
        "Not now",
    )
    return message(
        f"{who}, please decide: it is not clear whether Botify started the export of "
        f"{project(export)}.",
        section(
            f"*{who}, please decide about the export of {project(export)}*\n"
            f"{asked_for(export, delivery, app_url)}"
        ),
        section(
            "The connection broke while Botify was asked, and Botify's list does not show the "
            "export. It may have started nevertheless.\n"
            "*Check again* reads the list once more and costs nothing.\n"
            f"*Start again* asks for a new export. If the first one did start, Botify bills both: "
            f"{twice} more."
        ),
        context(
            (
                f"Started {local_time(delivery.requested_at)}",
                f"Error {code(failure.error_id)}" if failure and failure.error_id else "",
                ids(export),
            )
        ),
        actions(
            [
                button("Check again", CHECK_AGAIN, delivery.id, style="primary"),
                button("Start again", START_AGAIN, delivery.id, confirm=start),
                *stop_buttons(export, delivery),
            ]
        ),
    )


def stopped_message(export: Export, delivery: Delivery, *, app_url: str) -> Message:
    """The person who asked no longer waits."""
    who = person(delivery.user, delivery.user_name)
    asked = any(part.intent_at is not None for part in export.parts)
    first = person(export.requested_by)
    kept = (
        f"{first} asked for it first, and it goes on as long as somebody waits. Asking for the "
        "same export again is free while it runs or its file is kept."
        if paid_by_another(export, delivery)
        else "Botify may still finish it and bill it. If it does, the file is kept for a while: "
        "asking for the same export again is then free."
        if asked
        else "Botify had not been asked: nothing is billed."
    )
    return message(
        f"{who} stopped waiting for the export of {project(export)}.",
        section(
            f"*{who} stopped waiting for the export of {project(export)}*\n"
            f"{asked_for(export, delivery, app_url)}"
        ),
        section(kept),
        context((f"Started {local_time(delivery.requested_at)}", ids(export))),
    )
