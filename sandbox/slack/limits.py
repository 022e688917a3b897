"""Every number of Slack's that the sandbox enforces, one a row, each with its source.

Sources: `docs` is docs.slack.dev, with the page's name; `method` is the official page of a Web API
method; `types` is the package @slack/types 3.2; `slackblocks` is the limits table of the Python
package slackblocks 3.0; `observed` is a report by somebody who measured it, with where; `assumed`
is ours, because nothing is published. Text is counted in Unicode code points.
"""

import dataclasses
from typing import Self


class Limit(int):
    """A number that knows where it comes from."""

    source: str

    def __new__(cls, value: int, source: str) -> Self:
        limit = super().__new__(cls, value)
        limit.source = source
        return limit


# Time, in seconds
ACK_SECONDS = Limit(3, "docs: handling user interaction; implementing slash commands")
TRIGGER_SECONDS = Limit(3, "docs: modals")
RESPONSE_URL_SECONDS = Limit(30 * 60, "docs: handling user interaction")
RESPONSE_URL_USES = Limit(5, "docs: handling user interaction")

# Views
VIEW_BLOCKS = Limit(100, "docs: views")
VIEW_TITLE = Limit(24, "docs: views")
VIEW_BUTTON = Limit(24, "docs: views (submit, close)")
PRIVATE_METADATA = Limit(3000, "docs: views")
CALLBACK_ID = Limit(255, "docs: views")
EXTERNAL_ID = Limit(255, "docs: views")
VIEW_BYTES = Limit(250 * 1024, "method: views.open, view_too_large")
VIEW_STACK = Limit(3, "method: views.push, push_limit_reached")

# Messages
MESSAGE_BLOCKS = Limit(50, "docs: blocks")
MESSAGE_TEXT = Limit(40_000, "docs: chat.postMessage; longer text is cut")
UPDATE_TEXT = Limit(4000, "method: chat.update, msg_too_long")
MESSAGE_BLOCKS_TEXT = Limit(13_200, "observed: bolt-js issues 2509, 2867: msg_blocks_too_long")
MARKDOWN_TEXT = Limit(12_000, "docs: markdown block; method: chat.postMessage, markdown_text")
ATTACHMENTS = Limit(100, "method: chat.postMessage, too_many_attachments")
METADATA_BYTES = Limit(16 * 1024, "assumed: metadata_too_large exists, its size is not published")

# Composition objects
TEXT = Limit(3000, "docs: text object")
BLOCK_ID = Limit(255, "docs: blocks")
ACTION_ID = Limit(255, "docs: block elements")
OPTION_TEXT = Limit(75, "docs: option object")
OPTION_VALUE = Limit(150, "docs: option object; older tools say 75")
OPTION_DESCRIPTION = Limit(75, "docs: option object")
OPTION_URL = Limit(3000, "docs: option object")
GROUP_LABEL = Limit(75, "docs: option group object")
OPTIONS = Limit(100, "docs: select menus; block_suggestion")
OPTION_GROUPS = Limit(100, "docs: select menus; block_suggestion")
CONFIRM_TITLE = Limit(100, "docs: confirmation dialog object")
CONFIRM_TEXT = Limit(300, "docs: confirmation dialog object")
CONFIRM_BUTTON = Limit(30, "docs: confirmation dialog object")
PLACEHOLDER = Limit(150, "docs: block elements")

# Elements
BUTTON_TEXT = Limit(75, "docs: button element")
BUTTON_VALUE = Limit(2000, "docs: button element")
BUTTON_URL = Limit(3000, "docs: button element")
ACCESSIBILITY_LABEL = Limit(75, "docs: button element")
AGENT_PROMPT = Limit(4000, "slack_sdk 3.47: ButtonElement")
VISIBLE_TO = Limit(10, "slackblocks: icon_button")
OVERFLOW_OPTIONS = Limit(5, "docs: overflow menu element")
CHECKBOXES = Limit(10, "docs: checkboxes element")
RADIO_BUTTONS = Limit(10, "docs: radio button group element")
INPUT_TEXT = Limit(3000, "docs: plain-text input element")
RICH_TEXT_LINES = Limit(100, "docs: rich text input element")
INPUT_FILES = Limit(10, "docs: file input element")
QUERY_LENGTH = Limit(3, "docs: select menus, min_query_length where none is given")
IMAGE_URL = Limit(3000, "docs: image block")
IMAGE_TEXT = Limit(2000, "docs: image block (alt_text, title)")

# Blocks
SECTION_TEXT = Limit(3000, "docs: section block")
SECTION_FIELDS = Limit(10, "docs: section block")
SECTION_FIELD_TEXT = Limit(2000, "docs: section block")
HEADER_TEXT = Limit(150, "docs: header block")
CONTEXT_ELEMENTS = Limit(10, "docs: context block")
ACTIONS_ELEMENTS = Limit(25, "docs: actions block")
INPUT_LABEL = Limit(2000, "docs: input block (label, hint)")
VIDEO_TITLE = Limit(200, "docs: video block")
VIDEO_AUTHOR = Limit(50, "docs: video block")
CONTEXT_ACTIONS_ELEMENTS = Limit(5, "docs: context actions block")
PLAN_TASKS = Limit(50, "slackblocks: plan")
TABLE_ROWS = Limit(100, "docs: table block")
TABLE_COLUMNS = Limit(20, "docs: table block")
TABLES = Limit(1, "docs: table block, one a message")
DATA_TABLE_ROWS = Limit(101, "docs: data table block, header included; newer tools say 201")
DATA_TABLE_COLUMNS = Limit(20, "docs: data table block")
DATA_TABLE_PAGE = Limit(100, "docs: data table block, page_size")
DATA_TABLE_TEXT = Limit(20_000, "slackblocks: data_table")
CHARTS = Limit(2, "slackblocks: data_visualization, so many a message")
CHART_LABEL = Limit(50, "docs: data visualization block (title, x_label, y_label)")
CHART_NAME = Limit(20, "docs: data visualization block (names of series and points)")
CHART_POINTS = Limit(20, "docs: data visualization block (points, categories)")
CHART_SERIES = Limit(6, "docs: data visualization block (series, segments); newer tools say 12")
ALERT_TEXT = Limit(200, "slackblocks: alert")
CARD_TITLE = Limit(150, "docs: card block (title, subtitle)")
CARD_BODY = Limit(200, "docs: card block")
CARD_ACTIONS = Limit(3, "docs: card block")
CAROUSEL_CARDS = Limit(10, "docs: carousel block")
CONTAINER_TITLE = Limit(150, "docs: container block (title, subtitle)")
CONTAINER_BLOCKS = Limit(10, "docs: container block")
LIST_INDENT = Limit(8, "docs: rich text block")

# Conversations
OPEN_USERS = Limit(8, "method: conversations.open, too_many_users")
PAGE = Limit(1000, "method: conversations.list, limit")
PAGE_DEFAULT = Limit(100, "method: conversations.list, limit")
HISTORY_PAGE = Limit(999, "method: conversations.history, limit")
RESTRICTED_HISTORY_PAGE = Limit(15, "docs: rate limits, new non-Marketplace apps")

# Files
FILE_BYTES = Limit(1_000_000_000, "observed: python-slack-sdk issue 739, 1 GB a file")
ALT_TEXT = Limit(1000, "method: files.getUploadURLExternal, alt_txt_too_large")
SNIPPET_BYTES = Limit(1_000_000, "method: files.getUploadURLExternal, snippet_too_large")
COMPLETE_CHANNELS = Limit(100, "method: files.completeUploadExternal, channels_limit_exceeded")
UPLOAD_SECONDS = Limit(24 * 3600, "assumed: an upload that is never completed is discarded")

# Manifest
APP_NAME = Limit(35, "docs: app manifest, display_information")
APP_DESCRIPTION = Limit(140, "docs: app manifest, display_information")
LONG_DESCRIPTION_LEAST = Limit(175, "docs: app manifest, display_information")
LONG_DESCRIPTION = Limit(4000, "docs: app manifest, display_information")
BOT_NAME = Limit(80, "docs: app manifest, bot_user")
SHORTCUTS = Limit(10, "docs: app manifest, shortcuts")
SHORTCUT_NAME = Limit(24, "docs: app manifest, shortcuts")
SHORTCUT_DESCRIPTION = Limit(150, "docs: app manifest, shortcuts")
COMMANDS = Limit(50, "docs: app manifest, slash_commands")
COMMAND = Limit(32, "docs: app manifest, slash_commands")
COMMAND_DESCRIPTION = Limit(2000, "docs: app manifest, slash_commands")
USAGE_HINT = Limit(1000, "docs: app manifest, slash_commands")
UNFURL_DOMAINS = Limit(5, "docs: app manifest, unfurl_domains")
REDIRECT_URLS = Limit(1000, "docs: app manifest, oauth_config")
MANIFEST_SCOPES = Limit(255, "docs: app manifest, oauth_config")
MANIFEST_URL = Limit(3000, "assumed: no length of request URLs is published")
EVENTS = Limit(100, "docs: app manifest, event_subscriptions")

# Sockets
CONNECTIONS = Limit(10, "docs: using Socket Mode")
CONNECTION_SECONDS = Limit(3600, "docs: using Socket Mode, approximate_connection_time")
DEBUG_CONNECTION_SECONDS = Limit(360, "docs: using Socket Mode, debug_reconnects=true")
WARNING_SECONDS = Limit(10, "docs: using Socket Mode, the warning comes about so long before")
GRACE_SECONDS = Limit(10, "assumed: how long a socket outlives its refresh_requested")
TICKET_SECONDS = Limit(30, "assumed: the life of an unused ticket is not published")
EVENT_RETRIES = (
    Limit(0, "docs: Events API, the first retry comes almost at once"),
    Limit(60, "docs: Events API"),
    Limit(300, "docs: Events API"),
)

# Requests a minute: the guaranteed number of a tier, without the tolerated bursts
TIER_1 = Limit(1, "docs: rate limits")
TIER_2 = Limit(20, "docs: rate limits")
TIER_3 = Limit(50, "docs: rate limits")
TIER_4 = Limit(100, "docs: rate limits")
SPECIAL = Limit(600, "java-slack-sdk: MethodsRateLimits (auth.test, chat.getPermalink)")
POSTS_PER_WORKSPACE = Limit(300, "docs: rate limits, 'several hundred messages per minute'")
POST_BURST = Limit(5, "assumed: 1 a second per channel with 'short bursts'; this many at once")


@dataclasses.dataclass(frozen=True)
class Row:
    """A line of the table, for the documentation and its test."""

    name: str
    value: int
    source: str


def rows() -> list[Row]:
    """The whole table, in the order of this module."""
    return [
        Row(name, int(limit), limit.source)
        for name, value in globals().items()
        for limit in (value if isinstance(value, tuple) else (value,))
        if isinstance(limit, Limit)
    ]
