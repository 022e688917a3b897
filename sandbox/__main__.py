"""`python -m sandbox`: run the local Slack and the local Botify until told to stop."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from sandbox import servers


def main() -> None:
    """Read the arguments, serve, and end with status 0 on SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8400, help="Slack, the page, the control API")
    parser.add_argument("--botify-port", type=int, help="default: the port above it; 0 stays 0")
    parser.add_argument("--files-port", type=int, help="default: two above; 0 stays 0")
    parser.add_argument("--manifest", type=Path, default=Path("manifest.yml"))
    parser.add_argument("--profile", choices=["demo", "test"], default="demo")
    parser.add_argument("--stretch", type=float, default=1.0, help="lengthens Slack's deadlines")
    try:
        asyncio.run(serve(parser.parse_args()))
    except OSError as wrong:
        parser.exit(1, f"the sandbox cannot start: {wrong}\n")


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until a signal comes; the addresses are the one line on standard output."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sandbox = await servers.start(
        host=arguments.host,
        port=arguments.port,
        botify_port=_beside(arguments.port, arguments.botify_port, 1),
        files_port=_beside(arguments.port, arguments.files_port, 2),
        manifest=arguments.manifest,
        profile=arguments.profile,
        stretch=arguments.stretch,
    )
    try:
        sys.stdout.write(sandbox.addresses.line() + "\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await sandbox.stop()


def _beside(port: int, wanted: int | None, distance: int) -> int:
    if wanted is not None:
        return wanted
    return port + distance if port else 0


if __name__ == "__main__":
    main()
