"""The modal under a visitor's hands: errors, long lists, the keyboard, the dark."""

import re

import pytest
from playwright.sync_api import Browser, expect
from shop_window import ANA, LINKS, Demo, Visitor, visiting

pytestmark = pytest.mark.browser


def test_an_error_stands_at_its_field_and_goes_with_it(visitor: Visitor) -> None:
    """A wrong link is told at the link, nothing is spent, and a right one clears the way."""
    visitor.type_command()
    link = visitor.field("Botify link")
    link.fill("https://example.com/somewhere")
    visitor.export()
    expect(visitor.modal.locator(".field-error:visible")).to_have_count(1)
    expect(link).to_have_attribute("aria-invalid", "true")
    expect(link).to_be_focused()
    expect(link).to_have_accessible_description(re.compile("Botify"))

    link.fill(f"{LINKS}tiny.example/")
    expect(link).not_to_have_attribute("aria-invalid", "true")
    link.press("Enter")
    visitor.wait_for_price("12 credits")
    assert visitor.demo.jobs("tiny.example") == []


def test_a_required_field_is_asked_for_before_anything_is_sent(visitor: Visitor) -> None:
    """Without fields nothing is exported; the field says so until the app answers a change."""
    visitor.type_command("tiny.example")
    visitor.wait_for_price()
    for name in ("Full URL", "Title", "Meta Description", "H1"):
        visitor.modal.get_by_role("button", name=f"Remove {name}", exact=True).click()
    visitor.export()
    expect(visitor.field("Fields")).to_have_attribute("aria-invalid", "true")
    visitor.field("Rows").click()
    visitor.modal.get_by_role("option", name=re.compile("Down to depth 1")).click()
    expect(visitor.field("Fields")).not_to_have_attribute("aria-invalid", "true")
    assert visitor.demo.jobs("tiny.example") == []


def test_typing_finds_one_of_thousands_of_fields(visitor: Visitor) -> None:
    """In a project with 4,449 fields a few letters are enough, and the file has that column."""
    visitor.type_command("manyfields.example")
    visitor.wait_for_price()
    visitor.field("Fields").press_sequentially("depth")
    options = visitor.modal.get_by_role("option")
    expect(options.filter(has_text="Depth").first).to_be_visible()
    assert options.count() <= 100, "Slack takes no more"
    options.filter(has_text=re.compile("^Depth", re.IGNORECASE)).first.click()
    visitor.field("Fields").press("Shift+Tab")
    expect(visitor.modal.get_by_role("button", name="Remove Depth")).to_be_focused()
    expect(options).to_have_count(0)
    visitor.wait_for_price("1,000 credits")
    visitor.export()
    _, content = visitor.download(visitor.file("manyfields.example"))
    assert content.splitlines()[0].decode().count(",") == 4


def test_the_price_follows_depth_and_filter(visitor: Visitor) -> None:
    """Each change shows its own rows and credits; the filters open where their button was."""
    visitor.type_command("tiny.example")
    visitor.wait_for_price("12 credits")

    def choose(label: str, option: str) -> None:
        visitor.field(label).click()
        visitor.modal.get_by_role("option", name=re.compile(option)).click()

    choose("Rows", "Down to depth 1")
    visitor.wait_for_price("5 rows · 5 credits")
    filters = visitor.modal.get_by_role("button", name="Filter the URLs")
    filters.evaluate("node => node.scrollIntoView({ block: 'center' })")
    at = visitor.field("Rows").bounding_box()
    filters.click()
    expect(visitor.modal.get_by_label("HTTP code")).to_be_focused()
    assert visitor.field("Rows").bounding_box() == at
    contains = visitor.modal.get_by_label("URL contains")  # its label says that it is optional
    contains.fill("there is no such address")
    contains.press("Enter")
    visitor.wait_for_price("No URL passes the filters")
    contains.fill("")
    contains.press("Enter")
    visitor.wait_for_price("5 rows · 5 credits")
    choose("Rows", "The whole site")
    visitor.wait_for_price("12 rows · 12 credits")
    assert visitor.demo.jobs("tiny.example") == []


def test_nobody_needs_a_mouse(visitor: Visitor) -> None:
    """From the page's first Tab to the download with the keyboard alone, focus always in sight."""
    page, keyboard = visitor.page, visitor.page.keyboard
    expect(visitor.composer).to_be_focused()
    keyboard.type("/bot")
    expect(page.get_by_role("option", name="/botify-export")).to_be_visible()
    keyboard.press("Tab")
    expect(visitor.composer).to_have_value("/botify-export ")
    keyboard.type(f"{LINKS}acme.com/20260628")
    keyboard.press("Enter")
    visitor.wait_for_price()
    expect(visitor.field("Botify link")).to_be_focused()

    keyboard.press("Tab")
    expect(visitor.field("Analysis")).to_be_focused()
    keyboard.press("ArrowDown")
    expect(visitor.modal.get_by_role("option", name=re.compile("20260607"))).to_be_visible()
    keyboard.type("20260607")
    expect(visitor.modal.get_by_role("option")).to_have_count(1)
    keyboard.press("Enter")
    expect(visitor.field("Analysis")).to_have_value(re.compile("20260607"))
    visitor.wait_for_price("43,272 credits")

    for _ in range(40):
        keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.role") == "submit":
            break
        assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    keyboard.press("Enter")
    expect(visitor.modal).to_be_hidden()
    expect(visitor.composer).to_be_focused()

    open_table = visitor.file("acme.com_20260607").get_by_role("button", name=re.compile("^Open"))
    open_table.focus()
    keyboard.press("Enter")
    expect(visitor.modal.get_by_role("table")).to_be_visible()
    keyboard.press("Escape")
    expect(visitor.modal).to_be_hidden()
    expect(open_table).to_be_focused()
    keyboard.press("Tab")
    with page.expect_download() as saving:
        keyboard.press("Enter")
    assert saving.value.suggested_filename.startswith("acme.com_20260607")
    saving.value.delete()


def test_escape_leaves_nothing_behind(visitor: Visitor) -> None:
    """Closing the modal is harmless, and the next command opens a fresh one."""
    visitor.type_command("tiny.example")
    visitor.page.keyboard.press("Escape")
    expect(visitor.modal).to_be_hidden()
    visitor.type_command("modern.example")
    visitor.wait_for_price("500 credits")
    visitor.page.keyboard.press("Escape")
    expect(visitor.modal).to_be_hidden()
    assert visitor.demo.get("client/state", user=ANA)["views"] == []
    assert visitor.demo.jobs("tiny.example") == []


@pytest.mark.parametrize("way", ["system", "choice"])
def test_dark_is_dark(browser: Browser, calm: Demo, way: str) -> None:
    """Page and modal are dark where the system is, or where the visitor chose it, for good."""
    scheme = "dark" if way == "system" else "light"
    with visiting(browser, calm, color_scheme=scheme) as visitor:
        visitor.open()
        if way == "choice":
            theme = visitor.page.get_by_role("button", name=re.compile("^Theme"))
            theme.click()
            theme.click()
            expect(theme).to_have_accessible_name("Theme: dark")
            visitor.page.reload()
        visitor.type_command("tiny.example")
        for surface in (visitor.page.locator("body"), visitor.modal):
            colours = surface.evaluate(
                "node => [getComputedStyle(node).backgroundColor, getComputedStyle(node).color]"
            )
            ground, text = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
            assert ground < 150
            assert text > 500
