"""The console script: the first thing that runs, so that a signal never finds nobody there.

It imports nothing that takes time before it can be stopped in one sentence.
"""

import signal
import sys
from types import FrameType
from typing import NoReturn

UNFINISHED = 5
"""Exit status where running the program again may help."""


def main() -> None:
    """The console script. Errors are one sentence on standard error, never a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    from bot.commands import carry_out  # noqa: PLC0415 - it takes time, and may be stopped

    sys.exit(carry_out(sys.argv[1:]))


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """What a signal means until a command listens to it itself."""
    sys.stderr.write("Stopped; nothing was started.\n")
    raise SystemExit(UNFINISHED)


if __name__ == "__main__":
    main()
