"""Options of the menus: how an analysis or a field is labelled, and what value stands for it."""

import hashlib
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from bot.model import limits
from bot.model.analysis import Analysis
from bot.model.field import Field
from bot.model.settings import PostFileIn
from handlers.views.elements import Block, option, plain

UNFINISHED: Final[Mapping[str, str]] = {
    "preparing": "not started yet",
    "crawling": "still crawling",
    "crawling_paused": "crawl paused",
    "analyzing": "still being analysed",
    "failed": "failed",
}
"""Botify's words for an analysis that cannot be exported, for people."""

FINISHED_FILE: Final = "finished"
RUN_AGAIN: Final = "again"

POST_LABELS: Final[Mapping[PostFileIn, str]] = {
    PostFileIn.CHANNEL: "As a message in the channel",
    PostFileIn.THREAD: "In the thread of the progress message",
}


def analysis_option(analysis: Analysis) -> Block:
    """`Jul 5, 2026 · 48,211 URLs · 20260705-2`, or why it cannot be chosen instead of the URLs."""
    state = f"{analysis.urls:,} URLs" if analysis.finished else _unfinished(analysis)
    rest = f"{state} · {analysis.slug}"
    name = analysis.name.strip() or _day(analysis)
    room = limits.SLACK_OPTION_TEXT.value - len(rest) - len(" · ")
    # A long name must not push out the slug, which alone tells two crawls of one day apart.
    shown = name if len(name) <= room else name[: max(0, room - 1)] + "…"
    return option(f"{shown} · {rest}" if name else rest, value_of(analysis.slug))


def _unfinished(analysis: Analysis) -> str:
    return UNFINISHED.get(analysis.status, analysis.status or "not finished")


def _day(analysis: Analysis) -> str:
    return f"{analysis.launched:%Y-%m-%d}" if analysis.launched else ""


def field_option(field: Field) -> Block:
    """The field's name, and its id, which tells fields of one name apart."""
    return option(field.name or field.id, value_of(field.id), description=field.id)


def field_groups(fields: Sequence[Field]) -> list[Block]:
    """Options under Botify's headings, in the order given; a heading stands where it first occurs.

    Slack takes at most 100 groups and 100 options in a load: the caller keeps to 100 fields.
    """
    first: dict[str, int] = {}
    for field in fields:
        first.setdefault(field.group, len(first))
    ordered = sorted(fields, key=lambda field: first[field.group])
    return [
        {
            "label": plain(group or "Other fields", limits.SLACK_OPTION_GROUP_LABEL),
            "options": [field_option(field) for field in members],
        }
        for group, members in groupby(ordered, key=lambda field: field.group)
    ]


def value_of(identifier: str) -> str:
    """What stands for an id in an option: itself, or a digest where it is too long for Slack."""
    if 0 < len(identifier) <= limits.SLACK_OPTION_VALUE.value:
        return identifier
    return f"#{hashlib.blake2s(identifier.encode(), digest_size=16).hexdigest()}"


def offer_options(price: str) -> list[Block]:
    """What to do with a finished file: post it, or have it made anew for this price."""
    return [
        option("Post the finished file - free", FINISHED_FILE),
        option(f"Run it again - {price}", RUN_AGAIN),
    ]


def post_options() -> list[dict[str, Any]]:
    """Where the file appears."""
    return [option(label, place.value) for place, label in POST_LABELS.items()]
