"""Takes the pictures of the documentation from the running demo: `make screenshots`."""

import os
import re
import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright
from shop_window import CHROMIUM, FLAGS, Demo, Visitor, running_demo

FOLDER = Path(__file__).parents[2] / "docs" / "images"
NARROW = {"width": 940, "height": 780}
LOW = {"width": 940, "height": 664}
TALL = {"width": 700, "height": 1040}
"""The whole modal, or a whole message, without scrolling."""
WIDE = {"width": 1280, "height": 740}
LARGEST = 200_000
"""Bytes of a picture: a README is read over any connection."""
SLOW = 60_000
"""Bytes a second of the local file host, so that a download can be seen."""
QUIET = "localStorage.setItem('sandbox.tour', 'over'); localStorage.setItem('sandbox.panel', '{}')"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def main() -> None:
    """Take all pictures, one after the other, of one demo."""
    if CHROMIUM is None:
        sys.exit("no Chromium was found: the pictures cannot be taken")
    FOLDER.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ) | {"POLL_SECONDS": "0.5"}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder), environment) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        demo.calm()
        of_the_main_job(browser, demo)
        of_the_table(browser, demo)
        of_the_panel(browser, demo)
        browser.close()


def of_the_main_job(browser: Browser, demo: Demo) -> None:
    """The modal, the progress, the end."""
    visitor = looking(browser, demo, TALL, panel="closed")
    visitor.type_command("acme.com")
    visitor.wait_for_price("48,211 credits")
    visitor.wait_for_price("known pages so far")  # the line about the running crawl comes last
    save(visitor, "modal")
    visitor.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    demo.switch(file_bytes_per_second=SLOW)
    visitor.export()
    expect(visitor.messages("Exporting acme.com")).to_contain_text(re.compile(r"[3-8]\d %"))
    alone(visitor, "Exporting acme.com")
    save(visitor, "progress")
    visitor.file("acme.com")
    visitor.page.set_viewport_size(TALL)  # type: ignore[arg-type]
    expect(visitor.messages("acme.com is exported")).to_be_visible()
    alone(visitor, "acme.com is exported")
    save(visitor, "finished")


def of_the_table(browser: Browser, demo: Demo) -> None:
    """A file, opened, in the dark."""
    visitor = looking(browser, demo, LOW, panel="closed", dark=True)
    visitor.page.get_by_role("button", name=re.compile("^Open acme")).click()
    expect(visitor.modal.locator(".guarded").first).to_be_visible()
    save(visitor, "dark")


def of_the_panel(browser: Browser, demo: Demo) -> None:
    """Behind the scenes of an export whose plug was pulled."""
    demo.post("control/botify/fate", {"fate": "never_ends"})
    visitor = looking(browser, demo, WIDE, panel="open")
    visitor.order("acme.com", "20260628")
    expect(visitor.messages("20260628")).to_contain_text("Botify is working · now")
    visitor.panel.get_by_role("button", name="Kill the bot").click()
    expect(visitor.panel.get_by_role("button", name="Start it again")).to_be_visible()
    save(visitor, "panel")


def looking(
    browser: Browser, demo: Demo, size: dict[str, int], *, panel: str, dark: bool = False
) -> Visitor:
    """Somebody who has taken the tour."""
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        device_scale_factor=1 if size is WIDE else 1.25,
    )
    context.add_init_script(QUIET.format(panel))
    visitor = Visitor(context.new_page(), demo)
    visitor.open()
    return visitor


def alone(visitor: Visitor, words: str) -> None:
    """Make the page as high as the messages from this one on; those above are another story."""
    message = visitor.messages(words).first
    spare = message.evaluate(
        """node => {
            const scroller = node.closest(".scroller");
            const above = node.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
            return scroller.clientHeight - (scroller.scrollHeight - scroller.scrollTop - above);
        }"""
    )
    size = visitor.page.viewport_size
    assert size is not None
    visitor.page.set_viewport_size(
        {"width": size["width"], "height": size["height"] - max(0, int(spare))}
    )
    message.evaluate("node => node.scrollIntoView({block: 'start'})")


def save(visitor: Visitor, name: str) -> None:
    """Keep what is seen, as small as it gets without loss."""
    visitor.page.mouse.move(0, 0)  # nothing is pointed at
    picture = packed(visitor.page.screenshot(animations="disabled", caret="hide"))
    if len(picture) > LARGEST:
        sys.exit(f"{name}.png has {len(picture)} bytes, which is too large")
    (FOLDER / f"{name}.png").write_bytes(picture)
    print(f"docs/images/{name}.png  {len(picture):,} bytes")  # noqa: T201 - this is a command


def packed(picture: bytes) -> bytes:
    """The same PNG with its pixels deflated as far as they go: the browser prefers speed."""
    chunks = list(_chunks(picture))
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    head = [chunk for chunk in chunks if chunk[0] == b"IHDR"]
    kept = [*head, (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in kept)


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(picture):
        size, kind = struct.unpack_from(">I4s", picture, at)
        yield kind, picture[at + 8 : at + 8 + size]
        at += size + 12


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


if __name__ == "__main__":
    main()
