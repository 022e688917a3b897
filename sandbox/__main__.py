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
"""Exit status: a port cannot be used, the manifest is refused, or the command cannot be run."""
BEHIND = "--"
LAST_PORT = 65535


class BadPort(ValueError):
    """A number is no port; the text says which, and what is one."""


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
    parser.add_argument(
        "--started-by",
        metavar="WORDS",
        default="python -m sandbox",
        help="what to type to start this: named with another port where one is taken",
    )
    parser.add_argument("--stretch", type=float, default=1.0, help="lengthens Slack's deadlines")
    parser.add_argument(
        "--until-eof",
        action="store_true",
        help="end when standard input ends: whoever started this cannot leave it behind",
    )
    arguments = parser.parse_args(ours)
    try:
        asyncio.run(serve(arguments, command))
    except servers.PortTaken as taken:
        again = f"{arguments.started_by} {_option(arguments, taken.port)} 0"
        parser.exit(
            NOT_STARTED, f"the sandbox cannot start: {taken}; to use any free one, run {again}\n"
        )
    except (BadPort, OSError, BadManifest) as wrong:
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
        **_ports(arguments),
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


def _ports(arguments: argparse.Namespace) -> dict[str, int]:
    """The three ports.

    Raises:
        BadPort: one of them cannot be one.
    """
    port = arguments.port
    ports = {"port": port}
    for distance, name in enumerate(("botify_port", "files_port"), start=1):
        wanted = getattr(arguments, name)
        ports[name] = wanted if wanted is not None else port + distance if port else 0
    for name, number in ports.items():
        if 0 <= number <= LAST_PORT:
            continue
        if getattr(arguments, name) is None and port <= LAST_PORT:
            raise BadPort(
                f"two ports above --port {port} are needed: take one up to {LAST_PORT - 2}"
            )
        option = f"--{name.replace('_', '-')}"
        raise BadPort(f"{option} takes 1 to {LAST_PORT}, or 0 for any free one; not {number}")
    return ports


def _option(arguments: argparse.Namespace, port: int) -> str:
    """The option that this port comes from."""
    own = {"--botify-port": arguments.botify_port, "--files-port": arguments.files_port}
    return next((option for option, number in own.items() if number == port), "--port")


if __name__ == "__main__":
    main()
