"""Who may ask the local Botify, and how it says no."""

import httpx
import pytest

from sandbox.botify.world import OTHER_TOKEN, TOKEN
from sandbox.servers import Sandbox


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Token of-nobody"},
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authentication": f"Token {TOKEN}"},
    ],
)
async def test_no_known_token_is_401(
    sandbox: Sandbox, plain: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """A request without a known token in the right header is refused with 401 and 1001."""
    answer = await plain.get(
        f"{sandbox.addresses.botify_api_url}/authentication/profile", headers=headers
    )
    assert answer.status_code == 401
    assert answer.json()["error"]["error_code"] == 1001


@pytest.mark.parametrize("scheme", ["Token", "token"])
async def test_both_spellings_of_the_scheme_work(
    sandbox: Sandbox, plain: httpx.AsyncClient, scheme: str
) -> None:
    """`Token` and `token` are both accepted, and the profile names the person."""
    answer = await plain.get(
        f"{sandbox.addresses.botify_api_url}/authentication/profile",
        headers={"Authorization": f"{scheme} {TOKEN}"},
    )
    assert answer.json() == {"success": True, "data": {"username": "jane.doe"}}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/projects/acme-org"),
        ("GET", "/users/acme-org/projects"),
        ("GET", "/analyses/acme-org/acme.com"),
        ("GET", "/analyses/acme-org/acme.com/light"),
        ("GET", "/analyses/acme-org/acme.com/20260705"),
        ("GET", "/projects/acme-org/acme.com/collections"),
        ("GET", "/projects/acme-org/acme.com/collections/crawl.20260705"),
        ("POST", "/projects/acme-org/acme.com/query"),
    ],
)
async def test_a_stranger_is_403_everywhere(
    botify: httpx.AsyncClient, method: str, path: str
) -> None:
    """A known token without access to the organisation is refused with 403 and 1002."""
    answer = await botify.request(
        method, path, headers={"Authorization": f"Token {OTHER_TOKEN}"}, json={}
    )
    assert answer.status_code == 403
    assert answer.json()["error"]["error_code"] == 1002


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/projects/nobody", 1007),
        ("/analyses/nobody/acme.com/light", 1007),
        ("/analyses/acme-org/nothing.example/light", 1010),
        ("/projects/acme-org/nothing.example/collections", 1010),
        ("/analyses/acme-org/acme.com/19990101", 1004),
        ("/projects/acme-org/acme.com/collections/crawl.19990101", 1004),
        ("/projects/acme-org/acme.com/collections/nothing", 1004),
    ],
)
async def test_what_does_not_exist_is_404(botify: httpx.AsyncClient, path: str, code: int) -> None:
    """Each kind of missing thing has its own code under HTTP 404."""
    answer = await botify.get(path)
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (404, code)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("username", {"success": True, "username": "jane.doe"}),
        ("user", {"success": True, "user": {"username": "jane.doe"}}),
        ("login", {"login": "jane.doe"}),
    ],
)
async def test_the_profile_can_look_otherwise(
    sandbox: Sandbox, botify: httpx.AsyncClient, shape: str, expected: object
) -> None:
    """The profile is served in every shape that a client has been seen to expect."""
    sandbox.control.set_switches({"profile_shape": shape})
    assert (await botify.get("/authentication/profile")).json() == expected


async def test_refusals_can_be_the_frameworks(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """401 and 403 can come with the framework's body instead of Botify's envelope."""
    sandbox.control.set_switches({"auth_error_body": "framework"})
    answer = await botify.get("/projects/acme-org", headers={"Authorization": "Token x"})
    assert answer.status_code == 401
    assert answer.json().keys() == {"detail"}


async def test_details_of_errors_are_optional(sandbox: Sandbox, botify: httpx.AsyncClient) -> None:
    """`error_detail` is there only where the switch says so."""
    with_detail = (await botify.get("/projects/nobody")).json()["error"]
    sandbox.control.set_switches({"error_detail": False})
    without = (await botify.get("/projects/nobody")).json()["error"]
    assert with_detail.keys() - without.keys() == {"error_detail"}


async def test_another_method_is_refused(botify: httpx.AsyncClient) -> None:
    """A method that an endpoint lacks is 405 with 1039; jobs cannot be deleted."""
    answer = await botify.delete("/jobs/4100001")
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (405, 1039)


async def test_an_unknown_path_is_the_frameworks_404(botify: httpx.AsyncClient) -> None:
    """A path that Botify does not publish is a 404 without Botify's envelope."""
    answer = await botify.get("/jobs/1/cancel/now")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
