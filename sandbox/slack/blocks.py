"""Blocks: the keys of each. Where Slack shows them stands in `surfaces`."""

from collections.abc import Iterator
from typing import Any

from sandbox.slack import limits
from sandbox.slack.elements import element
from sandbox.slack.objects import IMAGE_KEYS, LEVEL, SLACK_FILE, plain, text, url
from sandbox.slack.schema import (
    Rule,
    anything,
    array,
    boolean,
    both,
    by_type,
    integer,
    number,
    one_of,
    said,
    string,
    thing,
)

BLOCK: dict[str, Rule] = {"type": anything, "block_id": string(1, limits.BLOCK_ID)}

STYLE = thing(
    dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean)
    | dict.fromkeys(("client_highlight", "unlink"), boolean)
)


def _part(keys: dict[str, Rule], *required: str) -> Rule:
    return thing({"type": anything, "style": STYLE} | keys, required)


RICH_TEXT_PART = by_type(
    {
        "text": _part({"text": string(1)}, "text"),
        "link": _part({"url": url(limits.BUTTON_URL), "text": string(), "unsafe": boolean}, "url"),
        "emoji": _part(
            {"name": string(1), "skin_tone": integer(2, 6), "unicode": string(1)}, "name"
        ),
        "user": _part({"user_id": string(1)}, "user_id"),
        "channel": _part({"channel_id": string(1)}, "channel_id"),
        "usergroup": _part({"usergroup_id": string(1)}, "usergroup_id"),
        "team": _part({"team_id": string(1)}, "team_id"),
        "broadcast": _part({"range": one_of("here", "channel", "everyone")}, "range"),
        "color": _part({"value": string(1)}, "value"),
        "date": _part(
            {
                "timestamp": integer(0),
                "format": string(1),
                "url": url(limits.BUTTON_URL),
                "fallback": string(),
            },
            "timestamp",
            "format",
        ),
    }
)
RICH_TEXT_SECTION = thing({"type": anything, "elements": array(RICH_TEXT_PART)}, ("elements",))
RICH_TEXT_ELEMENT = by_type(
    {
        "rich_text_section": RICH_TEXT_SECTION,
        "rich_text_quote": thing(
            {"type": anything, "elements": array(RICH_TEXT_PART), "border": integer(0, 1)},
            ("elements",),
        ),
        "rich_text_preformatted": thing(
            {
                "type": anything,
                "elements": array(RICH_TEXT_PART),
                "border": integer(0, 1),
                "language": string(1),
            },
            ("elements",),
        ),
        "rich_text_list": thing(
            {
                "type": anything,
                "elements": array(by_type({"rich_text_section": RICH_TEXT_SECTION}), 1),
                "style": one_of("bullet", "ordered"),
                "indent": LEVEL,
                "offset": integer(0),
                "border": integer(0, 1),
            },
            ("elements", "style"),
        ),
    }
)
RICH_TEXT = thing(BLOCK | {"elements": array(RICH_TEXT_ELEMENT, 1)}, ("elements",))
RICH_TEXT_VALUE = by_type({"rich_text": RICH_TEXT})

SOURCE = thing(
    {"type": one_of("url"), "url": url(limits.BUTTON_URL), "text": string(1)}, ("url", "text")
)
TASK_KEYS: dict[str, Rule] = {
    "task_id": string(1, limits.BLOCK_ID),
    "title": string(1, limits.TEXT),
    "details": RICH_TEXT_VALUE,
    "output": RICH_TEXT_VALUE,
    "sources": array(SOURCE),
}
PLAN_TASK = thing(
    TASK_KEYS
    | {"type": one_of("task_card"), "block_id": string(1, limits.BLOCK_ID)}
    | {"status": one_of("pending", "in_progress", "complete", "error")},
    ("task_id", "title", "status"),
)


def _tasks_differ(value: Any, pointer: str) -> Iterator[str]:
    ids = [task["task_id"] for task in value.get("tasks", [])]
    for index, task_id in enumerate(ids):
        if task_id in ids[:index]:
            yield said("task_id must be unique", f"{pointer}/tasks/{index}/task_id")


TABLE_CELL = by_type(
    {
        "raw_text": thing({"type": anything, "text": string()}, ("text",)),
        "raw_number": thing({"type": anything, "value": number, "text": string()}, ("value",)),
        "rich_text": RICH_TEXT,
    }
)
HEADER_CELL = by_type(
    {
        "raw_text": thing({"type": anything, "text": string()}, ("text",)),
        "raw_number": thing({"type": anything, "value": number, "text": string()}, ("value",)),
    }
)


def _data_table_rows(value: Any, pointer: str) -> Iterator[str]:
    """All rows are as wide as the header, whose cells are not rich text; the text is bounded."""
    rows = value["rows"]
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            yield said("rows must have the same number of cells", f"{pointer}/rows/{index}")
    for index, cell in enumerate(rows[0]):
        yield from HEADER_CELL(cell, f"{pointer}/rows/0/{index}")
    if text_length(rows) > limits.DATA_TABLE_TEXT:
        yield said(f"must be less than {limits.DATA_TABLE_TEXT + 1} characters", pointer)


def text_length(value: Any) -> int:
    """The sum of all texts in a piece of Block Kit, in code points."""
    if isinstance(value, list):
        return sum(text_length(item) for item in value)
    if not isinstance(value, dict):
        return 0
    own = sum(
        len(inner)
        for key, inner in value.items()
        if key in ("text", "title", "alt_text") and isinstance(inner, str)
    )
    return own + sum(text_length(inner) for inner in value.values())


CARD = thing(
    BLOCK
    | {
        "hero_image": thing(IMAGE_KEYS, ("alt_text",), only_one_of=("image_url", "slack_file")),
        "icon": thing(IMAGE_KEYS, ("alt_text",), only_one_of=("image_url", "slack_file")),
        "title": text(limits.CARD_TITLE),
        "subtitle": text(limits.CARD_TITLE),
        "body": text(limits.CARD_BODY),
        "subtext": text(limits.CARD_BODY),
        "actions": array(element("card"), 1, limits.CARD_ACTIONS),
    },
    any_of=("hero_image", "title", "actions", "body"),
)

CLASSIC: dict[str, Rule] = {
    "section": thing(
        BLOCK
        | {
            "text": text(limits.SECTION_TEXT),
            "fields": array(text(limits.SECTION_FIELD_TEXT), 1, limits.SECTION_FIELDS),
            "accessory": element("section"),
            "expand": boolean,
        },
        any_of=("text", "fields"),
    ),
    "header": thing(BLOCK | {"text": plain(limits.HEADER_TEXT), "level": integer(1, 6)}, ("text",)),
    "divider": thing(BLOCK),
    "context": thing(
        BLOCK
        | {
            "elements": array(
                by_type(
                    {
                        "plain_text": text(kinds=("plain_text",)),
                        "mrkdwn": text(kinds=("mrkdwn",)),
                        "image": element("context"),
                    },
                    refused="unsupported element type in context",
                ),
                1,
                limits.CONTEXT_ELEMENTS,
            )
        },
        ("elements",),
    ),
    "actions": thing(
        BLOCK | {"elements": array(element("actions"), 1, limits.ACTIONS_ELEMENTS)},
        ("elements",),
    ),
    "input": thing(
        BLOCK
        | {
            "label": plain(limits.INPUT_LABEL),
            "hint": plain(limits.INPUT_LABEL),
            "element": element("input"),
            "optional": boolean,
            "dispatch_action": boolean,
        },
        ("label", "element"),
    ),
    "image": thing(
        BLOCK | IMAGE_KEYS | {"title": plain(limits.IMAGE_TEXT)},
        ("alt_text",),
        only_one_of=("image_url", "slack_file"),
    ),
    "rich_text": RICH_TEXT,
    "video": thing(
        BLOCK
        | {
            "alt_text": string(1, limits.IMAGE_TEXT),
            "title": plain(limits.VIDEO_TITLE),
            "title_url": url(limits.BUTTON_URL),
            "description": plain(limits.VIDEO_TITLE),
            "video_url": url(limits.BUTTON_URL),
            "thumbnail_url": url(limits.BUTTON_URL),
            "author_name": string(0, limits.VIDEO_AUTHOR),
            "provider_name": string(),
            "provider_icon_url": url(limits.BUTTON_URL),
        },
        ("alt_text", "title", "video_url", "thumbnail_url"),
    ),
    "file": thing(
        BLOCK | {"external_id": string(1), "source": one_of("remote")}, ("external_id", "source")
    ),
}
"""The blocks that every plan and client has had for years (docs: blocks)."""

CONTAINED = (
    "actions",
    "context",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "video",
)

TABLE = thing(
    BLOCK
    | {
        "rows": array(array(TABLE_CELL, 1, limits.TABLE_COLUMNS), 1, limits.TABLE_ROWS),
        "column_settings": array(
            thing({"align": one_of("left", "center", "right"), "is_wrapped": boolean}),
            0,
            limits.TABLE_COLUMNS,
        ),
    },
    ("rows",),
)

POINT = thing({"label": string(1, limits.CHART_NAME), "value": number}, ("label", "value"))
SERIES = thing(
    {"name": string(1, limits.CHART_NAME), "data": array(POINT, 1, limits.CHART_POINTS)},
    ("name", "data"),
)
AXES = thing(
    {
        "categories": array(string(1), 1, limits.CHART_POINTS),
        "x_label": string(0, limits.CHART_LABEL),
        "y_label": string(0, limits.CHART_LABEL),
    },
    ("categories",),
)
LINES = thing(
    {"type": anything, "series": array(SERIES, 1, limits.CHART_SERIES), "axis_config": AXES},
    ("series", "axis_config"),
)
CHART = by_type(
    {
        "pie": thing(
            {"type": anything, "segments": array(POINT, 1, limits.CHART_SERIES)}, ("segments",)
        ),
        "bar": LINES,
        "area": LINES,
        "line": LINES,
    }
)

NEW: dict[str, Rule] = {
    "data_visualization": thing(
        BLOCK | {"title": string(1, limits.CHART_LABEL), "chart": CHART}, ("title", "chart")
    ),
    "markdown": thing(BLOCK | {"text": string(1, limits.MARKDOWN_TEXT)}, ("text",)),
    "table": TABLE,
    "data_table": both(
        thing(
            BLOCK
            | {
                "rows": array(
                    array(TABLE_CELL, 1, limits.DATA_TABLE_COLUMNS), 2, limits.DATA_TABLE_ROWS
                ),
                "caption": string(1, limits.TEXT),
                "page_size": integer(1, limits.DATA_TABLE_PAGE),
                "row_header_column_index": integer(0, limits.DATA_TABLE_COLUMNS - 1),
            },
            ("rows", "caption"),
        ),
        _data_table_rows,
    ),
    "plan": both(
        thing(
            BLOCK
            | {
                "title": string(1, limits.TEXT),
                "tasks": array(PLAN_TASK, 0, limits.PLAN_TASKS),
            },
            ("title",),
        ),
        _tasks_differ,
    ),
    "task_card": thing(
        BLOCK | TASK_KEYS | {"status": one_of("in_progress", "complete", "error")},
        ("task_id", "title", "status"),
    ),
    "alert": thing(
        BLOCK
        | {
            "text": text(limits.ALERT_TEXT),
            "level": one_of("default", "info", "warning", "error", "success"),
        },
        ("text",),
    ),
    "card": CARD,
    "carousel": thing(
        BLOCK | {"elements": array(by_type({"card": CARD}), 1, limits.CAROUSEL_CARDS)},
        ("elements",),
    ),
    "container": thing(
        BLOCK
        | {
            "title": text(limits.CONTAINER_TITLE),
            "rich_text_title": RICH_TEXT_VALUE,
            "subtitle": text(limits.CONTAINER_TITLE),
            "icon": SLACK_FILE,
            "child_blocks": array(
                by_type({name: CLASSIC[name] for name in CONTAINED} | {"table": TABLE}),
                1,
                limits.CONTAINER_BLOCKS,
            ),
            "width": one_of("narrow", "standard", "wide", "full"),
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
        ("child_blocks",),
        any_of=("title", "rich_text_title"),
    ),
    "context_actions": thing(
        BLOCK | {"elements": array(element("context_actions"), 1, limits.CONTEXT_ACTIONS_ELEMENTS)},
        ("elements",),
    ),
}
"""The blocks of 2025 and 2026, which have perhaps not reached every plan and client."""

BLOCKS = CLASSIC | NEW
