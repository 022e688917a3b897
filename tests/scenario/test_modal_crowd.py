"""Twenty people at once: within both budgets, everybody in turn, nobody left without a price."""

import asyncio
import json
from pathlib import Path
from typing import Any

from modal_workspace import Workspace, running

from sandbox.slack.world import GENERAL

PEOPLE = [f"U0CROWD{number:03}" for number in range(20)]
PROJECTS = [f"crowd-{number}.example" for number in range(8)]
PER_SECOND = 4


def seed(workspace: Workspace) -> None:
    """Twenty people in one channel, and eight projects that nobody has opened yet."""
    workspace.sandbox.control.seed(
        {
            "slack": {"people": [{"id": each, "name": each.lower()} for each in PEOPLE]},
            "botify": {
                "projects": [
                    {"project": name, "depths": [1, number + 1]}
                    for number, name in enumerate(PROJECTS)
                ]
            },
        }
    )


async def view_of(workspace: Workspace, user: str) -> str:
    """What a person's modal says."""
    answer = await workspace.http.get("client/state", params={"user": user})
    views: list[dict[str, Any]] = answer.json()["views"]
    return json.dumps(views[-1]["blocks"], ensure_ascii=False) if views else ""


async def opened(workspace: Workspace, user: str, project: str) -> None:
    """A person types the command."""
    link = f"https://app.botify.com/acme-org/{project}"
    text = f"/botify-export {link}"
    answer = await workspace.post("command", user=user, channel=GENERAL, text=text)
    assert answer["ok"], answer


async def test_twenty_people_get_their_price_within_the_budget(tmp_path: Path) -> None:
    """Nothing is refused by either service, and everybody sees the price of their own project."""
    async with running(tmp_path, limited=True) as workspace:
        seed(workspace)
        asked = [PROJECTS[number % len(PROJECTS)] for number in range(len(PEOPLE))]
        await asyncio.gather(
            *(opened(workspace, *each) for each in zip(PEOPLE, asked, strict=True))
        )
        await workspace.services.background.settle()
        shown = [await view_of(workspace, user) for user in PEOPLE]
        for said, project in zip(shown, asked, strict=True):
            rows = PROJECTS.index(project) + 2
            assert f"{rows} rows · {rows} credits" in said
        slack = workspace.sandbox.journal.entries("slack")
        assert {entry.status for entry in slack} == {200}
        opened_at = [entry.time for entry in slack if entry.method == "views.open"]
        shown_at = [entry.time for entry in slack if entry.method == "views.update"]
        assert len(opened_at) == len(PEOPLE)
        assert max(opened_at) < min(shown_at), "every form is open before the first is filled"
        entries = workspace.sandbox.journal.entries("botify")
        assert {entry.status for entry in entries} == {200}
        times = [entry.time for entry in entries]
        for first, later in zip(times, times[PER_SECOND:], strict=False):
            assert later - first > 0.9, "more than four requests in a second"
        assert len(entries) == 1 + 3 * len(PROJECTS), "each thing is asked for once"
