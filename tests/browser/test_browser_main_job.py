"""What most people come for, in a real browser."""

import re

import pytest
from playwright.sync_api import expect
from shop_window import Visitor

pytestmark = pytest.mark.browser

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
    assert visitor.demo.count("botify", "POST /jobs") == 0, "looking spends nothing"
    visitor.export()
    expect(visitor.modal).to_be_hidden()
    card = visitor.file("acme.com_20260705-2_essentials_all_")
    expect(visitor.messages.first).to_contain_text("acme.com is exported")
    expect(visitor.messages).to_have_count(2)
    expect(visitor.messages.last).to_contain_text("@Ana Silva")

    name, content = visitor.download(card)
    (job,) = visitor.demo.jobs()
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
    visitor.page.keyboard.press("Escape")
    expect(visitor.modal).to_be_hidden()


def test_two_windows_see_the_same(visitor: Visitor) -> None:
    """A colleague who looks at the channel sees the message live, and the file without asking."""
    with visitor.page.context.browser.new_context() as other:  # type: ignore[union-attr]
        colleague = other.new_page()
        colleague.goto(f"{visitor.demo.page}?user=U0BEN00001")
        expect(colleague.locator("#composer")).to_be_visible()
        visitor.order("tiny.example")
        expect(colleague.get_by_text("tiny.example is exported")).to_be_visible()
        expect(colleague.get_by_role("group", name=re.compile("^File tiny"))).to_be_visible()
