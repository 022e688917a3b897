"""Words and figures as people read them."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.messages.text import (
    bar,
    code,
    conversation,
    counted,
    duration,
    elapsed,
    escape,
    foreign,
    link,
    local_time,
    number,
    person,
    shorten,
    size,
)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (12_400_000, "12.4 MB"),
        (999_949, "999.9 KB"),
        (999_950, "1.0 MB"),
        (1_000_000_000, "1.0 GB"),
        (5_000_000_000_000, "5.0 TB"),
    ],
)
def test_sizes_are_told_in_units_of_a_thousand(count: int, words: str) -> None:
    """A size has one decimal and never shows 1000 of a smaller unit."""
    assert size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0.9, "0 s"),
        (42, "42 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (3659, "1 h"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations_are_told_in_their_two_largest_units(seconds: float, words: str) -> None:
    """A duration is as exact as a person wants it."""
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a few seconds"),
        (9.9, "a few seconds"),
        (10, "10 s"),
        (59, "50 s"),
        (119, "1 min 30 s"),
        (599, "9 min 30 s"),
        (659, "10 min"),
        (3599, "59 min"),
        (3600 + 6 * 60, "1 h 5 min"),
        (26 * 3600 + 100, "1 d 2 h"),
    ],
)
def test_elapsed_time_is_rounded_so_that_edits_coalesce(seconds: float, words: str) -> None:
    """The longer something takes, the coarser its age is shown."""
    assert elapsed(seconds) == words


@given(st.integers(0, 10**7))
def test_elapsed_time_never_shows_more_than_there_was(seconds: int) -> None:
    """What is shown is rounded down, so a late look makes it no lie."""
    shown = elapsed(seconds)
    found = re.findall(r"(\d+) (d|h|min|s)\b", shown)
    unit = {"d": 86_400, "h": 3600, "min": 60, "s": 1}
    assert sum(int(count) * unit[name] for count, name in found) <= seconds


@given(st.text(), st.integers(1, 300))
def test_foreign_text_is_one_harmless_line_within_its_limit(text: str, limit: int) -> None:
    """Whatever comes from outside can neither mark up, break lines, nor grow."""
    shown = foreign(text, limit)
    assert len(shown) <= limit
    assert not re.search(r"[<>\n\r\u2028\u202e]", shown)
    assert not re.search(r"&(?!(?:amp|lt|gt);)", shown)


def test_invisible_characters_are_dropped() -> None:
    """One that turns the direction of writing would turn the rest of the message with it."""
    assert foreign("a\u202eb\x00c\u2066d\ne\tf") == "abcd e f"
    assert foreign("👩\u200d💻 שלום") == "👩\u200d💻 שלום"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("short", 5, "short"),
        ("too long", 5, "too…"),
        ("a &amp; b", 5, "a…"),
        ("a &amp; b", 8, "a &amp;…"),
        ("see <https://x.example|here> now", 12, "see…"),
        ("see <https://x.example|here> now", 30, "see <https://x.example|here>…"),
    ],
)
def test_nothing_is_cut_inside_markup(text: str, limit: int, shown: str) -> None:
    """A cut takes a whole link or escape away rather than half of it."""
    assert shorten(text, limit) == shown
    assert len(shorten(text, limit)) <= limit


def test_small_words() -> None:
    """The other building blocks of sentences."""
    assert escape("<a & b>") == "&lt;a &amp; b&gt;"
    assert number(48_211) == "48,211"
    assert counted(1, "row") == "1 row"
    assert counted(1_000_000, "row") == "1,000,000 rows"
    assert person("U0ANA00001", "ana") == "<@U0ANA00001>"
    assert person("<!channel>", "<!here>") == "&lt;!here&gt;"
    assert conversation("C0SEO00001") == "<#C0SEO00001>"
    assert conversation("D0ANABOT01") == "this conversation"
    assert code("a`b") == "`a'b`"
    assert link("https://a.example/?x=1&y=<2>", "a|b") == (
        "<https://a.example/?x=1&amp;y=%3C2%3E|a/b>"
    )
    assert local_time(datetime(2026, 7, 12, 14, 3, tzinfo=UTC)) == (
        "<!date^1783864980^{date_short_pretty} at {time}|2026-07-12 at 14:03 UTC>"
    )


def test_a_bar_is_full_only_at_the_end() -> None:
    """Twenty cells, rounded down: 99 % is not done."""
    assert bar(0) == "░" * 20
    assert bar(50) == "█" * 10 + "░" * 10
    assert bar(99) == "█" * 19 + "░"
    assert bar(100) == "█" * 20
