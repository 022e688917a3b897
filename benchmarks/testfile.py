"""The file that is measured with: a crawl of a shop, a million rows, the same on every machine."""

import random
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

ROWS = 1_000_000
WORK = Path(__file__).parent / "work"

HEADER = (
    "Full URL,Title,Meta Description,H1,HTTP Status Code,Depth,Content Type,"
    "Date Crawled,No. of Unique Inlinks,Internal Pagerank"
)
TEXT_COLUMNS = (True, True, True, True, False, False, True, False, False, False)

_BATCH = 5_000
_BEGINNINGS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "f",
    "g",
    "gr",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
]
_VOWELS = ["a", "e", "i", "o", "u", "é", "ä", "ai", "ou"]
_OPENINGS = (
    "Discover our range of", "Shop the latest", "Everything about", "Compare prices for",
    "Free delivery on all", "The best offers for", "Our experts recommend", "Read reviews of",
)  # fmt: skip
_CLOSINGS = (
    "in stores and online.", "with 30 days to return.", "for every budget.", "at Acme today.",
    "with next day delivery, free of charge.", "chosen by our team.", "new every week.",
)  # fmt: skip


def crawl_file(rows: int = ROWS) -> Path:
    """The gzip file in `work/`, generated on first use, as zlib at its usual level packs it."""
    path = WORK / f"crawl-{rows}.csv.gz"
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".partial")
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)
        with unfinished.open("wb") as file:
            for text in _batches(rows):
                file.write(packer.compress(text.encode()))
            file.write(packer.flush())
        unfinished.replace(path)
    return path


def many_times(times: int, rows: int = ROWS) -> Path:
    """The same file so many times over, as one gzip file of many members: large, quickly made."""
    source = crawl_file(rows)
    path = WORK / f"crawl-{rows}-{times}-times.csv.gz"
    if not path.exists():
        unfinished = path.with_suffix(".partial")
        with unfinished.open("wb") as file:
            for _ in range(times):
                with source.open("rb") as once:
                    shutil.copyfileobj(once, file, 1 << 20)
        unfinished.replace(path)
    return path


def _batches(rows: int) -> Iterator[str]:
    chance = random.Random(20240101)
    words = ["".join(_syllable(chance) for _ in range(chance.randint(1, 4))) for _ in range(8_000)]
    often = [1 / (rank + 3) for rank in range(len(words))]
    stream = chance.choices(words, often, k=1_000_003)
    lines = [HEADER]
    at = 0

    def take(count: int) -> list[str]:
        nonlocal at
        if at + count > len(stream):
            at = chance.randrange(1_000)
        at += count
        return stream[at - count : at]

    for number in range(rows):
        lines.append(_row(chance, number, take(3), take(chance.randint(3, 6)), take(6)))
        if len(lines) >= _BATCH:
            yield "".join(f"{line}\r\n" for line in lines)
            lines = []
    yield "".join(f"{line}\r\n" for line in lines)


def _row(
    chance: random.Random, number: int, path: list[str], name: list[str], topic: list[str]
) -> str:
    product = " ".join(name).capitalize()
    title = f"{product}, {topic[0]} | Acme" if number % 5 == 0 else f"{product} | Acme"
    if number % 97 == 0:
        title = f'"{title}"'
    description = (
        f"{chance.choice(_OPENINGS)} {' '.join(topic[:3])}, {' '.join(name)}: "
        f"{' '.join(topic)} {chance.choice(_CLOSINGS)}"
    )
    if number % 11 == 0:
        description = ""
    if number % 501 == 0:
        description = f"- {description}\n= {product}"
    cells = (
        f"https://www.acme.com/{'/'.join(path)}/{'-'.join(name)}-{number}.html",
        title,
        description,
        "" if number % 7 == 0 else product,
        "404" if number % 20 == 0 else "200",
        str(chance.randint(1, 12)),
        "text/html",
        f"2024-01-{chance.randint(1, 9):02d} {number % 24:02d}:{chance.randint(0, 59):02d}:00",
        str(int(chance.expovariate(0.05))),
        f"{chance.random() * 10:.4f}",
    )
    return ",".join(_quoted(cell) for cell in cells)


def _quoted(cell: str) -> str:
    if any(special in cell for special in ',"\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _syllable(chance: random.Random) -> str:
    return chance.choice(_BEGINNINGS) + chance.choice(_VOWELS)
