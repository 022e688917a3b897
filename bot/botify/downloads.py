"""Fetching a file from Botify's file host: synchronous, for a worker thread, with no credential.

The Botify token belongs to the API and never comes here. Proxies and certificates come from the
environment, as for the API; hosts that the operator allowed for local use are asked directly.

urllib3 and not httpx, as for the API: it hands a body on as the socket gives it, where httpx copies
it three times in Python and keeps the other threads of a large file waiting meanwhile.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote
from urllib.request import getproxies, proxy_bypass

import httpx
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    SSLError,
)

from bot.botify.addresses import Resolve, Target, public_addresses, resolve, target_of
from bot.botify.certificates import trusted
from bot.model.errors import DownloadFailed, FileBroken, FileGone, HostNotAllowed

TIMEOUTS: Final = urllib3.Timeout(connect=10, read=60)
"""Seconds a phase; reading is the time without any byte."""

CHUNK_BYTES: Final = 256 * 1024
"""Taken from the connection at once, at most; what has come is not kept waiting for more."""

MOST_REDIRECTS: Final = 5

_GONE: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_OF_A_PART: Final = frozenset(
    {HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}
)
_ENCODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip"})
_ANOTHER: Final = "The file at Botify's file host is another one than before."
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)", re.ASCII)
_PAST_THE_END = re.compile(r"bytes \*/(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way.

    Attributes:
        total: bytes of the whole transfer, those before `offset` included; None when unknown.
        validator: names this version of the file for a later `offset`; None when it cannot be
            gone on with. Of a resumed transfer it is the one that was asked with.
        resumed: whether `chunks` begins at the offset that was asked for; if not, at zero.
        chunks: the bytes as transferred, nothing decoded: a gzip that the host put on top, too.
    """

    total: int | None
    validator: str | None
    resumed: bool
    chunks: Iterator[bytes]


@contextmanager
def open_download(
    url: str,
    *,
    allowed_hosts: tuple[str, ...],
    offset: int = 0,
    validator: str | None = None,
    total: int | None = None,
    timeouts: urllib3.Timeout = TIMEOUTS,
    resolver: Resolve = resolve,
) -> Iterator[Download]:
    """Ask for a file; reading `chunks` fetches it. Ends the connection on leaving.

    Args:
        url: where Botify says that it is.
        allowed_hosts: the setting BOTIFY_DOWNLOAD_HOSTS.
        offset: go on behind so many bytes. Without a validator the file begins from zero: it
            might be another one by now.
        validator: from the earlier `Download`.
        total: from the earlier `Download`.
        timeouts: seconds for each phase.
        resolver: finds the IP addresses of a host.

    Raises:
        FileGone: the host no longer has it.
        FileBroken: also from `chunks`: cut off, of the wrong length, a web page, or the rest of
            another version than the one that was begun.
        HostNotAllowed: the address, or one that it redirects to, must not be opened.
        DownloadFailed: also from `chunks`: any other trouble, worth another try.
    """
    headers = {"Accept-Encoding": "identity", "User-Agent": "botify-export-slack"}
    asked = offset if offset > 0 and validator is not None else 0
    if asked and validator is not None:
        headers |= {"Range": f"bytes={asked}-", "If-Range": validator}
    with ExitStack() as stack:
        response = _followed(stack, url, headers, allowed_hosts, timeouts, resolver)
        if asked and validator is not None and response.status in _OF_A_PART:
            _refuse_another_version(response, validator)
            yield _rest(response, asked, validator, total)
        else:
            yield _whole(response)


def _followed(
    stack: ExitStack,
    url: str,
    headers: dict[str, str],
    allowed_hosts: tuple[str, ...],
    timeouts: urllib3.Timeout,
    resolver: Resolve,
) -> urllib3.BaseHTTPResponse:
    """The answer behind the redirects; every address is checked before it is opened."""
    for _ in range(MOST_REDIRECTS + 1):
        with ExitStack() as hop:
            response = _opened(hop, target_of(url, allowed_hosts), headers, timeouts, resolver)
            if response.status not in _MOVED:
                stack.enter_context(hop.pop_all())
                return response
            location = response.headers.get("location", "")
        if not location:
            break
        url = _joined(url, location)
    raise DownloadFailed("The file host sent us from one address to the next.")


def _joined(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location))
    except httpx.InvalidURL:
        raise HostNotAllowed from None


def _opened(
    stack: ExitStack,
    target: Target,
    headers: dict[str, str],
    timeouts: urllib3.Timeout,
    resolver: Resolve,
) -> urllib3.BaseHTTPResponse:
    """The answer of one address, its body still to be read."""
    failure: Exception | None = None
    for pool in _ways(target, resolver):
        stack.callback(pool.close)
        try:
            response = _asked(pool, target, headers, timeouts)
        except (NewConnectionError, ConnectTimeoutError, SSLError) as error:
            failure = error
        except HTTPError as error:
            raise DownloadFailed from error
        else:
            stack.callback(response.close)
            return response
    raise DownloadFailed("Botify's file host could not be reached.") from failure


def _asked(
    pool: urllib3.HTTPConnectionPool,
    target: Target,
    headers: dict[str, str],
    timeouts: urllib3.Timeout,
) -> urllib3.BaseHTTPResponse:
    return pool.urlopen(
        "GET",
        target.url.raw_path.decode("ascii"),
        headers={**headers, "Host": target.url.netloc.decode("ascii")},
        timeout=timeouts,
        retries=False,
        redirect=False,
        assert_same_host=False,
        preload_content=False,
        decode_content=False,
    )


def _ways(target: Target, resolver: Resolve) -> list[urllib3.HTTPConnectionPool]:
    """Connections that lead to a host, to be tried in turn."""
    if target.allowed:
        return [_direct(target, target.host, trusted())]
    proxy = _proxy_for(target)
    if proxy is not None:
        # The proxy resolves the name and decides what it may reach; often we cannot resolve it.
        # Where we can, the rule holds for what we see.
        _refuse_what_leads_inside(target, resolver)
        return [_through(proxy, target)]
    found = public_addresses(target, resolver)
    return [_direct(target, address, trusted()) for address in found]


def _refuse_what_leads_inside(target: Target, resolver: Resolve) -> None:
    try:
        public_addresses(target, resolver)
    except HostNotAllowed:
        raise
    except DownloadFailed:
        return  # unknown here, which is usual behind a proxy


def _direct(target: Target, address: str, trust: ssl.SSLContext) -> urllib3.HTTPConnectionPool:
    """To the host's name or to one checked IP address; TLS proves the name in either case."""
    if target.url.scheme == "http":
        return urllib3.HTTPConnectionPool(address, target.port)
    return urllib3.HTTPSConnectionPool(
        address, target.port, ssl_context=trust, server_hostname=target.host
    )


def _through(proxy: str, target: Target) -> urllib3.HTTPConnectionPool:
    try:
        login = unquote(urllib3.util.parse_url(proxy).auth or "")
        manager = urllib3.ProxyManager(
            proxy,
            proxy_headers=urllib3.make_headers(proxy_basic_auth=login) if login else None,
            proxy_ssl_context=trusted(),
            ssl_context=trusted(),
        )
        return manager.connection_from_host(target.host, target.port, target.url.scheme)
    except (HTTPError, ValueError) as error:
        raise DownloadFailed("The proxy in the environment cannot be used.") from error


def _proxy_for(target: Target) -> str | None:
    proxies = getproxies()
    proxy = proxies.get(target.url.scheme) or proxies.get("all")
    if proxy is None or proxy_bypass(target.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _whole(response: urllib3.BaseHTTPResponse) -> Download:
    """What the answer's head promises of a file from its first byte on."""
    _refuse_trouble(response)
    if response.status != HTTPStatus.OK:
        raise FileBroken("Botify's file host sent another part of the file than we asked for.")
    total = _length(response)
    return Download(
        total=total,
        validator=_validator(response),
        resumed=False,
        chunks=_chunks(response, 0, total),
    )


def _rest(
    response: urllib3.BaseHTTPResponse, asked: int, validator: str, total: int | None
) -> Download:
    """What the answer's head promises of the bytes behind the first `asked` ones."""
    sent = response.headers.get("content-range", "")
    if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        past = _PAST_THE_END.fullmatch(sent)
        if past is None or int(past[1]) != asked or total not in (None, asked):
            raise FileBroken(_ANOTHER)
        return Download(asked, validator, resumed=True, chunks=iter(()))
    _refuse_trouble(response)
    part = _RANGE.fullmatch(sent)
    if part is None or int(part[1]) != asked:
        raise FileBroken("Botify's file host sent another part of the file than we asked for.")
    said = None if part[3] == "*" else int(part[3])
    if said is not None and total is not None and said != total:
        raise FileBroken(_ANOTHER)
    total = said or total or int(part[2]) + 1
    return Download(
        total=total,
        validator=validator,
        resumed=True,
        chunks=_chunks(response, asked, total),
    )


def _refuse_trouble(response: urllib3.BaseHTTPResponse) -> None:
    status = response.status
    if status in _GONE:
        raise FileGone
    if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        raise DownloadFailed(f"Botify's file host answered with HTTP {status}.")
    if "text/html" in response.headers.get("content-type", "").lower():
        raise FileBroken("Botify's file host sent a web page instead of the file.")
    encodings = response.headers.get("content-encoding", "").lower().split(",")
    if unknown := {encoding.strip() for encoding in encodings} - _ENCODINGS:
        raise FileBroken(
            "Botify's file host packed the file in a way that was not asked for.",
            detail=f"Content-Encoding {sorted(unknown)}",
        )


def _refuse_another_version(response: urllib3.BaseHTTPResponse, validator: str) -> None:
    """A host that takes no notice of If-Range may send the rest of a file that has changed."""
    header = "etag" if validator.startswith('"') else "last-modified"
    if response.headers.get(header, validator) != validator:
        raise FileBroken(_ANOTHER)


def _chunks(response: urllib3.BaseHTTPResponse, begins: int, total: int | None) -> Iterator[bytes]:
    held = begins
    try:
        while chunk := response.read1(CHUNK_BYTES, decode_content=False):
            held += len(chunk)
            yield chunk
    except HTTPError as error:
        if isinstance(error, ProtocolError) and not isinstance(error.__cause__, OSError):
            raise FileBroken("The file was cut off on its way.") from error
        raise DownloadFailed("The connection to Botify's file host broke off.") from error
    if total is not None and held != total:
        raise FileBroken("The file has another length than Botify's file host said.")


def _length(response: urllib3.BaseHTTPResponse) -> int | None:
    text = response.headers.get("content-length", "")
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _validator(response: urllib3.BaseHTTPResponse) -> str | None:
    """A strong ETag, else the time of the last change; a weak ETag promises no equal bytes."""
    tag: str = response.headers.get("etag", "")
    if not tag.startswith('"'):
        tag = response.headers.get("last-modified", "")
    return tag if tag and tag.isascii() else None
