"""Surfaces: which blocks Slack shows in a message, a modal and the Home tab, and how many."""

import dataclasses
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from sandbox.slack import limits
from sandbox.slack.blocks import BLOCKS, NEW, text_length
from sandbox.slack.objects import plain
from sandbox.slack.schema import (
    Rule,
    array,
    boolean,
    by_type,
    one_of,
    problems,
    said,
    string,
    thing,
)

Json = dict[str, Any]

REFUSED: dict[str, frozenset[str]] = {
    "message": frozenset({"alert", "file"}),
    "modal": frozenset(
        {
            "card",
            "carousel",
            "container",
            "context_actions",
            "data_table",
            "data_visualization",
            "file",
            "markdown",
            "plan",
            "table",
            "task_card",
        }
    ),
    "home": frozenset(
        {
            "alert",
            "container",
            "context_actions",
            "data_table",
            "data_visualization",
            "file",
            "markdown",
            "plan",
            "table",
            "task_card",
        }
    ),
}
"""What each surface does not show (docs: blocks; slack-block-kit-validator for what it rejects)."""

MODAL_ONLY_ELEMENTS = frozenset(
    {"email_text_input", "file_input", "number_input", "url_text_input"}
)
"""Elements that only modals take (slack-block-kit-validator)."""
MESSAGE_ONLY_ELEMENTS = frozenset({"workflow_button"})
"""Elements that only messages take (docs: block elements)."""

NEEDED: dict[str, str] = {"video": "links.embed:write", "file_input": "files:read"}
"""Blocks and elements that need a scope of their own (docs: video block, file input element)."""

RESPONSE_URL_ELEMENTS = frozenset({"conversations_select", "channels_select"})

TOO_OLD = frozenset(NEW) - {"markdown", "context_actions"}
"""The blocks that the switch `new_blocks` takes away, as on a plan that they have not reached."""


def blocks_rule(surface: str, *, new_blocks: bool = True) -> Rule:
    """The rule for the `blocks` of a surface."""
    hidden = REFUSED[surface] | (frozenset() if new_blocks else TOO_OLD)
    maximum = limits.MESSAGE_BLOCKS if surface == "message" else limits.VIEW_BLOCKS
    shown = {name: rule for name, rule in BLOCKS.items() if name not in hidden}
    return array(by_type(shown), 1, maximum)


MODAL = thing(
    {
        "type": one_of("modal"),
        "title": plain(limits.VIEW_TITLE),
        "submit": plain(limits.VIEW_BUTTON),
        "close": plain(limits.VIEW_BUTTON),
        "blocks": blocks_rule("modal"),
        "private_metadata": string(0, limits.PRIVATE_METADATA),
        "callback_id": string(0, limits.CALLBACK_ID),
        "external_id": string(0, limits.EXTERNAL_ID),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
    ("type", "title", "blocks"),
    nulls=True,
)
HOME = thing(
    {
        "type": one_of("home"),
        "blocks": blocks_rule("home"),
        "private_metadata": string(0, limits.PRIVATE_METADATA),
        "callback_id": string(0, limits.CALLBACK_ID),
        "external_id": string(0, limits.EXTERNAL_ID),
    },
    ("type", "blocks"),
    nulls=True,
)
VIEW = by_type({"modal": MODAL, "home": HOME})


def view_problems(view: Any, granted: Collection[str] | None = None) -> list[str]:
    """All that Slack would refuse in a view, with pointers from `/view`.

    `granted` are the app's scopes; None where it is not about an app.
    """
    found = problems(VIEW, view, "/view")
    if found:
        return found
    surface = view["type"]
    found = _together(view["blocks"], "/view/blocks", surface, granted)
    if surface == "modal" and not view.get("submit") and _of_type(view["blocks"], "input"):
        found.append(said("missing required field: submit", "/view"))
    return found


def view_bytes(view: Any) -> int:
    """The size by which `view_too_large` is judged."""
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode())


def message_problems(
    blocks: Any,
    granted: Collection[str] | None = None,
    *,
    new_blocks: bool = True,
    pointer: str = "/blocks",
) -> list[str]:
    """All that Slack would refuse in a message's blocks, or in those of an attachment."""
    found = problems(blocks_rule("message", new_blocks=new_blocks), blocks, pointer)
    return found or _together(blocks, pointer, "message", granted)


def elements(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json, str]]:
    """Each element, also in containers, with its block and the pointer to it below the block."""
    for block, _ in placed(blocks, ""):
        yield from _elements_of(block)


def placed(blocks: Iterable[Json], pointer: str) -> Iterator[tuple[Json, str]]:
    """Each block with its pointer, and those that a container holds behind it."""
    for index, block in enumerate(blocks):
        yield block, f"{pointer}/{index}"
        yield from placed(block.get("child_blocks") or [], f"{pointer}/{index}/child_blocks")


def _elements_of(block: Json) -> Iterator[tuple[Json, Json, str]]:
    if "element" in block:
        yield block, block["element"], "element"
    if "accessory" in block:
        yield block, block["accessory"], "accessory"
    inner = block.get("elements") if block["type"] in ("actions", "context_actions") else None
    for index, element in enumerate(inner or []):
        yield block, element, f"elements/{index}"
    for index, element in enumerate(block.get("actions") or []):
        yield block, element, f"actions/{index}"


@dataclasses.dataclass(frozen=True)
class Whole:
    """All blocks of a message or a view, to be judged together."""

    blocks: list[tuple[Json, str]]
    """Each with its pointer; those in containers too."""
    pointer: str
    surface: str
    granted: Collection[str] | None

    def of_type(self, *types: str) -> list[Json]:
        return [block for block, _ in self.blocks if block["type"] in types]

    def elements(self) -> Iterator[tuple[Json, Json, str]]:
        """Each element with its block and its own pointer."""
        for block, here in self.blocks:
            for _, element, place in _elements_of(block):
                yield block, element, f"{here}/{place}"


Check = Callable[[Whole], Iterator[str]]


def _together(
    blocks: list[Json], pointer: str, surface: str, granted: Collection[str] | None
) -> list[str]:
    whole = Whole(list(placed(blocks, pointer)), pointer, surface, granted)
    return [text for check in CHECKS for text in check(whole)]


def _of_type(blocks: Iterable[Json], *types: str) -> list[Json]:
    return [block for block in blocks if block["type"] in types]


def _block_ids_differ(whole: Whole) -> Iterator[str]:
    seen: set[str] = set()
    for block, here in whole.blocks:
        block_id = block.get("block_id")
        if block_id in seen:
            yield said(f"block_id already exists: {block_id}", f"{here}/block_id")
        if block_id is not None:
            seen.add(block_id)


def _action_ids_differ(whole: Whole) -> Iterator[str]:
    for block, here in whole.blocks:
        seen: set[str] = set()
        for _, element, place in _elements_of(block):
            action_id = element.get("action_id")
            if action_id in seen:
                yield said(f"action_id already exists: {action_id}", f"{here}/{place}/action_id")
            if action_id is not None:
                seen.add(action_id)


def _one_focus(whole: Whole) -> Iterator[str]:
    if sum(element.get("focus_on_load") is True for _, element, _ in whole.elements()) > 1:
        yield said("only one element can have focus_on_load", whole.pointer)


def _elements_of_the_surface(whole: Whole) -> Iterator[str]:
    foreign = MESSAGE_ONLY_ELEMENTS if whole.surface != "message" else frozenset()
    foreign |= MODAL_ONLY_ELEMENTS if whole.surface != "modal" else frozenset()
    for block, element, here in whole.elements():
        if element["type"] in foreign:
            yield said(f"unsupported element type: {element['type']}", f"{here}/type")
        if element.get("response_url_enabled") and (
            whole.surface != "modal" or block["type"] != "input"
        ):
            yield said("only available in input blocks of modals", f"{here}/response_url_enabled")


def _scopes_are_granted(whole: Whole) -> Iterator[str]:
    if whole.granted is None:
        return
    found = [*whole.blocks, *((element, here) for _, element, here in whole.elements())]
    for part, here in found:
        needed = NEEDED.get(part["type"])
        if needed is not None and needed not in whole.granted:
            yield said(f"{part['type']} requires the scope {needed}", f"{here}/type")


def _few_of_a_kind(whole: Whole) -> Iterator[str]:
    if len(whole.of_type("table")) > limits.TABLES:
        yield said("only one table is allowed in a message", whole.pointer)
    if len(whole.of_type("data_visualization")) > limits.CHARTS:
        yield said(f"no more than {limits.CHARTS} charts in a message", whole.pointer)


def _plan_or_cards(whole: Whole) -> Iterator[str]:
    if whole.of_type("plan") and whole.of_type("task_card"):
        yield said("plan and task_card cannot stand in one message", whole.pointer)


def _texts_together(whole: Whole) -> Iterator[str]:
    if text_length(whole.of_type("markdown")) > limits.MARKDOWN_TEXT:
        yield said(f"must be less than {limits.MARKDOWN_TEXT + 1} characters", whole.pointer)


CHECKS: tuple[Check, ...] = (
    _block_ids_differ,
    _action_ids_differ,
    _one_focus,
    _elements_of_the_surface,
    _scopes_are_granted,
    _few_of_a_kind,
    _plan_or_cards,
    _texts_together,
)
"""What is judged over all blocks together."""
