"""An export in words: what was asked, what it costs, and where it can be seen."""

from typing import Final
from urllib.parse import quote

from bot.model.credits import credits_for
from bot.model.delivery import Delivery
from bot.model.export import Export, Part, State
from bot.model.filters import words_of
from bot.model.preset import LINK, PRESETS
from bot.model.specification import ONLY_WITHOUT_DEPTH, DepthRange, Specification
from bot.slack.messages.text import code, counted, foreign, link, local_time, number, person

JOINED_BY: Final = " · "

TITLES: Final = {name: preset.title for name, preset in PRESETS.items()} | {
    LINK: "Columns of the link"
}
"""What people read for the preset of an export; there is none for fields of their own."""


def depths(rows: DepthRange) -> str:
    """`whole site`, `depths 0 to 3`, `depth 4`, `depth 5 and deeper`, `URLs without a depth`."""
    if rows == ONLY_WITHOUT_DEPTH:
        return "URLs without a depth"
    match rows.first, rows.last:
        case None, None:
            return "whole site" if rows.without_depth else "all depths"
        case None, last:
            words = f"depths 0 to {last}" if last else "depth 0"
        case first, None:
            words = f"depth {first} and deeper"
        case first, last:
            words = f"depth {first}" if first == last else f"depths {first} to {last}"
    return f"{words}, and URLs without a depth" if rows.without_depth else words


def project(export: Export) -> str:
    """`acme.com`, escaped: what people call the site."""
    return foreign(export.specification.project.name)


def analysis_url(specification: Specification, app_url: str) -> str:
    """The analysis in Botify's application, in the form that Botify itself gives out.

    Args:
        specification: of the export.
        app_url: such as `https://app.botify.com`.
    """
    steps = (
        specification.project.organisation,
        specification.project.name,
        specification.analysis,
    )
    return "/".join(
        (app_url.rstrip("/"), *(quote(step, safe="", errors="replace") for step in steps), "")
    )


def asked_for(export: Export, delivery: Delivery, app_url: str) -> str:
    """Two or three lines: analysis, rows, fields, price, and why it may be free."""
    spec = export.specification
    shown = [
        f"Analysis {link(analysis_url(spec, app_url), spec.analysis)}",
        depths(spec.rows),
        parts_of(export),
        filter_of(spec),
        fields_of(export),
        expected(export, delivery),
    ]
    lines = [JOINED_BY.join(part for part in shown if part)]
    if paid_by_another(export, delivery):
        lines.append(
            f"{person(export.requested_by)} asked for the same export before: it is paid only once."
        )
    lines.append(reason_of(export, delivery))
    return "\n".join(line for line in lines if line)


def reason_of(export: Export, delivery: Delivery) -> str:
    """`Reason: ...`: what this person wrote about a large export; never what another one wrote."""
    if not export.reason or not delivery.is_for(export.requested_by):
        return ""
    return f"Reason: {foreign(export.reason, 300)}"


def fields_of(export: Export) -> str:
    """`Links, 8 fields`, or `3 fields` where they are the person's own choice."""
    fields = counted(len(export.specification.columns), "field")
    title = TITLES.get(export.preset)
    return f"{title}, {fields}" if title else fields


def filter_of(specification: Specification) -> str:
    """`filter: HTTP code 4xx and URL contains /blog/`; empty without one."""
    found = words_of(specification.filter)
    return f"filter: {foreign(found, 400)}" if found else ""


def parts_of(export: Export) -> str:
    """`in 3 parts`; empty for an export of one file."""
    return f"in {counted(len(export.parts), 'part')}" if len(export.parts) > 1 else ""


def source(export: Export) -> str:
    """`from the export of today at 14:03`: where a file comes from that was there before."""
    when = export.finished_at or export.requested_at
    return f"from the export of {local_time(when)}"


def expected(export: Export, delivery: Delivery) -> str:
    """`48,211 rows for 48,211 credits`, as far as it is known."""
    if delivery.reused:
        rows = counted(export.rows_delivered, "row")
        return f"{rows}, {source(export)}: no new credits"
    if export.rows_expected is None:
        return "rows not counted"
    rows = counted(export.rows_expected, "row")
    if paid_by_another(export, delivery):
        return f"{rows}, {_paid_by(export)}"
    price = price_of(export)
    return rows if price is None else f"{rows} for {counted(price, 'credit')}"


def paid_by_another(export: Export, delivery: Delivery) -> bool:
    """Whether this person joined an export that somebody else had asked for."""
    return not delivery.reused and not delivery.is_for(export.requested_by)


def _paid_by(export: Export) -> str:
    return f"no new credits (paid by {person(export.requested_by)})"


def price_of(export: Export) -> int | None:
    """Credits that the counted rows cost; None where they were not counted."""
    if export.rows_expected is None:
        return None
    return credits_for(export.rows_expected, export.specification.fields)


def used(export: Export, delivery: Delivery) -> str:
    """Credits of a finished export as a fact under a heading."""
    if delivery.reused:
        return f"none, {source(export)}"
    if paid_by_another(export, delivery):
        return _paid_by(export)
    return number(credits_for(export.rows_delivered, export.specification.fields))


def credits_used(export: Export, delivery: Delivery) -> str:
    """Credits of a finished export in a line, such as `48,211 credits`."""
    if delivery.reused:
        return f"{source(export)}, no new credits"
    if paid_by_another(export, delivery):
        return _paid_by(export)
    return counted(credits_for(export.rows_delivered, export.specification.fields), "credit")


def price_of_retry(export: Export) -> int | None:
    """Credits that going on would cost: of the parts for which Botify has no job to go on with.

    None where it costs something that is not known.
    """
    rows = [part.rows_expected for part in export.parts if needs_new_job(part)]
    if None in rows:
        return None
    fields = export.specification.fields
    return sum(credits_for(count, fields) for count in rows if count is not None)


def needs_new_job(part: Part) -> bool:
    """Whether going on asks Botify for a job: there never was one, or it gives no file."""
    if part.state is State.FAILED and part.failure is not None:
        asked_twice = part.failure.code == "file_missing" and part.refreshed
        return part.job_id is None or part.failure.code == "export_failed" or asked_twice
    never_asked = (State.REQUESTED, State.CANCELLED, State.FAILED)
    return part.job_id is None and part.state in never_asked


def credits_of(price: int | None) -> str:
    """`about 48,211 credits`, `new credits`."""
    return "new credits" if price is None else f"about {counted(price, 'credit')}"


def ids(export: Export) -> str:
    """The export's id, for people to quote and for programs to find."""
    return f"Export {code(export.id)}"


def columns_of(export: Export) -> int:
    """Columns of the file: as it is, or as it was asked for."""
    found = next((part.file.columns for part in export.parts if part.file), None)
    return len(export.specification.columns) if found is None else found


def bytes_of(export: Export) -> int:
    """Bytes on disk, over all parts."""
    return sum(part.file.bytes for part in export.parts if part.file)
