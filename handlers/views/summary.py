"""What an export will hold and use, in words: the last thing read before *Export* is pressed."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.draft import Draft, Offer
from bot.slack.messages.text import ago, counted, foreign


@dataclass(frozen=True, slots=True)
class Price:
    """What one export of an analysis amounts to.

    Attributes:
        urls: all URLs of the analysis.
        limit: rows that one export may hold.
        rows: rows of this export, which is also the number of credits; None when nothing fits.
        depth: the largest depth in it; None for the whole site.
        left_out: URLs that are not in it.
        without_depth: how many of those have no depth.
        shallowest: URLs at the smallest depth, to explain why nothing fits.
    """

    urls: int
    limit: int
    rows: int | None
    depth: int | None = None
    left_out: int = 0
    without_depth: int = 0
    shallowest: int = 0


def about_offer(draft: Draft, offer: Offer, now: datetime) -> str:
    """mrkdwn: that the same export is there or on its way, since when and thanks to whom."""
    mine = offer.by == draft.user_name
    if offer.finished_at is None:
        who = "You are" if mine else f"{foreign(offer.by, 80)} is"
        return (
            f":busts_in_silhouette: *{who} already exporting this.* "
            "You will get the same file; nothing is paid twice."
        )
    who = "you" if mine else foreign(offer.by, 80)
    rows = "" if offer.rows is None else f", {counted(offer.rows, 'row')}"
    when = ago((now - offer.finished_at).total_seconds())
    return f":white_check_mark: *Exported {when} by {who}*{rows}. The file is still here."


def is_free(draft: Draft) -> bool:
    """Whether *Export* takes what is there already."""
    return draft.offer is not None and (draft.offer.finished_at is None or not draft.again)


def summary(price: Price | None) -> str:
    """mrkdwn; None while the URLs are being counted."""
    if price is None:
        return "*Rows and credits:* counting the URLs of this analysis ..."
    if not price.urls:
        return "This analysis holds no URLs: there is nothing to export."
    if price.rows is None:
        return (
            f"*{counted(price.urls, 'URL')}* in this analysis. Nothing fits under the limit of "
            f"{counted(price.limit, 'row')}: the first depth alone has "
            f"{counted(price.shallowest, 'URL')}."
        )
    return "\n".join(
        (
            f"*{counted(price.rows, 'row')} · {counted(price.rows, 'credit')}* (one credit a row)",
            *_extent(price),
        )
    )


def _extent(price: Price) -> tuple[str, ...]:
    urls, limit = counted(price.urls, "URL"), counted(price.limit, "row")
    if price.depth is None:
        return (f"The whole site: {urls} in this analysis, within the limit of {limit}.",)
    deeper = price.left_out - price.without_depth
    left_out = [f"{counted(deeper, 'URL')} at a greater depth"] if deeper else []
    if price.without_depth:
        left_out.append(
            f"{counted(price.without_depth, 'URL')} without a depth (no link leads there)"
        )
    fits = f"those down to *depth {price.depth}* fit under the limit of {limit}."
    return (f"{urls} in this analysis; {fits}", f"Left out: {' and '.join(left_out)}.")
