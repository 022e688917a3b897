"""What a person was told will start: it starts or they hear why not, whatever fails on the way."""

import sqlite3
from contextlib import closing

from forked import ForkedStage
from stories import LINK
from world import at_rest, outcome

from sandbox.slack.world import SEO

UNWRITABLE = """
CREATE TRIGGER unwritable BEFORE UPDATE OF owner ON drafts WHEN NEW.owner = ''
BEGIN SELECT RAISE(ABORT, 'nothing can be given up'); END
"""


def execute(stage: ForkedStage, statement: str) -> None:
    """Change something in the bot's database from outside."""
    file = stage.folder / "data" / "botify-export.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(statement)


async def test_a_stop_that_cannot_give_up_its_promises_leaves_them_to_the_next_bot(
    stage: ForkedStage,
) -> None:
    """Its lock stays and looks dead, so that the next one starts what was promised, once."""
    bot = await stage.start_bot()
    await stage.fault("botify", "*", "slow", seconds=3600, count=None)
    answer = await stage.do("command", channel=SEO, text=f"/botify-export {LINK} go")
    assert answer["ok"], answer
    execute(stage, UNWRITABLE)
    assert await bot.stop() != 0
    execute(stage, "DROP TRIGGER unwritable")
    await stage.http.delete("control/faults")
    await stage.start_bot()
    await at_rest(stage, 2, "is exported* for")
    found = await outcome(stage)
    assert (found.jobs, found.messages, found.files) == (1, 1, 1)


async def test_a_stop_in_order_leaves_no_lock(stage: ForkedStage) -> None:
    """What it gave up belongs to nobody; nothing names it any more."""
    bot = await stage.start_bot()
    await stage.fault("botify", "*", "slow", seconds=3600, count=None)
    answer = await stage.do("command", channel=SEO, text=f"/botify-export {LINK} go")
    assert answer["ok"], answer
    assert await bot.stop() == 0
    assert list((stage.folder / "data" / "processes").iterdir()) == []
