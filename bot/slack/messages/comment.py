"""The text beside the file: it notifies the person who asked, which an edit does not."""

from bot.model.delivery import Delivery
from bot.model.export import Export
from bot.slack.messages.facts import (
    bytes_of,
    columns_of,
    credits_used,
    depths,
    filter_of,
    ids,
    project,
)
from bot.slack.messages.finished import part_words
from bot.slack.messages.text import counted, person, shorten, size

COMMENT_LENGTH = 1000


def upload_comment(export: Export, delivery: Delivery, *, number: int = 1, of: int = 1) -> str:
    """The comment of one uploaded file, as mrkdwn.

    With several files the last one mentions the person: then all of them are there. Where files of
    an earlier division stand in the conversation, each says that it takes their place.

    Args:
        export: finished.
        delivery: whose file.
        number: of this file, from 1.
        of: files in all.
    """
    parts = {part.number: part for part in export.parts}
    own = part_words(parts[number]) if of > 1 and len(parts) == of and number in parts else ""
    if number < of:
        what = f"{'Part' if own else 'File'} {number} of {of}: {project(export)}"
        return shorten(_line(what, own, _anew(delivery), ids(export)), COMMENT_LENGTH)
    who = person(delivery.user, delivery.user_name)
    here = "is here" if of == 1 else f"is here, in {of} {'parts' if own else 'files'}"
    facts = ", ".join(
        fact
        for fact in (
            counted(export.rows_delivered, "row"),
            counted(columns_of(export), "column"),
            size(bytes_of(export)),
            depths(export.specification.rows),
            filter_of(export.specification),
            credits_used(export, delivery),
        )
        if fact
    )
    own = f"Part {number} of {of}: {own}" if own else ""
    title = f"{who} your export of *{project(export)}* {here}: {facts}"
    text = _line(title, own, _anew(delivery), ids(export))
    return shorten(text, COMMENT_LENGTH)


def _anew(delivery: Delivery) -> str:
    if delivery.division is None or not delivery.division.anew:
        return ""
    return "the files sent here before were divided differently: use only those sent from now on"


def _line(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
