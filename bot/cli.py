"""The command line: `run`, `demo`, `export`, `doctor`."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import demo as demo_workspace
from bot.app import serve
from bot.doctor import examine
from bot.log import start_log
from bot.model.errors import NotSetUp, ProductError, SlackRefused
from bot.model.preset import LINK, PRESETS
from bot.model.settings import Settings, read_settings
from bot.terminal import Wish, export_status, run_export

app = typer.Typer(
    name="botify-export",
    help="Botify Export for Slack: paste a link, see the price, press once, get the CSV.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

WRONG = 2
"""Exit status where arguments or settings are wrong."""

UNFINISHED = 5
"""Exit status where running the program again may help."""


def main() -> None:
    """The console script. Errors are one sentence on standard error, never a traceback."""
    try:
        app()
    except ProductError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is the terminal
        sys.exit(_status(error))
    except KeyboardInterrupt:
        print("Stopped; nothing was started.", file=sys.stderr)  # noqa: T201 - as above
        sys.exit(UNFINISHED)


def _status(error: ProductError) -> int:
    return WRONG if isinstance(error, NotSetUp | SlackRefused) else export_status(error)


def _start(settings: Settings, work: Coroutine[Any, Any, int], *, level: int) -> int:
    start_log(settings.log_format, settings.secrets(), level=level)
    return asyncio.run(work)


@app.command()
def run() -> None:
    """Serve the Slack app over Socket Mode."""
    settings = read_settings()
    raise typer.Exit(_start(settings, _served(settings), level=logging.INFO))


async def _served(settings: Settings) -> int:
    await serve(settings)
    return 0


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the workspace's page is served.")] = 8400,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
) -> None:
    """A local Slack workspace in the browser and a local Botify; no account needed."""
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
            help="Only rows that pass: http_code:4xx, indexable:no, pagetype:product, "
            "url:/blog/, or link for the link's filter. Can be given several times."
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
    raise typer.Exit(_start(settings, run_export(settings, wish), level=logging.WARNING))


def _listed(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(part.strip() for part in text.split(",") if part.strip())


@app.command()
def doctor() -> None:
    """Is everything set up? Tokens, scopes, Botify access, database, disk."""
    settings = read_settings()
    raise typer.Exit(_start(settings, examine(settings), level=logging.ERROR))


if __name__ == "__main__":
    main()
