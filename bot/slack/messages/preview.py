"""A first look at the file in the message: its first rows, and how many cells are empty.

Slack's `table` block is not taken in every workspace yet; a message is complete without it.
"""

import unicodedata
from dataclasses import replace
from typing import Any, Final

from bot.model.export import Export
from bot.model.limits import SLACK_MESSAGE_TEXT, SLACK_TABLE_COLUMNS
from bot.model.preview import Preview
from bot.slack.messages.message import Block, Message, context
from bot.slack.messages.text import foreign, number

TABLE: Final = "table"
ROWS: Final = 5

_MARK: Final = "preview"
"""Begins the ids of the blocks of the preview, by which they are taken out again."""

_TABLE_TEXT: Final = 6_000
_RESERVE: Final = 1_200
_CELL: Final = 60
_LEAST_CELL: Final = 10
_OTHERS: Final = 800
_NOTHING: Final = "-"
"""Shown for an empty cell: Slack publishes no word about cells without text."""


def with_preview(shown: Message, export: Export) -> Message:
    """The message with a table of the first rows above its small print, as far as it fits.

    Args:
        shown: a message about the finished export.
        export: whose files are looked at; without a preview nothing changes.
    """
    preview = preview_of(export)
    if preview is None:
        return shown
    added = [block for block in (_table(shown, export, preview), _others(preview)) if block]
    if not added or added[0]["type"] != TABLE:
        return shown
    at = next((at for at, block in enumerate(shown.blocks) if block["type"] == "context"), None)
    before, after = (shown.blocks[:at], shown.blocks[at:]) if at is not None else (shown.blocks, ())
    return replace(shown, blocks=(*before, *added, *after))


def has_preview(shown: Message) -> bool:
    """Whether there is one in it."""
    return any(_belongs(block) for block in shown.blocks)


def without_preview(shown: Message) -> Message:
    """The message as it is where tables are refused."""
    return replace(shown, blocks=tuple(block for block in shown.blocks if not _belongs(block)))


def preview_of(export: Export) -> Preview | None:
    """The first rows over all parts; empty cells are counted where every part counted them."""
    files = [part.file for part in export.parts if part.file is not None]
    known = [file.preview for file in files if file.preview is not None]
    if not known or len(known) != len(export.parts) or not known[0].columns:
        return None
    rows = tuple(row for preview in known for row in preview.rows)[:ROWS]
    counts = [preview.empty_counts for preview in known]
    alike = {preview.columns for preview in known} == {known[0].columns}
    counted = alike and {len(some) for some in counts} == {len(known[0].columns)}
    empty = tuple(sum(some) for some in zip(*counts, strict=True)) if counted else ()
    return Preview(known[0].columns, rows, empty)


def _table(shown: Message, export: Export, preview: Preview) -> Block | None:
    width = min(len(preview.columns), SLACK_TABLE_COLUMNS.value)
    room = min(_TABLE_TEXT, SLACK_MESSAGE_TEXT.value - _RESERVE - _length(shown.blocks))
    each = min(_CELL, room // (width * (len(preview.rows) + 2)))
    if each < _LEAST_CELL:
        return None
    rows = [
        [_raw(row[at] if at < len(row) else "", each) for at in range(width)]
        for row in (preview.columns, *preview.rows)
    ]
    if preview.rows and preview.empty_counts:
        counts = preview.empty_counts[:width]
        rows.append([_remark(_empty(count, export.rows_delivered, each)) for count in counts])
    return {
        "type": TABLE,
        "block_id": _MARK,
        "rows": rows,
        "column_settings": [{"align": align} for align in _aligns(export, preview)[:width]],
    }


def _aligns(export: Export, preview: Preview) -> list[str]:
    """Numbers to the right, as far as the file has the columns that were asked for."""
    asked = export.specification.columns
    if len(asked) != len(preview.columns):
        return ["left"] * len(preview.columns)
    return ["left" if column.is_text else "right" for column in asked]


def _others(preview: Preview) -> Block | None:
    """What the table has no room for: columns beyond the first ones, and their empty cells."""
    width = SLACK_TABLE_COLUMNS.value
    if len(preview.columns) <= width:
        return None
    lines = [f"The first {width} of {number(len(preview.columns))} columns"]
    empty = zip(preview.columns[width:], preview.empty_counts[width:], strict=False)
    named = [f"{foreign(name, 40)} {number(count)}" for name, count in empty if count]
    kept = [text for at, text in enumerate(named) if len(", ".join(named[: at + 1])) <= _OTHERS]
    if kept:
        more = ", …" if len(kept) < len(named) else ""
        lines.append(f"empty cells in the others: {', '.join(kept)}{more}")
    elif preview.empty_counts:
        lines.append("no empty cells in the others")
    block = context(lines)
    return None if block is None else {**block, "block_id": f"{_MARK}_others"}


def _empty(count: int, rows: int, room: int) -> str:
    """In words that fit: a figure is never cut."""
    if count == 0:
        return "none empty"
    if count == rows:
        return "all empty"
    of_all = f"{number(count)} of {number(rows)} empty"
    words = (of_all, f"{number(count)} empty", number(count), str(count))
    return next((word for word in words if len(word) <= room), "some empty")


def _raw(text: str, limit: int) -> Block:
    """A cell as Slack shows it without reading anything into it."""
    kept = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character)[0] != "C" or character == "\u200d"
    )
    line = " ".join(kept.split())
    shown = line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
    return {"type": "raw_text", "text": shown or _NOTHING}


def _remark(text: str) -> Block:
    """Our own words in the table, told from the file's by their slant."""
    part = {"type": "text", "text": text, "style": {"italic": True}}
    section = {"type": "rich_text_section", "elements": [part]}
    return {"type": "rich_text", "elements": [section]}


def _belongs(block: Block) -> bool:
    return str(block.get("block_id", "")).startswith(_MARK)


def _length(value: Any) -> int:
    """Characters of all texts, as Slack adds them up for a message."""
    if isinstance(value, list | tuple):
        return sum(_length(inner) for inner in value)
    if not isinstance(value, dict):
        return 0
    own = value.get("text")
    return (len(own) if isinstance(own, str) else 0) + sum(map(_length, value.values()))
