"""What an export will hold and use, in words: the last thing read before *Export* is pressed."""

from datetime import datetime
from typing import Final

from bot.model.draft import Draft, Offer
from bot.model.filters import NO_FILTERS, words
from bot.model.rows import RowsMode
from bot.slack.messages.facts import depths
from bot.slack.messages.text import ago, counted, foreign, person, size
from handlers.views.quote import Amount, Quote

PARTS_LISTED: Final = 8
"""More parts than this are counted, not listed."""


def about_offer(draft: Draft, offer: Offer, now: datetime) -> str:
    """mrkdwn: that the same export is there or on its way, since when and thanks to whom."""
    mine = offer.by in (draft.user, draft.user_name)
    if offer.finished_at is None:
        who = "You are" if mine else f"{person(offer.by)} is"
        return (
            f":busts_in_silhouette: *{who} already exporting this.* "
            "You will get the same file; nothing is paid twice."
        )
    who = "you" if mine else person(offer.by)
    rows = "" if offer.rows is None else f", {counted(offer.rows, 'row')}"
    when = ago((now - offer.finished_at).total_seconds())
    if not offer.here:
        return (
            f":white_check_mark: *Paid {when} by {who}*{rows}. "
            "The data is fetched from Botify again, for nothing."
        )
    return f":white_check_mark: *Exported {when} by {who}*{rows}. The file is still here."


def headline(draft: Draft, quote: Quote) -> str:
    """mrkdwn: rows, credits and size, or why these are not known."""
    what = _what(draft)
    counts, amount = quote.counts, quote.amount
    if counts is None:
        return f"*Rows and credits:* counting the {what}s of this analysis ..."
    if not counts.total:
        why = f"No {what} passes the filters" if _only(draft) else f"This analysis holds no {what}s"
        return f"{why}: there is nothing to export."
    if amount is None:
        problem = foreign(quote.problem or "", 1000)
        return f"*{counted(counts.total, what)}* to export. {problem}"
    each = "0.1 credits a link" if draft.by_links else "one credit a row"
    line = f"*{counted(amount.rows, 'row')} · {counted(amount.credits, 'credit')}* ({each})"
    return line if amount.bytes is None else f"{line} · about {size(amount.bytes)}"


def details(draft: Draft, quote: Quote) -> str:
    """mrkdwn: which URLs that is, and which are left out; empty where nothing is known."""
    counts, amount = quote.counts, quote.amount
    if counts is None or (counts.total and amount is None):
        return ""
    what = _what(draft)
    extent = (
        (
            *_extent(draft, amount, counted(counts.total, what), counted(quote.limit, "row")),
            *_left_out(amount, what),
        )
        if amount
        else ()
    )
    return "\n".join(line for line in (*extent, _only(draft)) if line)


def _what(draft: Draft) -> str:
    return "link" if draft.by_links else "URL"


def _extent(draft: Draft, amount: Amount, everything: str, limit: str) -> list[str]:
    if len(amount.bands) > 1:
        first = f"In *{len(amount.bands)} files*, each within the limit of {limit}:"
        return [first, *_parts(amount)]
    filtered = draft.filters != NO_FILTERS
    if amount.taken.whole:
        if filtered:
            return [f"Everything that passes: {everything}, within the limit of {limit}."]
        return [f"The whole site: {everything} in this analysis, within the limit of {limit}."]
    where = "with these filters" if filtered else "in this analysis"
    depth = f"those down to *depth {amount.taken.last}*"
    if draft.rows.mode is RowsMode.FIT:
        return [f"{everything} {where}; {depth} fit under the limit of {limit}."]
    return [f"{everything} {where}; {depth} are exported."]


def _parts(amount: Amount) -> list[str]:
    lines = [
        f"Part {number}: {depths(rows)} · {counted(count, 'row')}"
        for number, (rows, count) in enumerate(amount.bands, start=1)
    ]
    more = len(lines) - PARTS_LISTED
    return lines if more <= 0 else [*lines[:PARTS_LISTED], f"and {counted(more, 'more part')}"]


def _left_out(amount: Amount, what: str) -> list[str]:
    if not amount.left_out:
        return []
    deeper = amount.left_out - amount.left_out_without_depth
    named = [f"{counted(deeper, what)} at a greater depth"] if deeper else []
    if amount.left_out_without_depth:
        without = counted(amount.left_out_without_depth, what)
        named.append(
            f"{without} without a depth (no link leads there)"
            if what == "URL"
            else f"{without} on URLs without a depth"
        )
    return [f"Left out: {' and '.join(named)}."]


def _only(draft: Draft) -> str:
    found = words(draft.filters)
    return f"Only: {foreign(found, 400)}" if found else ""
