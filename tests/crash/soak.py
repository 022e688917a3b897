# ruff: noqa: T201 - it prints its figures
"""A long day, ten times as fast: many exports at once, calls that break, and kills on the way.

Several people ask one after another, each in a channel of their own, by the sandbox's own hands.
One call in ten breaks. In the first part of the day the program is killed again and again; in the
last part the same processes do all the work, so that their memory can be watched.
"""

import argparse
import asyncio
import json
import random
import re
import secrets
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import program
from chaos import BREAKS, HOLDS, POSTED_UNSEEN
from forked import ForkedStage
from stage import Bot
from stories import shows
from world import earlier_export, installed

from bot.app import utc_now
from bot.slack.messages.actions import CHECK_AGAIN, RETRY, START_AGAIN
from sandbox.faults import Fault
from sandbox.journal import Entry

ANALYSES = 20
"""Exports of one project."""

PROCESSES = 3
"""That serve at the same time: one alone may ask Botify five times a second."""

OUTSTANDING = 100
"""Exports that are under way at most: people ask again when others have got theirs."""

KILLED_UNTIL = 0.6
"""The part of the exports in which the program is killed."""

WARM_AFTER = 0.75
"""The part of the exports after which the memory is compared with that at the end."""

PATIENCE = 60
"""Seconds after which a person asks again."""

CHECKS = 5
"""How often a person lets the list be looked through before they start again."""

ONE_IN = 10
"""So many calls of a method, on average, for one that breaks."""

GROWTH = 1.15
"""More memory at the end than this many times that at the beginning is called a leak."""

MEGABYTE = 1_000_000
PAGE = 4096

SPECIFIED = re.compile(r"soak-\d+\.example|crawl\.\d{8}\b")
"""Project and analysis of a job."""


@dataclass
class Day:
    """What has happened so far."""

    exports: int
    accepted: int = 0
    finished: int = 0
    kills: int = 0
    requests: int = 0
    struck: int = 0
    unseen_posts: int = 0
    pressed: int = 0
    most_at_once: int = 0
    told: int = 0
    memory: list[tuple[int, int]] = field(default_factory=list)
    """Pairs of finished exports and resident bytes, of the processes that live at the end."""


# --- the services ----------------------------------------------------------------------------


async def fast(stage: ForkedStage) -> None:
    """Let the services' clock run as fast as the program's."""
    clock = stage.sandbox.clock
    clock.stretch = 50
    clock.drive()
    while True:
        now = utc_now()
        then = now + (now - program.BEGINNING) * (program.SPEED - 1)
        clock.advance(max(0.0, then.timestamp() - clock.now()))
        await asyncio.sleep(0.05)


def breaking(stage: ForkedStage, chance: random.Random, day: Day) -> None:
    """One call in ten breaks, of each method that exports need."""

    def load(service: str, method: str) -> None:
        skip = chance.randint(0, 2 * ONE_IN - 2)
        how = chance.choice(BREAKS)
        stage.sandbox.faults.add(Fault(service=service, method=method, skip=skip, **how))

    known: set[int] = set()

    def noted(entry: Entry) -> None:
        if (entry.service, entry.method) not in HOLDS:
            return
        if entry.status is None and entry.fault is None and not entry.acted:
            day.requests += 1
        if entry.fault is not None and entry.number not in known:
            known.add(entry.number)
            day.struck += 1
            load(entry.service, entry.method)
        if entry.method == "chat.postMessage" and entry.acted and entry.fault in POSTED_UNSEEN:
            unseen.add(entry.number)
            day.unseen_posts = len(unseen)

    unseen: set[int] = set()
    for service, method in HOLDS:
        load(service, method)
    stage.sandbox.journal.subscribe(noted)


def seeds(exports: int, people: int) -> dict[str, Any]:
    """Small projects, and people with a channel each."""
    projects = [
        {
            "org": "acme-org",
            "project": f"soak-{number}.example",
            "depths": [1, 10 + number],
            "analyses": [f"2026{1 + each // 28:02}{1 + each % 28:02}" for each in range(ANALYSES)],
        }
        for number in range(-(-exports // ANALYSES))
    ]
    persons = [{"id": f"U0SOAK{n:04}", "name": f"person-{n}"} for n in range(people)]
    channels = [
        {"id": f"C0SOAK{n:04}", "name": f"soak-{n}", "members": [persons[n]["id"], "app"]}
        for n in range(people)
    ]
    return {"botify": {"projects": projects}, "slack": {"people": persons, "channels": channels}}


# --- the people ------------------------------------------------------------------------------


async def person(stage: ForkedStage, links: list[str], day: Day) -> None:
    """Ask for one export after another; whatever happens to the program, ask until it is taken.

    In the end look whether all are on their way: one that could not be announced is told in the
    person's direct messages, without a button, and is asked for anew.
    """
    for link in links:
        while day.accepted - day.finished >= OUTSTANDING:  # noqa: ASYNC110 - counted by another
            await asyncio.sleep(0.2)
        day.accepted += 1
        await ask(stage, link)
    while True:
        for link in links:
            await ask(stage, link)
        await asyncio.sleep(1)


async def ask(stage: ForkedStage, link: str) -> None:
    """Ask for an export unless it is on its way, or has a message with a button."""
    project, analysis = link.split("/")[-2:]
    query = (
        "SELECT d.id FROM exports e JOIN deliveries d ON d.export_id = e.id"
        " WHERE e.project = ? AND e.analysis = ?"
        " AND NOT (d.state = 'failed' AND d.message_ts IS NULL)"
    )
    while not rows(stage, query, project, analysis):
        await stage.until(stage.connected)
        with suppress(TimeoutError, AssertionError):  # the program that was asked has died
            async with asyncio.timeout(PATIENCE):
                await stage.open(link)
                await stage.submit()


async def presser(stage: ForkedStage, day: Day) -> None:
    """Press Retry and Check again wherever a message offers it, as its reader would.

    What two lost requests leave open no list can settle: there the reader starts again in the end.
    """
    query = (
        "SELECT user, message_channel, message_ts FROM deliveries WHERE state IN"
        " ('failed', 'unconfirmed') OR export_id IN"
        " (SELECT export_id FROM parts WHERE state IN ('unclear', 'failed'))"
    )
    in_vain: Counter[str] = Counter()
    while True:
        await asyncio.sleep(1)
        for user, channel, ts in rows(stage, query):
            hand = replace(stage, user=user, channel=channel)
            for message in await hand.messages(channel):
                for action in (RETRY, CHECK_AGAIN if in_vain[ts] < CHECKS else START_AGAIN):
                    if message["ts"] == ts and shows(message, action):
                        day.pressed += 1
                        in_vain[ts] += 1
                        with suppress(AssertionError, ValueError):  # it has gone on meanwhile
                            await hand.press(message, action)


# --- the program -----------------------------------------------------------------------------


def rows(stage: ForkedStage, query: str, *values: str) -> list[Any]:
    """What the program has stored."""
    file = stage.folder / "data" / "botify-export.sqlite3"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=60)) as connection:
        return connection.execute(query, values).fetchall()


async def watch(stage: ForkedStage, day: Day) -> None:
    """Return when every export has been delivered and shown; count and weigh meanwhile."""
    query = (
        "SELECT count(*), sum(d.settled AND d.state = 'delivered') FROM exports e"
        " JOIN deliveries d ON d.export_id = e.id WHERE e.project LIKE 'soak-%'"
    )
    while day.finished < day.exports:
        await asyncio.sleep(0.5)
        ((stored, finished),) = rows(stage, query)
        day.finished = finished or 0
        day.most_at_once = max(day.most_at_once, stored - day.finished)
        day.memory.append((day.finished, sum(map(resident, living(stage)))))


def living(stage: ForkedStage) -> list[Bot]:
    """The processes of the program."""
    return [bot for bot in stage.bots if bot.alive]


def resident(bot: Bot) -> int:
    """Bytes of memory that a process has; none when it has just been killed."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return int(Path(f"/proc/{bot.pid}/statm").read_text().split()[1]) * PAGE
    return 0


async def killer(stage: ForkedStage, chance: random.Random, kills: int, day: Day) -> None:
    """Kill a process and start another, evenly over the first part of the day."""
    for number in range(1, kills + 1):
        due = day.exports * KILLED_UNTIL * number / kills
        while day.finished < due:  # noqa: ASYNC110 - counted by another
            await asyncio.sleep(0.2)
        await asyncio.sleep(chance.uniform(0, 1))
        await chance.choice(living(stage)).kill()
        day.kills += 1
        await stage.start_bot()
        day.memory.clear()
        print(f"  {day.finished} delivered, {day.kills} kills", flush=True)


# --- the whole day ---------------------------------------------------------------------------


async def lived(stage: ForkedStage, day: Day, seed: int, kills: int, people: int) -> None:
    """Everything until the last export has been delivered."""
    chance = random.Random(seed)
    stage.sandbox.control.seed(seeds(day.exports, people))
    await stage.switch(job_progress_by="time", job_seconds=20.0)
    # their seconds are ten times as short as those of the program's own budgets
    await stage.switch(rate_limit=None, rate_limits=False)
    links = [
        f"https://app.botify.com/acme-org/{project['project']}/{analysis}"
        for project in seeds(day.exports, people)["botify"]["projects"]
        for analysis in project["analyses"]
    ][: day.exports]
    chance.shuffle(links)
    clock = asyncio.create_task(fast(stage))
    for _ in range(PROCESSES):
        await stage.start_bot()
    breaking(stage, chance, day)
    watching = asyncio.create_task(watch(stage, day))
    others = [
        clock,
        asyncio.create_task(killer(stage, chance, kills, day)),
        asyncio.create_task(presser(stage, day)),
        *(
            asyncio.create_task(
                person(
                    replace(stage, user=f"U0SOAK{n:04}", channel=f"C0SOAK{n:04}"),
                    links[n::people],
                    day,
                )
            )
            for n in range(people)
        ),
    ]
    try:
        waiting = {watching, *others}
        while not watching.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in (watching, *others):
            task.cancel()
        await asyncio.gather(watching, *others, return_exceptions=True)
    statuses = [await bot.stop() for bot in living(stage)]
    if any(statuses):
        raise AssertionError(f"SIGTERM ended the program with {statuses}")


def wrongs(stage: ForkedStage, day: Day) -> list[str]:
    """What is lost, doubled or broken."""
    botify, slack = (stage.sandbox.control.state(name) for name in ("botify", "slack"))
    jobs = [job for job in botify["jobs"] if "soak-" in json.dumps(job)]
    asked = Counter(tuple(SPECIFIED.findall(json.dumps(job["payload"]))) for job in jobs)
    mine = [one for one in slack["messages"] if one["is_bot"]]
    files = Counter(file["name"] for one in mine for file in one["files"])
    told = sum(not one["files"] for one in mine)
    query = "SELECT id FROM deliveries WHERE state = 'failed' AND message_ts IS NULL"
    told_directly = len(rows(stage, query))
    most = day.exports + told_directly + stage.posts_between_sending_and_storing()
    most += day.unseen_posts
    wrong = []
    if len(asked) != day.exports or set(asked.values()) != {1}:
        wrong.append(f"{asked.total()} jobs for {len(asked)} exports of {day.exports}")
    if sum(job["credits"] for job in jobs) != sum(job["rows"] for job in jobs):
        wrong.append("the credits are not those of the jobs")
    if len(files) != day.exports or set(files.values()) != {1}:
        wrong.append(f"{files.total()} files, {len(files)} different ones, of {day.exports}")
    if not day.exports <= told <= most:
        wrong.append(f"{told} messages, not {day.exports} to {most}")
    if any("Traceback" in bot.log for bot in stage.bots):
        wrong.append("a traceback in a log")
    before, after = growth(day)
    if after > before * GROWTH:
        wrong.append(f"memory grew from {before} to {after} bytes")
    day.told = told
    return wrong


def growth(day: Day) -> tuple[int, int]:
    """Resident bytes of the last processes: once they were warm, and at the end."""
    warm = [weight for finished, weight in day.memory if finished >= day.exports * WARM_AFTER]
    return (max(warm[:10]), max(warm[-10:])) if warm else (0, 0)


async def soak(folder: Path, day: Day, seed: int, kills: int, people: int) -> list[str]:
    """One day from the beginning to the end; what was wrong with it."""
    earlier = await asyncio.to_thread(earlier_export, folder / "earlier")
    settings = {"BOTIFY_REQUESTS_PER_SECOND": "5", "POLL_SECONDS": "0.5"}
    async with installed(folder / "stage", earlier, **settings) as stage:
        await lived(stage, day, seed, kills, people)
        return wrongs(stage, day)


def main() -> int:
    """Live the day, print its figures, and say by the exit status whether all was right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exports", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--people", type=int, default=25)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    wanted = parser.parse_args()
    print(f"seed {wanted.seed}, {wanted.exports} exports, {wanted.kills} kills", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    day = Day(wanted.exports)
    began = time.monotonic()
    wrong = asyncio.run(soak(folder, day, wanted.seed, wanted.kills, wanted.people))
    before, after = growth(day)
    print(
        f"seed {wanted.seed}: {day.finished} exports delivered to {wanted.people} people in "
        f"{time.monotonic() - began:.0f} seconds, at most {day.most_at_once} at once\n"
        f"{day.kills} kills; {day.struck} of {day.requests} calls broke; "
        f"{day.pressed} times a person pressed a button\n"
        f"{day.told} progress messages; memory {before / MEGABYTE:.0f} MB once warm, "
        f"{after / MEGABYTE:.0f} MB at the end"
    )
    print(*(f"WRONG: {each}" for each in wrong), sep="\n", end="\n" if wrong else "")
    if wrong:
        print(f"see {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
