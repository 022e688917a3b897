"""`python -m sandbox`: run the local Slack and the local Botify until told to stop."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox import servers
from sandbox.slack.manifest import BadManifest

NOT_STARTED = 1
"""Exit status: a port is taken, the manifest is refused, or the command cannot be run."""
BEHIND = "--"


def main() -> None:
    """Read the arguments, serve, and end with status 0 on SIGTERM or SIGINT."""
    ours, command = divided(sys.argv[1:])
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description=__doc__,
        usage="%(prog)s [options] [-- COMMAND ...]",
        epilog="COMMAND is started as a child whose Slack and Botify are the sandbox; the page can "
        "kill it and start it again.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8400, help="Slack, the page, the control API")
    parser.add_argument("--botify-port", type=int, help="default: the port above it; 0 stays 0")
    parser.add_argument("--files-port", type=int, help="default: two above; 0 stays 0")
    parser.add_argument("--manifest", type=Path, default=Path("manifest.yml"))
    parser.add_argument("--profile", choices=["demo", "test"], default="demo")
    parser.add_argument("--stretch", type=float, default=1.0, help="lengthens Slack's deadlines")
    parser.add_argument(
        "--until-eof",
        action="store_true",
        help="end when standard input ends: whoever started this cannot leave it behind",
    )
    try:
        asyncio.run(serve(parser.parse_args(ours), command))
    except servers.PortTaken as taken:
        parser.exit(
            NOT_STARTED, f"the sandbox cannot start: {taken}; choose others with --port NUMBER\n"
        )
    except (OSError, BadManifest) as wrong:
        parser.exit(NOT_STARTED, f"the sandbox cannot start: {wrong}\n")


def divided(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Our own arguments, and the command behind `--`."""
    if BEHIND not in arguments:
        return arguments, ()
    at = arguments.index(BEHIND)
    return arguments[:at], arguments[at + 1 :]


async def serve(arguments: argparse.Namespace, command: Sequence[str]) -> None:
    """Serve until a signal comes; the addresses are the one line on standard output."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    sandbox = await servers.start(
        host=arguments.host,
        port=arguments.port,
        botify_port=_beside(arguments.port, arguments.botify_port, 1),
        files_port=_beside(arguments.port, arguments.files_port, 2),
        manifest=arguments.manifest,
        profile=arguments.profile,
        stretch=arguments.stretch,
        command=command,
    )
    try:
        sys.stdout.write(sandbox.addresses.line() + "\n")
        sys.stdout.flush()
        if arguments.until_eof:
            await loop.connect_read_pipe(lambda: _UntilEof(stop), sys.stdin)
        await stop.wait()
    finally:
        await sandbox.stop()


class _UntilEof(asyncio.Protocol):
    """Waits for the end of standard input, whatever comes before."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, _error: Exception | None) -> None:
        self._stop.set()


def _beside(port: int, wanted: int | None, distance: int) -> int:
    if wanted is not None:
        return wanted
    return port + distance if port else 0


if __name__ == "__main__":
    main()
