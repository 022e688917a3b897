"""Chromium, one for all tests of a module, and a running demo."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, sync_playwright
from shop_window import CHROMIUM, Demo, Visitor, chromium, running_demo, settings, visiting


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none."""
    for item in items:
        if CHROMIUM is None and item.get_closest_marker("browser") is not None:
            item.add_marker(
                pytest.mark.skip(reason="no Chromium was found: browser tests are skipped")
            )


def often(fixture_name: str, config: pytest.Config) -> Literal["module", "session"]:  # noqa: ARG001 - pytest's form
    """How often a demo is started: `make test` has one for all modules, to end sooner."""
    return "module" if config.getoption("--thorough") else "session"


@pytest.fixture(scope=often)
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`botify-export demo`, as a visitor starts it."""
    with running_demo(tmp_path_factory.mktemp("demo"), settings()) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    assert CHROMIUM is not None
    with sync_playwright() as playwright, chromium(playwright, CHROMIUM) as running:
        yield running


@pytest.fixture
def calm(demo: Demo) -> Demo:
    """The demo with nothing broken, and a connected bot. Messages of earlier tests are there."""
    demo.calm()
    return demo


@pytest.fixture
def visitor(browser: Browser, calm: Demo) -> Iterator[Visitor]:
    """Somebody who opens the page for the first time."""
    with visiting(browser, calm) as somebody:
        somebody.open()
        yield somebody
