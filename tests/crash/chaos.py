# ruff: noqa: T201 - it prints what it finds
"""Random crashes: random stories, killed several times at random points, with faults on.

Each run is planned by the seed and its number alone, and prints both when something is wrong:
`make chaos SEED=... ONLY=...` plays that run again. What a run comes to still depends on time.
"""

import argparse
import asyncio
import random
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from forked import ForkedStage
from program import ANY, STARTED, Plug
from stage import Bot
from stories import ROWS, STORIES, Story, ask
from test_crash_points import points
from world import Earlier, Outcome, at_rest, earlier_export, first_of, installed, outcome

from bot.slack.messages.actions import CHECK_AGAIN, RETRY, START_AGAIN
from sandbox.faults import Fault

SECONDS_FOR_A_RUN = 300
"""Nothing takes so long, not even on a machine that does something else besides."""

PASSES = 4.0
"""Seconds by which the clock moves on five times a second, so that every patience ends."""

HOLDS = (
    ("botify", "POST /jobs"),
    ("botify", "GET /jobs"),
    ("botify", "GET /jobs/{id}"),
    ("files", "GET /file"),
    ("slack", "chat.postMessage"),
    ("slack", "chat.update"),
    ("slack", "files.getUploadURLExternal"),
    ("slack", "upload"),
    ("slack", "files.completeUploadExternal"),
    ("slack", "files.info"),
)
"""Whose calls the program may die in, and whose calls may break."""

BREAKS: tuple[dict[str, Any], ...] = (
    {"action": "slow", "seconds": 0.3, "moment": "after"},
    {"action": "lost", "moment": "before"},
    {"action": "lost", "moment": "after"},
    {"action": "ratelimit", "seconds": 1},
    {"action": "status", "status": 500, "moment": "after"},
    {"action": "garbage", "moment": "after"},
)

POSTED_UNSEEN = ("lost", "status", "garbage")
"""Faults of a post after which one more message may stand there."""


@dataclass(frozen=True)
class Held:
    """A kill while a service acts: before it, after it, or as soon as it has answered."""

    service: str
    method: str
    moment: str
    nth: int


@dataclass(frozen=True)
class Timed:
    """A kill at any moment: seconds after the export has begun, or after the start."""

    seconds: float


Kill = Plug | Held | Timed


@dataclass(frozen=True)
class Plan:
    """What happens in one run."""

    seed: int
    number: int
    story: str
    kills: tuple[Kill, ...]
    faults: tuple[Fault, ...]


@dataclass
class Report:
    """What came of one run."""

    plan: Plan
    wrong: list[str] = field(default_factory=list)
    killed: int = 0
    struck: int = 0


def planned(seed: int, number: int) -> Plan:
    """The plan of a run."""
    chance = random.Random(f"{seed}:{number}")
    name = chance.choice(sorted(STORIES))
    many = chance.choice((2, 2, 3, 3, 4))
    kills = tuple(_kill(chance, name, many) for _ in range(many))
    faults = tuple(_fault(chance, name) for _ in range(chance.choice((1, 1, 2, 3))))
    return Plan(seed, number, name, kills, faults)


def _kill(chance: random.Random, name: str, many: int) -> Kill:
    """One of so many: soon enough after the start that the others may come, too."""
    known = [plug for story, plug in points(everything=True) if story == name]
    match chance.choice(("any", "any", "known", "held", "timed")):
        case "known" if known:
            return chance.choice(known)
        case "held":
            moment = chance.choice(("before", "after", "answered"))
            return Held(*chance.choice(HOLDS), moment, chance.choice((1, 1, 1, 2, 3)))
        case "timed":
            return Timed(chance.uniform(0.0, 3.0 / many))
        case _:
            return Plug(ANY, nth=chance.randint(1, 60 // many))


def _fault(chance: random.Random, name: str) -> Fault:
    calls = [
        (service, method)
        for service, method in HOLDS
        # what the story says about these would no longer hold
        if not (name == "unclear" and method in ("POST /jobs", "GET /jobs"))
        and not (name == "closed" and method == "chat.postMessage")
    ]
    service, method = chance.choice(calls)
    how = chance.choice(BREAKS)
    return Fault(service=service, method=method, skip=chance.choice((0, 0, 1, 3)), **how)


# --- one run ---------------------------------------------------------------------------------


async def play(plan: Plan, folder: Path, earlier: Earlier) -> Report:
    """Carry a plan out, and compare both services with what the story promises."""
    report = Report(plan)
    story = STORIES[plan.story]
    # who is told that Retry looks again would do so for ever where nothing is ever shown
    again = {} if plan.story == "never seen" else {RETRY: "Retry"}
    if CHECK_AGAIN not in story.buttons:  # both requests may be lost, by a kill and by a fault
        again[START_AGAIN] = "please decide"
    story = replace(story, buttons=again | story.buttons, passes=max(story.passes, PASSES))
    async with installed(folder, earlier, exported=story.trusted, **story.settings) as stage:
        try:
            async with asyncio.timeout(SECONDS_FOR_A_RUN):
                await _carry_out(stage, story, plan, report)
        except TimeoutError:
            report.wrong.append("it does not end")
        except Exception as error:  # noqa: BLE001 - one run must not end the others
            report.wrong.append(f"{type(error).__name__}: {error}")
        journal = stage.sandbox.journal
        report.struck = sum(entry.fault is not None for entry in journal.entries())
        posts = journal.entries("slack", "chat.postMessage")
        unanswered = [entry for entry in posts if entry.fault in POSTED_UNSEEN]
        unseen = sum(entry.acted for entry in unanswered)
        report.wrong += compared(plan.story, await outcome(stage), unseen, len(unanswered))
        if any("Traceback" in bot.log for bot in stage.bots):
            report.wrong.append("a traceback in a log")
    return report


async def _carry_out(stage: ForkedStage, story: Story, plan: Plan, report: Report) -> None:
    for fault in plan.faults:
        stage.sandbox.faults.add(fault)
    person = asyncio.create_task(ask(stage, story))
    words = {story.words, *OTHERWISE.get(plan.story, {}).values(), UNTOLD} - {""}
    rest = asyncio.create_task(at_rest(stage, 2 if story.trusted else 1, *words))
    begun: list[asyncio.Task[Any]] = [person, rest]
    try:
        for kill in (*plan.kills, None):
            bot = await stage.start_bot(kill if isinstance(kill, Plug) else None)
            ended = asyncio.create_task(bot.ended())
            begun += [ended, asyncio.create_task(_strike(stage, bot, kill))]
            await first_of(person, rest, ended)
            if rest.done() and bot.alive:
                break
            report.killed += 1
            if (status := ended.result()) != -signal.SIGKILL:
                report.wrong.append(f"the program ended by itself: {status}")
        if bot.alive and (status := await bot.stop()) != 0:
            if kill is not None and status == -signal.SIGKILL:
                report.killed += 1  # all was done before the kill came, which met the stop
            else:
                report.wrong.append(f"SIGTERM ended the program with {status}")
    finally:
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)


async def _strike(stage: ForkedStage, bot: Bot, kill: Kill | None) -> None:
    """Kill from outside, where the program does not do it itself."""
    if isinstance(kill, Timed):
        await stage.until(lambda: _has_begun(stage))
        await asyncio.sleep(kill.seconds)
        await bot.kill()
    elif isinstance(kill, Held):
        await _held(stage, kill)
        await bot.kill()


async def _has_begun(stage: ForkedStage) -> bool:
    return any(name != STARTED for name, *_ in stage.points())


async def _held(stage: ForkedStage, kill: Held) -> None:
    """Return when the service has come to the moment, and holds the program there."""
    journal, faults = stage.sandbox.journal, stage.sandbox.faults
    before = len(journal.entries(kill.service, kill.method))
    reached = asyncio.Event()

    def watch(_entry: object) -> None:
        found = journal.entries(kill.service, kill.method)[before:][kill.nth - 1 :]
        if found and (
            kill.moment == "before"
            or (kill.moment == "after" and found[0].acted)
            or found[0].status is not None
        ):
            reached.set()

    leave = journal.subscribe(watch)
    held = None
    if kill.moment != "answered":
        held = faults.add(
            Fault(
                service=kill.service,
                method=kill.method,
                action="slow",
                seconds=3600,
                moment="before" if kill.moment == "before" else "after",
                skip=kill.nth - 1,
            )
        )
    try:
        await reached.wait()
    finally:
        leave()
        if held is not None:
            faults.remove(held)


OTHERWISE: dict[str, dict[tuple[int, int], str]] = {
    # the only "no" of the channel was for a program that died of it: the next one may post
    "closed": {(1, 1): "is exported* for"},
    # while no program ran, nobody could stop anything, and the job went on
    "stopped": {(1, 1): "is exported* for"},
}
"""What a kill or a fault may make of a story: jobs, files and words."""

UNTOLD = "was not started"
"""Said where two posts had no answer, for a fault or a kill: nothing begins, nothing is spent."""


def compared(name: str, found: Outcome, unseen: int, unanswered: int) -> list[str]:
    """What is not as the story promises.

    Args:
        name: of the story.
        found: what both services have.
        unseen: posts whose answer was lost by a fault: each may show one more message.
        unanswered: these, and posts that were lost on their way.
    """
    story = STORIES[name]
    allowed = {(story.jobs, story.files): story.words} | OTHERWISE.get(name, {})
    if found.cut_off + unanswered > 1:
        allowed[0, 0] = UNTOLD
    wrong = []
    if (found.jobs, found.files) not in allowed:
        wrong.append(f"{found.jobs} jobs and {found.files} files, not {sorted(allowed)}")
    elif allowed[found.jobs, found.files] not in found.words:
        wrong.append(f"no message says {allowed[found.jobs, found.files]!r}")
    if found.credits != found.jobs * ROWS:
        wrong.append(f"{found.credits} credits for {found.jobs} jobs")
    most = story.messages + found.doubtful + unseen
    if not story.messages <= found.messages <= most:
        wrong.append(f"{found.messages} messages, not {story.messages} to {most}")
    return wrong


# --- all runs --------------------------------------------------------------------------------


async def play_all(seed: int, numbers: Sequence[int], workers: int, folder: Path) -> list[Report]:
    """Play the runs, several at a time; what goes wrong is said at once."""
    earlier = await asyncio.to_thread(earlier_export, folder / "earlier")
    at_a_time = asyncio.Semaphore(workers)

    async def one(number: int) -> Report:
        async with at_a_time:
            place = folder / f"run-{number}"
            report = await play(planned(seed, number), place, earlier)
            if report.wrong:
                print(f"\nrun {number} of seed {seed} is WRONG: {report.plan}")
                print(*(f"  - {each}" for each in report.wrong), f"  see {place}", sep="\n")
            else:
                print(".", end="", flush=True)
                await asyncio.to_thread(shutil.rmtree, place)
            return report

    return await asyncio.gather(*map(one, numbers))


def main() -> int:
    """Play, sum up, and say by the exit status whether all was right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--only", type=int, help="the number of one run")
    wanted = parser.parse_args()
    numbers = range(wanted.runs) if wanted.only is None else [wanted.only]
    print(f"seed {wanted.seed}, {len(numbers)} runs", flush=True)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    reports = asyncio.run(play_all(wanted.seed, numbers, wanted.workers, folder))
    bad = [report for report in reports if report.wrong]
    print(
        f"\nseed {wanted.seed}: {len(reports)} runs of "
        f"{len({report.plan.story for report in reports})} stories, "
        f"{sum(report.killed for report in reports)} kills "
        f"({sum(report.killed > 1 for report in reports)} runs with several), "
        f"{sum(report.struck for report in reports)} faults, "
        f"{time.monotonic() - began:.0f} seconds; {len(bad)} wrong"
    )
    for report in bad:
        print(f"  make chaos SEED={wanted.seed} ONLY={report.plan.number}")
    if not bad:
        shutil.rmtree(folder)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
