"""What an app must never be told by Slack or Botify: that its request was wrong.

All that the program sends in all scenarios passes with all rules on. What a scenario breaks on
purpose is a fault, or is named by the scenario; anything else here is a defect of the program.
"""

import re
from collections.abc import Collection

from sandbox.journal import Entry, Journal

OF_SLACK = re.compile(
    r"(invalid|msg|missing|metadata|unknown|too_many|not_allowed|duplicate)_\w+"
    r"|\w+_(too_long|too_large|limit_reached|limit_exceeded)"
    r"|no_text|not_authed|markdown_text_conflict|exchanged_trigger_id|block_mismatch"
)
"""Words for a request that is wrong in itself, whatever the workspace is like."""

OF_BOTIFY = frozenset(map(str, (1016, *range(1020, 1030), 1039, 1043, 1044, 1057)))
"""Codes for a query or a job that is wrong in itself."""

TOO_FAST = "429"
CRASHED = "500"
"""Statuses that stand for themselves: the budget was not kept; a token reached the file host."""


def refused(journal: Journal, *, but: Collection[str] = ()) -> list[str]:
    """The requests that were wrong, as `METHOD: ERROR`; none where the program is right.

    Args:
        journal: what the services were asked.
        but: the errors that this scenario brings about without a fault.
    """
    return [
        f"{entry.method}: {error}"
        for entry in journal.entries()
        if (error := _wrong(entry)) is not None and error not in but
    ]


def _wrong(entry: Entry) -> str | None:
    """The word, code or status for what was wrong with a request; None where it was not."""
    if entry.fault is not None or entry.service not in ("slack", "botify", "files"):
        return None
    if str(entry.status) in (TOO_FAST, CRASHED):
        return str(entry.status)
    if entry.error is None:
        return None
    known = (
        OF_SLACK.fullmatch(entry.error) if entry.service == "slack" else entry.error in OF_BOTIFY
    )
    return entry.error if known else None
