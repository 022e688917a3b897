"""The fields that were asked for and are not in an export: what is left out is named."""

from typing import Final

from bot.model import limits
from bot.model.draft import Draft
from bot.model.field import DEFAULT_FIELDS
from bot.slack.messages.text import foreign, number

FIELD_NAMES: Final = dict(
    zip(DEFAULT_FIELDS, ("URL", "title", "meta description", "H1"), strict=True)
)
"""What the default fields are called where a project lacks them and cannot name them itself."""


def left_out(draft: Draft) -> tuple[str, ...]:
    """mrkdwn: a sentence for each reason why fields are missing."""
    most = number(limits.SLACK_OPTIONS.value)
    reasons = (
        ("Left out, because this analysis does not have it", draft.missing),
        (f"Left out, because an export takes {most} fields at most", draft.beyond),
    )
    return tuple(f"{reason}: {_listed(names)}." for reason, names in reasons if names)


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(FIELD_NAMES.get(name, name) for name in names)
    return foreign(shown, limits.SLACK_FIELD_TEXT.value // 2)
