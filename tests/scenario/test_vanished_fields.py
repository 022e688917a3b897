"""A field that vanishes between the modal and the job: told to the person, and no job is made."""

import json

from stage import TINY, Stage

SHOP = "https://app.botify.com/acme-org/shop.example/"
LIMITED = {"count": None, "seconds": 1}


async def seed(stage: Stage, *, newer_names: bool) -> None:
    """The shop, whose analysis knows `compliant.*` or, in its place, `indexable.*`."""
    kind = "modern" if newer_names else "classic"
    project = {"project": "shop.example", "depths": [1, 5, 20], "kind": kind}
    await stage.control("seed", {"botify": {"projects": [project]}})


async def test_a_field_that_botify_refuses_is_told(stage: Stage) -> None:
    """It vanished a moment ago: Botify refuses the request, and the message says which and why."""
    stage.brings_about.add("1029")
    await seed(stage, newer_names=False)
    await stage.start_bot()
    await stage.open(f"{SHOP} preset=indexability")
    await seed(stage, newer_names=True)
    assert (await stage.submit())["ok"]
    message = await stage.message_with("compliant.is_compliant")
    assert "Botify does not know the field" in json.dumps(message)
    assert await stage.jobs() == []


async def test_a_field_that_vanished_while_an_export_waited_is_found_before_the_job(
    stage: Stage,
) -> None:
    """After a restart the fields are read anew, and Botify is not even asked for the job."""
    await seed(stage, newer_names=False)
    await stage.fault("botify", "POST /jobs", "ratelimit", **LIMITED)
    bot = await stage.start_bot()
    await stage.export(f"{SHOP} preset=indexability")
    await stage.message_with("will be tried again by itself")
    await bot.kill()
    await seed(stage, newer_names=True)
    await stage.http.delete("control/faults")
    asked = stage.counts()["POST /jobs"]
    await stage.start_bot()
    message = await stage.message_with("no longer has compliant.is_compliant")
    assert "nothing was paid" in json.dumps(message)
    assert stage.counts()["POST /jobs"] == asked
    assert await stage.jobs() == []


async def test_a_list_of_fields_that_cannot_be_had_stops_nothing(stage: Stage) -> None:
    """The look is a courtesy: Botify checks the names itself."""
    await stage.fault("botify", "POST /jobs", "ratelimit", **LIMITED)
    bot = await stage.start_bot()
    await stage.export(TINY)
    await stage.message_with("will be tried again by itself")
    await bot.kill()
    await stage.http.delete("control/faults")
    await stage.fault(
        "botify", "GET /projects/{org}/{project}/collections/{collection}", "status",
        count=None, status=500,
    )  # fmt: skip
    await stage.start_bot()
    assert await stage.delivered()
