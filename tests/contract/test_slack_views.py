"""Views of the local Slack: triggers, the stack, hashes, and what a person's client enforces."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_bench import MANIFEST, SILENCE, Bench, Ear, bench, entry, modal, option, section, text

from sandbox.slack import world

Json = dict[str, Any]
NAME = entry({"type": "plain_text_input"}, "name")


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as running:
        yield running


@pytest.fixture
async def ear(slack: Bench) -> Ear:
    return await slack.app()


async def act(slack: Bench, view: Json, **said: Any) -> Json:
    return await slack.hands("action", view_id=view["id"], action_id="action", **said)


async def typed(slack: Bench, view: Json, block_id: str, value: Any) -> Json:
    return await slack.hands(
        "input", view_id=view["id"], block_id=block_id, action_id="action", value=value
    )


def values(view: Json) -> Json:
    found: Json = view["state"]["values"]
    return found


async def test_a_trigger_lives_three_seconds(slack: Bench, ear: Ear) -> None:
    """A trigger id opens a view for three seconds of Slack's clock, and not a moment longer."""
    slack.drive()
    early, late = await slack.trigger(ear), await slack.trigger(ear)
    slack.pass_(3)
    assert (await slack.api("views.open", trigger_id=early, view=modal()))["ok"]
    slack.pass_(0.25)
    body = await slack.api("views.open", trigger_id=late, view=modal())
    assert body["error"] == "expired_trigger_id"


async def test_a_trigger_works_once(slack: Bench, ear: Ear) -> None:
    """The second view for one trigger id is refused."""
    trigger_id = await slack.trigger(ear)
    assert (await slack.api("views.open", trigger_id=trigger_id, view=modal()))["ok"]
    body = await slack.api("views.open", trigger_id=trigger_id, view=modal())
    assert body["error"] == "exchanged_trigger_id"


async def test_a_trigger_is_not_invented(slack: Bench) -> None:
    """An unknown trigger id, and none at all, open nothing."""
    body = await slack.api("views.open", trigger_id="1.2.abc", view=modal())
    assert body["error"] == "invalid_trigger_id"
    assert (await slack.api("views.open", view=modal()))["error"] == "invalid_arguments"


async def test_the_deadline_of_a_trigger_stretches(tmp_path: Path) -> None:
    """Tenfold deadlines make trigger ids live thirty seconds."""
    async with bench(tmp_path, stretch=10) as slack:
        ear = await slack.app()
        slack.drive()
        trigger_id = await slack.trigger(ear)
        slack.pass_(29)
        assert (await slack.api("views.open", trigger_id=trigger_id, view=modal()))["ok"]


async def test_a_hash_guards_an_update(slack: Bench, ear: Ear) -> None:
    """An update with an old hash is refused; with the newest, or none, it is taken."""
    first = await slack.open(ear, modal())
    update = {"view_id": first["id"], "view": modal(title=text("Next"))}
    second = await slack.api("views.update", hash=first["hash"], **update)
    assert second["ok"]
    assert second["view"]["hash"] != first["hash"]
    body = await slack.api("views.update", hash=first["hash"], **update)
    assert body["error"] == "hash_conflict"
    assert (await slack.api("views.update", hash=second["view"]["hash"], **update))["ok"]
    assert (await slack.api("views.update", **update))["ok"]


async def test_a_closed_view_is_not_found(slack: Bench, ear: Ear) -> None:
    """After the person closed it a view can be neither updated nor pushed upon."""
    view = await slack.open(ear, modal(section(accessory=button())))
    await act(slack, view, block_id=view["blocks"][0]["block_id"])
    trigger_id = ear.last["trigger_id"]
    await slack.hands("close", view_id=view["id"])
    body = await slack.api("views.update", view_id=view["id"], view=modal())
    assert body["error"] == "not_found"
    body = await slack.api("views.push", trigger_id=trigger_id, view=modal())
    assert body["error"] == "not_found"


def button(action_id: str = "action", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": text("Press"), **more}


async def test_the_stack_holds_three(slack: Bench, ear: Ear) -> None:
    """Two views can be pushed onto a root; the next is push_limit_reached."""
    view = await slack.open(ear, modal(section(accessory=button(), block_id="b")))
    ids = [view["id"]]
    for expected in (True, True, False):
        await act(slack, view, block_id="b")
        push = {"trigger_id": ear.last["trigger_id"]}
        body = await slack.api(
            "views.push", view=modal(section(accessory=button(), block_id="b")), **push
        )
        if not expected:
            assert body["error"] == "push_limit_reached"
            break
        view = body["view"]
        assert (view["root_view_id"], view["previous_view_id"]) == (ids[0], ids[-1])
        ids.append(view["id"])
    assert [each["id"] for each in (await slack.screen())["views"]] == ids


async def test_a_push_needs_an_open_modal(slack: Bench, ear: Ear) -> None:
    """A trigger from outside a modal has nothing to be pushed upon."""
    body = await slack.api("views.push", trigger_id=await slack.trigger(ear), view=modal())
    assert body["error"] == "not_found"


async def test_external_ids_are_unique(slack: Bench, ear: Ear) -> None:
    """An external_id finds its view, and no second open view may have it."""
    await slack.open(ear, modal(section(accessory=button(), block_id="b"), external_id="mine"))
    body = await slack.api("views.update", external_id="mine", view=modal(external_id="mine"))
    assert body["ok"]
    view = (await slack.screen())["views"][0]
    await slack.api(
        "views.update",
        view_id=view["id"],
        view=modal(section(accessory=button(), block_id="b"), external_id="mine"),
    )
    await act(slack, view, block_id="b")
    body = await slack.api(
        "views.push", trigger_id=ear.last["trigger_id"], view=modal(external_id="mine")
    )
    assert body["error"] == "duplicate_external_id"


async def test_input_survives_an_update_by_its_ids(slack: Bench, ear: Ear) -> None:
    """What was typed stays while block_id and action_id stay; a new block_id starts afresh."""
    view = await slack.open(ear, modal(NAME))
    await typed(slack, view, "name", "Ana")
    again = entry({"type": "plain_text_input", "initial_value": "other"}, "name")
    fresh = entry({"type": "plain_text_input", "initial_value": "other"}, "name2")
    body = await slack.api("views.update", view_id=view["id"], view=modal(again, fresh))
    found = values(body["view"])
    assert found["name"]["action"]["value"] == "Ana"
    assert found["name2"]["action"]["value"] == "other"


async def test_a_home_is_published(slack: Bench) -> None:
    """A Home is set without a trigger, guarded by its hash."""
    home = {"type": "home", "blocks": [section()]}
    first = await slack.api("views.publish", user_id=world.ANA, view=home)
    assert first["ok"]
    hash_ = first["view"]["hash"]
    assert (await slack.api("views.publish", user_id=world.ANA, view=home, hash=hash_))["ok"]
    body = await slack.api("views.publish", user_id=world.ANA, view=home, hash=hash_)
    assert body["error"] == "hash_conflict"
    assert (await slack.screen())["home"]["blocks"][0]["type"] == "section"


async def test_modals_and_homes_are_not_mixed_up(slack: Bench, ear: Ear) -> None:
    """A modal cannot be published, a Home cannot be opened, and neither becomes the other."""
    home = {"type": "home", "blocks": [section()]}
    body = await slack.api("views.publish", user_id=world.ANA, view=modal())
    assert body["error"] == "invalid_arguments"
    body = await slack.api("views.publish", user_id="U0NOBODY01", view=home)
    assert body["error"] == "user_not_found"
    body = await slack.api("views.open", trigger_id=await slack.trigger(ear), view=home)
    assert body["error"] == "invalid_arguments"
    view = await slack.open(ear, modal())
    body = await slack.api("views.update", view_id=view["id"], view=home)
    assert body["error"] == "invalid_arguments"


async def test_a_home_must_be_enabled(tmp_path: Path) -> None:
    """Without the Home tab in the manifest nothing can be published."""
    features = {**MANIFEST["features"], "app_home": {"home_tab_enabled": False}}
    async with bench(tmp_path, MANIFEST | {"features": features}) as slack:
        home = {"type": "home", "blocks": [section()]}
        body = await slack.api("views.publish", user_id=world.ANA, view=home)
    assert body["error"] == "not_enabled"


async def test_a_submission_carries_everything(slack: Bench, ear: Ear) -> None:
    """view_submission has the state, the private metadata and the hash; an empty ack closes."""
    view = await slack.open(ear, modal(NAME, private_metadata="draft 1", callback_id="export"))
    await typed(slack, view, "name", "Ana")
    answer = await slack.hands("submit", view_id=view["id"])
    assert answer == {"ok": True, "response_action": None, "view": None}
    payload = ear.last
    assert payload["type"] == "view_submission"
    assert payload["user"]["id"] == world.ANA
    assert payload["view"]["private_metadata"] == "draft 1"
    assert payload["view"]["callback_id"] == "export"
    assert payload["view"]["hash"] == view["hash"]
    assert values(payload["view"]) == {
        "name": {"action": {"type": "plain_text_input", "value": "Ana"}}
    }


async def test_an_empty_input_is_not_sent(slack: Bench, ear: Ear) -> None:
    """Slack's client stops a submission that lacks a required input; the app hears nothing."""
    optional = entry({"type": "plain_text_input"}, "more", optional=True)
    view = await slack.open(ear, modal(NAME, optional))
    heard = len(ear.envelopes)
    answer = await slack.hands("submit", view_id=view["id"])
    assert answer["error"] == "invalid_input"
    assert answer["errors"].keys() == {"name"}
    assert len(ear.envelopes) == heard
    assert (await slack.screen())["views"]


async def test_a_view_without_submit_has_no_button(slack: Bench, ear: Ear) -> None:
    """Nobody can submit a view that shows no submit button."""
    view = await slack.open(ear, modal(submit=None))
    assert (await slack.hands("submit", view_id=view["id"]))["error"] == "no_submit"


BOUNDS = [
    ({"type": "plain_text_input", "max_length": 3}, "four", "abc"),
    ({"type": "plain_text_input", "min_length": 3}, "ab", "abc"),
    ({"type": "plain_text_input"}, "x" * 3001, "x" * 3000),
    ({"type": "url_text_input"}, "botify", "https://app.botify.com/"),
    ({"type": "email_text_input"}, "ana", "ana@example.com"),
    ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "1"),
    ({"type": "number_input", "is_decimal_allowed": True}, "many", "1.5"),
    ({"type": "number_input", "is_decimal_allowed": False, "min_value": "2"}, "1", "2"),
    ({"type": "number_input", "is_decimal_allowed": False, "max_value": "2"}, "3", "2"),
]


@pytest.mark.parametrize(("element", "bad", "good"), BOUNDS)
async def test_inputs_keep_their_bounds(
    slack: Bench, ear: Ear, element: Json, bad: str, good: str
) -> None:
    """Slack's client refuses what is out of bounds before it is sent."""
    view = await slack.open(ear, modal(entry(element, "name")))
    await typed(slack, view, "name", bad)
    answer = await slack.hands("submit", view_id=view["id"])
    assert answer["error"] == "invalid_input"
    await typed(slack, view, "name", good)
    assert (await slack.hands("submit", view_id=view["id"]))["ok"]


async def test_the_app_answers_with_errors(slack: Bench, ear: Ear) -> None:
    """`errors` keeps the view open and shows each text at its input."""
    view = await slack.open(ear, modal(entry({"type": "plain_text_input"}, "name", optional=True)))
    ear.reply = lambda _: {"response_action": "errors", "errors": {"name": "Not that one."}}
    answer = await slack.hands("submit", view_id=view["id"])
    assert answer == {"ok": False, "error": "errors", "errors": {"name": "Not that one."}}
    assert (await slack.screen())["views"][0]["errors"] == {"name": "Not that one."}


BAD_ANSWERS: list[Json] = [
    {"response_action": "errors", "errors": {"nowhere": "No such input."}},
    {"response_action": "errors", "errors": {}},
    {"response_action": "errors"},
    {"response_action": "update", "view": {"type": "modal"}},
    {"response_action": "update"},
    {"response_action": "push", "view": modal(title=text("x" * 25))},
    {"response_action": "reload"},
    {"text": "thank you"},
]


@pytest.mark.parametrize("answer", BAD_ANSWERS)
async def test_answers_that_slack_cannot_use(slack: Bench, ear: Ear, answer: Json) -> None:
    """A wrong answer to a submission leaves the view open with a note to the person."""
    view = await slack.open(ear, modal())
    ear.reply = lambda _: answer
    body = await slack.hands("submit", view_id=view["id"])
    assert body["error"] == "invalid_response"
    screen = await slack.screen()
    assert [each["id"] for each in screen["views"]] == [view["id"]]
    assert [notice["error"] for notice in screen["notices"]] == ["invalid_response"]


async def test_the_app_answers_with_a_view(slack: Bench, ear: Ear) -> None:
    """`update` replaces the view, `push` lays one on it, `clear` closes them all."""
    view = await slack.open(ear, modal())
    ear.reply = lambda _: {"response_action": "update", "view": modal(title=text("Second"))}
    answer = await slack.hands("submit", view_id=view["id"])
    assert (answer["view"]["id"], answer["view"]["title"]["text"]) == (view["id"], "Second")
    assert answer["view"]["hash"] != view["hash"]
    ear.reply = lambda _: {"response_action": "push", "view": modal(title=text("Third"))}
    answer = await slack.hands("submit", view_id=view["id"])
    assert answer["view"]["previous_view_id"] == view["id"]
    ear.reply = lambda _: {"response_action": "clear"}
    answer = await slack.hands("submit", view_id=answer["view"]["id"])
    assert answer == {"ok": True, "response_action": "clear", "view": None}


async def test_an_empty_answer_closes_the_top_view_only(slack: Bench, ear: Ear) -> None:
    """Below a pushed view that was submitted lies its root."""
    view = await slack.open(ear, modal())
    ear.reply = lambda _: {"response_action": "push", "view": modal()}
    pushed = (await slack.hands("submit", view_id=view["id"]))["view"]
    ear.reply = lambda _: None
    answer = await slack.hands("submit", view_id=pushed["id"])
    assert answer["view"]["id"] == view["id"]


async def late(slack: Bench, ear: Ear, deed: "asyncio.Task[Json]") -> Json:
    """What comes of a deed that is not acknowledged within three seconds."""
    heard = len(ear.envelopes)
    await ear.until(lambda each: len(each.envelopes) > heard or deed.done())
    slack.pass_(2.75)
    assert not deed.done()
    slack.pass_(0.25)
    return await deed


async def test_a_late_submission_stays_open(slack: Bench, ear: Ear) -> None:
    """Without an ack within three seconds the person sees operation_timeout and keeps the view."""
    view = await slack.open(ear, modal())
    ear.reply = lambda _: SILENCE
    slack.drive()
    deed = asyncio.create_task(slack.hands("submit", view_id=view["id"]))
    assert (await late(slack, ear, deed))["error"] == "operation_timeout"
    screen = await slack.screen()
    assert [notice["error"] for notice in screen["notices"]] == ["operation_timeout"]
    assert [each["id"] for each in screen["views"]] == [view["id"]]
    await ear.acknowledge(ear.envelopes[-1]["envelope_id"])
    assert (await slack.screen())["views"]


async def test_without_a_connection_everything_fails(slack: Bench) -> None:
    """While no app is connected a command is dispatch_failed at once."""
    answer = await slack.hands("command", channel=world.SEO, text="/bench")
    assert answer == {"ok": False, "error": "dispatch_failed"}


@pytest.mark.parametrize("notify", [True, False])
async def test_closing_is_told_where_asked_for(slack: Bench, ear: Ear, notify: bool) -> None:
    """view_closed comes with notify_on_close only, and never carries what was entered."""
    view = await slack.open(ear, modal(NAME, notify_on_close=notify))
    await typed(slack, view, "name", "Ana")
    heard = len(ear.envelopes)
    await slack.hands("close", view_id=view["id"])
    assert len(ear.envelopes) - heard == int(notify)
    if notify:
        assert (ear.last["type"], ear.last["is_cleared"]) == ("view_closed", False)
        assert values(ear.last["view"]) == {}


async def test_the_window_closes_as_a_whole(slack: Bench, ear: Ear) -> None:
    """The X closes the stack and tells it once, with the root view."""
    view = await slack.open(ear, modal(notify_on_close=True))
    ear.reply = lambda _: {"response_action": "push", "view": modal(notify_on_close=True)}
    pushed = (await slack.hands("submit", view_id=view["id"]))["view"]
    ear.reply = lambda _: None
    heard = len(ear.envelopes)
    await slack.hands("close", view_id=pushed["id"], clear=True)
    assert len(ear.envelopes) - heard == 1
    assert (ear.last["view"]["id"], ear.last["is_cleared"]) == (view["id"], True)
    assert (await slack.screen())["views"] == []


async def test_a_button_in_a_view(slack: Bench, ear: Ear) -> None:
    """block_actions in a view has the view, its state, a new trigger and the button's value."""
    view = await slack.open(ear, modal(NAME, section(accessory=button(value="7"), block_id="b")))
    await typed(slack, view, "name", "Ana")
    assert (await act(slack, view, block_id="b"))["dispatched"]
    payload = ear.last
    assert payload["type"] == "block_actions"
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert values(payload["view"])["name"]["action"]["value"] == "Ana"
    action = payload["actions"][0]
    assert (action["block_id"], action["action_id"], action["value"]) == ("b", "action", "7")
    body = await slack.api("views.push", trigger_id=payload["trigger_id"], view=modal())
    assert body["ok"]


DISPATCHING = [
    ({}, {}, "input", False),
    ({}, {}, "action", False),
    ({"dispatch_action": True}, {}, "input", False),
    ({"dispatch_action": True}, {}, "action", True),
    ({"dispatch_action": True}, {"trigger_actions_on": ["on_character_entered"]}, "input", True),
    ({"dispatch_action": True}, {"trigger_actions_on": ["on_character_entered"]}, "action", False),
    ({}, {"trigger_actions_on": ["on_character_entered"]}, "input", False),
]


@pytest.mark.parametrize(("block", "config", "deed", "told"), DISPATCHING)
async def test_an_input_tells_only_where_asked(
    slack: Bench, ear: Ear, block: Json, config: Json, deed: str, told: bool
) -> None:
    """A text input dispatches with dispatch_action only, on Enter or on characters."""
    element: Json = {"type": "plain_text_input"}
    if config:
        element["dispatch_action_config"] = config
    view = await slack.open(ear, modal(entry(element, "name", **block)))
    said = {"block_id": "name", "action_id": "action", "value": "a"}
    answer = await slack.hands(deed, view_id=view["id"], **said)
    assert answer == {"ok": True, "dispatched": told}
    assert values((await slack.screen())["views"][0])["name"]["action"]["value"] == "a"


async def test_a_select_dispatches_its_choice(slack: Bench, ear: Ear) -> None:
    """A select with dispatch_action tells the choice and a fresh trigger."""
    element = {"type": "static_select", "options": [option("one"), option("two")]}
    view = await slack.open(ear, modal(entry(element, "menu", dispatch_action=True)))
    assert (await act(slack, view, block_id="menu", value="two"))["dispatched"]
    assert ear.last["actions"][0]["selected_option"] == option("two")
    assert ear.last["trigger_id"]


IMPOSSIBLE = [
    ({"type": "static_select", "options": [option("one")]}, "two", "no_such_option"),
    ({"type": "external_select"}, "never loaded", "no_such_option"),
    ({"type": "conversations_select"}, "G0ELSEWHERE", "not_in_menu"),
    ({"type": "conversations_select"}, world.OLD, "not_in_menu"),
    (
        {"type": "conversations_select", "filter": {"include": ["public"]}},
        world.SEO_TEAM,
        "not_in_menu",
    ),
    (
        {
            "type": "conversations_select",
            "filter": {"exclude_external_shared_channels": True},
        },
        world.PARTNER,
        "not_in_menu",
    ),
    ({"type": "users_select"}, "U0NOBODY01", "not_in_menu"),
    ({"type": "datepicker"}, "tomorrow", "bad_value"),
    ({"type": "plain_text_input"}, ["a"], "bad_value"),
    (
        {
            "type": "multi_static_select",
            "options": [option("one"), option("two")],
            "max_selected_items": 1,
        },
        ["one", "two"],
        "too_many_selected",
    ),
]


@pytest.mark.parametrize(("element", "value", "error"), IMPOSSIBLE)
async def test_a_menu_offers_what_it_offers(
    slack: Bench, ear: Ear, element: Json, value: Any, error: str
) -> None:
    """A person cannot enter what their client does not offer."""
    view = await slack.open(ear, modal(entry(element, "menu")))
    answer = await typed(slack, view, "menu", value)
    assert (answer["ok"], answer["error"]) == (False, error)


async def test_the_current_conversation_is_the_default(slack: Bench, ear: Ear) -> None:
    """default_to_current_conversation starts with the command's channel, where it is offered."""
    select = {"type": "conversations_select", "default_to_current_conversation": True}
    private = {**select, "filter": {"include": ["private"]}}
    given = {**select, "initial_conversation": world.PARTNER}
    blocks = [entry(select, "a"), entry(private, "b"), entry(given, "c")]
    found = values(await slack.open(ear, modal(*blocks)))
    chosen = {block_id: found[block_id]["action"]["selected_conversation"] for block_id in "abc"}
    assert chosen == {"a": world.SEO, "b": None, "c": world.PARTNER}


async def test_of_several_conversations_the_current_one_wins(slack: Bench, ear: Ear) -> None:
    """A menu for several ignores its initial ones where the current conversation is asked for."""
    select = {"type": "multi_conversations_select", "initial_conversations": [world.PARTNER]}
    current = {**select, "default_to_current_conversation": True}
    found = values(await slack.open(ear, modal(entry(select, "a"), entry(current, "b"))))
    chosen = [found[block_id]["action"]["selected_conversations"] for block_id in "ab"]
    assert chosen == [[world.PARTNER], [world.SEO]]


async def test_a_response_url_for_a_chosen_channel(slack: Bench, ear: Ear) -> None:
    """response_url_enabled brings a response URL for the conversation that was picked."""
    select = {"type": "conversations_select", "response_url_enabled": True}
    view = await slack.open(ear, modal(entry(select, "where")))
    await typed(slack, view, "where", world.GENERAL)
    await slack.hands("submit", view_id=view["id"])
    (url,) = ear.last["response_urls"]
    assert (url["block_id"], url["action_id"], url["channel_id"]) == (
        "where",
        "action",
        world.GENERAL,
    )
    async with slack.http.post(
        url["response_url"], json={"text": "here", "response_type": "in_channel"}
    ) as answer:
        assert answer.status == 200
    assert [each["channel"] for each in (await slack.state())["messages"]] == [world.GENERAL]


MENU = entry({"type": "external_select", "min_query_length": 0}, "menu")


async def test_an_external_menu_asks_the_app(slack: Bench, ear: Ear) -> None:
    """block_suggestion carries what was typed and the view; the options can then be chosen."""
    view = await slack.open(ear, modal(MENU, private_metadata="draft 1"))
    ear.reply = lambda envelope: (
        {"options": [option("one")]} if envelope["payload"]["type"] == "block_suggestion" else None
    )
    said = {"view_id": view["id"], "block_id": "menu", "action_id": "action"}
    answer = await slack.hands("options", query="on", **said)
    assert answer == {"ok": True, "options": [option("one")], "option_groups": []}
    payload = ear.last
    assert (payload["value"], payload["block_id"], payload["action_id"]) == ("on", "menu", "action")
    assert payload["view"]["private_metadata"] == "draft 1"
    assert (await typed(slack, view, "menu", "one"))["ok"]
    assert (await slack.hands("submit", view_id=view["id"]))["ok"]
    assert values(ear.last["view"])["menu"]["action"]["selected_option"] == option("one")


async def test_a_chosen_option_stays_chosen(slack: Bench, ear: Ear) -> None:
    """What was picked stays picked when later options do not contain it."""
    many = entry({"type": "multi_external_select", "min_query_length": 0}, "menu")
    view = await slack.open(ear, modal(many))
    said = {"view_id": view["id"], "block_id": "menu", "action_id": "action"}
    for word, chosen in (("one", ["one"]), ("two", ["one", "two"])):
        ear.reply = lambda _, word=word: {"options": [option(word)]}  # type: ignore[misc]
        await slack.hands("options", query="", **said)
        assert (await typed(slack, view, "menu", chosen))["ok"]


@pytest.mark.parametrize(("query", "heard"), [("", 0), ("ab", 0), ("abc", 1)])
async def test_a_menu_waits_for_three_characters(
    slack: Bench, ear: Ear, query: str, heard: int
) -> None:
    """Without min_query_length a menu asks from three characters on."""
    view = await slack.open(ear, modal(entry({"type": "external_select"}, "menu")))
    before = len(ear.envelopes)
    ear.reply = lambda _: {"options": []}
    said = {"view_id": view["id"], "block_id": "menu", "action_id": "action"}
    answer = await slack.hands("options", query=query, **said)
    assert len(ear.envelopes) - before == heard
    assert answer.get("error") == (None if heard else "query_too_short")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"options": [option(str(number)) for number in range(101)]},
        {"options": [option("x" * 151)]},
        {"options": [], "option_groups": []},
        {"choices": []},
    ],
)
async def test_menus_that_slack_cannot_show(slack: Bench, ear: Ear, answer: Any) -> None:
    """A menu that breaks the limits shows nothing."""
    view = await slack.open(ear, modal(MENU))
    ear.reply = lambda _: answer
    said = {"view_id": view["id"], "block_id": "menu", "action_id": "action"}
    body = await slack.hands("options", query="", **said)
    assert body["error"] == "invalid_response"
    assert body["messages"]


async def test_a_late_menu_is_empty(slack: Bench, ear: Ear) -> None:
    """Options that come after three seconds are not shown, and nobody is bothered."""
    view = await slack.open(ear, modal(MENU))
    ear.reply = lambda _: SILENCE
    slack.drive()
    said = {"view_id": view["id"], "block_id": "menu", "action_id": "action"}
    deed = asyncio.create_task(slack.hands("options", query="", **said))
    assert (await late(slack, ear, deed))["error"] == "operation_timeout"
    assert (await slack.screen())["notices"] == []
