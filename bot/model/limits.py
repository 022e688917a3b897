"""Every ceiling of Slack and Botify that the code relies on, with its source.

A `Limit` is a number with an origin; `setting` names the environment variable that changes it,
where one does. Nothing else in the house holds such a number.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limit:
    """One ceiling: its value, where it comes from, and what may change it."""

    value: int
    source: str
    setting: str | None = None


# --- Botify -----------------------------------------------------------------------------------

BOTIFY_REQUESTS_PER_SECOND: Final = Limit(
    4,
    "Botify publishes 5 a second for project endpoints; one is left to people using Botify",
    "BOTIFY_REQUESTS_PER_SECOND",
)
BOTIFY_ROWS_PER_EXPORT: Final = Limit(
    1_000_000, "Botify: rows per direct download, raised by contract", "BOTIFY_ROW_LIMIT"
)
BOTIFY_QUERY_PAGE: Final = Limit(500, "Botify: default page of /query; the maximum is 2,000")
BOTIFY_QUERY_PAGE_MAX: Final = Limit(2_000, "Botify: largest page of /query")
BOTIFY_LIST_PAGE: Final = Limit(100, "ours: page of list calls; Botify publishes no maximum")
BOTIFY_JOBS_ASKED_BY_ID: Final = Limit(4, "ours: above this many running jobs the list is read")
BOTIFY_JOB_LIST_PAGES: Final = Limit(2, "ours: pages of GET /jobs read for a lost answer")
BOTIFY_CREDITS_PER_THOUSAND_ROWS: Final = Limit(1_000, "Botify: one credit a data row")
BOTIFY_CREDITS_PER_THOUSAND_LINKS: Final = Limit(
    100, "Botify: 0.1 credits for a row of the links graph"
)

# --- Slack: views -----------------------------------------------------------------------------

SLACK_VIEW_TITLE: Final = Limit(24, "Slack: views, title, submit and close")
SLACK_VIEW_BLOCKS: Final = Limit(100, "Slack: blocks of a modal")
SLACK_MESSAGE_BLOCKS: Final = Limit(50, "Slack: blocks of a message")
SLACK_OPTIONS: Final = Limit(100, "Slack: options of a menu or of one load")
SLACK_OPTION_TEXT: Final = Limit(75, "Slack: text and description of an option")
SLACK_OPTION_VALUE: Final = Limit(75, "Slack: 150 is documented now, 75 by older tools")
SLACK_OPTION_GROUP_LABEL: Final = Limit(75, "Slack: label of an option group")
SLACK_PRIVATE_METADATA: Final = Limit(3_000, "Slack: views")
SLACK_ERROR_TEXT: Final = Limit(2_000, "ours: an error at a field; Slack publishes no figure")

# --- Slack: messages --------------------------------------------------------------------------

SLACK_SECTION_TEXT: Final = Limit(3_000, "Slack: a text object")
SLACK_FIELD_TEXT: Final = Limit(2_000, "Slack: one of ten fields of a section")
SLACK_HEADER_TEXT: Final = Limit(150, "Slack: header block")
SLACK_FALLBACK_TEXT: Final = Limit(4_000, "Slack: text of chat.update, msg_too_long above")
SLACK_MESSAGE_TEXT: Final = Limit(13_000, "measured by others: about 13,200 over all blocks")
SLACK_CONFIRM_TEXT: Final = Limit(300, "Slack: confirm dialog")
SLACK_TABLE_ROWS: Final = Limit(100, "Slack: rows of a table block")
SLACK_TABLE_COLUMNS: Final = Limit(20, "Slack: cells in a row of a table block")
SLACK_FILE_NAME: Final = Limit(200, "ours: file systems stop at 255 bytes, and a part is added")

# --- Slack: rates -----------------------------------------------------------------------------

SLACK_EDITS_PER_MINUTE: Final = Limit(50, "Slack: chat.update is tier 3, for a whole workspace")
SLACK_EDIT_SPACING_SECONDS: Final = Limit(3, "ours: edits of one message are this far apart")
SLACK_STAGE_SPACING_SECONDS: Final = Limit(
    1, "ours: a new stage is drawn so long after the last edit of its message, or later"
)
SLACK_POSTS_PER_SECOND_PER_CHANNEL: Final = Limit(1, "Slack: chat.postMessage")
SLACK_UPLOAD_BYTES: Final = Limit(
    1_000_000_000, "Slack staff: 1 GB a file", "SLACK_UPLOAD_LIMIT_BYTES"
)
SLACK_ACK_SECONDS: Final = Limit(3, "Slack: every interaction")

# --- our own waiting --------------------------------------------------------------------------

LOOK_TICKS: Final = (0, 3, 8, 15)
"""Ticks after a lost answer of POST /jobs at which the job list is read (ours)."""

SETTLED_SECONDS: Final = Limit(
    120,
    "ours: later than this after it was sent, no POST /jobs acts any more; twice its time limit",
)
JOBS_LOST: Final = Limit(2, "ours: lost answers of one part, after which only a person asks again")
LOOK_BACK_SECONDS: Final = Limit(300, "ours: clocks differ; a job may look older than its intent")
DOWNLOAD_TRIES: Final = Limit(3, "ours: a file that breaks three times will break again")
CONFIRM_SECONDS: Final = Limit(600, "ours: how long Slack may take to show a share")
RECOMPLETE_SECONDS: Final = Limit(120, "ours: then an upload without a share is completed again")
LEASE_SECONDS: Final = Limit(60, "ours: a process that is silent this long has lost its work")
STOP_SECONDS: Final = Limit(10, "ours: SIGTERM to exit")
