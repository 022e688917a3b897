"""Connections that hand over as much as has come, up to half a megabyte, and not 64 KiB at most.

For each piece the layers above work for a tenth of a millisecond with the interpreter's lock held;
a file of a hundred megabytes should not stop the other threads a thousand times. What has come is
not kept waiting for more.
"""

import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore

MOST_AT_ONCE: Final = 512 * 1024


class WideBackend(httpcore.NetworkBackend):
    """Opens such connections."""

    def __init__(self) -> None:
        self._usual = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """As usual."""
        stream = self._usual.connect_tcp(host, port, timeout, local_address, socket_options)
        return _WideStream(stream)


class _WideStream(httpcore.NetworkStream):
    def __init__(self, usual: httpcore.NetworkStream) -> None:
        self._usual = usual

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._usual.read(max(max_bytes, MOST_AT_ONCE), timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._usual.write(buffer, timeout)

    def close(self) -> None:
        self._usual.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _WideStream(self._usual.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._usual.get_extra_info(info)
