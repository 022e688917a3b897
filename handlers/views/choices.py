"""Options of the menus: how an analysis or a field is labelled, and what value stands for it."""

import hashlib
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from bot.model import limits
from bot.model.analysis import Analysis
from bot.model.draft import Draft
from bot.model.field import Field
from bot.model.filters import FAMILIES, Filters
from bot.model.preset import CUSTOM, LINK, PRESETS
from bot.model.settings import PostFileIn
from bot.slack.messages.text import counted
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

ANY: Final = "-any-"
"""What stands for no condition; no page type is called so."""
YES: Final = "yes"
NO: Final = "no"
YES_OR_NO: Final[Mapping[str, bool]] = {YES: True, NO: False}
HTTP_FAMILIES: Final[Mapping[str, int]] = {str(family): family for family in FAMILIES}
HTTP_LABELS: Final[Mapping[int, str]] = {
    1: "informational",
    2: "success",
    3: "redirects",
    4: "not found and other client errors",
    5: "server errors",
}

LINK_FILTER: Final = "use"
LONGEST_VALUE: Final = 300
"""Characters of a text that URLs can be filtered by."""

DESCRIPTIONS: Final[Mapping[str, str]] = {
    "essentials": "URL, title, description, H1",
    "indexability": "compliance and its reasons, HTTP code, canonical, noindex, sitemap",
    "links": "inlinks, outlinks, internal PageRank, depth",
    "performance": "HTTP code, size, delays",
}
"""What is in a preset, for people."""

POST_LABELS: Final[dict[PostFileIn, str]] = {
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


def preset_options(draft: Draft) -> tuple[list[Block], Block]:
    """The presets that there are, and the chosen one: own fields only where they are chosen."""
    presets = {name: (preset.title, DESCRIPTIONS.get(name, "")) for name, preset in PRESETS.items()}
    if draft.link_columns:
        presets[LINK] = ("Columns of the link", counted(len(draft.link_columns), "column"))
    if draft.preset not in presets:
        presets[CUSTOM] = ("Own choice", "")
    options = {
        name: option(title, name, description=described)
        for name, (title, described) in presets.items()
    }
    return [*options.values()], options.get(draft.preset) or options[CUSTOM]


def http_options(chosen: int | None) -> tuple[list[Block], Block]:
    """Families of HTTP codes."""
    named = {None: option("All codes", ANY)} | {
        family: option(f"{family}xx - {HTTP_LABELS[family]}", str(family)) for family in FAMILIES
    }
    return [*named.values()], named[chosen]


def indexable_options(chosen: bool | None) -> tuple[list[Block], Block]:  # noqa: FBT001 - the value of the menu
    """Indexable or not."""
    named = {
        None: option("All URLs", ANY),
        True: option("Indexable only", YES),
        False: option("Not indexable only", NO),
    }
    return [*named.values()], named[chosen]


def page_type_options(found: Sequence[str], query: str, most: int) -> list[Block]:
    """Page types that hold what is typed, largest first; else what is typed itself."""
    longest = limits.SLACK_OPTION_VALUE.value
    offered = [name for name in found if len(name) <= longest]
    typed = query.strip()
    shown = [name for name in offered if typed.casefold() in name.casefold()]
    if typed and not shown and len(typed) <= longest:
        shown = [typed]
    first = [] if typed else [option("All page types", ANY)]
    return [*first, *(option(name, name) for name in shown)][:most]


def page_type_option(chosen: str | None) -> Block:
    """The chosen page type."""
    return option(chosen, value_of(chosen)) if chosen else option("All page types", ANY)


def page_type_of(value: str, known: Filters) -> str | None:
    """The page type that a value stands for."""
    if known.page_type is not None and value == value_of(known.page_type):
        return known.page_type
    return None if value in ("", ANY) else value


def post_options(chosen: PostFileIn, *, direct: bool) -> tuple[list[Block], Block]:
    """Where the file appears; a direct message is no channel."""
    labels = POST_LABELS | ({PostFileIn.CHANNEL: "As a message of its own"} if direct else {})
    named = {place: option(label, place.value) for place, label in labels.items()}
    return [*named.values()], named[chosen]
