"""Whose certificates are believed: read once, for the API and for every file host.

Reading them takes a processor some forty milliseconds, longer than most downloads' first byte.
"""

import functools
import ssl

import httpx


@functools.cache
def trusted() -> ssl.SSLContext:
    """The authorities of `SSL_CERT_FILE` or `SSL_CERT_DIR`, or else those that httpx ships.

    A file that is replaced is seen after the next start.
    """
    return httpx.create_ssl_context()
