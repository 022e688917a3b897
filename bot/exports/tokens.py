"""The text behind the command, taken apart: words as a person typed them. Pure.

Slack writes links, channels and people as `<...>`, three characters as entities, and quotes and
dashes as the typographer's. All of that is undone here, once, and nowhere later.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final

OPTION: Final = re.compile(r"[-\u2013\u2014]*(?P<word>[A-Za-z_]+)=(.*)", re.DOTALL)
"""A word and its value."""

APART: Final = re.compile(r"[-\u2013\u2014]*([A-Za-z_]+) (.+)", re.DOTALL)
"""The same with a space in place of the sign."""

_TOKEN: Final = re.compile(r"""(?:<[^<>]*>|"[^"]*"|\S)+""")
_COLON: Final = re.compile(r"[-\u2013\u2014]*(?P<word>[A-Za-z_]+):(?!//)(.+)", re.DOTALL)
_DASHED: Final = re.compile(r"[-\u2013\u2014]+([A-Za-z_]+)")
_LINK: Final = re.compile(r"(?:https?://|[\w-]+(?:\.[\w-]+)+(?::\d+)?/)", re.IGNORECASE)
_MARKUP: Final = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_MENTION: Final = re.compile(r"[#@][A-Z0-9]{2,40}")
_SINGLE_QUOTES: Final = re.compile(r"""(?:(?<=[=:,])|(?<!\S))'([^'"]*)'(?=[\s,]|$)""")
_QUOTES: Final = str.maketrans("\u201c\u201d\u201e\u2018\u2019\u201a", "\"\"\"'''")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def tokens_of(text: str, words: Collection[str], places: Collection[str]) -> list[str]:
    """Words and values, each with what belongs to it although a space lies between.

    Args:
        text: as Slack sends it.
        words: that take a value.
        places: those of them whose value is a conversation: it is given by its id.
    """
    text = _SINGLE_QUOTES.sub(r'"\1"', text.translate(_QUOTES))
    found: list[str] = []
    for token in _split(text, words, places):
        if found and not is_link(token) and _wants_more(found[-1], token, words):
            glue = "=" if _DASHED.fullmatch(found[-1]) else ""
            found[-1] += glue + token
        else:
            found.append(token)
    return found


def plain(text: str) -> str:
    """A text as it was typed: without Slack's markup and entities."""
    return _decoded(_MARKUP.sub(_address, text)).strip()


def is_link(token: str) -> bool:
    """Whether it begins as an address does."""
    return _LINK.match(token) is not None


def _split(text: str, words: Collection[str], places: Collection[str]) -> Iterator[str]:
    for token in _TOKEN.findall(text):
        option = OPTION.fullmatch(token) or _COLON.fullmatch(token)
        by_id = option is None or option["word"].casefold() in places
        read = _decoded(_MARKUP.sub(_id if by_id else _address, token))
        colon = _COLON.fullmatch(read)
        if colon is not None and colon["word"].casefold() in words:
            read = f"{colon['word']}={colon[2]}"
        yield from read.split() if '"' not in read else [read]


def _wants_more(token: str, following: str, words: Collection[str]) -> bool:
    """`fields=url,` and `depth=` go on behind the space, and so does `--depth`."""
    option = OPTION.fullmatch(token)
    if option is not None:
        listed = option[2].endswith(",") or following.startswith(",")
        return not option[2] or (option[1].casefold() == "fields" and listed)
    dashed = _DASHED.fullmatch(token)
    return dashed is not None and dashed[1].casefold() in words


def _address(found: re.Match[str]) -> str:
    """What was typed: Slack puts `http://` before an address that had none, and keeps the label."""
    address, label = found[1], found[2] or ""
    if address == f"http://{label}":
        return label
    if _MENTION.fullmatch(address):
        return address[0] + (label or address[1:])
    return address


def _id(found: re.Match[str]) -> str:
    """A channel or a person by the id, which can be typed again where the name cannot."""
    return found[1][1:] if _MENTION.fullmatch(found[1]) else _address(found)


def _decoded(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text
