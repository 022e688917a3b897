"""The first look at a file: what the table shows, what it leaves out, and what it never does."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_examples import (
    APP_URL,
    FILE,
    TEXTS,
    a_delivered,
    a_part,
    an_export,
    deliveries,
    exports,
)
from test_messages_limits import is_taken

from bot.model.delivery import Delivery, DeliveryState, Upload
from bot.model.export import Export, State
from bot.model.preview import Preview
from bot.model.project import Project
from bot.model.specification import Column
from bot.slack.messages.finished import finished_message, unconfirmed_message
from bot.slack.messages.message import Message
from bot.slack.messages.preview import has_preview, preview_of, without_preview

LOOK = Preview(
    columns=("Full URL", "Depth", "Title"),
    rows=(("https://acme.com/", "0", "'=1+1"), ("https://acme.com/a", "1", "")),
    empty_counts=(0, 4_382, 48_211),
)


def looked_at(*looks: Preview | None, **changes: Any) -> Export:
    """A finished export whose parts have these previews."""
    parts = tuple(
        a_part(State.READY, at, file=replace(FILE, preview=look))
        for at, look in enumerate(looks, start=1)
    )
    return replace(an_export(), parts=parts, **changes)


def finished(export: Export) -> Message:
    return finished_message(export, a_delivered(), app_url=APP_URL)


def table(shown: Message) -> dict[str, Any]:
    (found,) = [block for block in shown.blocks if block["type"] == "table"]
    return found


def words(cell: dict[str, Any]) -> str:
    """The text of a cell."""
    if cell["type"] == "raw_text":
        return str(cell["text"])
    assert cell["type"] == "rich_text"
    return str(cell["elements"][0]["elements"][0]["text"])


def shown_rows(export: Export) -> list[list[str]]:
    return [[words(cell) for cell in row] for row in table(finished(export))["rows"]]


def test_the_first_rows_stand_under_their_columns() -> None:
    """Header, rows, and for each column how many cells are empty in the whole file."""
    assert shown_rows(looked_at(LOOK)) == [
        ["Full URL", "Depth", "Title"],
        ["https://acme.com/", "0", "'=1+1"],
        ["https://acme.com/a", "1", "-"],
        ["none empty", "4,382 of 48,211 empty", "all empty"],
    ]


def test_what_the_file_says_is_never_markup() -> None:
    """A cell that looks like a mention, a link or markup is shown as it is."""
    hostile = ("<!channel>", "*b* <https://evil.example|x>", "a\u202eb\tc\nd")
    export = looked_at(replace(LOOK, columns=hostile, rows=(hostile,)))
    first = table(finished(export))["rows"][:2]
    assert {cell["type"] for row in first for cell in row} == {"raw_text"}
    assert [words(cell) for cell in first[1]] == [hostile[0], hostile[1], "ab c d"]


def test_numbers_stand_to_the_right() -> None:
    """Columns that are no text are aligned as people read figures."""
    columns = (Column("url", "string"), Column("depth", "integer"), Column("title", "string"))
    export = looked_at(LOOK)
    export = replace(export, specification=replace(export.specification, columns=columns))
    aligns = [column["align"] for column in table(finished(export))["column_settings"]]
    assert aligns == ["left", "right", "left"]


def test_parts_are_looked_at_as_one_file() -> None:
    """Rows come from the first parts that have some; empty cells add up."""
    empty = Preview(LOOK.columns, (), (0, 0, 0))
    seven = replace(LOOK, rows=LOOK.rows * 2, empty_counts=(0, 1, 2))
    found = preview_of(looked_at(empty, LOOK, seven))
    assert found is not None
    assert found.rows == (*LOOK.rows, *LOOK.rows, LOOK.rows[0])
    assert found.empty_counts == (0, 4_383, 48_213)


def test_counts_that_do_not_belong_together_are_not_added() -> None:
    """Parts with other columns have no common figure; the rows are shown all the same."""
    other = replace(LOOK, columns=("Full URL", "Title", "Depth"))
    found = preview_of(looked_at(LOOK, other))
    assert found is not None
    assert found.empty_counts == ()


@pytest.mark.parametrize(
    "looks", [(None,), (LOOK, None), (Preview((), (), ()),)], ids=["none", "one of two", "empty"]
)
def test_without_a_preview_of_all_parts_there_is_no_table(looks: tuple[Preview | None]) -> None:
    """Files from before previews change nothing."""
    assert not has_preview(finished(looked_at(*looks)))


def test_more_columns_than_slack_shows_are_named() -> None:
    """Twenty stand in the table; of the others those with empty cells are told."""
    names = tuple(f"Column {at}" for at in range(1, 36))
    wide = Preview(names, (tuple("x" * 35),), (*[0] * 30, 12, *[0] * 3, 7))
    shown = finished(looked_at(wide))
    assert {len(row) for row in table(shown)["rows"]} == {20}
    said = str(shown.blocks)
    assert "The first 20 of 35 columns" in said
    assert "Column 31 12, Column 35 7" in said
    assert "Column 32" not in said


def test_a_figure_is_never_cut() -> None:
    """Where cells are narrow the word goes first; half a figure would be another one."""
    names = tuple(f"Column number {at} with a long name" for at in range(20))
    counts = (123_456, 1_234_567_890, 12_345_678_901, 0, 12, *[1_000_000] * 15)
    wide = Preview(names, (names,) * 5, counts)
    last = shown_rows(replace(looked_at(wide), reason="because " * 400))[-1]
    assert all(
        re.fullmatch(rf"({count:,}|{count})( of [\d,]+)?( empty)?|some empty|none empty", shown)
        for shown, count in zip(last, counts, strict=True)
    )


def test_the_preview_can_be_taken_out_again() -> None:
    """Where tables are refused the rest of the message is what it would be without one."""
    names = tuple(f"Column {at}" for at in range(35))
    wide = Preview(names, (names,), tuple(range(35)))
    shown = finished(looked_at(wide))
    assert has_preview(shown)
    assert without_preview(shown) == finished(looked_at(None))


def test_only_what_is_certainly_there_is_looked_at() -> None:
    """A file that Slack does not show yet is not described as delivered."""
    delivery = replace(a_delivered(), state=DeliveryState.UNCONFIRMED)
    assert not has_preview(unconfirmed_message(looked_at(LOOK), delivery, app_url=APP_URL))


def test_the_fullest_message_has_room_for_a_table() -> None:
    """Sixty files with all their remarks, long links, twenty long columns: all of it is taken."""
    name = "&" * 60
    names = tuple(f"{at} {'&' * 300}" for at in range(60))
    notes = tuple(f"{at} {'&' * 400}" for at in range(9))
    look = Preview(names, (names,) * 5, tuple(range(10**6, 10**6 + 60)))
    export = looked_at(*[look] * 60, reason=name * 9, requested_by=name)
    parts = tuple(
        replace(part, file=replace(FILE, preview=look, notes=notes), rows_expected=5)
        for part in export.parts
    )
    specification = replace(export.specification, project=Project(name, name), analysis=name)
    links = [f"https://acme.slack.com/files/{at}/{'x' * 200}" for at in range(60)]
    delivery = replace(
        a_delivered(),
        user=name,
        user_name=name,
        channel=name,
        uploads=tuple(Upload(at, f"F{at}", "1.2", link) for at, link in enumerate(links, start=1)),
    )
    full = replace(export, parts=parts, specification=specification)
    shown = finished_message(full, delivery, app_url=APP_URL)
    assert has_preview(shown)
    is_taken(shown)


TUPLES = st.lists(TEXTS, max_size=30).map(tuple)
PREVIEWS = st.builds(
    Preview,
    columns=TUPLES,
    rows=st.lists(TUPLES, max_size=5).map(tuple),
    empty_counts=st.lists(st.integers(0, 10**12), max_size=30).map(tuple),
)


@given(exports(), deliveries(), st.lists(PREVIEWS, min_size=1, max_size=3))
def test_any_preview_is_within_the_limits(
    export: Export, delivery: Delivery, looks: list[Preview]
) -> None:
    """However long cells and names are, and however full the message is, Slack takes it."""
    parts = tuple(
        a_part(State.READY, at, file=replace(FILE, preview=look, notes=("note " * 60,) * 9))
        for at, look in enumerate(looks, start=1)
    )
    is_taken(finished_message(replace(export, parts=parts), delivery, app_url=APP_URL))
