"""What a pasted Botify address says. Pure.

The forms are those of the application: `/ORGANISATION/PROJECT/...`, with the analysis in the
query (`analysisSlug`), or, in old addresses, as the third part of the path. Explorer links carry
their filter and columns as JSON in the query.
"""

import json
import re
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from bot.botify.bql import collection_of, unprefixed
from bot.model.errors import WrongLink
from bot.model.link import Link
from bot.model.project import SLUG, Project

LONGEST_LINK: Final = 8_000
"""Characters. Longer than what browsers and servers pass on; checked before anything else."""

DEEPEST_JSON: Final = 60
"""Levels of the JSON in an explorer link: what comes later may follow it by recursion."""

SERVICE_WORDS: Final = frozenset(
    {
        "account",
        "admin",
        "api",
        "login",
        "logout",
        "new_project",
        "oauth",
        "request_free_trial",
        "signin",
        "signup",
        "spa",
    }
)
"""First parts of the application's own pages. No complete list is published."""

_ANALYSIS = re.compile(r"\d{8}(-\d+)?", re.ASCII)
_GROUPS = frozenset({"and", "or", "not"})
_FIELD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
_MARKUP = re.compile(r"<([^<>|\s]+)(?:\|[^<>]*)?>")
_ENTITY = re.compile(r"&(amp|lt|gt);")
_CHARACTER = {"amp": "&", "lt": "<", "gt": ">"}
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


def parse_link(text: str, hosts: tuple[str, ...]) -> Link:
    """The project, analysis, filter and columns that a pasted text names.

    Args:
        text: an address, also within Slack's markup (`<address|label>`), without its scheme, or
            with words around it.
        hosts: hosts of the Botify application, each with its port where that is not usual.

    Raises:
        WrongLink: the text names no project; the sentence says what is wrong with it.
    """
    if len(text) > LONGEST_LINK:
        raise WrongLink("This text is too long for a link.")
    hosts = tuple(host.lower() for host in hosts)
    address = _split(_address_in(text, hosts))
    _check_host(address, hosts)
    parts = [unquote(part) for part in address.path.split("/") if part]
    if parts and parts[0] == "spa":
        del parts[0]
    project = _project(parts)
    query = dict(reversed(parse_qsl(address.query)))  # of a name given twice, the first counts
    analysis = _analysis(query.get("analysisSlug", "").strip(), parts[2:3])
    collection = "" if analysis is None else collection_of(analysis)
    return Link(
        project=project,
        analysis=analysis,
        filter=_filter(_json_object(query.get("context")), collection),
        columns=_columns(_json_object(query.get("explorerFilter")), collection),
        segments=bool(_json_object(query.get("dimensionFilterState")).get("selectedItemIds")),
    )


def _address_in(text: str, hosts: tuple[str, ...]) -> str:
    """The one address in the text."""
    words = _MARKUP.findall(text) + _MARKUP.sub(" ", text).split()
    words = [_plain(word) for word in words]
    found = [address for word in words if (address := _as_address(word, hosts))]
    if not any(words):
        raise WrongLink("There is no link yet.")
    if not found:
        raise WrongLink
    if len(set(found)) > 1:
        raise WrongLink("There is more than one link.", "Give one link at a time.")
    return found[0]


def _plain(word: str) -> str:
    """Without what Slack and copying add: entities and characters that nobody sees."""
    return _ENTITY.sub(lambda entity: _CHARACTER[entity[1]], word).strip(_INVISIBLE)


def _as_address(word: str, hosts: tuple[str, ...]) -> str | None:
    if re.match(r"https?://", word, re.IGNORECASE):
        return word
    if word.lower().startswith(tuple(f"{host}/" for host in hosts)):
        return f"https://{word}"
    return None


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        raise WrongLink from None


def _check_host(address: SplitResult, hosts: tuple[str, ...]) -> None:
    """Compared as written, port and all: nothing is resolved, decoded or guessed."""
    given = address.netloc
    if "@" in given:
        raise WrongLink(
            "This link carries a user name or password.",
            "Copy the address from the browser, without anything before the host.",
        )
    if not given.isascii() or "xn--" in given.lower():
        raise WrongLink("The host of this link only looks like Botify's.")
    if given.lower() in hosts:
        return
    host, _, port = given.lower().partition(":")
    if port.isdigit() and host in hosts:
        raise WrongLink(f"This link names the port {port[:5]}, which Botify does not use.")
    shown = host if re.fullmatch(r"[a-z0-9.-]{1,60}", host) else "another place"
    raise WrongLink(f"This link leads to {shown}, not to Botify ({', '.join(hosts)}).")


def _project(parts: list[str]) -> Project:
    if not parts:
        raise WrongLink("This link leads to Botify's front page and names no project.")
    organisation, *rest = parts
    if organisation.lower() in SERVICE_WORDS:
        raise WrongLink("This link leads to a page of Botify that belongs to no project.")
    if not _is_name(organisation):
        raise WrongLink("The organisation in this link has a name that Botify does not allow.")
    if not rest:
        raise WrongLink(f"This link names the organisation {organisation}, but no project.")
    if not _is_name(rest[0]):
        raise WrongLink("The project in this link has a name that Botify does not allow.")
    return Project(organisation, rest[0])


def _is_name(part: str) -> bool:
    """A slug; a name of dots only would climb out of the paths that it is put into."""
    return SLUG.match(part) is not None and bool(part.strip("."))


def _analysis(asked: str, third: list[str]) -> str | None:
    """From the query, else the third part of an old address; None means the newest."""
    if asked:
        if not _is_name(asked):
            raise WrongLink(
                "The analysis in this link has a name that Botify does not allow.",
                "Copy the address again, or leave out everything after the project.",
            )
        return asked
    return third[0] if third and _ANALYSIS.fullmatch(third[0]) else None


def _json_object(text: str | None) -> dict[str, Any]:
    """The object in a query parameter; empty when it is broken: a preset is no reason to fail."""
    if text is None or _nesting(text) > DEEPEST_JSON:
        return {}
    try:
        value = json.loads(text, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _nesting(text: str) -> int:
    """Open brackets at most. Those in strings count too: it is a ceiling, not a measure."""
    depth = deepest = 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest


def _no_number(word: str) -> Any:
    raise ValueError(word)


def _filter(context: dict[str, Any], collection: str) -> dict[str, Any] | None:
    found = context.get("filter")
    if not isinstance(found, dict) or _holds_nothing(found):
        return None
    read = _read(found, collection)
    return read if isinstance(read, dict) else None


def _read(node: Any, collection: str) -> Any:
    """Without groups that hold nothing, and without the analysis in front of its own fields."""
    if isinstance(node, list):
        return [_read(each, collection) for each in node if not _holds_nothing(each)]
    if not isinstance(node, dict):
        return node
    read = {word: _read(inner, collection) for word, inner in node.items() if word in _GROUPS}
    rest = {word: inner for word, inner in node.items() if word not in _GROUPS}
    if collection and isinstance(rest.get("field"), str):
        rest["field"] = unprefixed(collection, rest["field"])
    return rest | read


def _holds_nothing(node: Any) -> bool:
    """`{}`, `{"and": []}`, `{"and": [{"and": []}]}`: no filter, in the words of a filter."""
    if not isinstance(node, dict) or node.keys() - {"and", "or"}:
        return False
    return all(
        isinstance(inner, list) and all(map(_holds_nothing, inner)) for inner in node.values()
    )


def _columns(explorer: dict[str, Any], collection: str) -> tuple[str, ...]:
    found = explorer.get("columns")
    if not isinstance(found, list):
        return ()
    ids = [unprefixed(collection, column) for column in found if isinstance(column, str)]
    return tuple(dict.fromkeys(column for column in ids if _FIELD.fullmatch(column)))
