"""Which addresses a file may be fetched from.

Botify's answer names the address of the file, and nothing proves that it is right: a wrong one
must not make this app open something inside the operator's network. So a file comes over https
from a public address, unless the operator has allowed its host for local use.
"""

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import httpx

from bot.model.errors import DownloadFailed, HostNotAllowed

_PORTS: Final = {"http": 80, "https": 443}
LAST_PORT: Final = 65_535
_HOST: Final = re.compile(r"[a-z0-9._:-]{1,253}")
"""A name, or a number of either version."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

Resolve = Callable[[str, int], tuple[str, ...]]
"""IP addresses of a host, as text; raises OSError where there are none."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be opened.

    Attributes:
        url: parsed once: two parsers may see two hosts. What opens it is given the parts.
        host: without brackets, in lower case.
        port: the one that is connected to.
        allowed: named in BOTIFY_DOWNLOAD_HOSTS: any scheme, any address.
    """

    url: httpx.URL
    host: str
    port: int
    allowed: bool


def target_of(url: str, allowed_hosts: tuple[str, ...]) -> Target:
    """What an address asks for, checked as far as it says by itself. Pure.

    Args:
        url: absolute.
        allowed_hosts: `host`, for every port of it, or `host:port`.

    Raises:
        HostNotAllowed: not http(s), not https where that is required, a user name in it, a
            number as host that is not public, or no address at all.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise HostNotAllowed from None
    scheme, host = parsed.scheme, parsed.raw_host.decode("ascii").lower()
    if scheme not in _PORTS or not _HOST.fullmatch(host) or parsed.userinfo:
        raise HostNotAllowed
    port = _PORTS[scheme] if parsed.port is None else parsed.port
    if not 0 < port <= LAST_PORT:
        raise HostNotAllowed
    shown = f"[{host}]" if ":" in host else host
    allowed = not {host, shown, f"{shown}:{port}"}.isdisjoint(allowed_hosts)
    if not allowed and (scheme != "https" or (_is_number(host) and not is_public(host))):
        raise HostNotAllowed
    return Target(parsed, host, port, allowed)


def public_addresses(target: Target, resolve: Resolve) -> tuple[str, ...]:
    """Where to connect for a host that is not allowed by name.

    Connect to one of these and resolve no second time: a name server may answer differently.

    Raises:
        HostNotAllowed: one of its addresses is not public.
        DownloadFailed: the name has no address now.
    """
    try:
        found = resolve(target.host, target.port)
    except (OSError, UnicodeError):
        raise DownloadFailed("The host of the file was not found.") from None
    if not found or not all(map(is_public, found)):
        raise HostNotAllowed
    return found


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: not private, local, shared or reserved.

    An IPv6 address that stands for an IPv4 address is judged by that.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _inner(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Ask the operating system."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _inner(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address within a mapped, 6to4, Teredo or NAT64 address."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
