"""A visitor pulls the plug, and trips the bot up."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from shop_window import ANA, BEN, LINKS, Visitor

from sandbox.addresses import SLACK_BOT_TOKEN

pytestmark = pytest.mark.browser

NEVER = 3600
SEO = "C0SEO00001"


def test_kill_and_start_in_the_middle_of_an_export(visitor: Visitor) -> None:
    """Killed while Botify works and started again: the same job, one message, one file."""
    demo, panel = visitor.demo, visitor.panel
    demo.switch(job_seconds=NEVER)
    visitor.order("manyfields.example")
    said = visitor.messages("manyfields.example")
    expect(said).to_contain_text("Botify is working · now")
    (job,) = demo.jobs("manyfields.example")

    panel.get_by_role("button", name="Kill the bot").click()
    expect(panel.get_by_role("status")).to_have_text("The bot is not running")
    visitor.composer.fill("/botify-export")
    visitor.composer.press("Enter")
    expect(visitor.page.get_by_text("the app did not respond")).to_be_visible()
    demo.finish(job)

    visitor.page.get_by_role("banner").get_by_role("button", name="Start it again").click()
    visitor.file("manyfields.example")
    expect(visitor.page.get_by_text("the app did not respond")).to_be_hidden()
    expect(said.first).to_contain_text("manyfields.example is exported")
    expect(said).to_have_count(2)
    expect(panel.get_by_role("status")).to_have_text("The bot is running")
    assert [one["job_id"] for one in demo.jobs("manyfields.example")] == [job["job_id"]]


def test_the_bar_fits_a_small_screen_while_the_bot_is_away(visitor: Visitor) -> None:
    """What is said about the bot pushes no button off the screen."""
    page = visitor.page
    visitor.panel.get_by_role("button", name="Kill the bot").click()
    bar = page.get_by_role("banner")
    for width in (375, 320):
        page.set_viewport_size({"width": width, "height": 700})
        for name in ("Start it again", "Tour", re.compile("^Theme"), "Behind the scenes"):
            expect(bar.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)


def test_a_lost_connection_is_no_new_start(visitor: Visitor) -> None:
    """Where only the socket was lost the bar does not say that the bot starts: it never ended."""
    demo, bar = visitor.demo, visitor.page.get_by_role("banner").get_by_role("status")
    expect(visitor.panel.get_by_role("status")).to_have_text("The bot is running")
    demo.post("control/slack/refuse-sockets", {"refuse": True})
    demo.post("control/slack/drop-sockets", {})
    expect(bar).to_have_text("The bot is connecting again…")
    visitor.page.reload()
    expect(bar).to_have_text("The bot is connecting…")
    visitor.panel.get_by_role("button", name="Kill the bot").click()
    expect(bar).to_contain_text("The bot is not running")
    visitor.panel.get_by_role("button", name="Start it again").click()
    expect(bar).to_have_text("The bot is connecting…")
    demo.post("control/slack/refuse-sockets", {"refuse": False})
    expect(bar).to_be_empty()


def test_the_panel_tells_how_exports_stand(visitor: Visitor) -> None:
    """Who no longer waits ends nobody else's export, and what is not shown is counted."""
    demo, listed = visitor.demo, visitor.panel.get_by_role("list", name="Exports")
    demo.switch(job_seconds=NEVER)
    channels = demo.get("client/state", user=ANA)["channels"]
    (channel,) = (one["id"] for one in channels if one["name"] == "seo")

    def ask(user: str, fields: str) -> None:
        text = f"/botify-export {LINKS}modern.example fields={fields} go"
        demo.post("client/command", {"user": user, "channel": channel, "text": text})

    for fields in ("url,title", "url,h1", "url,depth", "title,h1", "title,depth", "h1,depth"):
        ask(ANA, fields)
    ask(ANA, "url")
    expect(visitor.messages("for @Ana Silva")).to_have_count(7)
    ask(BEN, "url")
    visitor.be("Ben")
    visitor.messages("for @Ben Okafor").get_by_role("button", name="Stop waiting").click()
    visitor.page.get_by_role("alertdialog").get_by_role("button", name="Stop waiting").click()
    expect(visitor.messages("Ben Okafor stopped waiting")).to_be_visible()
    expect(listed.get_by_role("listitem").first).to_contain_text("for @Ana Silva")
    expect(listed).not_to_contain_text("stopped waiting")
    expect(visitor.panel.get_by_text(re.compile(r"^and \d+ earlier ones?$"))).to_be_visible()


def slack(visitor: Visitor, method: str, **arguments: Any) -> dict[str, Any]:
    """Something that an app does."""
    opened = {"Authorization": f"Bearer {SLACK_BOT_TOKEN}"}
    answer = visitor.demo.http.post(f"api/{method}", json=arguments, headers=opened).json()
    assert answer["ok"], answer
    return dict(answer)


def test_a_question_may_be_read_for_long(visitor: Visitor) -> None:
    """*Stop waiting* stops although the message was edited while its question was open."""
    demo, page = visitor.demo, visitor.page
    demo.post("control/botify/fate", {"fate": "never_ends"})
    visitor.composer.fill(f"/botify-export {LINKS}modern.example fields=url,title,h1,depth go")
    visitor.composer.press("Enter")
    working = visitor.messages("Botify is working · now").last
    working.get_by_role("button", name="Stop waiting").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_be_visible()

    ts = working.get_attribute("data-message-ts")
    found = demo.get("client/state", user=ANA)["messages"][SEO]
    (message,) = (one for one in found if one["ts"] == ts)
    blocks = [
        {key: value for key, value in block.items() if key != "block_id"}
        for block in message["blocks"]
    ]
    slack(visitor, "chat.update", channel=SEO, ts=ts, text="edited", blocks=blocks)
    shown = page.locator(f"#conversation [data-message-ts='{ts}']")
    expect(shown.locator(f"[data-block-id='{message['blocks'][-1]['block_id']}']")).to_have_count(0)

    question.get_by_role("button", name="Stop waiting").click()
    expect(shown).to_contain_text("Ana Silva stopped waiting")


def test_a_press_that_cannot_be_delivered_is_told_in_a_sentence(visitor: Visitor) -> None:
    """A message that was deleted meanwhile takes no press; no id and no bare word is shown."""
    words = {name: {"type": "plain_text", "text": name} for name in ("Sure", "Yes", "No")}
    asking = {"title": words["Sure"], "text": words["Sure"]}
    asking |= {"confirm": words["Yes"], "deny": words["No"]}
    button = {"type": "button", "action_id": "any", "text": words["Sure"], "confirm": asking}
    posted = slack(
        visitor,
        "chat.postMessage",
        channel=SEO,
        text="asks",
        blocks=[{"type": "actions", "elements": [button]}],
    )
    visitor.page.get_by_role("button", name="Sure").click()
    slack(visitor, "chat.delete", channel=SEO, ts=posted["ts"])
    visitor.page.get_by_role("alertdialog").get_by_role("button", name="Yes").click()
    told = visitor.page.get_by_text("This message is no longer there: nothing was done.")
    expect(told).to_be_visible()
    assert [fault for fault in visitor.faults if "400" not in fault] == []
    visitor.faults.clear()


def test_a_switch_breaks_the_next_export_and_says_so(visitor: Visitor) -> None:
    """*Next time* strikes once, the message tells the failure, and the panel shows the spending."""
    panel = visitor.panel
    strike = panel.locator("[data-switch=job-fails]").get_by_role("button")
    strike.click()
    expect(strike).to_have_attribute("aria-pressed", "true")
    visitor.order("tiny.example")
    expect(visitor.messages("tiny.example")).to_contain_text("failed")
    expect(panel.get_by_role("list", name="Exports")).to_contain_text("tiny.example failed")
    (job,) = visitor.demo.jobs("tiny.example")
    expect(panel.locator(f"[data-job-id='{job['job_id']}']")).to_contain_text("failed")
    spent = visitor.demo.get("control/state/botify")["credits"]
    expect(panel.locator(".credits")).to_have_text(f"{spent:,.0f}")
    expect(strike).to_have_attribute("aria-pressed", "false")


def test_everything_goes_back_to_normal(visitor: Visitor) -> None:
    """One press takes back every fault, every switch and every armed fate."""
    panel, demo = visitor.panel, visitor.demo
    for name in ("job-fails", "botify-slow"):
        panel.locator(f"[data-switch={name}]").get_by_role("button").click()
    for name in ("job-never-ends", "slack-slow"):
        panel.locator(f"[data-switch={name}]").get_by_role("switch").click()
        expect(panel.locator(f"[data-switch={name}]").get_by_role("switch")).to_be_checked()
    expect(panel.get_by_text("4 on")).to_be_visible()
    panel.get_by_role("button", name="Everything back to normal").click()
    expect(panel.get_by_text("4 on")).to_be_hidden()
    assert demo.get("control/faults") == []
    assert demo.get("control/state/botify")["next_fates"] == []
    assert demo.get("control/switches")["job_fate"]["value"] == "done"


def test_one_armed_fate_is_taken_back_alone(visitor: Visitor) -> None:
    """Pressing *Next time* again takes back that fate, and leaves the other."""
    panel, demo = visitor.panel, visitor.demo
    for name in ("job-fails", "job-never-ends", "job-fails"):
        strike = panel.locator(f"[data-switch={name}]").get_by_role("button")
        was = strike.get_attribute("aria-pressed")
        strike.click()
        expect(strike).not_to_have_attribute("aria-pressed", was or "")
    assert demo.get("control/state/botify")["next_fates"] == ["never_ends"]
