"""Live figures of exports: what is drawn while several parts are on their way."""

from bot.exports.context import Figures
from bot.model.progress import Progress, percent


def test_parts_are_one_transfer_and_its_end_is_known_when_all_have_begun() -> None:
    """No bar is full while parts are still to come, and the bytes never run backwards."""
    figures = Figures()
    seen = []
    for part, received in ((1, 5), (1, 10), (2, 1), (3, 0), (2, 20), (3, 30)):
        total = {1: 10, 2: 20, 3: 30}[part]
        figures.note_transfer("X", part, 3, (received, total))
        now = figures.of("X")
        seen.append((now.downloaded, percent(now.downloaded, now.download_total)))
    assert seen == [(5, None), (10, None), (11, None), (11, 18), (30, 50), (60, 100)]


def test_a_length_that_one_host_does_not_say_is_not_known_for_all() -> None:
    """The bytes are told, and no share of them."""
    figures = Figures()
    figures.note_transfer("X", 1, 2, (5, None))
    figures.note_transfer("X", 2, 2, (6, 10))
    assert figures.of("X") == Progress(downloaded=11)


def test_one_file_has_its_share_at_once() -> None:
    """What most exports are: received of announced."""
    figures = Figures()
    figures.note_transfer("X", 1, 1, (6, 10))
    assert figures.of("X") == Progress(downloaded=6, download_total=10)
    figures.keep([])
    figures.note_transfer("X", 1, 1, (1, 10))
    assert figures.of("X") == Progress(downloaded=1, download_total=10)
