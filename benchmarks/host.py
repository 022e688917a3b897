"""The other end of the line, a process of its own: a file host, and a store for uploads.

    python -m benchmarks.host FOLDER

It prints its port. `GET /name` sends the file of that name with `sendfile`; `POST /anything`
writes the body to a file and answers as Slack does. Both do so little that they are not what is
measured. `GET /_downloads` says how many files have been asked for.
"""

import contextlib
import os
import socket
import sys
import threading
from itertools import count
from pathlib import Path

_BLOCK = 1 << 20
_HEAD_BYTES = 65_536
_asked = [0]
_uploads = count()


def main(folder: Path) -> None:
    """Serve until the parent closes our standard input."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        print(server.getsockname()[1], flush=True)
        threading.Thread(target=_accept, args=(server, folder), daemon=True).start()
        sys.stdin.read()


def _accept(server: socket.socket, folder: Path) -> None:
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_answer, args=(connection, folder), daemon=True).start()


def _answer(connection: socket.socket, folder: Path) -> None:
    with connection, contextlib.suppress(OSError):
        head, rest = _head(connection)
        verb, path, *_ = head.split(" ", 2)
        if verb == "POST":
            _store(connection, head.lower(), rest, folder)
        elif path == "/_downloads":
            body = str(_asked[0]).encode()
            connection.sendall(_ok(len(body)) + body)
        else:
            _asked[0] += 1
            _send(connection, folder / Path(path).name)


def _head(connection: socket.socket) -> tuple[str, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(_HEAD_BYTES)
        if not more:
            raise ConnectionError
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.decode("latin-1"), rest


def _ok(length: int) -> bytes:
    return (
        f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n"
        'ETag: "same"\r\nContent-Type: application/octet-stream\r\n\r\n'
    ).encode()


def _send(connection: socket.socket, path: Path) -> None:
    with path.open("rb") as file:
        connection.sendall(_ok(path.stat().st_size))
        connection.sendfile(file)


def _store(connection: socket.socket, head: str, rest: bytes, folder: Path) -> None:
    length = int(head.split("content-length:")[1].split("\r\n", maxsplit=1)[0])
    if "expect: 100-continue" in head:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    path = folder / f"upload-{os.getpid()}-{next(_uploads)}"
    left = length - len(rest)
    buffer = memoryview(bytearray(_BLOCK))
    with path.open("wb", buffering=0) as file:
        file.write(rest)
        while left and (size := connection.recv_into(buffer)):
            file.write(buffer[:size])
            left -= size
    path.unlink()
    if not left:
        answer = f"OK - {length}".encode()
        connection.sendall(_ok(len(answer)) + answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
