"""`doctor`: is everything set up? Each check says what is wrong and what to do."""

import asyncio
import os
import shutil
from dataclasses import dataclass
from enum import StrEnum

from rich.console import Console

from bot.botify.budget import Budget
from bot.botify.client import BotifyClient
from bot.botify.profile import account as ask_account
from bot.model.errors import ProductError
from bot.model.settings import Settings
from bot.slack.clients import identify, open_clients
from bot.slack.manifest import missing_scopes
from bot.slack.socket import open_ticket
from storage.database import open_database

ENOUGH_BYTES = 5_000_000_000
"""Room for a few large exports, each on the disk once and compressed once more."""

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
        console.print(one.sentence, markup=False, highlight=False)
        if one.next_step:
            console.print(f"      {one.next_step}", markup=False, highlight=False)
    wrong = [one for one in found if one.verdict is Verdict.BAD]
    console.print()
    if wrong:
        console.print("Next: ", end="", style="bold")
        console.print(wrong[0].next_step, markup=False, highlight=False)
        return BAD
    console.print("Everything is set up. Next: botify-export run", style="bold")
    return GOOD


def _bad(subject: str, error: ProductError) -> Finding:
    return Finding(subject, Verdict.BAD, error.sentence, error.next_step)


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
    if settings.botify_api_token is None:
        return Finding(
            "Botify",
            Verdict.BAD,
            "BOTIFY_API_TOKEN is not set.",
            "Copy your token from https://app.botify.com/account into BOTIFY_API_TOKEN.",
        )
    budget = Budget(settings.botify_requests_per_second)
    try:
        async with BotifyClient(
            str(settings.botify_api_url), settings.botify_api_token, budget
        ) as client:
            account = await ask_account(client)
    except ProductError as error:
        return _bad("Botify", error)
    return Finding("Botify", Verdict.GOOD, f"The token belongs to {account}.")


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
    if settings.slack_app_token is None:
        return Finding(
            "Slack app token",
            Verdict.BAD,
            "SLACK_APP_TOKEN is not set.",
            "On the app's page under Basic Information, make an app-level token with "
            "connections:write, and put it into SLACK_APP_TOKEN.",
        )
    try:
        async with open_clients(settings) as clients:
            await open_ticket(clients, settings.slack_app_token.get_secret_value())
    except ProductError as error:
        return _bad("Slack app token", error)
    return Finding("Slack app token", Verdict.GOOD, "Socket Mode can be opened.")
