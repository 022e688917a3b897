"""Botify's CSV formatter: from values to the text of a file."""

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
BYTE_ORDER_MARK = "\ufeff"


class Named(Protocol):
    """A column by its three names."""

    @property
    def verbose(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def collection_slug(self) -> str: ...


@dataclasses.dataclass(frozen=True)
class Constant:
    """A constant column that a job put before or behind the others."""

    value: str
    name: str
    slug: str


@dataclasses.dataclass(frozen=True)
class Style:
    """How a file is written. The words are those of the job's config and of the switches."""

    delimiter: str = ","
    print_delimiter: bool = False
    print_header: bool = True
    header_format: str = "verbose"
    prepend_columns: tuple[Constant, ...] = ()
    append_columns: tuple[Constant, ...] = ()
    multi_values: str = "comma"
    booleans: str = "lower"
    null: str = "empty"
    dates: str = "iso"
    line_end: str = "crlf"
    quoting: str = "minimal"
    bom: bool = False


def head(columns: Sequence[Named], style: Style) -> Iterator[bytes]:
    """What stands before the rows: byte order mark, `sep=` line, header."""
    end = LINE_ENDS[style.line_end]
    if style.bom:
        yield BYTE_ORDER_MARK.encode()
    if style.print_delimiter:
        yield f"sep={style.delimiter}{end}".encode()
    if style.print_header:
        names = [str(getattr(column, style.header_format)) for column in columns]
        before = [_constant_name(column, style) for column in style.prepend_columns]
        after = [_constant_name(column, style) for column in style.append_columns]
        quote = _quoter(style)
        line = style.delimiter.join(quote(name) for name in [*before, *names, *after])
        yield f"{line}{end}".encode()


def renderer(kinds: Sequence[str], style: Style) -> Callable[[Sequence[Sequence[Any]]], bytes]:
    """The function that turns some rows, given by column, into lines.

    A kind is a field's type, or `multiple`, `struct` or `number`.
    """
    quote = _quoter(style)
    texts = [_texts(kind, style, quote) for kind in kinds]
    before = [quote(column.value) for column in style.prepend_columns]
    after = [quote(column.value) for column in style.append_columns]
    end = LINE_ENDS[style.line_end]
    join = style.delimiter.join

    def render(chunk: Sequence[Sequence[Any]]) -> bytes:
        cells = [text(values) for text, values in zip(texts, chunk, strict=True)]
        rows = len(cells[0])
        columns = [
            *([value] * rows for value in before),
            *cells,
            *([value] * rows for value in after),
        ]
        lines = map(join, zip(*columns, strict=True))
        return (end.join(lines) + end).encode() if rows else b""

    return render


Quote = Callable[[str], str]
Texts = Callable[[Sequence[Any]], list[str]]


def _constant_name(column: Constant, style: Style) -> str:
    return column.name if style.header_format == "verbose" else column.slug


def _quoter(style: Style) -> Quote:
    """Quotes where a reader needs them: RFC 4180, a lone return counting as a line end."""
    needs = re.compile(f'[{re.escape(style.delimiter)}"\r\n]').search
    everywhere = style.quoting == "all"

    def quote(text: str) -> str:
        if everywhere or needs(text):
            doubled = text.replace('"', '""')
            return f'"{doubled}"'
        return text

    return quote


def _texts(kind: str, style: Style, quote: Quote) -> Texts:
    """The function that turns the cells of a column into quoted text."""
    null = quote("null" if style.null == "null" else "")
    if kind in ("string", "tree"):
        return lambda cells: [null if cell is None else quote(cell) for cell in cells]
    to_text = TO_TEXT.get(kind, {}).get(getattr(style, CHOSEN_BY.get(kind, "null")), str)
    return lambda cells: [null if cell is None else quote(to_text(cell)) for cell in cells]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


CHOSEN_BY = {
    "boolean": "booleans",
    "multiple": "multi_values",
    "datetime": "dates",
    "struct": "null",
}
"""Which part of the style decides about a kind."""

TO_TEXT: dict[str, dict[str, Callable[[Any], str]]] = {
    "boolean": {
        "lower": lambda value: "true" if value else "false",
        "capital": str,
        "number": lambda value: "1" if value else "0",
    },
    "multiple": {
        "comma": lambda values: ",".join(map(_plain, values)),
        "json": _json,
        "first": lambda values: _plain(values[0]) if values else "",
    },
    "datetime": {"iso": str, "space": lambda value: value.replace("T", " ")},
    "struct": {"empty": _json, "null": _json},
}
