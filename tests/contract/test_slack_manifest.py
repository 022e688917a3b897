"""The manifest is the law: what Slack refuses in it, and what it withholds from the app."""

import json
import sys
from pathlib import Path

import pytest
import yaml
from slack_bench import MANIFEST, Json, bench, entry, modal, with_scope, without_scope

from sandbox.__main__ import main
from sandbox.slack import manifest, world
from sandbox.slack.manifest_rules import EVENTS, manifest_problems

OURS = Path(__file__).parents[2] / "manifest.yml"


def changed(path: str, value: object) -> Json:
    """The bench's manifest with one value set; a number in the path is a place in a list."""
    whole: Json = json.loads(json.dumps(MANIFEST))
    inner = whole
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
    for step in steps:
        inner = inner[step] if isinstance(inner, list) else inner.setdefault(step, {})
    inner[last] = value
    return whole


def test_good_manifests_are_taken() -> None:
    """The app's own manifest and the bench's have nothing to complain about."""
    assert manifest_problems(yaml.safe_load(OURS.read_text())) == []
    assert manifest_problems(MANIFEST) == []
    assert manifest_problems(with_scope("chat:write.public")) == []


COMMAND = "features/slash_commands/0"
SHORTCUT = "features/shortcuts/0"
LONGEST = [
    ("display_information/name", 35),
    ("display_information/description", 140),
    ("display_information/long_description", 4000),
    ("features/bot_user/display_name", 80),
    (f"{COMMAND}/command", 32),
    (f"{COMMAND}/description", 2000),
    (f"{COMMAND}/usage_hint", 1000),
    (f"{SHORTCUT}/name", 24),
    (f"{SHORTCUT}/callback_id", 255),
    (f"{SHORTCUT}/description", 150),
]


@pytest.mark.parametrize(("path", "most"), LONGEST)
def test_each_length_holds_exactly(path: str, most: int) -> None:
    """A text of the largest length is taken, one character more is refused at its place."""
    assert manifest_problems(changed(path, "/".ljust(most, "x"))) == []
    (found,) = manifest_problems(changed(path, "/".ljust(most + 1, "x")))
    assert found.endswith(f"[json-pointer:/{path}]")


NUMBERS = [
    ("features/shortcuts", 10, MANIFEST["features"]["shortcuts"][0]),
    ("features/slash_commands", 50, MANIFEST["features"]["slash_commands"][0]),
    ("features/unfurl_domains", 5, "app.botify.com"),
]


@pytest.mark.parametrize(("path", "most", "item"), NUMBERS)
def test_each_number_holds_exactly(path: str, most: int, item: object) -> None:
    """As many entries as there may be are taken, one more is refused."""
    assert manifest_problems(changed(path, [item] * most)) == []
    assert manifest_problems(changed(path, [item] * (most + 1))) != []


WRONG = {
    "an unknown key": ("colour", "red"),
    "an unknown feature": ("features/home", {}),
    "an unknown key of a command": (f"{COMMAND}/hint", "x"),
    "a command without a slash": (f"{COMMAND}/command", "bench"),
    "a command in two words": (f"{COMMAND}/command", "/a b"),
    "a command without a description": ("features/slash_commands", [{"command": "/x"}]),
    "an unknown kind of shortcut": (f"{SHORTCUT}/type", "channel"),
    "no name": ("display_information", {}),
    "a short long description": ("display_information/long_description", "short"),
    "a colour that is none": ("display_information/background_color", "blue"),
    "an unknown scope": ("oauth_config/scopes/bot", ["commands", "chat:wriet"]),
    "an optional scope that is no scope": ("oauth_config/scopes/bot_optional", ["pins:read"]),
    "an unknown event": ("settings/event_subscriptions/bot_events", ["message.channel"]),
    "interactivity without a word": ("settings/interactivity", {}),
    "a flag that is a text": ("settings/socket_mode_enabled", "yes"),
    "an unknown setting": ("settings/socket_mode", True),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_manifest_cannot_say(case: str) -> None:
    """Unknown keys, words and scopes are refused, as Slack's own form does it."""
    assert len(manifest_problems(changed(*WRONG[case]))) == 1


def test_commands_need_their_scope() -> None:
    """Slash commands and shortcuts cannot be had without `commands`."""
    found = manifest_problems(without_scope("commands"))
    assert [text.partition(" [")[0] for text in found] == ["requires the bot scope commands"] * 2


@pytest.mark.parametrize("event", [name for name, scopes in EVENTS.items() if scopes])
def test_events_need_their_scopes(event: str) -> None:
    """An event is subscribed to with a scope that lets the app see what it tells."""
    path = "settings/event_subscriptions/bot_events"
    whole = changed(path, [event])
    whole["oauth_config"]["scopes"]["bot"] = ["commands", EVENTS[event][0]]
    assert manifest_problems(whole) == []
    whole["oauth_config"]["scopes"]["bot"] = ["commands"]
    (found,) = manifest_problems(whole)
    assert found.endswith(f"[json-pointer:/{path}/0]")


def test_a_bad_manifest_starts_nothing(tmp_path: Path) -> None:
    """What Slack would refuse is refused when it is read, with the reason."""
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(without_scope("commands")))
    with pytest.raises(manifest.BadManifest, match="requires the bot scope commands"):
        manifest.read(path)


def test_a_refused_manifest_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox does not start, and says why in a line."""
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(without_scope("commands")))
    monkeypatch.setattr(sys, "argv", ["sandbox", "--port", "0", "--manifest", str(path)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert (ended.value.code, said.count("\n")) == (1, 1)
    assert said.startswith("the sandbox cannot start: manifest.json: requires the bot scope")


async def test_without_interactivity_nothing_that_is_pressed_arrives(tmp_path: Path) -> None:
    """Commands still come; buttons, submissions, menus and shortcuts fail for the person."""
    settings = {**MANIFEST["settings"], "interactivity": {"is_enabled": False}}
    async with bench(tmp_path, MANIFEST | {"settings": settings}) as slack:
        ear = await slack.app()
        assert (await slack.hands("command", channel=world.SEO, text="/bench"))["ok"]
        trigger = ear.envelopes[0]["payload"]["trigger_id"]
        element = {"type": "plain_text_input"}
        opened = await slack.api("views.open", trigger_id=trigger, view=modal(entry(element)))
        typed = {"block_id": "block", "action_id": "action", "value": "x"}
        await slack.hands("input", view_id=opened["view"]["id"], **typed)
        answers = [
            await slack.hands("submit", view_id=opened["view"]["id"]),
            await slack.hands("shortcut", callback_id="new"),
        ]
        assert [answer["error"] for answer in answers] == ["dispatch_failed"] * 2
        assert len(ear.envelopes) == 1


@pytest.mark.parametrize("subscribed", [True, False])
async def test_a_shared_file_is_told_where_subscribed(tmp_path: Path, *, subscribed: bool) -> None:
    """`file_shared` comes when a file appears in a channel of the app, and only where asked for."""
    names = ["app_home_opened", *(["file_shared"] if subscribed else [])]
    settings = {**MANIFEST["settings"], "event_subscriptions": {"bot_events": names}}
    async with bench(tmp_path, MANIFEST | {"settings": settings}) as slack:
        ear = await slack.app()
        file_id = await slack.upload()
        files = [{"id": file_id}]
        done = await slack.api("files.completeUploadExternal", files=files, channel_id=world.SEO)
        assert done["ok"]
        await slack.hands("home", tab="home")  # a second event: all that came before has come
        await ear.until(
            lambda ear: [e for e in ear.envelopes if e["payload"]["event"]["type"] == names[0]]
        )
        events = [envelope["payload"]["event"] for envelope in ear.envelopes]
        told = [event for event in events if event["type"] == "file_shared"]
        assert [event["file_id"] for event in told] == ([file_id] if subscribed else [])
