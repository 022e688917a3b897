"""Fetching a file from Botify's file host: synchronous, for a worker thread, with no credential.

The Botify token belongs to the API and never comes here. Proxies and certificates come from the
environment, as for the API; hosts that the operator allowed for local use are asked directly.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpx

from bot.botify.addresses import Resolve, Target, public_addresses, resolve, target_of
from bot.botify.certificates import trusted
from bot.model.errors import DownloadFailed, FileBroken, FileGone, HostNotAllowed

TIMEOUTS: Final = httpx.Timeout(connect=10, write=10, read=60, pool=10)
"""Seconds a phase; reading is the time without any byte."""

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


_Route = tuple[httpx.URL, dict[str, str], dict[str, str]]
"""Where to connect, with which headers and which extensions of httpx."""


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
    timeouts: httpx.Timeout = TIMEOUTS,
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
        if asked and validator is not None and response.status_code in _OF_A_PART:
            _refuse_another_version(response, validator)
            yield _rest(response, asked, validator, total)
        else:
            yield _whole(response)


def _followed(
    stack: ExitStack,
    url: str,
    headers: dict[str, str],
    allowed_hosts: tuple[str, ...],
    timeouts: httpx.Timeout,
    resolver: Resolve,
) -> httpx.Response:
    """The answer behind the redirects; every address is checked before it is opened."""
    for _ in range(MOST_REDIRECTS + 1):
        with ExitStack() as hop:
            response = _opened(hop, target_of(url, allowed_hosts), headers, timeouts, resolver)
            if response.status_code not in _MOVED:
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
    timeouts: httpx.Timeout,
    resolver: Resolve,
) -> httpx.Response:
    """The answer of one address, its body still to be read."""
    proxy = None if target.allowed else _proxy_for(target)
    client = stack.enter_context(_client(proxy, timeouts))
    plain: _Route = (target.url, headers, {})
    if target.allowed:
        routes = [plain]
    elif proxy is not None:
        # The proxy resolves the name and decides what it may reach; often we cannot resolve it.
        # Where we can, the rule holds for what we see.
        _refuse_what_leads_inside(target, resolver)
        routes = [plain]
    else:
        found = public_addresses(target, resolver)
        routes = [_pinned(target, address, headers) for address in found]
    failure: Exception | None = None
    for url, sent, extensions in routes:
        try:
            return stack.enter_context(
                client.stream("GET", url, headers=sent, extensions=extensions)
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failure = error
        except httpx.RequestError as error:
            raise DownloadFailed from error
    raise DownloadFailed("Botify's file host could not be reached.") from failure


def _refuse_what_leads_inside(target: Target, resolver: Resolve) -> None:
    try:
        public_addresses(target, resolver)
    except HostNotAllowed:
        raise
    except DownloadFailed:
        return  # unknown here, which is usual behind a proxy


def _client(proxy: str | None, timeouts: httpx.Timeout) -> httpx.Client:
    try:
        return httpx.Client(
            verify=trusted(),
            proxy=proxy,
            trust_env=False,
            timeout=timeouts,
            follow_redirects=False,
        )
    except (ImportError, ValueError) as error:
        raise DownloadFailed("The proxy in the environment cannot be used.") from error


def _pinned(target: Target, address: str, headers: dict[str, str]) -> _Route:
    """A request to one checked IP address; Host and TLS keep the name that was asked for."""
    return (
        target.url.copy_with(host=address),
        {**headers, "Host": target.url.netloc.decode("ascii")},
        {"sni_hostname": target.host},
    )


def _proxy_for(target: Target) -> str | None:
    proxies = getproxies()
    proxy = proxies.get(target.url.scheme) or proxies.get("all")
    if proxy is None or proxy_bypass(target.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _whole(response: httpx.Response) -> Download:
    """What the answer's head promises of a file from its first byte on."""
    _refuse_trouble(response)
    if response.status_code != HTTPStatus.OK:
        raise FileBroken("Botify's file host sent another part of the file than we asked for.")
    total = _length(response)
    return Download(
        total=total,
        validator=_validator(response),
        resumed=False,
        chunks=_chunks(response, 0, total),
    )


def _rest(response: httpx.Response, asked: int, validator: str, total: int | None) -> Download:
    """What the answer's head promises of the bytes behind the first `asked` ones."""
    sent = response.headers.get("content-range", "")
    if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
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


def _refuse_trouble(response: httpx.Response) -> None:
    status = response.status_code
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


def _refuse_another_version(response: httpx.Response, validator: str) -> None:
    """A host that takes no notice of If-Range may send the rest of a file that has changed."""
    header = "etag" if validator.startswith('"') else "last-modified"
    if response.headers.get(header, validator) != validator:
        raise FileBroken(_ANOTHER)


def _chunks(response: httpx.Response, begins: int, total: int | None) -> Iterator[bytes]:
    held = begins
    try:
        for chunk in response.iter_raw():
            held += len(chunk)
            yield chunk
    except httpx.RemoteProtocolError as error:
        raise FileBroken("The file was cut off on its way.") from error
    except httpx.RequestError as error:
        raise DownloadFailed("The connection to Botify's file host broke off.") from error
    if total is not None and held != total:
        raise FileBroken("The file has another length than Botify's file host said.")


def _length(response: httpx.Response) -> int | None:
    text = response.headers.get("content-length", "")
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _validator(response: httpx.Response) -> str | None:
    """A strong ETag, else the time of the last change; a weak ETag promises no equal bytes."""
    tag: str = response.headers.get("etag", "")
    if not tag.startswith('"'):
        tag = response.headers.get("last-modified", "")
    return tag if tag and tag.isascii() else None
