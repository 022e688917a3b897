"""Block elements: the keys of each, and the blocks that it may stand in."""

from sandbox.slack import limits
from sandbox.slack.objects import (
    CONFIRM,
    DISPATCH_ACTION_CONFIG,
    FILTER,
    IMAGE_KEYS,
    OPTION,
    OPTION_GROUP,
    WORKFLOW,
    option,
    options_agree,
    plain,
    url,
)
from sandbox.slack.schema import (
    Rule,
    anything,
    array,
    boolean,
    both,
    by_type,
    integer,
    one_of,
    string,
    thing,
)

ACTION: dict[str, Rule] = {"type": anything, "action_id": string(1, limits.ACTION_ID)}
PLACEHOLDER: dict[str, Rule] = {"placeholder": plain(limits.PLACEHOLDER)}
FOCUS: dict[str, Rule] = {"focus_on_load": boolean}
CONFIRMED: dict[str, Rule] = {"confirm": CONFIRM}
MENU = ACTION | PLACEHOLDER | FOCUS | CONFIRMED
MANY: dict[str, Rule] = {"max_selected_items": integer(1)}
TYPED = ACTION | PLACEHOLDER | FOCUS | {"dispatch_action_config": DISPATCH_ACTION_CONFIG}
CHOICES: dict[str, Rule] = {
    "options": array(OPTION, 1, limits.OPTIONS),
    "option_groups": array(OPTION_GROUP, 1, limits.OPTION_GROUPS),
}
CONVERSATIONS: dict[str, Rule] = {"default_to_current_conversation": boolean, "filter": FILTER}
MARKED = ("plain_text", "mrkdwn")
IDS = array(string(1))
NUMBER = string(1, 40, r"-?\d+(\.\d+)?")

BUTTON = thing(
    ACTION
    | CONFIRMED
    | {
        "text": plain(limits.BUTTON_TEXT),
        "value": string(0, limits.BUTTON_VALUE),
        "url": url(limits.BUTTON_URL),
        "style": one_of("primary", "danger"),
        "accessibility_label": string(1, limits.ACCESSIBILITY_LABEL),
        "agent_prompt": string(1, limits.AGENT_PROMPT),
        "agent_prompt_display": anything,
        "visible_to_user_ids": array(string(1), 1, limits.VISIBLE_TO),
    },
    ("text",),
)
FEEDBACK_BUTTON = thing(
    {
        "text": plain(limits.BUTTON_TEXT),
        "value": string(0, limits.BUTTON_VALUE),
        "accessibility_label": string(1, limits.ACCESSIBILITY_LABEL),
    },
    ("text", "value"),
)

RULES: dict[str, Rule] = {
    "button": BUTTON,
    "checkboxes": both(
        thing(
            ACTION
            | FOCUS
            | CONFIRMED
            | {
                "options": array(option(kinds=MARKED), 1, limits.CHECKBOXES),
                "initial_options": array(option(kinds=MARKED), 1, limits.CHECKBOXES),
            },
            ("options",),
        ),
        options_agree,
    ),
    "radio_buttons": both(
        thing(
            ACTION
            | FOCUS
            | CONFIRMED
            | {
                "options": array(option(kinds=MARKED), 1, limits.RADIO_BUTTONS),
                "initial_option": option(kinds=MARKED),
            },
            ("options",),
        ),
        options_agree,
    ),
    "overflow": thing(
        ACTION | CONFIRMED | {"options": array(option(with_url=True), 1, limits.OVERFLOW_OPTIONS)},
        ("options",),
    ),
    "static_select": both(
        thing(MENU | CHOICES | {"initial_option": OPTION}, only_one_of=tuple(CHOICES)),
        options_agree,
    ),
    "multi_static_select": both(
        thing(
            MENU | CHOICES | MANY | {"initial_options": array(OPTION, 1, limits.OPTIONS)},
            only_one_of=tuple(CHOICES),
        ),
        options_agree,
    ),
    "external_select": thing(MENU | {"initial_option": OPTION, "min_query_length": integer(0)}),
    "multi_external_select": thing(
        MENU
        | MANY
        | {
            "initial_options": array(OPTION, 1, limits.OPTIONS),
            "min_query_length": integer(0),
        }
    ),
    "users_select": thing(MENU | {"initial_user": string(1)}),
    "multi_users_select": thing(MENU | MANY | {"initial_users": IDS}),
    "conversations_select": thing(
        MENU | CONVERSATIONS | {"initial_conversation": string(1), "response_url_enabled": boolean}
    ),
    "multi_conversations_select": thing(
        MENU | MANY | CONVERSATIONS | {"initial_conversations": IDS}
    ),
    "channels_select": thing(
        MENU | {"initial_channel": string(1), "response_url_enabled": boolean}
    ),
    "multi_channels_select": thing(MENU | MANY | {"initial_channels": IDS}),
    "datepicker": thing(MENU | {"initial_date": string(pattern=r"\d{4}-\d{2}-\d{2}")}),
    "timepicker": thing(
        MENU | {"initial_time": string(pattern=r"\d{2}:\d{2}"), "timezone": string(1)}
    ),
    "datetimepicker": thing(
        ACTION | FOCUS | CONFIRMED | {"initial_date_time": integer(10**9, 10**10 - 1)}
    ),
    "plain_text_input": thing(
        TYPED
        | {
            "initial_value": string(0, limits.INPUT_TEXT),
            "multiline": boolean,
            "min_length": integer(0, limits.INPUT_TEXT),
            "max_length": integer(1, limits.INPUT_TEXT),
        }
    ),
    "email_text_input": thing(TYPED | {"initial_value": string()}),
    "url_text_input": thing(TYPED | {"initial_value": string()}),
    "number_input": thing(
        TYPED
        | {
            "is_decimal_allowed": boolean,
            "initial_value": NUMBER,
            "min_value": NUMBER,
            "max_value": NUMBER,
        },
        ("is_decimal_allowed",),
    ),
    "rich_text_input": thing(
        TYPED
        | {
            "initial_value": anything,
            "min_lines": integer(1, limits.RICH_TEXT_LINES),
            "max_lines": integer(1, limits.RICH_TEXT_LINES),
        }
    ),
    "file_input": thing(
        ACTION | {"filetypes": array(string(1)), "max_files": integer(1, limits.INPUT_FILES)}
    ),
    "workflow_button": thing(
        ACTION
        | {
            "text": plain(limits.BUTTON_TEXT),
            "workflow": WORKFLOW,
            "style": one_of("primary", "danger"),
            "accessibility_label": string(1, limits.ACCESSIBILITY_LABEL),
        },
        ("text", "workflow"),
    ),
    "image": thing(IMAGE_KEYS, ("alt_text",), only_one_of=("image_url", "slack_file")),
    "feedback_buttons": thing(
        ACTION | {"positive_button": FEEDBACK_BUTTON, "negative_button": FEEDBACK_BUTTON},
        ("positive_button", "negative_button"),
    ),
    "icon_button": thing(
        ACTION
        | CONFIRMED
        | {
            "icon": one_of("trash"),
            "text": plain(limits.BUTTON_TEXT),
            "value": string(0, limits.BUTTON_VALUE),
            "accessibility_label": string(1, limits.ACCESSIBILITY_LABEL),
            "visible_to_user_ids": array(string(1), 1, limits.VISIBLE_TO),
        },
        ("icon", "text"),
    ),
}
"""The keys of each element (docs: block elements; slack_sdk 3.47 for the newest)."""

PLACES: dict[str, frozenset[str]] = {
    "button": frozenset({"section", "actions", "card"}),
    "checkboxes": frozenset({"section", "actions", "input"}),
    "radio_buttons": frozenset({"section", "actions", "input"}),
    "overflow": frozenset({"section", "actions"}),
    "static_select": frozenset({"section", "actions", "input"}),
    "external_select": frozenset({"section", "actions", "input"}),
    "users_select": frozenset({"section", "actions", "input"}),
    "conversations_select": frozenset({"section", "actions", "input"}),
    "channels_select": frozenset({"section", "actions", "input"}),
    "multi_static_select": frozenset({"section", "input"}),
    "multi_external_select": frozenset({"section", "input"}),
    "multi_users_select": frozenset({"section", "input"}),
    "multi_conversations_select": frozenset({"section", "input"}),
    "multi_channels_select": frozenset({"section", "input"}),
    "datepicker": frozenset({"section", "actions", "input"}),
    "timepicker": frozenset({"section", "actions", "input"}),
    "datetimepicker": frozenset({"actions", "input"}),
    "plain_text_input": frozenset({"input"}),
    "email_text_input": frozenset({"input"}),
    "url_text_input": frozenset({"input"}),
    "number_input": frozenset({"input"}),
    "rich_text_input": frozenset({"input"}),
    "file_input": frozenset({"input"}),
    "workflow_button": frozenset({"section", "actions"}),
    "image": frozenset({"section", "context"}),
    "feedback_buttons": frozenset({"context_actions"}),
    "icon_button": frozenset({"context_actions"}),
}
"""The blocks in which Slack takes an element (docs: block elements, "works with block types")."""


def element(place: str) -> Rule:
    """Any element that may stand in this block."""
    return by_type(
        {name: RULES[name] for name, places in PLACES.items() if place in places},
        refused=f"unsupported element type in {place}",
    )
