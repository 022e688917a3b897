"""What most people come for, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, expect
from shop_window import BEN, Visitor, visiting

pytestmark = pytest.mark.browser

ROOMY = 400
"""Pixels that a conversation needs at least to be read."""
CELL = re.compile(rb'"(?:[^"]|"")*"|[^",\r\n]+')
RUN_BY_SPREADSHEETS = (b"=", b"+", b"-", b"@", b"\t", b"\r")


def guarded(raw: bytes) -> bytes:
    """The bytes of a CSV of text cells with an apostrophe before what a spreadsheet would run."""

    def guard(cell: re.Match[bytes]) -> bytes:
        quote, text = (b'"', cell[0][1:]) if cell[0].startswith(b'"') else (b"", cell[0])
        return quote + (b"'" if text.startswith(RUN_BY_SPREADSHEETS) else b"") + text

    return CELL.sub(guard, raw)


def test_from_the_command_to_the_bytes(visitor: Visitor) -> None:
    """Type the line, read the price, press once, download: exactly the bytes of Botify, guarded."""
    page = visitor.page
    page.get_by_role("button", name="Try it").click()
    visitor.composer.press("Enter")
    visitor.wait_for_price("48,211 credits")
    assert visitor.demo.jobs("acme.com") == [], "looking spends nothing"
    visitor.export()
    expect(visitor.modal).to_be_hidden()
    card = visitor.file("acme.com_20260705-2_essentials_all")
    said = visitor.messages("acme.com")
    expect(said).to_have_count(2)
    expect(said.first).to_contain_text("acme.com is exported")
    expect(said.last).to_contain_text("@Ana Silva")

    name, content = visitor.download(card)
    (job,) = visitor.demo.jobs("acme.com")
    expected = guarded(visitor.demo.expected(job))
    assert content == expected
    assert content.count(b"'=1+1") > 1, "the sample has cells that need the guard"
    assert re.fullmatch(r"acme\.com_20260705-2_essentials_all_[0-9A-Z]+\.csv", name)


def test_a_file_opens_as_a_table(visitor: Visitor) -> None:
    """*Open* shows the first rows, and marks the cells that were made harmless."""
    visitor.order("modern.example")
    visitor.file("modern.example").get_by_role("button", name=re.compile("^Open")).click()
    table = visitor.modal.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(51)
    expect(table.get_by_role("columnheader").nth(1)).to_have_text("Full URL")
    expect(table.locator(".guarded").first).to_have_text(re.compile("^'"))
    for width in (1280, 800, 390):
        visitor.page.set_viewport_size({"width": width, "height": 700})
        expect(visitor.modal.get_by_label("Close window")).to_be_in_viewport(ratio=1)
    visitor.page.keyboard.press("Escape")
    expect(visitor.modal).to_be_hidden()


def test_two_windows_see_the_same(browser: Browser, visitor: Visitor) -> None:
    """A colleague who looks at the channel sees the message live, and the file without asking."""
    with visiting(browser, visitor.demo) as colleague:
        colleague.open(f"?user={BEN}")
        visitor.order("tiny.example")
        expect(colleague.messages("tiny.example is exported")).to_be_visible()
        expect(colleague.file("tiny.example")).to_be_visible()


def test_the_message_box_after_an_archived_channel(visitor: Visitor) -> None:
    """Where the box was away it comes back as tall as it was, its words uncut."""
    before = visitor.composer.bounding_box()
    visitor.page.get_by_role("button", name=re.compile("^old-projects")).click()
    expect(visitor.composer).to_be_hidden()
    visitor.page.get_by_role("button", name=re.compile("^seo(?!-)")).click()
    expect(visitor.composer).to_be_visible()
    assert visitor.composer.bounding_box() == before


def test_the_answer_to_a_command_is_in_sight(visitor: Visitor) -> None:
    """Somebody who reads further up and types a command is taken to the end, to its answer."""
    visitor.page.set_viewport_size({"width": 1280, "height": 400})
    answers = visitor.page.locator("#conversation .message-private:visible")
    scroller = visitor.page.locator("#conversation .scroller")
    there = answers.count()
    for count in (1, 2):
        scroller.evaluate("node => { node.scrollTop = 0 }")
        visitor.composer.fill("/botify-export help")
        visitor.composer.press("Enter")
        expect(answers).to_have_count(there + count)
        expect(visitor.page.get_by_text("show this").last).to_be_in_viewport()


def test_a_thread_leaves_room_for_the_conversation(visitor: Visitor) -> None:
    """Where three columns would be too narrow the side panel steps aside, and comes back."""
    visitor.composer.fill("Shall we look at the titles?")
    visitor.composer.press("Enter")
    said = visitor.messages("Shall we look at the titles?").last
    said.hover()
    said.get_by_role("button", name="Reply in thread").click()
    thread = visitor.page.get_by_role("complementary", name="Thread")
    expect(thread).to_be_visible()
    expect(visitor.panel).to_be_hidden()
    box = visitor.page.locator("#conversation").bounding_box()
    assert box is not None
    assert box["width"] > ROOMY
    thread.get_by_role("button", name="Close thread").click()
    expect(visitor.panel).to_be_visible()
