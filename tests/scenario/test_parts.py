"""A site over the row limit, delivered in parts through Slack."""

import csv
import io
import json
import re

from stage import Stage

SHOP = "https://app.botify.com/acme-org/shop.example/"
DEPTHS = [1, 12, 40, 49, 30, 8, 25, 3]
WITHOUT_DEPTH = 31
TOTAL = sum(DEPTHS) + WITHOUT_DEPTH
PARTS = 6
LIMIT = 50


async def seed(stage: Stage) -> None:
    """A shop with a few hundred URLs, some of which no link leads to."""
    project = {"project": "shop.example", "depths": DEPTHS, "without_depth": WITHOUT_DEPTH}
    await stage.control("seed", {"botify": {"projects": [project]}})


async def in_parts(stage: Stage, words: str = "parts fields=url,depth") -> None:
    """Open the modal for everything in parts, and press *Export*."""
    await seed(stage)
    await stage.start_bot(BOTIFY_ROW_LIMIT=str(LIMIT))
    await stage.open(f"{SHOP} {words}")
    assert (await stage.submit())["ok"]


async def test_every_part_comes_into_the_channel_and_together_they_are_the_site(
    stage: Stage,
) -> None:
    """One file a part, in order, named as such; every URL in exactly one of them."""
    await in_parts(stage)

    async def all_there() -> bool:
        return len(await stage.files()) >= PARTS

    await stage.until(all_there)
    await stage.message_with("is exported")
    files = await stage.files()
    assert [re.search(r"part-\d-of-\d", file["name"])[0] for file in files] == [  # type: ignore[index]
        f"part-{number}-of-{PARTS}" for number in range(1, PARTS + 1)
    ]
    rows: list[list[str]] = []
    for file in files:
        text = (await stage.download(file)).decode()
        header, *data = csv.reader(io.StringIO(text, newline=""))
        assert header == ["Full URL", "Depth"]
        assert 0 < len(data) <= LIMIT
        rows += data
    assert len(rows) == len({url for url, _ in rows}) == TOTAL
    assert sum(depth == "" for _, depth in rows) == WITHOUT_DEPTH
    assert stage.counts()["POST /jobs"] == PARTS


async def test_the_price_of_all_parts_is_shown_before_and_after(stage: Stage) -> None:
    """The modal, the message and the bill agree."""
    await seed(stage)
    await stage.start_bot(BOTIFY_ROW_LIMIT=str(LIMIT))
    await stage.open(f"{SHOP} parts fields=url,depth")
    view = json.dumps(await stage.view(), ensure_ascii=False)
    assert f"{TOTAL} credits" in view
    assert (await stage.submit())["ok"]
    message = json.dumps(await stage.message_with("is exported"), ensure_ascii=False)
    assert f"{TOTAL}" in message
    billed = (await stage.http.get("control/state/botify")).json()["credits"]
    assert float(billed) == TOTAL


async def test_one_part_that_fails_is_retried_alone(stage: Stage) -> None:
    """What the other parts cost is not paid again."""
    await stage.fate(fate="failed", next=1)
    await in_parts(stage)
    message = await stage.message_with("export_retry")
    assert await stage.files() == []
    await stage.press(message, "export_retry")

    async def all_there() -> bool:
        return len(await stage.files()) >= PARTS

    await stage.until(all_there)
    assert stage.counts()["POST /jobs"] == PARTS + 1


async def test_a_restart_between_two_parts_doubles_nothing(stage: Stage) -> None:
    """The plug is pulled while the files come in: each part comes once."""
    await stage.fault("slack", "files.completeUploadExternal", "slow", seconds=2, skip=2, count=1)
    await in_parts(stage)

    async def two_there() -> bool:
        return len(await stage.files()) >= 2

    await stage.until(two_there)
    await stage.bots[-1].kill()
    await stage.start_bot(BOTIFY_ROW_LIMIT=str(LIMIT))

    async def all_there() -> bool:
        return len(await stage.files()) >= PARTS

    await stage.until(all_there)
    await stage.message_with("is exported")
    names = [file["name"] for file in await stage.files()]
    assert len(names) == len(set(names)) == PARTS
    assert stage.counts()["POST /jobs"] == PARTS
