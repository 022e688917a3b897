"""An export without Slack: the same engine and the same store, with progress in the terminal."""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.app import assembled, stop_signals, working
from bot.botify.analyses import get_analysis, list_analyses
from bot.botify.counts import count_by_depth, count_links
from bot.botify.links import parse_link
from bot.botify.profile import account as ask_account
from bot.exports import part_lifecycle, requests
from bot.exports.choices import NEW_JOB_CODES
from bot.exports.context import Context
from bot.exports.engine import Engine
from bot.exports.ledger import record_part
from bot.exports.ownership import LEASE
from bot.exports.plan import plan
from bot.exports.requests import Request
from bot.exports.typed import LATEST, rows_of, where
from bot.files.naming import file_name, part_word
from bot.model import errors
from bot.model.analysis import Analysis, newest_first
from bot.model.credits import by_links, credits_for
from bot.model.errors import (
    BotifyRefused,
    ExportFailed,
    NotSetUp,
    ProductError,
    WrongAnalysis,
    WrongField,
    WrongInput,
)
from bot.model.export import Export, State
from bot.model.failure import Failure
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
from bot.model.specification import Specification
from bot.slack.messages.facts import depths
from storage import exports, sizes

WRITTEN, WRONG, REFUSED, FAILED, UNFINISHED = 0, 2, 3, 4, 5
"""Exit statuses: fixed, programs rely on them."""

GO_ON = "Run the same command again: it goes on with the same Botify job and pays nothing twice."

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
        where: conditions such as `http_code:4xx`; `link` stands for the link's filter.
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


class Interrupted(ProductError):
    """The person, or the system, ended the program before the file was written."""

    sentence = "Stopped before the file was finished."
    next_step = GO_ON


class Unclear(ProductError):
    """Nobody knows whether Botify has the job; asking again may bill twice."""

    sentence = "Botify's answer was lost, and its job list does not show the export."
    next_step = (
        "Run the same command again to look once more; --fresh starts anew and may bill twice."
    )


class Ended(ProductError):
    """An export that ended without a file, as it is stored."""

    def __init__(self, failure: Failure) -> None:
        status = failure_status(failure)
        next_step = GO_ON if status == UNFINISHED else failure.next_step
        super().__init__(failure.sentence, next_step, error_id=failure.error_id)
        self.status = status


def export_status(error: ProductError) -> int:
    """The exit status for an error."""
    return error.status if isinstance(error, Ended) else _status_of(type(error))


def _status_of(kind: type[ProductError]) -> int:
    for family, status in (
        (WrongInput, WRONG),
        (NotSetUp, WRONG),
        (BotifyRefused, REFUSED),
        (ExportFailed, FAILED),
    ):
        if issubclass(kind, family):
            return status
    return UNFINISHED


def failure_status(failure: Failure) -> int:
    """The exit status for an export that ended with this failure."""
    kinds = [one for one in vars(errors).values() if isinstance(one, type)]
    for kind in kinds:
        if issubclass(kind, ProductError) and kind().code == failure.code:
            return _status_of(kind)
    return UNFINISHED


async def run_export(settings: Settings, wish: Wish) -> int:
    """Carry out one export and write its file.

    Raises:
        ProductError: with `export_status` as the exit status.
    """
    began = time.monotonic()
    console = Console(stderr=True)
    _check_output(wish.output)
    link = parse_link(wish.url, settings.botify_app_hosts)
    async with assembled(settings, with_slack=False) as context:
        wanted = await _plan(context, link, wish, console)
        export, reused = await _obtain(context, wanted, wish, console)
        if export.state is not State.READY:
            export = await _carry_out(context, export, console)
        paths = await asyncio.to_thread(_write, export, wish.output)
    _report(export, paths, reused=reused, seconds=time.monotonic() - began, wish=wish, to=console)
    return WRITTEN


def _check_output(output: Path | None) -> None:
    if output is None:
        return
    if output.is_dir():
        raise WrongInput(f"{output} is a folder.", "Give the name of a file with --output.")
    if not output.absolute().parent.is_dir():
        raise WrongInput(f"The folder {output.parent} does not exist.", "Make it, then try again.")


# --- what is asked ----------------------------------------------------------------------------


async def _plan(context: Context, link: Link, wish: Wish, console: Console) -> Request:
    account, analyses = await asyncio.gather(
        ask_account(context.botify), list_analyses(context.botify, link.project)
    )
    analysis = await _analysis(context, link, wish, analyses)
    known = await context.catalogue.fields(link.project, analysis.slug)
    chosen = choose_fields(known, wish, link)
    if chosen.missing:
        _say(console, f"This project has no {', '.join(chosen.missing)}; left out.")
    wanted = filter_of(_filters(wish, link, console), known)
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


def _filters(wish: Wish, link: Link, console: Console) -> Filters:
    """What `--where` says; the filter of the link only where it is asked for."""
    filters = where(one for one in wish.where if one != LINK)
    if LINK not in wish.where:
        if link.filter is not None:
            _say(
                console,
                f"The link's filter is not used ({words_of(link.filter)}); "
                f"--where {LINK} would use it.",
            )
        return filters
    if link.filter is None:
        raise WrongInput("This link has no filter.", f"Leave --where {LINK} out.")
    return replace(filters, from_link=link.filter)


# --- a new export, or one that exists ---------------------------------------------------------


async def _obtain(
    context: Context, wanted: Request, wish: Wish, console: Console
) -> tuple[Export, bool]:
    """The export to carry out, and whether it costs nothing because it had finished before."""
    if not wish.fresh:
        existing = await _existing(context, wanted.spec, wish.guard)
        if existing is not None:
            export, reused = existing
            console.print(
                "This export is on disk already; nothing is paid."
                if export.state is State.READY
                else f"Going on with export {export.id}; nothing is paid twice."
            )
            return export, reused
    _agree(wanted, wish, console)
    export = requests.new_export(
        wanted, requested_by="the command line", guard=wish.guard, now=context.now()
    )
    async with context.database.write() as connection:
        # Somebody else may have begun the same since the look above: one job is enough for both.
        begun = await exports.find_running(connection, wanted.spec.key, wish.guard)
        if begun is not None and not wish.fresh:
            return begun, False
        await exports.add(connection, export)
    return export, False


async def _existing(
    context: Context,
    spec: Specification,
    guard: bool,  # noqa: FBT001 - part of what is asked
) -> tuple[Export, bool] | None:
    async with context.database.read() as connection:
        running = await exports.find_running(connection, spec.key, guard)
        ready = await exports.find_ready(connection, spec.key, guard)
    if running is not None:
        return await _look_again(context, running), False
    if ready is not None and await asyncio.to_thread(_on_disk, ready):
        return ready, True
    now = context.now()
    oldest = now - timedelta(days=context.settings.retention_days)
    async with context.database.write() as connection:
        paid = await exports.find_paid(connection, spec.key, oldest, NEW_JOB_CODES)
        if paid is None:
            return None
        export, finished = requests.from_paid(paid, guard=guard, context=context)
        await exports.add(connection, export)
    return export, finished


def _on_disk(export: Export) -> bool:
    return all(part.file is not None and part.file.path.is_file() for part in export.parts)


async def _look_again(context: Context, running: Export) -> Export:
    """Running it again is the person's word to look once more for a job that is unclear."""
    unclear = [part for part in running.parts if part.state is State.UNCLEAR]
    if not unclear:
        return running
    now = context.now()
    async with context.database.write() as connection:
        await exports.take(
            connection, running.id, owner=context.owner, now=now, lease_until=now + LEASE
        )
    for part in unclear:
        await record_part(context, part, part_lifecycle.CheckAgain())
    async with context.database.read() as connection:
        return await exports.get(connection, running.id) or running


def _agree(wanted: Request, wish: Wish, console: Console) -> None:
    for line in offer(wanted):
        _say(console, line)
    if wish.yes:
        return
    if not sys.stdin.isatty():
        raise WrongInput(
            "The price has not been agreed to.", "Add --yes to agree to it without being asked."
        )
    if console.input("Start this export? [y/N] ").strip().lower() not in ("y", "yes"):
        raise WrongInput(
            "Nothing was started, nothing was paid.", "Run it again to change your mind."
        )


def offer(wanted: Request) -> list[str]:
    """What a person agrees to, line by line: rows, price, what is left out, and what is odd."""
    made, cost = wanted.plan, wanted.price
    left_out = f"; {made.left_out:,} rows are left out" if made.left_out else ""
    if made.left_out_without_depth:
        left_out += f", {made.left_out_without_depth:,} of them without a depth"
    depth = "the whole site" if made.rows.whole else f"depth 0 to {made.rows.last}"
    size = f", about {_size(cost.bytes)}" if cost.bytes is not None else ""
    lines = [f"{cost.rows:,} rows ({depth}{left_out}), {cost.credits:,} credits{size}."]
    if wanted.spec.filter is not None:
        lines.append(f"Only where {words_of(wanted.spec.filter)}.")
    if len(made.bands) > 1:
        each = "; ".join(f"{depths(band.rows)}: {band.count:,}" for band in made.bands)
        lines.append(f"In {len(made.bands)} parts of one job each ({each}).")
    return [*lines, *cost.notes]


def _size(count: int) -> str:
    """`12 kB`, `4.5 MB`."""
    for unit, step in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if count >= step:
            return f"{count / step:.3g} {unit}"
    return f"{count} bytes"


# --- carrying it out --------------------------------------------------------------------------


async def _carry_out(context: Context, export: Export, console: Console) -> Export:
    stopped = stop_signals()
    engine = Engine(context, only=export.id)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        shown = bar.add_task(_stage(export), total=None)
        async with working(engine):
            while not (export.state.ended or export.state is State.UNCLEAR):
                try:
                    await asyncio.wait_for(stopped.wait(), timeout=min(0.5, context.tick))
                except TimeoutError:
                    pass
                else:
                    raise Interrupted
                async with context.database.read() as connection:
                    export = await exports.get(connection, export.id) or export
                figures = context.figures.of(export.id)
                done = percent(figures.downloaded, figures.download_total)
                loading = export.state is State.DOWNLOADING and done is not None
                bar.update(
                    shown,
                    description=figures.trouble or _stage(export),
                    total=100 if loading else None,
                    completed=done if loading and done is not None else 0,
                )
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
        raise Unclear
    failure = export.failure
    if failure is None:
        raise Interrupted("The export was cancelled.")
    raise Ended(failure)


# --- the file ---------------------------------------------------------------------------------


def _write(export: Export, output: Path | None) -> tuple[Path, ...]:
    """Copy the stored files to where they are wanted: all of them whole, or none."""
    targets = [target.absolute() for target in targets_of(export, output)]
    halves = [target.with_name(f".{target.name}.{export.id}.part") for target in targets]
    try:
        for part, half in zip(export.parts, halves, strict=True):
            assert part.file is not None  # noqa: S101 - a ready part has its file
            shutil.copyfile(part.file.path, half)
        for target, half in zip(targets, halves, strict=True):
            half.replace(target)
    except OSError as error:
        for half in halves:
            half.unlink(missing_ok=True)
        raise WrongInput(
            f"{targets[0]} cannot be written: {error.strerror}.",
            "Give another place with --output; the finished export is not paid again.",
        ) from error
    return tuple(targets)


def targets_of(export: Export, output: Path | None) -> list[Path]:
    """Where the files go: `output`, or with parts `name-part-1-of-3.csv` beside it."""
    of = len(export.parts)
    if output is not None:
        if of == 1:
            return [output]
        return [
            output.with_name(f"{output.stem}-{part_word(part.number, of)}{output.suffix}")
            for part in export.parts
        ]
    return [
        Path(
            file_name(
                replace(export.specification, rows=part.rows),
                export.preset,
                export.id,
                part=part.number if of > 1 else None,
                of=of if of > 1 else None,
            )
        )
        for part in export.parts
    ]


def _say(to: Console, line: str) -> None:
    """A line as it is: names of files and foreign text are no markup, and are not broken."""
    to.print(line, markup=False, highlight=False, soft_wrap=True)


def _report(
    export: Export,
    paths: tuple[Path, ...],
    *,
    reused: bool,
    seconds: float,
    wish: Wish,
    to: Console,
) -> None:
    files = [part.file for part in export.parts if part.file is not None]
    rows, columns = export.rows_delivered, files[0].columns
    spec = export.specification
    credits_ = 0 if reused else credits_for(rows, spec.fields)
    _say(to, f"{rows:,} rows, {columns} columns, {credits_:,} credits: {paths[0]}")
    for path in paths[1:]:
        _say(to, f"and {path}")
    for part in export.parts:
        delivered = part.file.rows if part.file else 0
        if part.rows_expected is not None and delivered != part.rows_expected:
            which = "the file" if len(paths) == 1 else f"part {part.number}"
            _say(to, f"Counted before: {part.rows_expected:,} rows; {which} has {delivered:,}.")
    for note in dict.fromkeys(note for file in files for note in file.notes):
        _say(to, note)
    if wish.as_json:
        line: dict[str, Any] = {
            "export_id": export.id,
            "job_ids": [part.job_id for part in export.parts],
            "rows": rows,
            "columns": columns,
            "bytes": sum(path.stat().st_size for path in paths),
            "path": str(paths[0]),
            "depth": spec.rows.last,
            "credits": credits_,
            "reused": reused,
            "seconds": round(seconds, 3),
        }
        if len(paths) > 1:
            line["paths"] = [str(path) for path in paths]
        print(json.dumps(line))  # noqa: T201 - this is the terminal
