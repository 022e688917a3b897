"""The demo as a visitor meets it: the real command, the real page, and a pair of hands."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

COMMAND = Path(sys.executable).with_name("botify-export")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STRETCH = 20
"""Slack's three seconds are real time: a busy machine must not break them."""
PATIENCE = 60_000
"""Milliseconds after which something that never comes fails the test; nothing waits for them."""
expect.set_options(timeout=PATIENCE)
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The shell comes first: the same engine, at a third of the work, because it draws no window."""
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
"""The system's own browser, or None."""
SIZE = {"width": 1280, "height": 800}
ANA, BEN = "U0ANA00001", "U0BEN00001"
LINKS = "https://app.botify.com/acme-org/"

PRICE = re.compile(r"\d credits?\b|No credits are used")

QUICK = {"POLL_SECONDS": "0.5"}
OWN = ("SLACK_", "BOTIFY_")

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Demo:
    """A running `botify-export demo`."""

    page: str
    http: httpx.Client

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        return self.http.post(path, json=body).raise_for_status().json()

    def calm(self) -> None:
        """Nothing broken, no window open, jobs quick, and the machine's speed without meaning.

        Messages stay: the bot, which remembers them, would post them again.
        """
        self.http.delete("control/faults").raise_for_status()
        self.post("control/botify/fate", {"clear": True})
        self.post("control/clock", {"stretch": STRETCH})
        self.switch(
            job_fate="done", job_seconds=0.2, job_seconds_created=0, job_seconds_per_100k_rows=0
        )
        for user in (ANA, BEN):
            for view in self.get("client/state", user=user)["views"][-1:]:
                self.post("client/close", {"user": user, "view_id": view["id"], "clear": True})
        self.post("control/bot/start", {})
        self.until(lambda: self.get("client/state", user=ANA)["app"]["connections"])

    def switch(self, **values: Any) -> None:
        self.post("control/switches", values)

    def jobs(self, project: str) -> list[dict[str, Any]]:
        """The project's jobs at the local Botify, the oldest first."""
        found = self.get("control/state/botify")["jobs"]
        return [job for job in found if job["payload"]["project"] == project]

    def finish(self, job: dict[str, Any]) -> None:
        """Let a job end now."""
        self.post("control/botify/fate", {"finish": True, "job_id": job["job_id"]})

    def expected(self, job: dict[str, Any]) -> bytes:
        """The exact bytes of a job's file before any packing."""
        answer = self.http.get("control/botify/expected", params={"job": job["job_id"]})
        return answer.raise_for_status().content

    def until(self, look: Callable[[], Seen | None]) -> Seen:
        """What `look` sees, once it sees something; the test's own limit ends what never comes."""
        while not (seen := look()):
            time.sleep(0.02)
        return seen


def settings() -> dict[str, str]:
    """The environment of a demo that polls quickly, without a real installation's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    return kept | QUICK


@contextmanager
def running_demo(folder: Path, environment: dict[str, str]) -> Iterator[Demo]:
    """The demo on free ports."""
    process = subprocess.Popen(
        [COMMAND, "demo", "--no-browser", "--port", "0"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        page = re.search(r"http://\S+/", line)
        assert page, f"the demo did not start: {line}"
        with httpx.Client(base_url=page[0], timeout=60) as http:
            yield Demo(page[0], http)
    finally:
        process.terminate()
        with process:
            process.wait()


class Visitor:
    """Somebody at the page."""

    def __init__(self, page: Page, demo: Demo) -> None:
        self.page = page
        self.demo = demo
        self.modal = page.get_by_role("dialog")
        self.composer = page.locator("#composer")
        self.panel = page.get_by_role("complementary", name="Behind the scenes")
        self.tour = page.locator("#tour")
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: Any) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def open(self, query: str = "") -> None:
        """Go to the page and wait until it is in touch with the workspace."""
        self.page.goto(f"{self.demo.page}{query}")
        expect(self.page.locator("html[data-connected=true]")).to_be_attached()
        expect(self.composer).to_be_visible()

    def be(self, name: str) -> None:
        """Become Ana or Ben."""
        self.page.get_by_role("radio", name=name).check()

    def type_command(self, project: str = "", analysis: str = "") -> None:
        """Type the command with a link, and send it."""
        link = f" {LINKS}{project}/{analysis}" if project else ""
        self.composer.fill(f"/botify-export{link}")
        self.composer.press("Enter")
        expect(self.modal).to_be_visible()

    def field(self, label: str) -> Locator:
        """The field of the modal that has this label."""
        return self.modal.get_by_label(label, exact=True)

    def wait_for_price(self, text: str | re.Pattern[str] = PRICE) -> None:
        """Until the modal shows what the export would cost."""
        expect(self.modal).to_contain_text(text)

    def order(self, project: str, analysis: str = "") -> None:
        """The main job, up to the press of *Export*."""
        self.type_command(project, analysis)
        self.wait_for_price()
        self.export()

    def export(self) -> None:
        self.modal.get_by_role("button", name="Export").click()

    def agree(self) -> None:
        """Say yes where the app asks again, because the export is dear."""
        expect(self.modal).to_contain_text("Is that right?")
        self.export()

    def messages(self, words: str) -> Locator:
        """The messages of the channel with these words, oldest first."""
        return self.page.locator("#conversation [data-message-ts]").filter(has_text=words)

    def file(self, project: str) -> Locator:
        """The card of the project's file, once it is there."""
        card = self.page.get_by_role("group", name=re.compile(f"^File {re.escape(project)}_"))
        expect(card).to_be_visible()
        return card

    def download(self, card: Locator) -> tuple[str, bytes]:
        """The name and the bytes that the browser saves."""
        with self.page.expect_download() as saving:
            card.get_by_role("link", name=re.compile("^Download")).click()
        download = saving.value
        content = Path(download.path()).read_bytes()
        name = download.suggested_filename
        download.delete()
        return name, content


@contextmanager
def chromium(playwright: Playwright, path: str) -> Iterator[Browser]:
    """The system's own browser."""
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def visiting(browser: Browser, demo: Demo, **context: Any) -> Iterator[Visitor]:
    """A first-time visitor with an empty browser profile."""
    with browser.new_context(viewport=SIZE, **context) as window:  # type: ignore[arg-type]
        window.set_default_timeout(PATIENCE)
        window.set_default_navigation_timeout(PATIENCE)
        visitor = Visitor(window.new_page(), demo)
        yield visitor
        assert not visitor.faults, f"the page complained: {json.dumps(visitor.faults, indent=2)}"
