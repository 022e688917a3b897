"""The end of a delivery that went well, or that Slack has not shown yet."""

from bot.model.delivery import Delivery
from bot.model.export import Export, Part
from bot.slack.messages.actions import RETRY
from bot.slack.messages.facts import (
    TITLES,
    analysis_url,
    bytes_of,
    columns_of,
    depths,
    filter_of,
    ids,
    parts_of,
    project,
    reason_of,
    used,
)
from bot.slack.messages.message import (
    Message,
    actions,
    button,
    confirm,
    context,
    facts,
    message,
    section,
)
from bot.slack.messages.preview import with_preview
from bot.slack.messages.text import (
    counted,
    duration,
    foreign,
    link,
    local_time,
    number,
    person,
    size,
)

FILES_LISTED = 12
"""More files than this are counted, not listed."""

NOTES_LISTED = 5
LINKS_LENGTH = 2900


def finished_message(export: Export, delivery: Delivery, *, app_url: str) -> Message:
    """The file was seen in the channel."""
    who = person(delivery.user, delivery.user_name)
    rows = counted(export.rows_delivered, "row")
    shown = message(
        f"{project(export)} is exported for {who}: {rows}, {size(bytes_of(export))}.",
        section(f"✓  *{project(export)} is exported* for {who}"),
        facts(_facts(export, delivery)),
        section(_remarks(export, delivery), 2500),
        section(_links(export, delivery, app_url)),
        context(_small(export, delivery, "delivered")),
    )
    return with_preview(shown, export)


def unconfirmed_message(export: Export, delivery: Delivery, *, app_url: str) -> Message:
    """Slack accepted the file, and did not show it in time."""
    who = person(delivery.user, delivery.user_name)
    again = confirm(
        "Upload the file again?",
        "The app looks for it once more before. Please look here, too: if Slack shows it later "
        "after all, it will stand here twice. It costs no credits.",
        "Upload again",
        "Leave it",
    )
    return message(
        f"The export of {project(export)} for {who} was sent to Slack, but is not in sight yet.",
        section(
            f"*{project(export)} is exported* for {who}, *but Slack does not show the file yet*\n"
            "Slack accepted the file ten minutes ago or more, and has not shown it here. It may "
            "still appear. If it does not, press *Retry*: the app looks once more, then uploads "
            "the file again, without new credits."
        ),
        facts(_facts(export, delivery)),
        section(_remarks(export, delivery), 2500),
        section(_links(export, delivery, app_url)),
        context(_small(export, delivery, "sent")),
        actions([button("Retry", RETRY, delivery.id, confirm=again)]),
    )


def _facts(export: Export, delivery: Delivery) -> list[tuple[str, str]]:
    spec, title = export.specification, TITLES.get(export.preset)
    took = (delivery.entered_at - delivery.requested_at).total_seconds()
    return [
        ("Rows", number(export.rows_delivered)),
        ("Columns", number(columns_of(export)) + (f" ({title})" if title else "")),
        ("Size", size(bytes_of(export))),
        ("Depth", ", ".join(part for part in (depths(spec.rows), parts_of(export)) if part)),
        ("Credits", used(export, delivery)),
        ("Time", duration(took)),
    ]


def _remarks(export: Export, delivery: Delivery) -> str:
    """What a reader of the file should know, one a line; usually nothing."""
    notes = [foreign(note, 300) for part in export.parts if part.file for note in part.file.notes]
    filter_ = filter_of(export.specification)
    filtered = filter_[:1].upper() + filter_[1:]
    told = (filtered, reason_of(export, delivery), _packing(delivery), difference(export))
    lines = [*told, *dict.fromkeys(notes)]
    shown = [line for line in lines if line]
    more = len(shown) - NOTES_LISTED
    kept = shown[:NOTES_LISTED] + ([f"And {counted(more, 'more remark')}."] if more > 0 else [])
    return "\n".join(kept)


def difference(export: Export) -> str:
    """Counted and delivered rows, where they are not the same."""
    before = export.rows_expected
    if before is None:
        return ""
    if before == export.rows_delivered:
        return _difference_of_parts(export)
    by = abs(export.rows_delivered - before)
    more = "more" if export.rows_delivered > before else "fewer"
    return (
        f"Botify delivered {counted(export.rows_delivered, 'row')}, {number(by)} {more} than the "
        f"{number(before)} that it counted before. The file is complete as Botify made it."
    )


def _difference_of_parts(export: Export) -> str:
    """Parts that hold other rows than counted although the sum is the same."""
    others = [
        f"part {part.number} holds {counted(part.file.rows, 'row')}, not {number(expected)}"
        for part in export.parts
        if part.file and (expected := part.rows_expected) not in (None, part.file.rows)
    ]
    if not others:
        return ""
    return f"Together the parts hold the rows that were counted, but {' and '.join(others[:3])}."


def _links(export: Export, delivery: Delivery, app_url: str) -> str:
    spec = export.specification
    botify = link(analysis_url(spec, app_url), f"Open analysis {spec.analysis} in Botify")
    seen = [(upload.number, upload.permalink) for upload in delivery.uploads if upload.permalink]
    names = _names(export, delivery)
    lines = [link(url, names.get(at, f"File {at}"), 120) for at, url in seen[:FILES_LISTED]]
    if len(seen) > FILES_LISTED:
        lines.append(f"and {counted(len(seen) - FILES_LISTED, 'more file')} in this conversation")
    # an address is foreign, and may be long: what does not fit is left out whole
    kept: list[str] = []
    for line in (*lines, botify):
        if len("\n".join((*kept, line))) <= LINKS_LENGTH:
            kept.append(line)
    return "\n".join(kept)


def _names(export: Export, delivery: Delivery) -> dict[int, str]:
    """Names of the uploaded files by number, where it is known which file became which."""
    division, uploads = delivery.division, len(delivery.uploads)
    if division is not None and len(division.files) == uploads:
        return {at: file.name for at, file in enumerate(division.files, start=1)}
    files = [part.file for part in export.parts]
    if len(files) != uploads:
        return {}
    return {at: file.path.name for at, file in enumerate(files, start=1) if file}


def _packing(delivery: Delivery) -> str:
    """Why files arrive packed; usually nothing."""
    division = delivery.division
    if division is None or not any(one.name.endswith(".gz") for one in division.files):
        return ""
    why = f"because Slack takes at most {size(division.limit)} a file here"
    if len(division.files) == 1:
        return f"The file is packed with gzip, {why}. Unpack it to open it in a spreadsheet."
    return (
        f"Files that end in .gz are packed with gzip, {why}. Unpack them to open them in a "
        "spreadsheet; each one begins with the header."
    )


def _small(export: Export, delivery: Delivery, ended: str) -> list[str]:
    guarded = any(part.file and part.file.guarded for part in export.parts)
    return [
        f"Asked {local_time(delivery.requested_at)}",
        f"{ended} {local_time(delivery.entered_at)}",
        "cells that a spreadsheet could run begin with an apostrophe" if guarded else "",
        ids(export),
    ]


def part_words(part: Part) -> str:
    """`depths 4 to 5, 825,000 rows, 80.1 MB`."""
    if part.file is None:
        return depths(part.rows)
    return f"{depths(part.rows)}, {counted(part.file.rows, 'row')}, {size(part.file.bytes)}"
