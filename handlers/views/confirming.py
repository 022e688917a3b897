"""The second question, before a large export: what it uses, and why, if the person says so."""

from typing import Any, Final

from bot.model import limits
from bot.model.draft import Draft
from bot.slack.messages.text import conversation, counted, foreign
from handlers.views.elements import Block, button, labelled, modal, plain, section
from handlers.views.names import BACK, CONFIRM_VIEW, Place, block_id
from handlers.views.quote import Quote
from handlers.views.summary import details

REASON_LENGTH: Final = 300


def confirming(draft: Draft, quote: Quote, credits_: int) -> dict[str, Any]:
    """What the export uses once more, whole, and the way back.

    Args:
        draft: what was chosen.
        quote: what it amounts to.
        credits_: that it uses.
    """
    at = draft.destination
    direct = at is not None and at.direct
    place = (
        "your direct messages with this app" if direct else conversation(at.channel if at else "")
    )
    project = foreign(str(draft.project))
    rows = f"{counted(quote.amount.rows, 'row')}, " if quote.amount else ""
    what = (
        f"*{project}*, analysis {foreign(draft.analysis or '')}, {rows}"
        f"{counted(len(draft.fields), 'field')}, to {place}"
    )
    blocks = [
        section(f":credit_card: *This export uses {counted(credits_, 'credit')}.* Is that right?"),
        section("\n".join(line for line in (what, details(draft, quote)) if line)),
        labelled(block_id(Place.REASON), "Reason", _reason(draft), optional=True),
        {"type": "actions", "block_id": BACK, "elements": [button("Back to the choices", BACK)]},
    ]
    return modal(CONFIRM_VIEW, draft.id, blocks, submit="Export")


def _reason(draft: Draft) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": Place.REASON.value,
        "max_length": REASON_LENGTH,
        "placeholder": plain("Shown with the export in the channel", limits.SLACK_HEADER_TEXT),
    }
    given = draft.reason
    return element | {"initial_value": given[:REASON_LENGTH]} if given else element
