"""An export without Slack: the same engine and the same store, with progress in the terminal."""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.app import assembled, stop_signals, working
from bot.botify.analyses import get_analysis, list_analyses
from bot.botify.counts import count_by_depth
from bot.botify.fields import list_fields
from bot.botify.links import parse_link
from bot.botify.profile import account as ask_account
from bot.exports import part_lifecycle, requests
from bot.exports.choices import NEW_JOB_CODES
from bot.exports.context import Context
from bot.exports.engine import Engine
from bot.exports.ledger import record_part
from bot.exports.ownership import LEASE
from bot.exports.plan import Plan, cut, largest_fit
from bot.files.naming import file_name
from bot.model import errors
from bot.model.analysis import Analysis, newest_first
from bot.model.errors import (
    BotifyRefused,
    ExportFailed,
    NothingFits,
    NotSetUp,
    ProductError,
    WrongAnalysis,
    WrongField,
    WrongInput,
)
from bot.model.export import Export, State
from bot.model.failure import Failure
from bot.model.field import DEFAULT_FIELDS, Field
from bot.model.link import Link
from bot.model.progress import percent
from bot.model.settings import Settings
from bot.model.specification import Column, Specification
from storage import exports

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
        analysis: slug; None takes the link's, or the newest finished one.
        fields: ids without the collection's prefix; None takes the default ones.
        depth: the largest depth; None takes as much as fits.
        output: the file to write; None makes a name in the current folder.
        guard: whether cells are guarded.
        fresh: pay again although the export exists.
        yes: the price is agreed to.
        as_json: one JSON object as the last line of standard output.
    """

    url: str
    analysis: str | None = None
    fields: tuple[str, ...] | None = None
    depth: int | None = None
    output: Path | None = None
    guard: bool = True
    fresh: bool = False
    yes: bool = False
    as_json: bool = False


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
        spec, plan = await _plan(context, link, wish, console)
        export, reused = await _obtain(context, spec, plan, wish, console)
        if export.state is not State.READY:
            export = await _carry_out(context, export, console)
        path = await asyncio.to_thread(_write, export, wish.output)
    _report(export, path, reused=reused, seconds=time.monotonic() - began, wish=wish, to=console)
    return WRITTEN


def _check_output(output: Path | None) -> None:
    if output is None:
        return
    if output.is_dir():
        raise WrongInput(f"{output} is a folder.", "Give the name of a file with --output.")
    if not output.absolute().parent.is_dir():
        raise WrongInput(f"The folder {output.parent} does not exist.", "Make it, then try again.")


# --- what is asked ----------------------------------------------------------------------------


async def _plan(
    context: Context, link: Link, wish: Wish, console: Console
) -> tuple[Specification, Plan]:
    account, analyses = await asyncio.gather(
        ask_account(context.botify), list_analyses(context.botify, link.project)
    )
    analysis = await _analysis(context, link, wish, analyses)
    fields, counts = await asyncio.gather(
        list_fields(context.botify, link.project, analysis.slug),
        count_by_depth(context.botify, link.project, analysis.slug),
    )
    columns = choose_columns(fields, wish.fields)
    if wish.fields is None and len(columns) < len(DEFAULT_FIELDS):
        lacking = sorted(set(DEFAULT_FIELDS) - {column.field for column in columns})
        console.print(f"This project has no {', '.join(lacking)}; left out.")
    limit = context.settings.botify_row_limit
    plan = largest_fit(counts, limit) if wish.depth is None else cut(counts, wish.depth)
    if plan is None:
        raise NothingFits
    if plan.count > limit:
        fits = largest_fit(counts, limit)
        raise NothingFits(
            f"Depth {wish.depth} holds {plan.count:,} rows, more than the limit of {limit:,}.",
            f"The largest depth that fits is {fits.rows.last}." if fits else None,
        )
    if plan.count == 0:
        raise WrongAnalysis("There are no URLs to export.", "Choose another analysis or depth.")
    spec = Specification(account, link.project, analysis.slug, columns, plan.rows)
    return spec, plan


async def _analysis(
    context: Context, link: Link, wish: Wish, analyses: Sequence[Analysis]
) -> Analysis:
    slug = wish.analysis or link.analysis
    if slug is None:
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


def choose_columns(known: Sequence[Field], wanted: tuple[str, ...] | None) -> tuple[Column, ...]:
    """The columns of the file.

    Raises:
        WrongField: a wanted field that cannot be exported, with what may have been meant.
    """
    by_id = {field.id: field for field in known if field.selectable}
    if wanted is None:
        found = tuple(by_id[one] for one in DEFAULT_FIELDS if one in by_id)
        if not found:
            raise WrongField("This project has none of the default fields.", "Give --fields.")
        return tuple(Column(field.id, field.type) for field in found)
    if not wanted:
        raise WrongField("--fields names no field.", "Give at least one, such as url.")
    for one in wanted:
        if one not in by_id:
            alike = get_close_matches(one, by_id, n=3)
            raise WrongField(
                f"{one[:100]} is not a field of this analysis that can be exported.",
                f"Did you mean {', '.join(alike)}?" if alike else "Choose another field.",
            )
    unique = tuple(dict.fromkeys(wanted))
    return tuple(Column(one, by_id[one].type) for one in unique)


# --- a new export, or one that exists ---------------------------------------------------------


async def _obtain(
    context: Context, spec: Specification, plan: Plan, wish: Wish, console: Console
) -> tuple[Export, bool]:
    """The export to carry out, and whether it costs nothing because it had finished before."""
    if not wish.fresh:
        existing = await _existing(context, spec, wish.guard)
        if existing is not None:
            export, reused = existing
            console.print(
                "This export is on disk already; nothing is paid."
                if export.state is State.READY
                else f"Going on with export {export.id}; nothing is paid twice."
            )
            return export, reused
    _agree(plan, wish, console)
    now = context.now()
    export = requests.new_export(
        spec, plan.count, requested_by="the command line", guard=wish.guard, now=now
    )
    async with context.database.write() as connection:
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


def _agree(plan: Plan, wish: Wish, console: Console) -> None:
    left_out = f"; {plan.left_out:,} URLs are left out" if plan.left_out else ""
    depth = "the whole site" if plan.rows.whole else f"depth 0 to {plan.rows.last}"
    console.print(f"{plan.count:,} rows ({depth}{left_out}), {plan.count:,} credits.")
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
        shown = bar.add_task(STAGES[export.state], total=None)
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
                    description=figures.trouble or STAGES[export.state],
                    total=100 if loading else None,
                    completed=done if loading and done is not None else 0,
                )
    return _ended_well(export)


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


def _write(export: Export, output: Path | None) -> Path:
    """Copy the stored file to where it is wanted, whole or not at all."""
    (part,) = export.parts
    assert part.file is not None  # noqa: S101 - a ready part has its file
    target = output or Path(file_name(export.specification, export.preset, export.id))
    target = target.absolute()
    half = target.with_name(f".{target.name}.{export.id}.part")
    try:
        shutil.copyfile(part.file.path, half)
        half.replace(target)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise WrongInput(
            f"{target} cannot be written: {error.strerror}.",
            "Give another place with --output; the finished export is not paid again.",
        ) from error
    return target


def _report(
    export: Export, path: Path, *, reused: bool, seconds: float, wish: Wish, to: Console
) -> None:
    rows = export.rows_delivered
    first = export.parts[0].file
    assert first is not None  # noqa: S101 - a ready part has its file
    credits_ = 0 if reused else rows
    to.print(f"{rows:,} rows, {first.columns} columns, {credits_:,} credits: {path}")
    if export.rows_expected is not None and rows != export.rows_expected:
        to.print(f"Counted before: {export.rows_expected:,} rows; the file has {rows:,}.")
    for note in first.notes:
        to.print(note)
    if wish.as_json:
        spec = export.specification
        line = {
            "export_id": export.id,
            "job_ids": [part.job_id for part in export.parts],
            "rows": rows,
            "columns": first.columns,
            "bytes": path.stat().st_size,
            "path": str(path),
            "depth": spec.rows.last,
            "credits": credits_,
            "reused": reused,
            "seconds": round(seconds, 3),
        }
        print(json.dumps(line))  # noqa: T201 - this is the terminal
