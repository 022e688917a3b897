"""Block Kit as the local Slack judges it: keys, limits, places and surfaces."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bench import Bench, bench, entry, modal, option, section, text

from sandbox.slack import limits, surfaces, world
from sandbox.slack.blocks import BLOCKS, CLASSIC, NEW
from sandbox.slack.elements import PLACES, RULES
from sandbox.slack.errors import SlackError
from sandbox.slack.menus import Menu, answered
from sandbox.slack.surfaces import message_problems, view_problems
from sandbox.slack.views import check

Json = dict[str, Any]
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}
BUTTON = {"type": "button", "action_id": "press", "text": text("Press")}
RICH = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}],
}
CELL = {"type": "raw_text", "text": "a"}


def task(number: int = 1, **more: Any) -> Json:
    return {"task_id": f"t{number}", "title": "Task", "status": "in_progress", **more}


GOOD: dict[str, Json] = {
    "section": section(),
    "header": {"type": "header", "text": text()},
    "divider": {"type": "divider"},
    "context": {"type": "context", "elements": [text(), IMAGE]},
    "actions": {"type": "actions", "elements": [BUTTON]},
    "input": entry({"type": "plain_text_input"}),
    "image": IMAGE,
    "rich_text": RICH,
    "video": {
        "type": "video",
        "alt_text": "a",
        "title": text(),
        "video_url": "https://example.com/v",
        "thumbnail_url": "https://example.com/t",
    },
    "file": {"type": "file", "external_id": "x", "source": "remote"},
    "markdown": {"type": "markdown", "text": "**a**"},
    "table": {"type": "table", "rows": [[CELL, CELL]]},
    "data_table": {"type": "data_table", "caption": "Rows", "rows": [[CELL], [CELL]]},
    "data_visualization": {
        "type": "data_visualization",
        "title": "Rows",
        "chart": {"type": "pie", "segments": [{"label": "done", "value": 1}]},
    },
    "plan": {"type": "plan", "title": "Export", "tasks": [task(1), task(2, status="pending")]},
    "task_card": {"type": "task_card", **task()},
    "alert": {"type": "alert", "text": text(), "level": "warning"},
    "card": {"type": "card", "title": text(), "actions": [BUTTON]},
    "carousel": {"type": "carousel", "elements": [{"type": "card", "title": text()}]},
    "container": {"type": "container", "title": text(), "child_blocks": [section()]},
    "context_actions": {
        "type": "context_actions",
        "elements": [
            {"type": "icon_button", "action_id": "x", "icon": "trash", "text": text("Drop")}
        ],
    },
}
SELECT = {"options": [option()], "placeholder": text("Choose")}
ELEMENTS: dict[str, Json] = {
    "button": BUTTON,
    "checkboxes": {"options": [option()], "initial_options": [option()]},
    "radio_buttons": {"options": [option()]},
    "overflow": {"options": [{**option(), "url": "https://example.com"}]},
    "static_select": {**SELECT, "initial_option": option()},
    "multi_static_select": {**SELECT, "max_selected_items": 1},
    "external_select": {"min_query_length": 0, "initial_option": option("elsewhere")},
    "multi_external_select": {"initial_options": [option("elsewhere")]},
    "users_select": {"initial_user": "U1"},
    "multi_users_select": {},
    "conversations_select": {
        "default_to_current_conversation": True,
        "filter": {"include": ["public", "private"]},
    },
    "multi_conversations_select": {"filter": {"exclude_bot_users": True}},
    "channels_select": {},
    "multi_channels_select": {"initial_channels": ["C1"]},
    "datepicker": {"initial_date": "2026-07-05"},
    "timepicker": {"initial_time": "09:30"},
    "datetimepicker": {"initial_date_time": 1_790_000_000},
    "plain_text_input": {
        "multiline": True,
        "min_length": 1,
        "max_length": 3000,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    },
    "email_text_input": {},
    "url_text_input": {"initial_value": "https://example.com"},
    "number_input": {"is_decimal_allowed": False, "min_value": "1", "max_value": "20"},
    "rich_text_input": {"min_lines": 1},
    "file_input": {"max_files": 1, "filetypes": ["csv"]},
    "workflow_button": {
        "text": text("Go"),
        "workflow": {"trigger": {"url": "https://slack.com/shortcuts/1"}},
    },
    "image": IMAGE,
    "feedback_buttons": {
        "positive_button": {"text": text("Good"), "value": "g"},
        "negative_button": {"text": text("Bad"), "value": "b"},
    },
    "icon_button": {"icon": "trash", "text": text("Drop")},
}


def element(name: str, **more: Any) -> Json:
    made = {"type": name, **ELEMENTS[name], **more}
    return made if name == "image" else {"action_id": "a", **made}


HOLDERS: dict[str, Callable[[Json], Json]] = {
    "section": lambda inner: section(accessory=inner),
    "actions": lambda inner: {"type": "actions", "elements": [inner]},
    "input": lambda inner: {"type": "input", "label": text(), "element": inner},
    "context": lambda inner: {"type": "context", "elements": [inner]},
    "context_actions": lambda inner: {"type": "context_actions", "elements": [inner]},
    "card": lambda inner: {"type": "card", "title": text(), "actions": [inner]},
}


def test_the_examples_cover_the_tables() -> None:
    """Every block and every element of the tables has an example here."""
    assert GOOD.keys() == BLOCKS.keys()
    assert ELEMENTS.keys() == RULES.keys() == PLACES.keys()


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("surface", ["message", "modal", "home"])
def test_each_surface_shows_its_blocks(surface: str, name: str) -> None:
    """A block passes on the surfaces that show it and is an unsupported type elsewhere."""
    if surface == "message":
        found = message_problems([GOOD[name]])
        pointer = "/blocks/0/type"
    else:
        view = modal(GOOD[name]) if surface == "modal" else {"type": "home", "blocks": [GOOD[name]]}
        found = view_problems(view)
        pointer = "/view/blocks/0/type"
    refused = name in surfaces.REFUSED[surface]
    assert found == ([f"unsupported type: {name} [json-pointer:{pointer}]"] if refused else [])


@pytest.mark.parametrize("name", BLOCKS)
def test_unknown_keys_of_blocks(name: str) -> None:
    """A key that a block does not have is refused by name."""
    surface = "modal" if name == "alert" else "message"
    if name == "file":
        return  # no surface shows it
    wrong = {**GOOD[name], "colour": "red"}
    found = message_problems([wrong]) if surface == "message" else view_problems(modal(wrong))
    place = "/blocks/0" if surface == "message" else "/view/blocks/0"
    assert found == [f"invalid additional property: colour [json-pointer:{place}]"]


@pytest.mark.parametrize("name", sorted(set(NEW) - {"alert", "markdown", "context_actions"}))
def test_newer_blocks_can_be_missing(name: str) -> None:
    """With the switch off a plan does not know the newer blocks; the classic ones stay."""
    assert message_problems([GOOD[name]], new_blocks=False)
    assert not message_problems([GOOD["section"]], new_blocks=False)


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("name", RULES)
def test_each_element_has_its_places(name: str, holder: str) -> None:
    """An element stands in the blocks that take it and nowhere else."""
    block = HOLDERS[holder](element(name))
    in_message = holder in ("context_actions", "card") or name in surfaces.MESSAGE_ONLY_ELEMENTS
    found = message_problems([block]) if in_message else view_problems(modal(block))
    if holder in PLACES[name]:
        assert found == []
    else:
        assert f"unsupported element type in {holder}: {name}" in found[0]


@pytest.mark.parametrize("name", RULES)
def test_unknown_keys_of_elements(name: str) -> None:
    """A key that an element does not have is refused by name."""
    holder = min(PLACES[name] - {"card"})
    block = HOLDERS[holder](element(name, colour="red"))
    in_message = holder == "context_actions" or name in surfaces.MESSAGE_ONLY_ELEMENTS
    found = message_problems([block]) if in_message else view_problems(modal(block))
    assert len(found) == 1
    assert found[0].startswith("invalid additional property: colour")


@pytest.mark.parametrize("name", sorted(surfaces.MODAL_ONLY_ELEMENTS))
def test_some_inputs_are_for_modals(name: str) -> None:
    """A message refuses the inputs that only modals have."""
    block = HOLDERS["input"](element(name))
    assert view_problems(modal(block)) == []
    assert "unsupported element type" in message_problems([block])[0]


@pytest.mark.parametrize("holder", ["section", "actions"])
def test_a_workflow_starts_from_messages_only(holder: str) -> None:
    """Modals and the Home refuse the button that starts a workflow."""
    block = HOLDERS[holder](element("workflow_button"))
    assert message_problems([block]) == []
    for view in (modal(block), {"type": "home", "blocks": [block]}):
        (found,) = view_problems(view)
        assert found.startswith("unsupported element type: workflow_button")


@pytest.mark.parametrize(
    ("blocks", "scope", "pointer"),
    [
        ([GOOD["video"]], "links.embed:write", "/view/blocks/0/type"),
        ([HOLDERS["input"](element("file_input"))], "files:read", "/view/blocks/0/element/type"),
    ],
)
def test_some_parts_need_a_scope(blocks: list[Json], scope: str, pointer: str) -> None:
    """A video and an input for files are for apps with the scope."""
    assert view_problems(modal(*blocks), [scope]) == []
    (found,) = view_problems(modal(*blocks), ["chat:write"])
    assert found.endswith(f"requires the scope {scope} [json-pointer:{pointer}]")


def holding(*blocks: Json) -> Json:
    return {"type": "container", "title": text(), "child_blocks": list(blocks)}


INSIDE = "/blocks/0/child_blocks/0"
CONTAINED: list[tuple[str, list[Json], str]] = [
    (
        "the same block_id inside and outside",
        [section(block_id="a"), holding(section(block_id="a"))],
        "block_id already exists: a [json-pointer:/blocks/1/child_blocks/0/block_id]",
    ),
    (
        "two tables",
        [holding(GOOD["table"]), holding(GOOD["table"])],
        "only one table is allowed in a message [json-pointer:/blocks]",
    ),
    (
        "an input of modals",
        [holding(HOLDERS["input"](element("number_input")))],
        f"unsupported element type: number_input [json-pointer:{INSIDE}/element/type]",
    ),
    (
        "the same action_id",
        [holding({"type": "actions", "elements": [BUTTON, BUTTON]})],
        f"action_id already exists: press [json-pointer:{INSIDE}/elements/1/action_id]",
    ),
    (
        "no title",
        [{"type": "container", "child_blocks": [section()]}],
        "missing required field: title or rich_text_title [json-pointer:/blocks/0]",
    ),
]


@pytest.mark.parametrize(
    ("blocks", "complaint"), [row[1:] for row in CONTAINED], ids=[row[0] for row in CONTAINED]
)
def test_a_container_hides_nothing(blocks: list[Json], complaint: str) -> None:
    """What is judged over all blocks is judged inside containers too."""
    assert message_problems(blocks) == [complaint]


LINES = {
    "type": "line",
    "series": [{"name": "rows", "data": [{"label": "a", "value": 1.5}]}],
    "axis_config": {"categories": ["a"], "x_label": "depth", "y_label": "rows"},
}


def test_charts_are_known() -> None:
    """Pies and lines pass, unknown charts and a third one do not."""
    chart = GOOD["data_visualization"]
    assert message_problems([chart, {**chart, "chart": LINES}]) == []
    assert "unsupported type: radar" in message_problems([{**chart, "chart": {"type": "radar"}}])[0]
    assert "no more than 2 charts" in message_problems([chart] * 3)[0]


Sized = Callable[[int], tuple[str, Any]]
"""A payload of a size, for a `message` (its blocks) or a `view`."""


def in_message(make: Callable[[int], Json]) -> Sized:
    return lambda size: ("message", [make(size)])


def in_modal(make: Callable[[int], Json]) -> Sized:
    return lambda size: ("view", modal(make(size)))


def judged(kind: str, payload: Any) -> list[str]:
    return message_problems(payload) if kind == "message" else view_problems(payload)


def accessory(name: str, key: str, make: Callable[[int], Any]) -> Sized:
    return in_modal(lambda size: section(accessory=element(name, **{key: make(size)})))


def options(size: int) -> list[Json]:
    return [option(str(number)) for number in range(size)]


def confirming(**more: Any) -> Json:
    words = {"title": text(), "text": text(), "confirm": text(), "deny": text()}
    return section(accessory={**BUTTON, "confirm": {**words, **more}})


def cards(size: int) -> list[Json]:
    return [GOOD["card"]] * size


def cells(size: int) -> list[Json]:
    return [CELL] * size


def trash(size: int) -> list[Json]:
    return [{**GOOD["context_actions"]["elements"][0], "action_id": str(n)} for n in range(size)]


def indented(size: int) -> Json:
    parts = {"type": "rich_text_list", "style": "bullet", "elements": RICH["elements"]}
    return {"type": "rich_text", "elements": [{**parts, "indent": size}]}


def points(size: int) -> list[Json]:
    return [{"label": f"point {number}", "value": number} for number in range(size)]


def drawn(**more: Any) -> Json:
    return {**GOOD["data_visualization"], "chart": {**LINES, **more}}


def series(size: int, name: str = "rows") -> list[Json]:
    return [{"name": name, "data": points(1)}] * size


LIMITS: list[tuple[str, limits.Limit, Sized]] = [
    (
        "option url",
        limits.OPTION_URL,
        accessory("overflow", "options", lambda n: [{**option(), "url": "a:".ljust(n, "x")}]),
    ),
    ("agent prompt", limits.AGENT_PROMPT, accessory("button", "agent_prompt", lambda n: "x" * n)),
    (
        "who sees a button",
        limits.VISIBLE_TO,
        accessory("button", "visible_to_user_ids", lambda n: ["U1"] * n),
    ),
    (
        "lines of rich text",
        limits.RICH_TEXT_LINES,
        in_modal(lambda n: entry(element("rich_text_input", max_lines=n))),
    ),
    (
        "video title",
        limits.VIDEO_TITLE,
        in_message(lambda n: {**GOOD["video"], "title": text("x" * n)}),
    ),
    (
        "video author",
        limits.VIDEO_AUTHOR,
        in_message(lambda n: {**GOOD["video"], "author_name": "x" * n}),
    ),
    (
        "context actions",
        limits.CONTEXT_ACTIONS_ELEMENTS,
        in_message(lambda n: {"type": "context_actions", "elements": trash(n)}),
    ),
    (
        "text of a data table",
        limits.DATA_TABLE_TEXT,
        in_message(
            lambda n: {
                **GOOD["data_table"],
                "rows": [[CELL], [{"type": "raw_text", "text": "x" * (n - 1)}]],
            }
        ),
    ),
    ("indent", limits.LIST_INDENT, in_message(indented)),
    ("text", limits.TEXT, in_message(lambda n: {"type": "context", "elements": [text("x" * n)]})),
    ("charts", limits.CHARTS, lambda n: ("message", [GOOD["data_visualization"]] * n)),
    (
        "title of a chart",
        limits.CHART_LABEL,
        in_message(lambda n: {**GOOD["data_visualization"], "title": "x" * n}),
    ),
    ("series", limits.CHART_SERIES, in_message(lambda n: drawn(series=series(n)))),
    (
        "name of a series",
        limits.CHART_NAME,
        in_message(lambda n: drawn(series=series(1, "x" * n))),
    ),
    (
        "points",
        limits.CHART_POINTS,
        in_message(lambda n: drawn(series=[{"name": "rows", "data": points(n)}])),
    ),
    ("blocks of a message", limits.MESSAGE_BLOCKS, lambda n: ("message", [section()] * n)),
    ("blocks of a modal", limits.VIEW_BLOCKS, lambda n: ("view", modal(*[section()] * n))),
    ("title", limits.VIEW_TITLE, lambda n: ("view", modal(title=text("x" * n)))),
    ("submit", limits.VIEW_BUTTON, lambda n: ("view", modal(submit=text("x" * n)))),
    ("close", limits.VIEW_BUTTON, lambda n: ("view", modal(close=text("x" * n)))),
    (
        "private_metadata",
        limits.PRIVATE_METADATA,
        lambda n: ("view", modal(private_metadata="x" * n)),
    ),
    ("callback_id", limits.CALLBACK_ID, lambda n: ("view", modal(callback_id="x" * n))),
    ("external_id", limits.EXTERNAL_ID, lambda n: ("view", modal(external_id="x" * n))),
    ("section text", limits.SECTION_TEXT, in_message(lambda n: section("x" * n))),
    (
        "section fields",
        limits.SECTION_FIELDS,
        in_message(lambda n: {"type": "section", "fields": [text()] * n}),
    ),
    (
        "section field text",
        limits.SECTION_FIELD_TEXT,
        in_message(lambda n: {"type": "section", "fields": [text("x" * n)]}),
    ),
    (
        "header",
        limits.HEADER_TEXT,
        in_message(lambda n: {"type": "header", "text": text("x" * n)}),
    ),
    (
        "context elements",
        limits.CONTEXT_ELEMENTS,
        in_message(lambda n: {"type": "context", "elements": [text()] * n}),
    ),
    (
        "actions elements",
        limits.ACTIONS_ELEMENTS,
        in_message(
            lambda n: {
                "type": "actions",
                "elements": [{**BUTTON, "action_id": str(number)} for number in range(n)],
            }
        ),
    ),
    ("block_id", limits.BLOCK_ID, in_message(lambda n: section(block_id="x" * n))),
    (
        "action_id",
        limits.ACTION_ID,
        in_message(lambda n: section(accessory={**BUTTON, "action_id": "x" * n})),
    ),
    (
        "button text",
        limits.BUTTON_TEXT,
        in_message(lambda n: section(accessory={**BUTTON, "text": text("x" * n)})),
    ),
    (
        "button value",
        limits.BUTTON_VALUE,
        in_message(lambda n: section(accessory={**BUTTON, "value": "x" * n})),
    ),
    (
        "button url",
        limits.BUTTON_URL,
        in_message(lambda n: section(accessory={**BUTTON, "url": "https://".ljust(n, "x")})),
    ),
    (
        "accessibility label",
        limits.ACCESSIBILITY_LABEL,
        in_message(lambda n: section(accessory={**BUTTON, "accessibility_label": "x" * n})),
    ),
    (
        "label",
        limits.INPUT_LABEL,
        in_modal(
            lambda n: entry(ELEMENTS["file_input"] | {"type": "file_input"}, label=text("x" * n))
        ),
    ),
    (
        "hint",
        limits.INPUT_LABEL,
        in_modal(lambda n: entry({"type": "file_input"}, hint=text("x" * n))),
    ),
    (
        "placeholder",
        limits.PLACEHOLDER,
        accessory("static_select", "placeholder", lambda n: text("x" * n)),
    ),
    (
        "options",
        limits.OPTIONS,
        in_modal(lambda n: section(accessory={"type": "static_select", "options": options(n)})),
    ),
    (
        "option groups",
        limits.OPTION_GROUPS,
        in_modal(
            lambda n: section(
                accessory={
                    "type": "static_select",
                    "option_groups": [{"label": text(), "options": options(1)}] * n,
                }
            )
        ),
    ),
    (
        "options of a group",
        limits.OPTIONS,
        in_modal(
            lambda n: section(
                accessory={
                    "type": "static_select",
                    "option_groups": [{"label": text(), "options": options(n)}],
                }
            )
        ),
    ),
    (
        "group label",
        limits.GROUP_LABEL,
        in_modal(
            lambda n: section(
                accessory={
                    "type": "static_select",
                    "option_groups": [{"label": text("x" * n), "options": options(1)}],
                }
            )
        ),
    ),
    (
        "option text",
        limits.OPTION_TEXT,
        accessory("radio_buttons", "options", lambda n: [{"text": text("x" * n), "value": "v"}]),
    ),
    (
        "option value",
        limits.OPTION_VALUE,
        accessory("radio_buttons", "options", lambda n: [{"text": text(), "value": "v" * n}]),
    ),
    (
        "option description",
        limits.OPTION_DESCRIPTION,
        accessory(
            "radio_buttons", "options", lambda n: [{**option(), "description": text("x" * n)}]
        ),
    ),
    ("overflow options", limits.OVERFLOW_OPTIONS, accessory("overflow", "options", options)),
    (
        "checkboxes",
        limits.CHECKBOXES,
        in_modal(lambda n: section(accessory={"type": "checkboxes", "options": options(n)})),
    ),
    ("radio buttons", limits.RADIO_BUTTONS, accessory("radio_buttons", "options", options)),
    ("confirm title", limits.CONFIRM_TITLE, in_message(lambda n: confirming(title=text("x" * n)))),
    ("confirm text", limits.CONFIRM_TEXT, in_message(lambda n: confirming(text=text("x" * n)))),
    (
        "confirm button",
        limits.CONFIRM_BUTTON,
        in_message(lambda n: confirming(confirm=text("x" * n))),
    ),
    ("deny button", limits.CONFIRM_BUTTON, in_message(lambda n: confirming(deny=text("x" * n)))),
    (
        "initial text",
        limits.INPUT_TEXT,
        in_modal(lambda n: entry({"type": "plain_text_input", "initial_value": "x" * n})),
    ),
    (
        "files of a file input",
        limits.INPUT_FILES,
        in_modal(lambda n: entry({"type": "file_input", "max_files": n})),
    ),
    ("alt text", limits.IMAGE_TEXT, in_message(lambda n: {**IMAGE, "alt_text": "x" * n})),
    (
        "image url",
        limits.IMAGE_URL,
        in_message(lambda n: {**IMAGE, "image_url": "https://".ljust(n, "x")}),
    ),
    (
        "markdown",
        limits.MARKDOWN_TEXT,
        in_message(lambda n: {"type": "markdown", "text": "x" * n}),
    ),
    (
        "plan tasks",
        limits.PLAN_TASKS,
        in_message(
            lambda n: {"type": "plan", "title": "P", "tasks": [task(number) for number in range(n)]}
        ),
    ),
    (
        "table rows",
        limits.TABLE_ROWS,
        in_message(lambda n: {"type": "table", "rows": [cells(1)] * n}),
    ),
    (
        "table cells",
        limits.TABLE_COLUMNS,
        in_message(lambda n: {"type": "table", "rows": [cells(n)]}),
    ),
    ("tables", limits.TABLES, lambda n: ("message", [GOOD["table"]] * n)),
    (
        "data table rows",
        limits.DATA_TABLE_ROWS,
        in_message(lambda n: {**GOOD["data_table"], "rows": [cells(1)] * n}),
    ),
    (
        "data table columns",
        limits.DATA_TABLE_COLUMNS,
        in_message(lambda n: {**GOOD["data_table"], "rows": [cells(n)] * 2}),
    ),
    (
        "data table page",
        limits.DATA_TABLE_PAGE,
        in_message(lambda n: {**GOOD["data_table"], "page_size": n}),
    ),
    ("alert", limits.ALERT_TEXT, in_modal(lambda n: {**GOOD["alert"], "text": text("x" * n)})),
    (
        "card title",
        limits.CARD_TITLE,
        in_message(lambda n: {"type": "card", "title": text("x" * n)}),
    ),
    ("card body", limits.CARD_BODY, in_message(lambda n: {"type": "card", "body": text("x" * n)})),
    (
        "card actions",
        limits.CARD_ACTIONS,
        in_message(
            lambda n: {
                "type": "card",
                "actions": [{**BUTTON, "action_id": str(number)} for number in range(n)],
            }
        ),
    ),
    (
        "carousel",
        limits.CAROUSEL_CARDS,
        in_message(lambda n: {"type": "carousel", "elements": cards(n)}),
    ),
    (
        "container blocks",
        limits.CONTAINER_BLOCKS,
        in_message(lambda n: {**GOOD["container"], "child_blocks": [section()] * n}),
    ),
    (
        "container title",
        limits.CONTAINER_TITLE,
        in_message(lambda n: {**GOOD["container"], "title": text("x" * n)}),
    ),
]


NAMED = {"ids": [row[0] for row in LIMITS]}


@pytest.mark.parametrize(("limit", "sized"), [row[1:] for row in LIMITS], **NAMED)
def test_each_limit_holds_exactly(limit: limits.Limit, sized: Sized) -> None:
    """What is as large as the limit passes; one more is refused."""
    assert judged(*sized(int(limit))) == []
    assert judged(*sized(int(limit) + 1)) != []


def test_a_menu_takes_so_many_options() -> None:
    """An answer to block_suggestion holds a hundred options, or none, and no more."""
    assert isinstance(answered({"options": options(limits.OPTIONS)}), Menu)
    assert isinstance(answered({"options": []}), Menu)
    assert answered({"options": options(limits.OPTIONS + 1)}) == [
        "no more than 100 items allowed [json-pointer:/options]"
    ]
    assert answered(None) == ["must provide an object [json-pointer:/]"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
ALL = [
    *GOOD.values(),
    *(HOLDERS[min(PLACES[name])](element(name)) for name in RULES),
]


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """A good block in which one value, anywhere, is replaced by any JSON."""
    block = json.loads(json.dumps(draw(st.sampled_from(ALL))))
    here: Any = block
    while True:
        key = draw(st.sampled_from(list(here) if isinstance(here, dict) else range(len(here))))
        if isinstance(here[key], dict | list) and here[key] and draw(st.booleans()):
            here = here[key]
            continue
        here[key] = draw(JSON)
        return block


@given(st.lists(spoilt(), max_size=3))
def test_any_blocks_are_judged(blocks: list[Any]) -> None:
    """Whatever an app sends as blocks is judged with sentences, never with a crash."""
    for found in (message_problems(blocks), view_problems(modal() | {"blocks": blocks})):
        assert all(complaint.endswith("]") for complaint in found)


@given(JSON | spoilt())
def test_any_view_is_judged(view: Any) -> None:
    """Whatever an app sends as a view is judged with sentences, never with a crash."""
    assert all(complaint.endswith("]") for complaint in view_problems(view))
    assert all(complaint.endswith("]") for complaint in view_problems({**modal(), "title": view}))


def test_characters_are_code_points() -> None:
    """A limit counts code points, not bytes and not UTF-16 units."""
    assert view_problems(modal(title=text("🦜" * limits.VIEW_TITLE))) == []


def at(place: str, of: str = "") -> str:
    return f" [json-pointer:{of}/blocks/0/{place}]"


WRONG: list[tuple[str, Any, str]] = [
    ("no object", "section", "must provide an object [json-pointer:/blocks/0]"),
    ("no type", {"text": text()}, "missing required field: type [json-pointer:/blocks/0]"),
    (
        "unknown type",
        {"type": "progress_bar"},
        "unsupported type: progress_bar [json-pointer:/blocks/0/type]",
    ),
    (
        "empty text",
        section(""),
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        "too long text",
        section("x" * 3001),
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        "neither text nor fields",
        {"type": "section"},
        "missing required field: text or fields [json-pointer:/blocks/0]",
    ),
    (
        "mrkdwn header",
        {"type": "header", "text": {"type": "mrkdwn", "text": "*a*"}},
        "must be a valid text object: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    (
        "null",
        {"type": "section", "text": text(), "accessory": None},
        "must provide an object [json-pointer:/blocks/0/accessory]",
    ),
    (
        "no elements",
        {"type": "actions", "elements": []},
        "no less than 1 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        "options and groups",
        section(
            accessory={
                "type": "static_select",
                "options": [option()],
                "option_groups": [{"label": text(), "options": [option()]}],
            }
        ),
        "must have exactly one of: options, option_groups [json-pointer:/blocks/0/accessory]",
    ),
    (
        "initial option that is none",
        section(accessory={"type": "static_select", **SELECT, "initial_option": option("two")}),
        "must match one of the options exactly [json-pointer:/blocks/0/accessory/initial_option]",
    ),
    (
        "url outside an overflow",
        section(
            accessory={
                "type": "static_select",
                "options": [{**option(), "url": "https://example.com"}],
            }
        ),
        "invalid additional property: url [json-pointer:/blocks/0/accessory/options/0]",
    ),
    (
        "style",
        section(accessory={**BUTTON, "style": "green"}),
        "must be a valid enum value: primary, danger [json-pointer:/blocks/0/accessory/style]",
    ),
    (
        "relative url",
        section(accessory={**BUTTON, "url": "/here"}),
        "does not match regexp [a-zA-Z][a-zA-Z0-9+.-]*:.+ [json-pointer:/blocks/0/accessory/url]",
    ),
    (
        "status of a task",
        {"type": "plan", "title": "P", "tasks": [task(status="completed")]},
        "must be a valid enum value: pending, in_progress, complete, error" + at("tasks/0/status"),
    ),
    (
        "pending card",
        {"type": "task_card", **task(status="pending")},
        "must be a valid enum value: in_progress, complete, error [json-pointer:/blocks/0/status]",
    ),
    (
        "task twice",
        {"type": "plan", "title": "P", "tasks": [task(1), task(1)]},
        "task_id must be unique [json-pointer:/blocks/0/tasks/1/task_id]",
    ),
    (
        "uneven data table",
        {**GOOD["data_table"], "rows": [cells(2), cells(1)]},
        "rows must have the same number of cells [json-pointer:/blocks/0/rows/1]",
    ),
    (
        "rich header of a data table",
        {**GOOD["data_table"], "rows": [[RICH], [CELL]]},
        "unsupported type: rich_text [json-pointer:/blocks/0/rows/0/0/type]",
    ),
    (
        "response_url_enabled in a message",
        HOLDERS["input"](element("channels_select", response_url_enabled=True)),
        "only available in input blocks of modals" + at("element/response_url_enabled"),
    ),
    (
        "the same action twice",
        {"type": "actions", "elements": [BUTTON, BUTTON]},
        "action_id already exists: press [json-pointer:/blocks/0/elements/1/action_id]",
    ),
]


@pytest.mark.parametrize(
    ("block", "complaint"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_what_is_wrong_is_said_with_its_place(block: Any, complaint: str) -> None:
    """Each broken rule gives one complaint with a JSON pointer."""
    assert message_problems([block]) == [complaint]


TOGETHER: list[tuple[str, list[Json], str]] = [
    (
        "block_id twice",
        [section(block_id="b"), section(block_id="b")],
        "block_id already exists: b [json-pointer:/blocks/1/block_id]",
    ),
    (
        "plan beside a card",
        [GOOD["plan"], GOOD["task_card"]],
        "plan and task_card cannot stand in one message [json-pointer:/blocks]",
    ),
    (
        "markdown summed",
        [{"type": "markdown", "text": "x" * 7000}] * 2,
        "must be less than 12001 characters [json-pointer:/blocks]",
    ),
    ("nothing", [], "no less than 1 items allowed [json-pointer:/blocks]"),
]


@pytest.mark.parametrize(
    ("blocks", "complaint"), [row[1:] for row in TOGETHER], ids=[row[0] for row in TOGETHER]
)
def test_what_blocks_cannot_be_together(blocks: list[Json], complaint: str) -> None:
    """Some rules look at all blocks of a message at once."""
    assert message_problems(blocks) == [complaint]


VIEWS: list[tuple[str, Json, str]] = [
    (
        "no title",
        {"type": "modal", "blocks": [section()]},
        "missing required field: title [json-pointer:/view]",
    ),
    (
        "an input without submit",
        modal(entry({"type": "plain_text_input"}), submit=None),
        "missing required field: submit [json-pointer:/view]",
    ),
    ("a key of an answer", modal(id="V1"), "invalid additional property: id [json-pointer:/view]"),
    ("a workflow step", {"type": "step"}, "unsupported type: step [json-pointer:/view/type]"),
    (
        "two focused",
        modal(
            entry({"type": "plain_text_input", "focus_on_load": True}, "a"),
            entry({"type": "plain_text_input", "focus_on_load": True}, "b"),
        ),
        "only one element can have focus_on_load [json-pointer:/view/blocks]",
    ),
    (
        "response_url_enabled outside an input",
        modal(section(accessory=element("channels_select", response_url_enabled=True))),
        "only available in input blocks of modals"
        + at("accessory/response_url_enabled", of="/view"),
    ),
    (
        "a title on a Home",
        {"type": "home", "title": text(), "blocks": [section()]},
        "invalid additional property: title [json-pointer:/view]",
    ),
]


@pytest.mark.parametrize(
    ("view", "complaint"), [row[1:] for row in VIEWS], ids=[row[0] for row in VIEWS]
)
def test_what_a_view_cannot_be(view: Json, complaint: str) -> None:
    """Views have rules of their own; the pointers begin at /view."""
    assert view_problems(view) == [complaint]


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as running:
        yield running


def detailed(error: str, found: list[str]) -> Json:
    return {
        "ok": False,
        "error": error,
        "errors": found,
        "response_metadata": {"messages": [f"[ERROR] {complaint}" for complaint in found]},
    }


async def test_messages_are_refused_over_http(slack: Bench) -> None:
    """Everything above that is wrong in a message is invalid_blocks with its places, unposted."""
    wrong = [[row[1]] for row in WRONG] + [row[1] for row in TOGETHER if row[1]]
    wrong += [
        payload
        for _, limit, sized in LIMITS
        for kind, payload in [sized(int(limit) + 1)]
        if kind == "message"
    ]
    for blocks in wrong:
        if not all(isinstance(block, dict) for block in blocks):
            continue
        body = await slack.api("chat.postMessage", channel=world.SEO, text="x", blocks=blocks)
        assert body == detailed("invalid_blocks", message_problems(blocks))
    assert (await slack.state())["messages"] == []


async def test_views_are_refused_over_http(slack: Bench) -> None:
    """Everything above that is wrong in a view is invalid_arguments with its places, unopened."""
    ear = await slack.app()
    wrong = [row[1] for row in VIEWS] + [
        payload
        for _, limit, sized in LIMITS
        for kind, payload in [sized(int(limit) + 1)]
        if kind == "view"
    ]
    trigger_id = await slack.trigger(ear)
    slack.drive()
    for view in wrong:
        body = await slack.api("views.open", trigger_id=trigger_id, view=view)
        assert body == detailed("invalid_arguments", view_problems(view))
    assert (await slack.state())["views"] == []
    assert (await slack.api("views.open", trigger_id=trigger_id, view=modal()))["ok"]


async def test_all_good_blocks_are_posted(slack: Bench) -> None:
    """What a message shows is taken as it is, with the ids that Slack adds."""
    for name, block in GOOD.items():
        if name in surfaces.REFUSED["message"]:
            continue
        message = (await slack.post(blocks=[block]))["message"]
        assert message["blocks"][0].pop("block_id")
        kept = message["blocks"][0]
        assert kept["type"] == name
        assert kept.keys() >= block.keys() - {"block_id"}


@pytest.mark.parametrize("blocks", ["[{", '"text"', '["text"]', "7"])
async def test_blocks_that_are_no_list(slack: Bench, blocks: str) -> None:
    """Blocks that are no JSON array of objects are invalid_blocks_format."""
    body = await slack.api("chat.postMessage", channel=world.SEO, text="x", blocks=blocks)
    assert body["error"] == "invalid_blocks_format"


def test_null_means_left_out_in_a_view() -> None:
    """A view that Slack itself has shown, with `submit: null`, can be sent back."""
    assert view_problems(modal(submit=None, close=None)) == []


def test_a_view_has_a_weight() -> None:
    """More than 250 KB of JSON is view_too_large, whatever else is right."""
    heavy = modal(*[section("x" * 3000) for _ in range(90)])
    with pytest.raises(SlackError, match="view_too_large"):
        check(heavy, ())
    check(modal(*[section("x" * 2500) for _ in range(90)]), ())


def test_the_classic_blocks_are_no_new_ones() -> None:
    """A block is either classic or new."""
    assert not CLASSIC.keys() & NEW.keys()
