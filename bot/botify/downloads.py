"""Fetching a file from Botify's file host: synchronous, for a worker thread, with no credential.

The Botify token belongs to the API and never comes here. Proxies and certificates come from the
environment, as for the API; hosts that the operator allowed for local use are asked directly.

The transport below httpx is used by itself, because it lets us say how much to take from a
connection at once: what it does with each piece holds the interpreter, and the threads that unpack
and write a large file wait meanwhile.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from bot.botify.addresses import Resolve, Target, public_addresses, resolve, target_of
from bot.botify.certificates import trusted
from bot.botify.network import WideBackend
from bot.model.errors import DownloadFailed, FileBroken, FileGone, HostNotAllowed

TIMEOUTS: Final = {"connect": 10.0, "write": 10.0, "read": 60.0, "pool": 10.0}
"""Seconds a phase; reading is the time without any byte."""

MOST_REDIRECTS: Final = 5

_GONE: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_OF_A_PART: Final = frozenset(
    {HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}
)
_ENCODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip"})
_ANOTHER: Final = "The file at Botify's file host is another one than before."
_BAD_PROXY: Final = "The proxy in the environment cannot be used."
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)", re.ASCII)
_PAST_THE_END = re.compile(r"bytes \*/(\d+)", re.ASCII)


_TROUBLES: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)

Timeouts = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Answer:
    """Its head, and a body that is fetched while it is read."""

    status: int
    headers: httpx.Headers
    body: Iterator[bytes]


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
    timeouts: Timeouts = TIMEOUTS,
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
        answer = _followed(stack, url, headers, allowed_hosts, timeouts, resolver)
        if asked and validator is not None and answer.status in _OF_A_PART:
            _refuse_another_version(answer, validator)
            yield _rest(answer, asked, validator, total)
        else:
            yield _whole(answer)


def _followed(
    stack: ExitStack,
    url: str,
    headers: dict[str, str],
    allowed_hosts: tuple[str, ...],
    timeouts: Timeouts,
    resolver: Resolve,
) -> _Answer:
    """The answer behind the redirects; every address is checked before it is opened."""
    for _ in range(MOST_REDIRECTS + 1):
        with ExitStack() as hop:
            answer = _opened(hop, target_of(url, allowed_hosts), headers, timeouts, resolver)
            if answer.status not in _MOVED:
                stack.enter_context(hop.pop_all())
                return answer
            location = answer.headers.get("location", "")
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
    timeouts: Timeouts,
    resolver: Resolve,
) -> _Answer:
    """The answer of one address, its body still to be read."""
    proxy = None if target.allowed else _proxy_for(target)
    pool = stack.enter_context(_pool(proxy))
    if target.allowed:
        hosts: tuple[str, ...] = (target.host,)
    elif proxy is not None:
        # The proxy resolves the name and decides what it may reach; often we cannot resolve it.
        # Where we can, the rule holds for what we see.
        _refuse_what_leads_inside(target, resolver)
        hosts = (target.host,)
    else:
        hosts = public_addresses(target, resolver)
    failure: Exception | None = None
    for host in hosts:
        try:
            return stack.enter_context(_asked(pool, target, host, headers, timeouts))
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            failure = error
        except _TROUBLES as error:
            raise DownloadFailed from error
    raise DownloadFailed("Botify's file host could not be reached.") from failure


@contextmanager
def _asked(
    pool: httpcore.ConnectionPool,
    target: Target,
    host: str,
    headers: dict[str, str],
    timeouts: Timeouts,
) -> Iterator[_Answer]:
    """The answer of a host's name or of one checked address of it.

    Host and TLS speak of the name in either case, and the rest of the address is sent as it is: it
    may be signed.
    """
    url = httpcore.URL(
        scheme=target.url.raw_scheme,
        host=host.encode("ascii"),
        port=target.port,
        target=target.url.raw_path,
    )
    sent = [*headers.items(), ("Host", target.url.netloc.decode("ascii")), ("Accept", "*/*")]
    told = {"timeout": dict(timeouts), "sni_hostname": target.host}
    with pool.stream("GET", url, headers=sent, extensions=told) as response:
        yield _Answer(response.status, httpx.Headers(response.headers), response.iter_stream())


def _refuse_what_leads_inside(target: Target, resolver: Resolve) -> None:
    try:
        public_addresses(target, resolver)
    except HostNotAllowed:
        raise
    except DownloadFailed:
        return  # unknown here, which is usual behind a proxy


def _pool(proxy: str | None) -> httpcore.ConnectionPool:
    if proxy is None:
        return httpcore.ConnectionPool(trusted(), network_backend=WideBackend())
    try:
        url = httpx.URL(proxy)
    except httpx.InvalidURL as error:
        raise DownloadFailed(_BAD_PROXY) from error
    if url.scheme not in ("http", "https"):
        raise DownloadFailed(_BAD_PROXY)
    return httpcore.HTTPProxy(
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"),
        proxy_auth=(url.username.encode(), url.password.encode()) if url.userinfo else None,
        ssl_context=trusted(),
        proxy_ssl_context=trusted() if url.scheme == "https" else None,
        network_backend=WideBackend(),
    )


def _proxy_for(target: Target) -> str | None:
    proxies = getproxies()
    proxy = proxies.get(target.url.scheme) or proxies.get("all")
    if proxy is None or proxy_bypass(target.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _whole(answer: _Answer) -> Download:
    """What the answer's head promises of a file from its first byte on."""
    _refuse_trouble(answer)
    if answer.status != HTTPStatus.OK:
        raise FileBroken("Botify's file host sent another part of the file than we asked for.")
    total = _length(answer)
    return Download(
        total=total,
        validator=_validator(answer),
        resumed=False,
        chunks=_chunks(answer, 0, total),
    )


def _rest(answer: _Answer, asked: int, validator: str, total: int | None) -> Download:
    """What the answer's head promises of the bytes behind the first `asked` ones."""
    sent = answer.headers.get("content-range", "")
    if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        past = _PAST_THE_END.fullmatch(sent)
        if past is None or int(past[1]) != asked or total not in (None, asked):
            raise FileBroken(_ANOTHER)
        return Download(asked, validator, resumed=True, chunks=iter(()))
    _refuse_trouble(answer)
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
        chunks=_chunks(answer, asked, total),
    )


def _refuse_trouble(answer: _Answer) -> None:
    status = answer.status
    if status in _GONE:
        raise FileGone
    if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        raise DownloadFailed(f"Botify's file host answered with HTTP {status}.")
    if "text/html" in answer.headers.get("content-type", "").lower():
        raise FileBroken("Botify's file host sent a web page instead of the file.")
    encodings = answer.headers.get("content-encoding", "").lower().split(",")
    if unknown := {encoding.strip() for encoding in encodings} - _ENCODINGS:
        raise FileBroken(
            "Botify's file host packed the file in a way that was not asked for.",
            detail=f"Content-Encoding {sorted(unknown)}",
        )


def _refuse_another_version(answer: _Answer, validator: str) -> None:
    """A host that takes no notice of If-Range may send the rest of a file that has changed."""
    header = "etag" if validator.startswith('"') else "last-modified"
    if answer.headers.get(header, validator) != validator:
        raise FileBroken(_ANOTHER)


def _chunks(answer: _Answer, begins: int, total: int | None) -> Iterator[bytes]:
    held = begins
    try:
        for chunk in answer.body:
            held += len(chunk)
            yield chunk
    except httpcore.RemoteProtocolError as error:
        raise FileBroken("The file was cut off on its way.") from error
    except _TROUBLES as error:
        raise DownloadFailed("The connection to Botify's file host broke off.") from error
    if total is not None and held != total:
        raise FileBroken("The file has another length than Botify's file host said.")


def _length(answer: _Answer) -> int | None:
    text = answer.headers.get("content-length", "")
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _validator(answer: _Answer) -> str | None:
    """A strong ETag, else the time of the last change; a weak ETag promises no equal bytes."""
    tag: str = answer.headers.get("etag", "")
    if not tag.startswith('"'):
        tag = answer.headers.get("last-modified", "")
    return tag if tag and tag.isascii() else None
