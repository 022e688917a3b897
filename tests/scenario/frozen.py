"""What is imported last in the process that is forked: everything that a start imports late.

The garbage of what was imported is then counted as permanent: no fork looks through it again, so
that the memory stays shared and a start costs less.
"""

import gc
import importlib

LATE = (
    "aiosqlite",
    "alembic.config",
    "anyio._backends._asyncio",
    "apscheduler.executors.asyncio",
    "apscheduler.triggers.interval",
    "certifi",
    "encodings.idna",
    "encodings.utf_8_sig",
    "httpcore",
    "importlib.readers",
    "slack_bolt.listener_matcher.async_builtins",
)
"""What the program and its libraries import when they need it first."""

for name in LATE:
    importlib.import_module(name)
importlib.import_module("bot.botify.certificates").trusted()  # reading them is slow
gc.collect()
gc.freeze()
