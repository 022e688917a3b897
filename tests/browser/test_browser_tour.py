"""The tour: five steps that are done by doing them."""

import re

import pytest
from playwright.sync_api import Browser, expect
from shop_window import Demo, Visitor, visiting

pytestmark = pytest.mark.browser

NEVER = 3600


def at(visitor: Visitor, step: str) -> None:
    """The tour has come to this step."""
    expect(visitor.tour).to_have_attribute("data-step", step)


def take(visitor: Visitor, name: str) -> None:
    """Press the step's own button, and send what it typed."""
    visitor.tour.get_by_role("button", name=name).click()
    expect(visitor.composer).to_be_focused()
    visitor.page.keyboard.press("Enter")


def test_the_tour_is_closed_for_good_and_can_be_taken_again(visitor: Visitor) -> None:
    """Once closed it stays away over visits, until it is asked for."""
    visitor.tour.get_by_role("button", name="Close the tour").click()
    expect(visitor.tour).to_be_hidden()
    expect(visitor.composer).to_be_focused()
    visitor.page.reload()
    expect(visitor.composer).to_be_visible()
    expect(visitor.tour).to_be_hidden()
    flag = visitor.page.get_by_role("button", name="Tour", exact=True)
    expect(flag).to_have_attribute("aria-expanded", "false")
    flag.click()
    at(visitor, "price")


def test_the_tour_goes_on_where_it_was(visitor: Visitor) -> None:
    """A step can be left out, and a visit later the tour stands where it stood."""
    visitor.tour.get_by_role("button", name="Next").click()
    at(visitor, "export")
    visitor.page.reload()
    at(visitor, "export")


def test_the_tour_is_never_in_the_way(visitor: Visitor) -> None:
    """Every channel can be reached beneath it, in a low window too, and no window lies under it."""
    page = visitor.page
    page.set_viewport_size({"width": 1280, "height": 480})
    last = page.get_by_role("button", name="Ben Okafor")
    last.focus()
    channel, card = last.bounding_box(), visitor.tour.bounding_box()
    assert channel is not None
    assert card is not None
    assert channel["y"] + channel["height"] <= card["y"]
    last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ben Okafor")

    page.set_viewport_size({"width": 900, "height": 700})
    visitor.type_command()
    expect(visitor.tour).to_be_hidden()
    page.keyboard.press("Escape")
    expect(visitor.tour).to_be_visible()


def test_a_small_screen_is_left_alone(browser: Browser, calm: Demo) -> None:
    """On a telephone the tour does not begin by itself, and asked for it covers nothing."""
    with visiting(browser, calm) as visitor:
        visitor.page.set_viewport_size({"width": 390, "height": 800})
        visitor.open()
        expect(visitor.tour).to_be_hidden()
        visitor.page.get_by_role("button", name="Tour", exact=True).click()
        at(visitor, "price")
        box, card = visitor.composer.bounding_box(), visitor.tour.bounding_box()
        assert box is not None
        assert card is not None
        assert box["y"] + box["height"] <= card["y"]
        assert card["y"] + card["height"] <= 800


def test_the_panel_covers_no_tour_and_no_tour_the_panel(browser: Browser, calm: Demo) -> None:
    """On a telephone one of them is seen at a time; on a tablet the plug is at hand when asked."""
    with visiting(browser, calm) as visitor:
        page = visitor.page
        page.set_viewport_size({"width": 420, "height": 800})
        visitor.open()
        page.get_by_role("button", name="Tour", exact=True).click()
        page.get_by_role("button", name="Behind the scenes").click()
        expect(visitor.panel).to_be_visible()
        expect(visitor.tour).to_be_hidden()
        visitor.panel.get_by_role("button", name="Close panel").click()
        at(visitor, "price")
        expect(visitor.tour).to_be_visible()

        page.set_viewport_size({"width": 900, "height": 800})
        for _ in range(2):
            visitor.tour.get_by_role("button", name="Next").click()
        at(visitor, "plug")
        visitor.tour.get_by_role("button", name="Type a big one").click()
        expect(visitor.panel.get_by_role("button", name="Kill the bot")).to_be_visible()


def test_the_tour_from_end_to_end(visitor: Visitor) -> None:
    """Price, export, plug, joined export, guarded cell: each step goes on when it was done."""
    page, demo, panel = visitor.page, visitor.demo, visitor.panel
    at(visitor, "price")
    take(visitor, "Type it for me")
    at(visitor, "export")
    visitor.export()
    visitor.file("acme.com")

    at(visitor, "plug")
    demo.switch(job_seconds=NEVER)
    take(visitor, "Type a big one")
    visitor.wait_for_price("303,560 credits")
    visitor.export()
    visitor.agree()
    expect(visitor.messages("bigshop.example")).to_contain_text("Botify is working · now")
    panel.get_by_role("button", name="Kill the bot").click()
    panel.get_by_role("button", name="Start it again").click()

    at(visitor, "joined")
    visitor.tour.get_by_role("button", name="Be Ben and type it").click()
    expect(visitor.composer).to_have_value(re.compile("bigshop"))
    expect(page.get_by_role("radio", name="Ben")).to_be_checked()
    visitor.composer.press("Enter")
    visitor.wait_for_price()
    visitor.export()
    visitor.modal.get_by_role("button", name="Close", exact=True).click()

    at(visitor, "guard")
    expect(visitor.messages("bigshop.example").last).to_contain_text("@Ben Okafor")
    assert len(demo.jobs("bigshop.example")) == 1, "one job for two people"
    visitor.page.get_by_role("button", name=re.compile("^Open acme")).click()
    expect(visitor.modal.locator(".guarded").first).to_be_visible()
    page.keyboard.press("Escape")

    at(visitor, "end")
    visitor.tour.get_by_role("button", name="Close", exact=True).click()
    expect(visitor.tour).to_be_hidden()
    page.reload()
    expect(visitor.composer).to_be_visible()
    expect(visitor.tour).to_be_hidden()
