"""Surfaces: which blocks Slack shows in a message, a modal and the Home tab, and how many."""

import json
from collections.abc import Callable, Iterable, Iterator
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

REFUSED: dict[str, frozenset[str]] = {
    "message": frozenset({"alert", "file"}),
    "modal": frozenset(
        {
            "card",
            "carousel",
            "container",
            "context_actions",
            "data_table",
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


def view_problems(view: Any) -> list[str]:
    """All that Slack would refuse in a view, with pointers from `/view`."""
    found = problems(VIEW, view, "/view")
    if found:
        return found
    surface = view["type"]
    blocks = view["blocks"]
    found = _together(blocks, "/view/blocks", surface)
    if surface == "modal" and not view.get("submit") and _of_type(blocks, "input"):
        found.append(said("missing required field: submit", "/view"))
    return found


def view_bytes(view: Any) -> int:
    """The size by which `view_too_large` is judged."""
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode())


def message_problems(blocks: Any, *, new_blocks: bool = True) -> list[str]:
    """All that Slack would refuse in a message's blocks, with pointers from `/blocks`."""
    found = problems(blocks_rule("message", new_blocks=new_blocks), blocks, "/blocks")
    return found or _together(blocks, "/blocks", "message")


def elements(blocks: Iterable[Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
    """Each element of the blocks with its block and the pointer to it below the block."""
    for block in blocks:
        if "element" in block:
            yield block, block["element"], "element"
        if "accessory" in block:
            yield block, block["accessory"], "accessory"
        inner = block.get("elements") if block["type"] in ("actions", "context_actions") else None
        for index, element in enumerate(inner or []):
            yield block, element, f"elements/{index}"
        for index, element in enumerate(block.get("actions") or []):
            yield block, element, f"actions/{index}"


Check = Callable[[list[dict[str, Any]], str, str], Iterator[str]]


def _together(blocks: list[dict[str, Any]], pointer: str, surface: str) -> list[str]:
    return [text for check in CHECKS for text in check(blocks, pointer, surface)]


def _of_type(blocks: Iterable[dict[str, Any]], *types: str) -> list[dict[str, Any]]:
    return [block for block in blocks if block["type"] in types]


def _block_ids_differ(blocks: list[dict[str, Any]], pointer: str, _surface: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id in seen:
            yield said(f"block_id already exists: {block_id}", f"{pointer}/{index}/block_id")
        if block_id is not None:
            seen.add(block_id)


def _action_ids_differ(blocks: list[dict[str, Any]], pointer: str, _surface: str) -> Iterator[str]:
    for index, block in enumerate(blocks):
        seen: set[str] = set()
        for _, element, place in elements([block]):
            action_id = element.get("action_id")
            if action_id in seen:
                yield said(
                    f"action_id already exists: {action_id}", f"{pointer}/{index}/{place}/action_id"
                )
            if action_id is not None:
                seen.add(action_id)


def _one_focus(blocks: list[dict[str, Any]], pointer: str, _surface: str) -> Iterator[str]:
    if sum(element.get("focus_on_load") is True for _, element, _ in elements(blocks)) > 1:
        yield said("only one element can have focus_on_load", pointer)


def _modal_elements(blocks: list[dict[str, Any]], pointer: str, surface: str) -> Iterator[str]:
    for index, block in enumerate(blocks):
        for _, element, place in elements([block]):
            here = f"{pointer}/{index}/{place}"
            if surface != "modal" and element["type"] in MODAL_ONLY_ELEMENTS:
                yield said(f"unsupported element type: {element['type']}", f"{here}/type")
            if element.get("response_url_enabled") and (
                surface != "modal" or block["type"] != "input"
            ):
                yield said(
                    "only available in input blocks of modals", f"{here}/response_url_enabled"
                )


def _few_tables(blocks: list[dict[str, Any]], pointer: str, _surface: str) -> Iterator[str]:
    if len(_of_type(blocks, "table")) > limits.TABLES:
        yield said("only one table is allowed in a message", pointer)


def _plan_or_cards(blocks: list[dict[str, Any]], pointer: str, _surface: str) -> Iterator[str]:
    if _of_type(blocks, "plan") and _of_type(blocks, "task_card"):
        yield said("plan and task_card cannot stand in one message", pointer)


def _markdown_together(blocks: list[dict[str, Any]], pointer: str, _surface: str) -> Iterator[str]:
    if text_length(_of_type(blocks, "markdown")) > limits.MARKDOWN_TEXT:
        yield said(f"must be less than {limits.MARKDOWN_TEXT + 1} characters", pointer)


CHECKS: tuple[Check, ...] = (
    _block_ids_differ,
    _action_ids_differ,
    _one_focus,
    _modal_elements,
    _few_tables,
    _plan_or_cards,
    _markdown_together,
)
"""What is judged over all blocks together."""
