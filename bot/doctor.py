"""`doctor`: is everything set up? Each check says what is wrong and what to do."""

import asyncio
import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rich.console import Console

from bot.botify.budget import Budget
from bot.botify.client import BotifyClient
from bot.botify.profile import account as ask_account
from bot.model.errors import BotifyUnreachable, ProductError
from bot.model.settings import ENV_FILE, Settings, unknown_names
from bot.model.tokens import app_token, bot_token, botify_token
from bot.slack.clients import identify, open_clients
from bot.slack.manifest import missing_scopes
from bot.slack.socket import hear_hello
from storage.database import open_database

ENOUGH_BYTES = 5_000_000_000
"""Room for a few large exports, each on the disk once and compressed once more."""

OTHERS = 0o077
"""The rights that nobody but the program's user should have on DATA_DIR."""

GOOD, BAD = 0, 1
"""Exit statuses: everything is set up, or something is not."""


class Verdict(StrEnum):
    """How a check ended."""

    GOOD = "ok"
    DOUBTFUL = "look"  # works, but deserves a look
    BAD = "wrong"  # does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check.

    Attributes:
        subject: what was looked at.
        verdict: how it is.
        sentence: what was found.
        next_step: what to do; empty when all is well.
    """

    subject: str
    verdict: Verdict
    sentence: str
    next_step: str = ""


async def examine(settings: Settings) -> int:
    """Run every check, print each, and end with the one next step.

    Returns:
        The exit status: 0 when nothing is wrong.
    """
    console = Console()
    found = [
        *await asyncio.to_thread(_env_file, settings),
        await _disk(settings),
        await _database(settings),
        await _botify(settings),
        *await _slack(settings),
        await _socket(settings),
    ]
    marks = {
        Verdict.GOOD: "[green]ok[/]   ",
        Verdict.DOUBTFUL: "[yellow]look[/] ",
        Verdict.BAD: "[red]wrong[/]",
    }
    for one in found:
        console.print(f"{marks[one.verdict]} [bold]{one.subject}[/]: ", end="")
        _say(console, one.sentence)
        if one.next_step:
            _say(console, f"      {one.next_step}")
    wrong = [one for one in found if one.verdict is Verdict.BAD]
    console.print()
    if wrong:
        console.print("Next: ", end="", style="bold")
        _say(console, wrong[0].next_step)
        return BAD
    console.print("Everything is set up. Next: botify-export run", style="bold")
    return GOOD


def _say(console: Console, words: str) -> None:
    """A line as it is: not broken, so that it can be copied and searched."""
    console.print(words, markup=False, highlight=False, soft_wrap=True)


def _bad(subject: str, error: ProductError) -> Finding:
    return Finding(subject, Verdict.BAD, error.sentence, error.advice)


def _env_file(settings: Settings) -> list[Finding]:
    """Names that mean nothing, and a file that is looked for in another folder than it is."""
    if not ENV_FILE.is_file():
        tokens = (settings.slack_bot_token, settings.slack_app_token, settings.botify_api_token)
        if all(tokens):
            return []
        return [
            Finding(
                "settings",
                Verdict.DOUBTFUL,
                f"There is no .env in {Path.cwd()}: only the environment is read.",
                "Start the program in the folder where .env is.",
            )
        ]
    return [
        Finding(
            "settings",
            Verdict.DOUBTFUL,
            f"{name} in .env is no setting, and is not used.",
            f"Did you mean {meant}?" if meant else "The README lists the settings.",
        )
        for name, meant in unknown_names().items()
    ]


async def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()

    def look() -> Finding:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            return Finding(
                "disk",
                Verdict.BAD,
                f"{folder} cannot be made: {error.strerror}.",
                "Set DATA_DIR to a folder that this program may write.",
            )
        if not os.access(folder, os.W_OK | os.X_OK):
            return Finding(
                "disk",
                Verdict.BAD,
                f"{folder} cannot be written.",
                "Give this program's user the right to write there, or set DATA_DIR.",
            )
        if folder.stat().st_mode & OTHERS:
            return Finding(
                "disk",
                Verdict.DOUBTFUL,
                f"Other users of this machine can look into {folder}.",
                f"chmod 700 {folder}",
            )
        free = shutil.disk_usage(folder).free
        said = f"{free / 1e9:,.1f} GB are free in {folder}."
        if free < ENOUGH_BYTES:
            return Finding(
                "disk", Verdict.DOUBTFUL, said, "A million rows can need 2 GB; free some."
            )
        return Finding("disk", Verdict.GOOD, said)

    return await asyncio.to_thread(look)


async def _database(settings: Settings) -> Finding:
    try:
        database = await open_database(settings)
    except ProductError as error:
        return _bad("database", error)
    await database.close()
    return Finding("database", Verdict.GOOD, "It opens, and its tables are those of this version.")


async def _botify(settings: Settings) -> Finding:
    budget = Budget(settings.botify_requests_per_second)
    try:
        async with BotifyClient(
            str(settings.botify_api_url), botify_token(settings), budget
        ) as client:
            account = await ask_account(client)
    except BotifyUnreachable as error:
        return Finding("Botify", Verdict.BAD, error.sentence, _reach(settings))
    except ProductError as error:
        return _bad("Botify", error)
    return Finding("Botify", Verdict.GOOD, f"The token belongs to {account}.")


def _reach(settings: Settings) -> str:
    own = Settings.model_fields["botify_api_url"].default
    if settings.botify_api_url != own:
        return f"Check BOTIFY_API_URL; Botify's own is {own}."
    return f"Check that this machine reaches {own}, then try again in a few minutes."


async def _slack(settings: Settings) -> list[Finding]:
    try:
        async with open_clients(settings) as clients:
            identity = await identify(clients)
    except ProductError as error:
        return [_bad("Slack bot token", error)]
    who = Finding(
        "Slack bot token", Verdict.GOOD, f"It is {identity.app_name} in {identity.team_name}."
    )
    missing = missing_scopes(identity.scopes)
    if not identity.scopes:
        scopes = Finding("Slack scopes", Verdict.DOUBTFUL, "Slack did not tell the scopes.")
    elif missing:
        scopes = Finding(
            "Slack scopes",
            Verdict.BAD,
            f"Missing: {', '.join(missing)}.",
            "On the app's page: paste manifest.yml under App Manifest, then install the app again.",
        )
    else:
        scopes = Finding("Slack scopes", Verdict.GOOD, "All that manifest.yml asks for.")
    return [who, scopes]


async def _socket(settings: Settings) -> Finding:
    try:
        token = app_token(settings)
    except ProductError as error:
        return _bad("Slack app token", error)
    try:
        bot_token(settings)
    except ProductError:  # told already, at the bot token
        return Finding(
            "Slack app token", Verdict.DOUBTFUL, "It was not tried: the bot token comes first."
        )
    try:
        async with open_clients(settings) as clients:
            await hear_hello(clients, token)
    except ProductError as error:
        return _bad("Slack app token", error)
    return Finding("Slack app token", Verdict.GOOD, "Slack greets over Socket Mode.")
