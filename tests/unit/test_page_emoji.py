"""The local workspace shows what Slack would show."""

import re
from pathlib import Path

TOP = Path(__file__).parents[2]
CODE = re.compile(r"(?<![\w:]):([a-z][a-z0-9_+-]+):(?![\w:])")


def test_the_page_knows_every_emoji_that_the_program_sends() -> None:
    """A code that the page lacks would stand there as it was typed, which Slack never shows."""
    table = (TOP / "sandbox/page/static/text/emoji.js").read_text().split("`")[1].split()
    known = set(table[::2])
    sent = {
        code
        for folder in ("bot", "handlers")
        for path in (TOP / folder).rglob("*.py")
        for code in CODE.findall(path.read_text())
    }
    assert {"warning", "white_check_mark", "busts_in_silhouette"} <= sent
    assert sent <= known
