"""What a person types behind the command: a link and words, such as `depth=3` or `go`. Pure.

A mistake is answered with the corrected line, as it can be typed.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from bot.exports.tokens import APART, OPTION, is_link, plain, tokens_of
from bot.model.errors import WrongInput
from bot.model.filters import FAMILIES, NO_FILTERS, Filters
from bot.model.limits import SLACK_OPTIONS
from bot.model.preset import LINK, PRESETS
from bot.model.rows import RowsChoice, RowsMode

COMMAND: Final = "/botify-export"

LATEST: Final = "latest"
"""The newest finished analysis, whatever the link names."""

LONGEST: Final = 20_000
"""Characters; Slack sends far fewer."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed.

    Attributes:
        link: the text of the link, as it was typed; None where there is none.
        fields: names of fields, as `field_names` reads them; with a preset they come before it.
        preset: its name, or `link` for the columns of the link; None where none is named.
        depth: the largest depth; None where none is named.
        parts: everything, in as many parts as needed.
        filters: what `where=` says.
        links_filter: whether the link's own filter is used; None where nothing is said: it is.
        analysis: a slug, `latest`, or None for what the link names.
        to: an id of a conversation, or `#name`; None for the conversation of the command.
        go: start at once where the price needs no second question.
        help: the person wants to see examples; nothing else is set.
    """

    link: str | None = None
    fields: tuple[str, ...] = ()
    preset: str | None = None
    depth: int | None = None
    parts: bool = False
    filters: Filters = NO_FILTERS
    links_filter: bool | None = None
    analysis: str | None = None
    to: str | None = None
    go: bool = False
    help: bool = False

    @property
    def rows(self) -> RowsChoice:
        """Which rows that means."""
        return rows_of(self.depth, parts=self.parts)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the command, for help.

    Attributes:
        example: how it is typed.
        meaning: what it does.
    """

    example: str
    meaning: str


WORDS: Final = (
    Word("preset=links", f"a choice of fields: {', '.join((*PRESETS, LINK))}"),
    Word(
        "fields=url,title,depth", "these fields, by id or short name; they stand before a preset's"
    ),
    Word("depth=3", "everything up to this depth"),
    Word("parts", "everything, in several files where the site is over the limit"),
    Word("where=http_code:4xx", "only this family of codes, 1xx to 5xx"),
    Word("where=indexable:no", "only URLs that are not indexable; yes: only those that are"),
    Word("where=pagetype:product", "only this page type and what is below it"),
    Word("where=url:/blog/", "only URLs that contain this text"),
    Word("where=link:no", "without the filter of the link itself, which is used otherwise"),
    Word("analysis=latest", "the newest finished analysis, or one by its slug"),
    Word("to=#seo", "where the file goes; left out, this conversation"),
    Word("go", "start at once, without the form, unless the price is so high that we ask again"),
    Word("help", "show this"),
)
"""Every word there is, with an example, in the order in which help shows them."""


def rows_of(depth: int | None, *, parts: bool) -> RowsChoice:
    """The choice of rows that a depth and the word `parts` mean together."""
    if parts:
        return RowsChoice(RowsMode.PARTS, depth)
    return RowsChoice() if depth is None else RowsChoice(RowsMode.DEPTH, depth)


def parse(text: str) -> Typed:
    """What the text behind the command says.

    Raises:
        WrongInput: something cannot be understood; the next step is the corrected line.
    """
    tokens = list(_apart(tokens_of(text[:LONGEST], _WITH_VALUE, _PLACES)))
    if len(tokens) == 1 and tokens[0].casefold().lstrip("-") in ("help", "?"):
        return Typed(help=True)
    if not any(_are_ours(tokens)):
        # A link, perhaps with words around it as people copy it: the link's own reader finds it.
        return Typed(link=plain(text) or None)
    typed, links = Typed(), []
    line: list[str] = []
    mistakes: list[str] = []
    for token in tokens:
        if is_link(token):
            links.append(token)
            line.append(token)
            continue
        word = token
        while word:
            try:
                typed = _taken(typed, word)
                break
            except _Wrong as wrong:  # what it should be is read as well, because it counts now
                mistakes.append(wrong.sentence)
                word = wrong.better if wrong.better != word else ""
        line.append(word)
    if mistakes:
        raise _corrected_line(mistakes, line)
    return replace(typed, link=" ".join(links) or None)


def _corrected_line(mistakes: list[str], line: list[str]) -> WrongInput:
    """A link is shown whole, or, where it is too long for that, not at all."""
    said = [*dict.fromkeys(mistakes[:MOST_MISTAKES])]
    if sum(map(len, line)) > LONGEST_LINE:
        line = [word for word in line if not is_link(word)]
        said.append("Put the same link in front of it.")
    return WrongInput(" ".join(said), " ".join((COMMAND, *(word for word in line if word))))


def where(texts: Iterable[str]) -> Typed:
    """What conditions such as `http_code:4xx` mean together; nothing else is set.

    Raises:
        WrongInput: one cannot be understood; the next step says how it is written.
    """
    typed = Typed()
    for text in texts:
        try:
            typed = _where(typed, text)
        except _Wrong as wrong:
            better = wrong.better.removeprefix("where=")
            once = "Give it once." if wrong.sentence.endswith(TWICE) else "Leave it out."
            step = f"Write {better}." if better else once
            # In the terminal the word is an option, and a space stands behind it.
            sentence = re.sub(r"^where= ?", "--where ", wrong.sentence)
            raise WrongInput(sentence, step) from None
    return typed


class _Wrong(Exception):
    """A word is not understood. `better` is what to type instead; empty: leave it out."""

    def __init__(self, sentence: str, better: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.better = better


# --- which tokens are words of ours -----------------------------------------------------------

TWICE: Final = "given twice."

MOST_MISTAKES: Final = 3
"""Sentences about mistakes in one answer; the line is corrected as a whole."""

LONGEST_LINE: Final = 2_500
"""Characters of a corrected line with its link."""

_FLAGS: Final = ("go", "parts")


def _apart(tokens: list[str]) -> Iterator[str]:
    """The tokens, with `depth 3` as one behind the link: it was plainly meant for `depth=3`."""
    first = _first_word(tokens)
    held = ""
    for place, token in enumerate(tokens):
        if held:
            likely = _LIKELY[OTHER_WORDS.get(held.casefold(), held.casefold())]
            if not is_link(token) and likely.fullmatch(token):
                yield f"{held} {token}"
                held = ""
                continue
            yield held
            held = ""
        if place >= first and token.casefold() in _WITH_VALUE:
            held = token
        else:
            yield token
    if held:
        yield held


def _first_word(tokens: list[str]) -> int:
    """Where words of ours begin: what stands before the link is how people speak about it."""
    return next((place + 1 for place, token in enumerate(tokens) if is_link(token)), 0)


def _are_ours(tokens: list[str]) -> Iterator[bool]:
    """Of each token, whether it is a word of the command, or was plainly meant for one."""
    first = _first_word(tokens)
    for place, token in enumerate(tokens):
        word = token.casefold().lstrip("-\u2013\u2014")
        known = word in (*_FLAGS, *PRESETS) or OPTION.fullmatch(token) is not None
        meant = APART.fullmatch(token) is not None or _ALONE.fullmatch(token) is not None
        yield not is_link(token) and (known or (place >= first and meant))


def _value(text: str) -> str:
    """What stands in a value: without quotes."""
    return text.replace('"', "").strip()


def _shown(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}\u2026"


# --- what each word means ---------------------------------------------------------------------

LONGEST_SHOWN: Final = 60
LONGEST_VALUE: Final = 300
"""Characters of a filter's value or a field's name."""

MOST_FIELDS: Final = SLACK_OPTIONS.value
"""As many as the menu of fields can show; one limit for all ways of choosing them."""

SHORTEST_BEGINNING: Final = 3
"""Letters of a word that can stand for it."""

_SLUG: Final = re.compile(r"(?=.*[A-Za-z0-9_-])[A-Za-z0-9._-]{1,200}", re.ASCII)
_CHANNEL: Final = re.compile(r"#?([^\s#@<>.,/:;\"'|&=]{1,80})")
_CONVERSATION: Final = re.compile(r"[CDGUW][A-Z0-9]{8,40}")
_ALONE: Final = re.compile(
    rf"#[^\s#]{{1,80}}|{_CONVERSATION.pattern}|\d{{1,2}}|\d{{8}}(?:-\d+)?|{LINK}",
    re.ASCII | re.IGNORECASE,
)
"""What has one meaning without its word."""

_LIKELY: Final = {
    "fields": re.compile(r'"?[\w.]+(?:[,"].*|[._]\w.*)|url|depth|title|h1', re.IGNORECASE),
    "preset": re.compile("|".join((*PRESETS, LINK)), re.IGNORECASE),
    "depth": re.compile(r"\d{1,4}|parts", re.IGNORECASE),
    "where": re.compile(r'"?[A-Za-z_]+[:=].+', re.DOTALL),
    "analysis": re.compile(rf"\d{{8}}(?:-\d+)?|{LATEST}", re.IGNORECASE),
    "to": re.compile(rf"#\S+|{_CONVERSATION.pattern}"),
}
"""What a word without its sign is followed by where it is meant as one, and not as English."""

_FAMILY: Final = re.compile(r"([1-5])(?:xx)?", re.IGNORECASE)
_YES_OR_NO: Final = {
    "yes": True, "y": True, "true": True, "1": True,
    "no": False, "n": False, "false": False, "0": False,
}  # fmt: skip


def _taken(typed: Typed, token: str) -> Typed:
    """What was typed so far, and this token."""
    option = OPTION.fullmatch(token)
    if option is None:
        return _flag(typed, token)
    word, value = option[1].casefold(), option[2]
    take = _TAKERS.get(word)
    if take is not None:
        return take(typed, value)
    meant = OTHER_WORDS.get(word) or _closest(word, _TAKERS)
    if meant is None:
        raise _Wrong(f"There is no word {_shown(word)}=.")
    raise _Wrong(
        f"There is no {_shown(word)}=. Did you mean {meant}=?", _corrected(typed, meant, value)
    )


def _corrected(typed: Typed, word: str, value: str) -> str:
    """The option under its right name, its value corrected as well where that is wrong."""
    try:
        _TAKERS[word](typed, value)
    except _Wrong as wrong:
        return wrong.better
    return f"{word}={value}"


def _flag(typed: Typed, token: str) -> Typed:
    word = token.casefold().lstrip("-\u2013\u2014")
    if word == "go":
        return replace(typed, go=True)
    if word == "parts":
        return replace(typed, parts=True)
    apart = APART.fullmatch(token)
    if apart is not None:
        meant = OTHER_WORDS.get(apart[1].casefold(), apart[1].casefold())
        sentence = f"Between {meant} and its value stands a sign: {meant}=."
        raise _Wrong(sentence, _corrected(typed, meant, apart[2]))
    raise _Wrong(f"{_shown(_value(token))} is not a word of this command.", _guess(typed, token))


def _guess(typed: Typed, token: str) -> str:
    """What a lone word may have been meant for."""
    word = token.casefold()
    if word in (*PRESETS, LINK):
        guess = f"preset={word}"
    elif re.fullmatch(r"\d{8}(-\d+)?", token, re.ASCII):
        guess = f"analysis={token}"
    elif re.fullmatch(r"\d{1,2}", token, re.ASCII):
        guess = f"depth={token}"
    elif token.startswith("#") or _CONVERSATION.fullmatch(token):
        guess = f"to={token}"
    else:
        return _closest(word, _FLAGS) or ""
    name, _, value = guess.partition("=")
    return _corrected(typed, name, value)


def _fields(typed: Typed, value: str) -> Typed:
    _once(typed.fields, "fields")
    names = tuple(dict.fromkeys(name for part in value.split(",") if (name := _value(part))))
    if not names:
        raise _Wrong("fields= names no field.", "fields=url,title")
    usable = [name for name in names if len(name) <= LONGEST_VALUE]
    if len(usable) < len(names):
        raise _Wrong("fields= names something too long.", _field_list(usable))
    if len(names) > MOST_FIELDS:
        raise _Wrong(f"fields= takes {MOST_FIELDS} fields at most.", _field_list(usable))
    return replace(typed, fields=names)


def _field_list(names: list[str]) -> str:
    return f"fields={_quoted(','.join(names[:MOST_FIELDS]))}" if names else "fields=url,title"


def _preset(typed: Typed, value: str) -> Typed:
    _once(typed.preset, "preset")
    name = _value(value).casefold()
    if name in PRESETS or name == LINK:
        return replace(typed, preset=name)
    every = (*PRESETS, LINK)
    # link comes last although it may look most alike: only a link with columns can use it.
    meant = _closest(name, PRESETS) or _closest(name, (LINK,)) or every[0]
    raise _Wrong(
        f"There is no preset {_shown(name) or 'without a name'}; there are {', '.join(every)}.",
        f"preset={meant}",
    )


def _depth(typed: Typed, value: str) -> Typed:
    word = _value(value).casefold()
    if word == "parts":
        return replace(typed, parts=True)
    _once(typed.depth, "depth")
    if re.fullmatch(r"\d{1,4}", word, re.ASCII):
        return replace(typed, depth=int(word))
    digits = re.search(r"\d{1,4}", word, re.ASCII)
    raise _Wrong(
        "depth= takes the largest depth, a whole number.", f"depth={digits[0] if digits else 3}"
    )


def _analysis(typed: Typed, value: str) -> Typed:
    _once(typed.analysis, "analysis")
    slug = _value(value)
    if slug.casefold() in (LATEST, "newest", "last"):
        return replace(typed, analysis=LATEST)
    day = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", slug, re.ASCII)
    if day is not None:
        better = f"analysis={''.join(day.groups())}"
        raise _Wrong("analysis= takes a slug, such as 20240101, or latest.", better)
    if _SLUG.fullmatch(slug):
        return replace(typed, analysis=slug)
    raise _Wrong("analysis= takes a slug, such as 20240101, or latest.", f"analysis={LATEST}")


def _to(typed: Typed, value: str) -> Typed:
    _once(typed.to, "to")
    given = value.strip().replace('"', "")
    if _CONVERSATION.fullmatch(given):
        return replace(typed, to=given)
    named = _CHANNEL.fullmatch(_value(given))
    if named is None:
        raise _Wrong("to= takes one channel, such as #seo.", "to=#seo")
    return replace(typed, to=f"#{named[1]}")


def _where(typed: Typed, value: str) -> Typed:
    name, value = _named(value)
    if name == LINK:
        _once(typed.links_filter, "where=link:")
        return replace(typed, links_filter=_yes_or_no(value or "yes", LINK))
    take = _CONDITIONS.get(name)
    if take is None:
        every = (*_CONDITIONS, LINK)
        meant = OTHER_CONDITIONS.get(name) or _closest(name, every)
        if meant is None:
            raise _Wrong(
                f"where= knows {', '.join(every)}, not {_shown(name) or 'nothing'}.",
                "where=http_code:4xx",
            )
        try:
            _where(typed, f"{meant}:{value}")
        except _Wrong as wrong:
            better = wrong.better
        else:
            better = f"where={meant}:{_quoted(value) or 'yes'}"  # only link goes without a value
        raise _Wrong(f"There is no condition {_shown(name)}. Did you mean {meant}?", better)
    return replace(typed, filters=take(typed.filters, value))


def _named(text: str) -> tuple[str, str]:
    """The name of a condition and its value, whichever of `:` and `=` stands between."""
    clean = _value(text)
    name = re.match(r"\s*([A-Za-z_]*)\s*[:=]?", clean)
    found = name[1].casefold() if name else ""
    return found, clean[name.end() :].strip() if name else ""


def _http_code(filters: Filters, value: str) -> Filters:
    _once(filters.http_family, "where=http_code:")
    family = _FAMILY.fullmatch(value)
    if family is not None:
        return replace(filters, http_family=int(family[1]))
    digit = re.match(f"[{FAMILIES[0]}-{FAMILIES[-1]}]", value)
    raise _Wrong(
        "where=http_code: takes a family of codes, from 1xx to 5xx.",
        f"where=http_code:{digit[0] if digit else 4}xx",
    )


def _indexable(filters: Filters, value: str) -> Filters:
    _once(filters.indexable, "where=indexable:")
    return replace(filters, indexable=_yes_or_no(value, "indexable"))


def _yes_or_no(value: str, name: str) -> bool:
    said = _YES_OR_NO.get(value.casefold())
    if said is None:
        raise _Wrong(f"where={name}: takes yes or no.", f"where={name}:yes")
    return said


def _page_type(filters: Filters, value: str) -> Filters:
    _once(filters.page_type, "where=pagetype:")
    return replace(filters, page_type=_text(value, "pagetype", "product"))


def _url(filters: Filters, value: str) -> Filters:
    _once(filters.url_contains, "where=url:")
    return replace(filters, url_contains=_text(value, "url", "/blog/"))


def _text(value: str, name: str, example: str) -> str:
    if not value or len(value) > LONGEST_VALUE:
        raise _Wrong(f"where={name}: takes a text.", f"where={name}:{example}")
    return value


def _once(known: object, word: str) -> None:
    if known not in (None, ()):
        raise _Wrong(f"{word}{'' if word.endswith(':') else '='} is {TWICE}")


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"\s", value) else value


def _closest(word: str, known: Iterable[str]) -> str | None:
    """The beginning of a word means it; else the one that looks most alike, if any does."""
    names = [*known]
    begun = [name for name in names if len(word) >= SHORTEST_BEGINNING and name.startswith(word)]
    return next(iter(begun or get_close_matches(word, names, n=1)), None)


_TAKERS: Final[dict[str, Callable[[Typed, str], Typed]]] = {
    "fields": _fields,
    "preset": _preset,
    "depth": _depth,
    "where": _where,
    "analysis": _analysis,
    "to": _to,
}

OTHER_WORDS: Final = {
    "channel": "to",
    "column": "fields",
    "columns": "fields",
    "crawl": "analysis",
    "field": "fields",
    "filter": "where",
    "filters": "where",
    "max_depth": "depth",
    "slug": "analysis",
}
"""What people type for a word, and what it is called here."""

_CONDITIONS: Final[dict[str, Callable[[Filters, str], Filters]]] = {
    "http_code": _http_code,
    "indexable": _indexable,
    "pagetype": _page_type,
    "url": _url,
}

_WITH_VALUE: Final = frozenset({*_TAKERS, *OTHER_WORDS})
_PLACES: Final = frozenset({"to", *(word for word, meant in OTHER_WORDS.items() if meant == "to")})

OTHER_CONDITIONS: Final = {
    "code": "http_code",
    "compliant": "indexable",
    "http": "http_code",
    "page_type": "pagetype",
    "path": "url",
    "segment": "pagetype",
    "status": "http_code",
    "type": "pagetype",
}
"""As above, for the conditions of `where=`."""
