"""The first day: `doctor` names each thing that is missing, and ends with the one next step."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from stage import MANIFEST, Ran, Stage

from sandbox import servers
from sandbox.slack.world import APP_TOKEN, BOT_TOKEN

PROFILE = {"service": "botify", "method": "GET /authentication/profile", "action": "refuse"}
OPEN = {"service": "slack", "method": "apps.connections.open", "action": "refuse"}


def next_step(ran: Ran) -> str:
    """What the last line tells to do."""
    assert ran.status == 1, ran.out + ran.err
    assert "Traceback" not in ran.err
    last = ran.out.splitlines()[-1]
    assert last.startswith("Next: "), ran.out
    return last.removeprefix("Next: ")


@pytest.mark.parametrize(
    ("settings", "found", "step"),
    [
        (
            {"SLACK_BOT_TOKEN": APP_TOKEN, "SLACK_APP_TOKEN": BOT_TOKEN},
            "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped.",
            "Exchange them",
        ),
        (
            {"SLACK_BOT_TOKEN": "xoxp-1"},
            "SLACK_BOT_TOKEN holds a user token",
            "Copy the Bot User OAuth Token (xoxb-...)",
        ),
        (
            {"SLACK_BOT_TOKEN": "xoxb-..."},
            "SLACK_BOT_TOKEN is still the placeholder",
            "Copy the Bot User OAuth Token (xoxb-...)",
        ),
        (
            {"SLACK_BOT_TOKEN": "xoxb-wrong"},
            "Slack does not accept SLACK_BOT_TOKEN.",
            "Copy the Bot User OAuth Token (xoxb-...)",
        ),
        (
            {"SLACK_APP_TOKEN": "xapp-..."},
            "SLACK_APP_TOKEN is still the placeholder",
            "connections:write",
        ),
        (
            {"SLACK_APP_TOKEN": "xapp-wrong"},
            "Slack does not accept SLACK_APP_TOKEN.",
            "connections:write",
        ),
        (
            {"BOTIFY_API_TOKEN": "..."},
            "BOTIFY_API_TOKEN is still the placeholder",
            "https://app.botify.com/account",
        ),
    ],
)
async def test_a_token_in_the_wrong_place_is_named(
    stage: Stage, settings: dict[str, str], found: str, step: str
) -> None:
    """What was pasted wrongly is said in the words of the page that it comes from."""
    stage.brings_about.add("invalid_auth")
    ran = await stage.run("doctor", **settings)
    assert step in next_step(ran)
    assert found in ran.out


@pytest.mark.parametrize(
    ("fault", "found", "step"),
    [
        (
            PROFILE | {"status": 403, "error": "1002"},
            "API access is not enabled",
            "ask your Botify contact to enable API access",
        ),
        (PROFILE | {"error": "1001"}, "does not accept the API token", "BOTIFY_API_TOKEN"),
        (PROFILE | {"action": "status", "status": 404}, "not Botify's API", "BOTIFY_API_URL"),
        (PROFILE | {"action": "html", "status": 200}, "a web page", "BOTIFY_API_URL"),
        (OPEN | {"error": "missing_scope"}, "may not open", "connections:write"),
    ],
)
async def test_an_account_without_a_right_is_told_which(
    stage: Stage, fault: dict[str, Any], found: str, step: str
) -> None:
    """An account without API access, a wrong address, a token without its scope."""
    await stage.control("faults", fault | {"count": None})
    ran = await stage.run("doctor")
    assert step in next_step(ran)
    assert found in ran.out


@pytest.mark.parametrize(
    ("sockets", "found", "step"),
    [
        ("off", "Socket Mode", "Switch on Socket Mode on the app's page"),
        ("refused", "WebSocket to Slack was refused (HTTP 403)", "pass WebSockets (wss)"),
    ],
)
async def test_a_connection_that_slack_or_a_proxy_refuses_is_seen(
    stage: Stage, sockets: str, found: str, step: str
) -> None:
    """A ticket is not enough: `doctor` waits until Slack has said hello."""
    await stage.switch(sockets=sockets)
    ran = await stage.run("doctor")
    assert step in next_step(ran)
    assert found in ran.out
    assert "ticket" not in ran.out


async def test_a_missing_scope_is_named(tmp_path: Path) -> None:
    """The installation is older than the manifest: install it again."""
    manifest = yaml.safe_load(MANIFEST.read_text())
    manifest["oauth_config"]["scopes"]["bot"].remove("files:write")
    thinner = tmp_path / "manifest.yml"
    thinner.write_text(yaml.safe_dump(manifest))
    sandbox = await servers.start(manifest=thinner)
    try:
        async with httpx.AsyncClient(base_url=sandbox.addresses.page) as http:
            ran = await Stage(sandbox, http, tmp_path, {}).run("doctor")
    finally:
        await sandbox.stop()
    assert "install the app again" in next_step(ran)
    assert "Missing: files:write." in ran.out


async def test_a_missing_bot_token_is_told_once(stage: Stage) -> None:
    """What cannot be tried without it is not called wrong."""
    ran = await stage.run("doctor", SLACK_BOT_TOKEN="")
    assert "SLACK_BOT_TOKEN" in next_step(ran)
    assert ran.out.count("SLACK_BOT_TOKEN is not set.") == 1


async def test_a_data_folder_that_others_can_read_deserves_a_look(stage: Stage) -> None:
    """As systemd makes a StateDirectory: everything works, and is not as private as promised."""
    folder = stage.folder / "data"
    folder.chmod(0o755)
    ran = await stage.run("doctor")
    assert ran.status == 0, ran.out
    assert f"chmod 700 {folder}" in ran.out


async def test_a_start_with_a_refused_botify_token_says_so(stage: Stage) -> None:
    """The bot runs, and the log says at once that no export will work."""
    bot = await stage.start_bot(BOTIFY_API_TOKEN="wrong")
    assert "Exports will not work" in bot.log
    assert "BOTIFY_API_TOKEN" in bot.log


async def test_a_setting_that_is_none_is_named(stage: Stage) -> None:
    """A misspelt name in .env would have no effect, and nobody would know."""
    (stage.folder / ".env").write_text("CONFIRM_CREDIT_ABOVE=5\n")
    ran = await stage.run("doctor")
    assert ran.status == 0, ran.out
    assert "CONFIRM_CREDIT_ABOVE in .env is no setting, and is not used." in ran.out
    assert "Did you mean CONFIRM_CREDITS_ABOVE?" in ran.out
