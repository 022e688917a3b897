"""The commands `run`, `demo`, `export` and `doctor`: their arguments, and how they end.

Each command imports what it needs when it is called: help and mistakes are answered at once.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError, UsageError

from bot.model.errors import NotSetUp, ProductError, SlackRefused
from bot.model.preset import LINK, PRESETS

if TYPE_CHECKING:
    from bot.model.settings import Settings

app = typer.Typer(
    name="botify-export",
    help="Botify Export for Slack: paste a link, see the price, press once, get the CSV.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

WRONG = 2
"""Exit status where arguments or settings are wrong."""

LOG_FILE = "export.log"
"""In DATA_DIR: what `export` logs, since its standard error is for sentences."""


def carry_out(arguments: Sequence[str]) -> int:
    """Carry out a command line.

    Returns:
        The exit status; what went wrong has been said in one line on standard error.
    """
    try:
        status = app(arguments, prog_name="botify-export", standalone_mode=False)
    except NoArgsIsHelpError as error:
        return _failed(error.format_message(), WRONG)
    except ClickException as error:
        message = error.format_message().rstrip(".")
        ends = "" if message.endswith("?") else "."
        context = error.ctx if isinstance(error, UsageError) else None
        command = context.command_path if context else "botify-export"
        return _failed(_line(f"{message}{ends} See {command} --help."), WRONG)
    except ProductError as error:
        return _failed(_line(str(error)), _status(error))
    return status if isinstance(status, int) else 0


def _failed(text: str, status: int) -> int:
    print(text, file=sys.stderr)  # noqa: T201 - this is the terminal
    return status


def _line(text: str) -> str:
    return " ".join(text.split())


def _status(error: ProductError) -> int:
    from bot.outcome import export_status

    return WRONG if isinstance(error, NotSetUp | SlackRefused) else export_status(error)


def _carried_out(settings: "Settings", work: Coroutine[Any, Any, int], *, level: int) -> int:
    from bot.log import start_log

    start_log(settings.log_format, settings.secrets(), level=level)
    return _logged(work)


def _logged(work: Coroutine[Any, Any, int]) -> int:
    """The work, once there is a log: an id that is about to be printed stands there too."""
    from bot.log import log_error

    try:
        return asyncio.run(work)
    except ProductError as error:
        if error.error_id in str(error):
            log_error(error, doing="carry out a command")
        raise


@app.command()
def run() -> None:
    """Serve the Slack app over Socket Mode."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a supervisor expects this end until we listen
    from bot.app import serve
    from bot.model.settings import read_settings

    settings = read_settings()

    async def served() -> int:
        await serve(settings)
        return 0

    raise typer.Exit(_carried_out(settings, served(), level=logging.INFO))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the workspace's page is served.")] = 8400,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
) -> None:
    """A local Slack workspace in the browser and a local Botify; no account needed."""
    from bot import demo as demo_workspace

    raise typer.Exit(asyncio.run(demo_workspace.run_demo(port=port, browser=browser)))


@app.command()
def export(
    url: Annotated[str, typer.Argument(help="A link to the project in Botify.")],
    analysis: Annotated[
        str | None,
        typer.Option(
            help="Slug of the analysis, or latest; the link's, else the newest, if left out."
        ),
    ] = None,
    fields: Annotated[
        str | None,
        typer.Option(help="Field ids, such as url,depth,metadata.title.content."),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help=f"A choice of fields: {', '.join(PRESETS)}, or {LINK} for the link's columns. "
            "With --fields, the named ones come first."
        ),
    ] = None,
    depth: Annotated[
        int | None,
        typer.Option(min=0, help="The largest click depth; as much as fits if left out."),
    ] = None,
    parts: Annotated[
        bool,
        typer.Option(
            "--parts", help="Everything, in several jobs and files where it is over the limit."
        ),
    ] = False,
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="Only rows that pass: http_code:4xx, indexable:no, pagetype:product, url:/blog/; "
            "link:no leaves the link's own filter out. Can be given several times."
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Where to write the CSV.")] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Leave cells as they are: no guard against formulas.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Pay again although this export exists.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to the price.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """The same export without Slack: progress in the terminal, the CSV in a file."""
    from bot.log import start_file_log
    from bot.model.settings import read_settings
    from bot.terminal import Wish, run_export

    settings = read_settings()
    wish = Wish(
        url=url,
        analysis=analysis,
        fields=_listed(fields),
        preset=preset,
        depth=depth,
        parts=parts,
        where=tuple(where or ()),
        output=output,
        guard=settings.guard_cells and not raw,
        fresh=fresh,
        yes=yes,
        as_json=as_json,
    )
    start_file_log(settings.log_format, settings.secrets(), settings.data_dir / LOG_FILE)
    raise typer.Exit(_logged(run_export(settings, wish)))


def _listed(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(part.strip() for part in text.split(",") if part.strip())


@app.command()
def doctor() -> None:
    """Is everything set up? Tokens, scopes, Botify access, database, disk."""
    from bot.doctor import examine
    from bot.model.settings import read_settings

    settings = read_settings()
    raise typer.Exit(_carried_out(settings, examine(settings), level=logging.ERROR))
