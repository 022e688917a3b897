"""What a draft amounts to, as the views show it: pure, from the plan and the price."""

from collections.abc import Iterator

from bot.exports import drafting
from bot.exports.plan import largest_fit, plan
from bot.exports.requests import Request, specify
from bot.model.depths import DepthCounts
from bot.model.draft import Draft
from bot.model.errors import WrongInput
from bot.model.rows import AS_MUCH_AS_FITS, IN_PARTS, RowsChoice, RowsMode
from bot.model.settings import Settings
from handlers.views.quote import Amount, Quote, RowsOffer


def quote_of(draft: Draft, settings: Settings) -> Quote:
    """What an export of the draft holds and costs, what else could be chosen, or why neither."""
    limit = settings.botify_row_limit
    counts = draft.rows_counted
    offers = tuple(_offers(counts, limit, draft.rows))
    try:
        amount = _amount(specify(draft, settings))
    except WrongInput as error:
        return Quote(limit, counts, offers, problem=drafting.told(error))
    return Quote(limit, counts, offers, amount)


def _amount(request: Request) -> Amount:
    found, cost = request.plan, request.price
    return Amount(
        rows=cost.rows,
        credits=cost.credits,
        bytes=cost.bytes,
        taken=found.rows,
        bands=tuple((band.rows, band.count) for band in found.bands),
        left_out=found.left_out,
        left_out_without_depth=found.left_out_without_depth,
        notes=cost.notes,
    )


def _offers(counts: DepthCounts | None, limit: int, chosen: RowsChoice) -> Iterator[RowsOffer]:
    """Every choice of rows that can be made, and the chosen one whether or not it can."""
    offered = list(_choices(counts, limit)) if counts else []
    for choice in offered if chosen in offered else [*offered, chosen]:
        yield _offer(choice, counts, limit)


def _choices(counts: DepthCounts, limit: int) -> Iterator[RowsChoice]:
    yield AS_MUCH_AS_FITS
    if counts.total > limit and _offer(IN_PARTS, counts, limit).rows is not None:
        yield IN_PARTS
    fits = largest_fit(counts, limit)
    for depth, _ in counts.by_depth:
        held = counts.up_to(depth)
        if held <= limit and held < counts.total and not (fits and depth == fits.rows.last):
            yield RowsChoice(RowsMode.DEPTH, depth)


def _offer(choice: RowsChoice, counts: DepthCounts | None, limit: int) -> RowsOffer:
    if counts is None:
        return RowsOffer(choice)
    try:
        found = plan(counts, limit, choice)
    except WrongInput:
        return RowsOffer(choice)
    return RowsOffer(choice, found.count, len(found.bands), found.rows.last)
