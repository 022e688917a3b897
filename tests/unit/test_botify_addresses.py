"""Which addresses a file may be fetched from."""

import pytest

from bot.botify.addresses import is_public, public_addresses, target_of
from bot.model.errors import DownloadFailed, HostNotAllowed

LOCAL = ("127.0.0.1:8402", "files.local", "[::1]:8402")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
        ("2002:5db8:d822::1", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.5.4", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", False),
        ("not an address", False),
        ("", False),
    ],
)
def test_only_the_open_internet_is_public(address: str, public: bool) -> None:
    """Private, local, shared, reserved and group addresses are refused, in any disguise."""
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example/a.csv.gz",
        "HTTPS://FILES.EXAMPLE:8443/a.csv.gz",
        "https://93.184.216.34/a",
        "http://127.0.0.1:8402/a",
        "https://127.0.0.1:8402/a",
        "http://files.local/a",
        "http://files.local:81/a",
        "http://FILES.local/a",
        "http://[::1]:8402/a",
    ],
)
def test_https_or_an_allowed_host_may_be_asked(url: str) -> None:
    """Any name over https, and whatever the operator has allowed by host, or host and port."""
    assert target_of(url, LOCAL).url.host


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example/a",
        "ftp://files.local/a",
        "file:///etc/passwd",
        "/etc/passwd",
        "",
        "https://",
        "https://10.0.0.1/a",
        "https://[::1]/a",
        "https://[::ffff:127.0.0.1]/a",
        "http://127.0.0.1:8403/a",
        "http://127.0.0.1/a",
        "http://files.local.evil.example/a",
        "https://jane:secret@files.example/a",
        "https://files.example:99999/a",
        "https://files.example\\@127.0.0.1/a",
        "https://fi les.example/a",
        "https://files.example/\x00",
        "http://[::1",
    ],
)
def test_anything_else_is_refused_before_it_is_resolved(url: str) -> None:
    """Another scheme, plain http, a private number or a user name is never opened."""
    with pytest.raises(HostNotAllowed):
        target_of(url, LOCAL)


@pytest.mark.parametrize(
    "found", [("127.0.0.1",), ("93.184.216.34", "10.0.0.1"), ("169.254.169.254",), ()]
)
def test_a_name_that_leads_inside_is_refused(found: tuple[str, ...]) -> None:
    """One address that is not public is enough: which one would be used is not ours to say."""
    target = target_of("https://files.example/a", ())
    with pytest.raises(HostNotAllowed):
        public_addresses(target, lambda _host, _port: found)


def test_a_name_is_resolved_with_its_port_once() -> None:
    """The addresses that were checked are those that are handed on."""
    asked = []

    def resolve(host: str, port: int) -> tuple[str, ...]:
        asked.append((host, port))
        return ("93.184.216.34",)

    target = target_of("https://files.example:8443/a", ())
    assert public_addresses(target, resolve) == ("93.184.216.34",)
    assert asked == [("files.example", 8443)]


def test_a_name_without_address_may_be_tried_again() -> None:
    """A name server that does not answer is trouble of the network, not a forbidden host."""

    def resolve(_host: str, _port: int) -> tuple[str, ...]:
        raise OSError("temporary failure in name resolution")

    with pytest.raises(DownloadFailed) as caught:
        public_addresses(target_of("https://files.example/a", ()), resolve)
    assert not isinstance(caught.value, HostNotAllowed)
