"""An export without Slack: the same engine and the same store, with progress in the terminal."""

import asyncio
import json
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import target
from bot.app import assembled, stop_signals, working
from bot.botify.analyses import get_analysis, list_analyses
from bot.botify.counts import count_by_depth, count_links
from bot.botify.links import parse_link
from bot.botify.profile import account as ask_account
from bot.dialogue import Dialogue
from bot.exports import part_lifecycle, requests
from bot.exports.choices import Decision, again, unless_under_way
from bot.exports.context import Context
from bot.exports.engine import Engine
from bot.exports.ledger import writing
from bot.exports.ownership import LEASE
from bot.exports.plan import plan
from bot.exports.requests import Request
from bot.exports.resuming import FRESH, Fetch, GoOn, Step, Take, step
from bot.exports.typed import LATEST, rows_of, where
from bot.model.analysis import Analysis, newest_first
from bot.model.credits import by_links, credits_for
from bot.model.errors import WrongAnalysis, WrongField, WrongInput
from bot.model.export import Export, Part, State
from bot.model.field import Field
from bot.model.field_names import find_fields
from bot.model.filters import Filters, filter_of, words_of
from bot.model.link import Link
from bot.model.preset import (
    ESSENTIALS,
    LINK,
    PRESETS,
    Applied,
    Preset,
    apply,
    name_of,
    of_columns,
)
from bot.model.progress import percent
from bot.model.project import Project
from bot.model.rows import RowsChoice
from bot.model.settings import Settings
from bot.outcome import WRITTEN, Ended, Interrupted, Unclear
from bot.slack.messages.facts import depths
from bot.slack.messages.text import counted, size
from storage import exports, processes, sizes

STAGES = {
    State.REQUESTED: "Asking Botify",
    State.CREATING: "Asking Botify",
    State.UNCLEAR: "Looking for the job",
    State.PROCESSING: "Botify is working",
    State.DOWNLOADING: "Downloading",
    State.READY: "Writing the file",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The arguments of `botify-export export`.

    Attributes:
        url: the link.
        analysis: slug; `latest` takes the newest finished one; None the link's, else the newest.
        fields: ids without the collection's prefix, or short names; None takes the preset.
        preset: a name, `link` for the link's columns; None takes the default one.
        depth: the largest depth; None takes as much as fits.
        parts: everything, in as many parts as needed.
        where: conditions such as `http_code:4xx`; `link:no` leaves the link's filter out.
        output: the file to write; None makes a name in the current folder.
        guard: whether cells are guarded.
        fresh: pay again although the export exists.
        yes: the price is agreed to.
        as_json: one JSON object as the last line of standard output.
    """

    url: str
    analysis: str | None = None
    fields: tuple[str, ...] | None = None
    preset: str | None = None
    depth: int | None = None
    parts: bool = False
    where: tuple[str, ...] = ()
    output: Path | None = None
    guard: bool = True
    fresh: bool = False
    yes: bool = False
    as_json: bool = False

    @property
    def rows(self) -> RowsChoice:
        """Which rows that means."""
        return rows_of(self.depth, parts=self.parts)


async def run_export(settings: Settings, wish: Wish) -> int:
    """Carry out one export and write its file.

    Raises:
        ProductError: with `export_status` as the exit status.
    """
    began = time.monotonic()
    dialogue = Dialogue(stop_signals())
    target.check(wish.output)
    link = parse_link(wish.url, settings.botify_app_hosts)
    async with assembled(settings, with_slack=False) as context:
        wanted = await dialogue.unless_stopped(_plan(context, link, wish, dialogue))
        export, reused = await _obtain(context, wanted, wish, dialogue)
        paths = await asyncio.to_thread(target.write, export, wish.output)
    for line in facts(export, paths, reused=reused):
        dialogue.say(line)
    if wish.as_json:
        seconds = time.monotonic() - began
        print(json.dumps(report(export, paths, reused=reused, seconds=seconds)))  # noqa: T201 - this is the terminal
    return WRITTEN


# --- what is asked ----------------------------------------------------------------------------


async def _plan(context: Context, link: Link, wish: Wish, dialogue: Dialogue) -> Request:
    account, analyses = await asyncio.gather(
        ask_account(context.botify), list_analyses(context.botify, link.project)
    )
    analysis = await _analysis(context, link, wish, analyses)
    known = await context.catalogue.fields(link.project, analysis.slug)
    chosen = choose_fields(known, wish, link)
    if chosen.missing:
        dialogue.say(f"This project has no {', '.join(chosen.missing)}; left out.")
    filters = filters_of(wish, link)
    wanted = _filter(filters, known)
    if filters.from_link is not None:
        dialogue.say(f"The link's filter is used; --where {LINK}:no leaves it out.")
    fields = tuple(field.id for field in chosen.fields)
    count = count_links if by_links(fields) else count_by_depth
    counts, measured = await asyncio.gather(
        count(context.botify, link.project, analysis.slug, wanted),
        _measured(context, link.project, fields),
    )
    return requests.request(
        account,
        link.project,
        analysis.slug,
        fields=chosen.fields,
        preset=_preset_word(wish, chosen, known),
        filter=wanted,
        plan=plan(counts, context.settings.botify_row_limit, wish.rows),
        bytes_per_row=measured,
    )


async def _measured(context: Context, project: Project, fields: tuple[str, ...]) -> float | None:
    async with context.database.read() as connection:
        return await sizes.bytes_per_row(connection, project, fields)


async def _analysis(
    context: Context, link: Link, wish: Wish, analyses: Sequence[Analysis]
) -> Analysis:
    slug = wish.analysis or link.analysis
    if slug is None or wish.analysis == LATEST:
        finished = [one for one in newest_first(list(analyses)) if one.finished]
        if not finished:
            raise WrongAnalysis(
                f"{link.project} has no finished analysis.", "Wait until a crawl has finished."
            )
        return finished[0]
    known = {one.slug: one for one in analyses}
    analysis = known.get(slug) or await get_analysis(context.botify, link.project, slug)
    if not analysis.finished:
        raise WrongAnalysis(
            f"The analysis {slug} is not finished (Botify says: {analysis.status}).",
            "Choose one that has finished, or leave --analysis out.",
        )
    return analysis


def choose_fields(known: Sequence[Field], wish: Wish, link: Link) -> Applied:
    """The columns of the file: the named fields, then those of the preset.

    Raises:
        WrongField: a named field that cannot be exported, with what may have been meant; or
            nothing to export.
        WrongInput: there is no such preset.
    """
    if wish.fields is not None and not wish.fields:
        raise WrongField("--fields names no field.", "Give at least one, such as url.")
    named = find_fields(wish.fields, known) if wish.fields else ()
    if named and wish.preset is None:
        return Applied(named, ())
    applied = apply(_preset(wish, link), known)
    unique = {field.id: field for field in (*named, *applied.fields)}
    if not unique:
        raise WrongField("This project has none of the fields of the preset.", "Give --fields.")
    return Applied(tuple(unique.values()), applied.missing)


def _preset(wish: Wish, link: Link) -> Preset:
    if wish.preset is None:
        return ESSENTIALS
    if wish.preset == LINK:
        found = of_columns(link.columns)
        if found is None:
            raise WrongInput("This link names no columns.", "Choose another preset, or --fields.")
        return found
    if wish.preset not in PRESETS:
        raise WrongInput(
            f"There is no preset {wish.preset[:60]}.", f"Take one of {', '.join((*PRESETS, LINK))}."
        )
    return PRESETS[wish.preset]


def _preset_word(wish: Wish, chosen: Applied, known: Sequence[Field]) -> str:
    if wish.fields is None:
        return wish.preset or ESSENTIALS.name
    return name_of(tuple(field.id for field in chosen.fields), known)


def filters_of(wish: Wish, link: Link) -> Filters:
    """What `--where` says, and the filter of the link unless it is to be left out, as in Slack.

    Raises:
        WrongInput: a condition cannot be understood, or the link has no filter to be used.
    """
    said = where(wish.where)
    if said.links_filter and link.filter is None:
        raise WrongInput("This link has no filter.", f"Leave --where {LINK} out.")
    if said.links_filter is False:
        return said.filters
    return replace(said.filters, from_link=link.filter)


def _filter(filters: Filters, known: Sequence[Field]) -> dict[str, Any] | None:
    try:
        return filter_of(filters, known)
    except WrongInput as error:
        if filters.from_link is None:
            raise
        step = f"{error.next_step} --where {LINK}:no leaves the link's filter out."
        raise type(error)(error.sentence, step) from error


# --- a new export, or one that exists ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """Nobody asked for this before."""

    export: Export


async def _obtain(
    context: Context, wanted: Request, wish: Wish, dialogue: Dialogue
) -> tuple[Export, bool]:
    """The ready export, and whether it cost nothing because it had finished before."""
    async with context.database.read() as connection:
        before = await _known(context, connection, wanted, wish)
    if before is None:
        await _agree(offer(wanted), wish, dialogue)
    match before or await _begin(context, wanted, wish):
        case Take(export):
            dialogue.say("This export is on disk already; nothing is paid.")
            return export, True
        case Fetch(export):
            dialogue.say(f"Export {export.id} is paid already; its file is fetched again.")
            return await _fetched(context, export, wish, dialogue)
        case GoOn(export):
            dialogue.say(f"Going on with export {export.id}; what is paid is not paid again.")
            export = await _opened(context, export, wish, dialogue)
        case Begin(export):
            pass
    export = await _carry_out(context, export, dialogue)
    if export.guard == wish.guard:
        return export, False
    fetched, _ = await _fetched(context, export, wish, dialogue)
    return fetched, False


async def _known(
    context: Context, connection: AsyncConnection, wanted: Request, wish: Wish
) -> Step | None:
    """What to go on with, as the records and the disk are now."""
    found = await exports.of_key(connection, wanted.spec.key)
    return step(
        found,
        guard=wish.guard,
        fresh=wish.fresh,
        here=await asyncio.to_thread(_on_disk, found),
        oldest=context.now() - timedelta(days=context.settings.retention_days),
    )


def _on_disk(found: Sequence[Export]) -> frozenset[str]:
    return frozenset(
        export.id
        for export in found
        if all(part.file is not None and part.file.path.is_file() for part in export.parts)
    )


async def _begin(context: Context, wanted: Request, wish: Wish) -> Step | Begin:
    """Store a new export, unless somebody began the same meanwhile: one job is enough for both."""
    export = requests.new_export(
        wanted,
        requested_by="the command line",
        guard=wish.guard,
        now=context.now(),
        reason=FRESH if wish.fresh else None,
    )
    async with context.database.write() as connection:
        known = await _known(context, connection, wanted, wish)
        if known is not None:
            return known
        await exports.add(connection, export)
    return Begin(export)


async def _fetched(
    context: Context, paid: Export, wish: Wish, dialogue: Dialogue
) -> tuple[Export, bool]:
    """The files of paid jobs, as they are wanted this time."""
    export, finished = requests.from_paid(paid, guard=wish.guard, context=context)
    # only what --fresh began is gone on with by --fresh
    export = replace(export, reason=FRESH if wish.fresh else _not_fresh(paid.reason))
    async with context.database.write() as connection:
        await exports.add(connection, export)
    return await _carry_out(context, export, dialogue), finished


def _not_fresh(reason: str | None) -> str | None:
    return None if reason == FRESH else reason


ASKING = (
    "Botify is being asked for a part of this export by another process; waiting for its answer."
)


async def _opened(context: Context, export: Export, wish: Wish, dialogue: Dialogue) -> Export:
    """The export with every part at work that can go on; what has to be paid is asked before.

    Giving the command again is the person's word to look once more for a job that is unclear. What
    has changed since then is looked at anew, until nothing is paid that was not agreed to and no
    request is cut off from its answer.
    """
    agreed: frozenset[int] = frozenset()
    told = False
    while True:
        unpaid = [part for part in export.parts if _pays(_event(context, part))]
        if not _numbers(unpaid) <= agreed:
            await _agree(offer_of_parts(export, unpaid), wish, dialogue)
            agreed = _numbers(unpaid)
        obstacle = await _take_over(context, export.id, agreed)
        async with context.database.read() as connection:
            export = await exports.get(connection, export.id) or export
        if obstacle is None:
            return export
        if obstacle is Obstacle.ASKING:
            if not told:
                dialogue.say(ASKING)
            told = True
            await dialogue.unless_stopped(asyncio.sleep(min(0.5, context.tick)))


class Obstacle(Enum):
    """Why an export was not taken over."""

    ASKING = auto()  # a living process has a request under way, and will store its answer
    DEARER = auto()  # more would be paid than was agreed to


async def _take_over(context: Context, export_id: str, agreed: frozenset[int]) -> Obstacle | None:
    """Set the parts to work that can go on, unless something is in the way.

    Args:
        context: of this process.
        export_id: which export.
        agreed: the numbers of the parts that may be paid for.
    """
    async with context.database.read() as connection:
        others = await exports.owners(connection) - {context.owner}
    dead = await asyncio.to_thread(processes.dead, context.settings.data_dir, others)
    async with writing(context) as page:
        export = await exports.get(page.connection, export_id)
        events = [(part, _event(context, part)) for part in export.parts] if export else []
        opened = tuple((part, event) for part, event in events if event is not None)
        if export is None or not opened:
            return None
        if not _numbers(part for part, event in opened if _pays(event)) <= agreed:
            return Obstacle.DEARER
        until = context.now() + LEASE
        free = unless_under_way(Decision("", opened), export).parts
        # of an owner that is dead or silent nobody stores the answer: the job is looked for
        if not free and not await exports.take(
            page.connection,
            export.id,
            owner=context.owner,
            now=context.now(),
            lease_until=until,
            dead=dead,
        ):
            return Obstacle.ASKING
        await page.take_over(export, until)
        for part, event in opened:
            await page.part(part, event)
    return None


def _numbers(parts: Iterable[Part]) -> frozenset[int]:
    return frozenset(part.number for part in parts)


def _event(context: Context, part: Part) -> part_lifecycle.Event | None:
    if part.state is State.UNCLEAR:
        return part_lifecycle.CheckAgain()
    return again(part, context)


def _pays(event: part_lifecycle.Event | None) -> bool:
    return isinstance(event, part_lifecycle.StartOver)


async def _agree(offered: Sequence[str], wish: Wish, dialogue: Dialogue) -> None:
    for line in offered:
        dialogue.say(line)
    if wish.yes:
        return
    agreed = await dialogue.ask("Start this export?")
    if agreed is None:
        raise WrongInput(
            "The price has not been agreed to.", "Add --yes to agree to it without being asked."
        )
    if not agreed:
        raise WrongInput(
            "Nothing was started, nothing was paid.", "Run it again to change your mind."
        )


def offer(wanted: Request) -> list[str]:
    """What a person agrees to, line by line: rows, price, what is left out, and what is odd."""
    made, cost = wanted.plan, wanted.price
    rows = [depths(made.rows)]
    if made.left_out:
        verb = "is" if made.left_out == 1 else "are"
        rows.append(f"; {counted(made.left_out, 'row')} {verb} left out")
    if made.left_out_without_depth:
        rows.append(f", {made.left_out_without_depth:,} of them without a depth")
    size_ = f", about {size(cost.bytes)}" if cost.bytes is not None else ""
    price = counted(cost.credits, "credit")
    lines = [f"{counted(cost.rows, 'row')} ({''.join(rows)}), {price}{size_}."]
    if wanted.spec.filter is not None:
        lines.append(f"Only where {words_of(wanted.spec.filter)}.")
    if len(made.bands) > 1:
        each = "; ".join(f"{depths(band.rows)}: {band.count:,}" for band in made.bands)
        lines.append(f"In {len(made.bands)} parts of one job each ({each}).")
    return [*lines, *cost.notes]


def offer_of_parts(export: Export, unpaid: Sequence[Part]) -> list[str]:
    """What a person agrees to where only some parts have to be asked for again."""
    rows = sum(part.rows_expected or 0 for part in unpaid)
    credits_ = credits_for(rows, export.specification.fields)
    which = f"{len(unpaid)} of {counted(len(export.parts), 'part')}"
    return [f"{which} failed: {counted(rows, 'row')}, {counted(credits_, 'credit')}."]


# --- carrying it out --------------------------------------------------------------------------


async def _carry_out(context: Context, export: Export, dialogue: Dialogue) -> Export:
    # another engine may follow in this process: that this one stops is not the end
    engine = Engine(replace(context, stopping=threading.Event()), only=export.id)
    with dialogue.progress() as show:
        show(_stage(export), None)
        async with working(engine):
            while not (export.state.ended or export.state is State.UNCLEAR):
                try:
                    pause = min(0.5, context.tick)
                    await asyncio.wait_for(dialogue.stopped.wait(), timeout=pause)
                except TimeoutError:
                    pass
                else:
                    raise Interrupted
                async with context.database.read() as connection:
                    export = await exports.get(connection, export.id) or export
                figures = context.figures.of(export.id)
                done = percent(figures.downloaded, figures.download_total)
                loading = export.state is State.DOWNLOADING and done is not None
                show(figures.trouble or _stage(export), done if loading else None)
    return _ended_well(export)


def _stage(export: Export) -> str:
    """Where it stands, and with parts how many of them are there."""
    word, of = STAGES[export.state], len(export.parts)
    ready = sum(part.state is State.READY for part in export.parts)
    return word if of == 1 else f"{word}, {ready} of {of} parts ready"


def _ended_well(export: Export) -> Export:
    if export.state is State.READY:
        return export
    if export.state is State.UNCLEAR:
        raise Unclear(error_id=export.failure.error_id if export.failure else None)
    failure = export.failure
    if failure is None:
        raise Interrupted("The export was cancelled.")
    raise Ended(failure)


# --- what is reported -------------------------------------------------------------------------


def facts(export: Export, paths: Sequence[Path], *, reused: bool) -> list[str]:
    """What was written, line by line, and what a person should know about it."""
    files = [part.file for part in export.parts if part.file is not None]
    figures = (
        counted(export.rows_delivered, "row"),
        counted(files[0].columns, "column"),
        counted(_credits(export, reused=reused), "credit"),
    )
    lines = [f"{', '.join(figures)}: {paths[0]}", *(f"and {path}" for path in paths[1:])]
    for part in export.parts:
        delivered = part.file.rows if part.file else 0
        if part.rows_expected is not None and delivered != part.rows_expected:
            which = "the file" if len(paths) == 1 else f"part {part.number}"
            lines.append(
                f"Counted before: {counted(part.rows_expected, 'row')}; {which} has {delivered:,}."
            )
    return [*lines, *dict.fromkeys(note for file in files for note in file.notes)]


def report(
    export: Export, paths: Sequence[Path], *, reused: bool, seconds: float
) -> dict[str, Any]:
    """The same for programs: the keys are fixed, `paths` stands there for several files only."""
    files = [part.file for part in export.parts if part.file is not None]
    found: dict[str, Any] = {
        "export_id": export.id,
        "job_ids": [part.job_id for part in export.parts],
        "rows": export.rows_delivered,
        "columns": files[0].columns,
        "bytes": sum(file.bytes for file in files),
        "path": str(paths[0]),
        "depth": export.specification.rows.last,
        "credits": _credits(export, reused=reused),
        "reused": reused,
        "seconds": round(seconds, 3),
    }
    if len(paths) > 1:
        found["paths"] = [str(path) for path in paths]
    return found


def _credits(export: Export, *, reused: bool) -> int:
    return 0 if reused else credits_for(export.rows_delivered, export.specification.fields)
