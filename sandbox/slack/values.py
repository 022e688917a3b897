"""The values of elements, as `view.state.values` holds them, and what a submission may hold."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.slack import limits

Json = dict[str, Any]

KEYS: dict[str, str] = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "file_input": "files",
}
"""Under which key an element's value stands (docs: view_submission payload)."""

INITIAL: dict[str, str] = {
    "value": "initial_value",
    "rich_text_value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
    "selected_channel": "initial_channel",
    "selected_channels": "initial_channels",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
}

LISTS = frozenset(
    {
        "selected_options",
        "selected_users",
        "selected_conversations",
        "selected_channels",
        "files",
    }
)

STATELESS = frozenset({"button", "overflow", "workflow_button", "image", "icon_button"})
OPTION_TYPES = frozenset({"selected_option", "selected_options"})


def is_stateful(element: Json) -> bool:
    """Whether the element has a value that a view's state shows."""
    return element["type"] in KEYS and element["type"] not in STATELESS


def initial(element: Json, here: str | None) -> Json:
    """The value that an element starts with; `here` is the conversation the person is in."""
    key = KEYS[element["type"]]
    value = element.get(INITIAL.get(key, ""))
    current = here if element.get("default_to_current_conversation") else None
    if current is not None and (value is None or key in LISTS):
        # Of one conversation the initial one wins, of several the current one (types).
        value = [current] if key in LISTS else current
    if value is None and key in LISTS:
        value = []
    return {"type": element["type"], key: value}


def of(element: Json, content: Any) -> Json:
    """The element's value with this content."""
    key = KEYS[element["type"]]
    return {"type": element["type"], key: [] if content is None and key in LISTS else content}


def content(value: Json | None) -> Any:
    """What a value holds."""
    return None if value is None else value.get(KEYS[value["type"]])


def options_of(element: Json) -> list[Json]:
    """The choices that stand in the element itself."""
    grouped = [
        option for group in element.get("option_groups") or [] for option in group["options"]
    ]
    return [*(element.get("options") or []), *grouped]


def input_errors(blocks: Iterable[Json], values: dict[str, dict[str, Json]]) -> dict[str, str]:
    """What Slack's client finds missing or out of bounds before it sends a submission."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        found = content(values.get(block["block_id"], {}).get(element["action_id"]))
        empty = found is None or found in ("", [])
        if empty and not block.get("optional", False):
            errors[block["block_id"]] = "Please complete this required field."
        elif not empty and (complaint := _bounds(element, found)):
            errors[block["block_id"]] = complaint
    return errors


def _bounds(element: Json, found: Any) -> str | None:
    check = BOUNDS.get(element["type"])
    return check(element, found) if check is not None else None


def _text(element: Json, found: Any) -> str | None:
    longest = element.get("max_length", limits.INPUT_TEXT)
    if len(found) > longest:
        return f"Must be fewer than {longest + 1} characters."
    if len(found) < element.get("min_length", 0):
        return f"Must be at least {element['min_length']} characters."
    return None


def _address(_element: Json, found: Any) -> str | None:
    if re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/.]+\S*", found) is None:
        return "Enter a valid URL."
    return None


def _mail(_element: Json, found: Any) -> str | None:
    return None if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", found) else "Enter a valid email."


def _number(element: Json, found: Any) -> str | None:
    whole = not element.get("is_decimal_allowed", False)
    if re.fullmatch(r"-?\d+" if whole else r"-?\d+(\.\d+)?", found) is None:
        return "Enter a whole number." if whole else "Enter a number."
    if "min_value" in element and float(found) < float(element["min_value"]):
        return f"Must be at least {element['min_value']}."
    if "max_value" in element and float(found) > float(element["max_value"]):
        return f"Must be at most {element['max_value']}."
    return None


BOUNDS: dict[str, Callable[[Json, Any], str | None]] = {
    "plain_text_input": _text,
    "url_text_input": _address,
    "email_text_input": _mail,
    "number_input": _number,
}
