"""axe-core on the page as it is used."""

import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from shop_window import Demo, Visitor, visiting

pytestmark = pytest.mark.browser

SERIOUS = {"serious", "critical"}


def examine(visitor: Visitor) -> list[str]:
    """The serious faults that axe-core finds, each as its rule with the elements."""
    page = visitor.page
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    report: dict[str, Any] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations', 'passes']})"
    )
    assert len(report["passes"]) > 20, "axe looked at the page"
    return [
        f"{fault['id']}: {fault['help']}: {[node['target'] for node in fault['nodes']]}"
        for fault in report["violations"]
        if fault["impact"] in SERIOUS
    ]


def first_visit(visitor: Visitor) -> None:
    """The welcome, the tour and the side panel."""
    for summary in visitor.panel.locator("summary:visible").all():
        if not summary.evaluate("node => node.parentNode.open"):
            summary.click()
    expect(visitor.tour).to_be_visible()


def modal(visitor: Visitor) -> None:
    """The modal with its price, a list of options open in it."""
    visitor.type_command("acme.com")
    visitor.wait_for_price()
    visitor.field("Fields").click()
    expect(visitor.modal.get_by_role("option").first).to_be_visible()


def wrong_modal(visitor: Visitor) -> None:
    """The modal with an error at a field."""
    visitor.type_command()
    visitor.field("Botify link").fill("nonsense")
    visitor.export()
    expect(visitor.modal.locator(".field-error:visible")).to_be_visible()


def dear_modal(visitor: Visitor) -> None:
    """The modal that asks again, because the export is dear."""
    visitor.order("bigshop.example")
    expect(visitor.modal).to_contain_text("Is that right?")


def messages(visitor: Visitor) -> None:
    """A finished export, and one that runs, in the list of messages."""
    visitor.order("tiny.example")
    visitor.file("tiny.example")
    visitor.demo.post("control/botify/fate", {"fate": "never_ends"})
    visitor.order("acme.com", "20260628")
    expect(visitor.messages("acme.com")).to_contain_text("Botify is working · now")


def table(visitor: Visitor) -> None:
    """A file, opened."""
    visitor.order("modern.example")
    visitor.file("modern.example").get_by_role("button").first.click()
    expect(visitor.modal.get_by_role("table")).to_be_visible()


@pytest.mark.parametrize("scene", [first_visit, modal, wrong_modal, dear_modal, messages, table])
def test_no_serious_fault(browser: Browser, calm: Demo, scene: Callable[[Visitor], None]) -> None:
    """axe-core finds nothing serious with a modal open, in the messages, by day and by night."""
    # The page's own policy forbids what axe is put into it by; the other tests keep the policy.
    with visiting(browser, calm, bypass_csp=True) as visitor:
        visitor.open()
        scene(visitor)
        faults = {}
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme)
            faults[scheme] = examine(visitor)
        assert faults == {"light": [], "dark": []}


def test_the_channels_of_a_small_screen_are_reached_by_keyboard(visitor: Visitor) -> None:
    """The list takes the focus when it opens, says that it is open, and Escape closes it."""
    page = visitor.page
    page.set_viewport_size({"width": 420, "height": 800})
    menu = page.get_by_role("button", name="Channels", exact=True)
    expect(menu).to_have_attribute("aria-expanded", "false")
    menu.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#sidebar [aria-current]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_have_attribute("aria-expanded", "false")
    expect(menu).to_be_focused()


def test_the_chosen_person_stands_out_by_night(visitor: Visitor) -> None:
    """Who one is can be seen in the dark too: the chosen one's ground is not that of the others."""
    visitor.page.emulate_media(color_scheme="dark")
    chosen, others = (
        visitor.page.locator(place).first.evaluate("node => getComputedStyle(node).backgroundColor")
        for place in (".person:has(input:checked)", ".people")
    )
    brightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (chosen, others)]
    assert brightness[0] > brightness[1] + 60
