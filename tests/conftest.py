"""What every test shares: a clean environment, how long a property is tried, what is left out."""

import gc
import os
import re
from collections import Counter

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

gc.disable()  # until all tests are collected: what that makes is kept

settings.register_profile("usual", max_examples=15, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


WHOLE = re.compile(
    "test_a_usual_start_does_not_load_alembic|test_a_demo_that_is_killed"
    "|test_every_group_runs|test_three_million_urls|arrives_compressed|test_others_do_not_notice"
    "|test_a_small_file_needs_no_packing|test_where_tables_are_refused|test_a_disk_that_fills"
    "|test_the_tour_(from|goes)|test_a_small_screen|test_the_panel_covers|test_two_windows"
    "|test_a_thread_leaves_room|test_a_required_field|test_escape_leaves|test_dark_is_dark"
    "|test_the_panel_tells_how_exports_stand|test_typing_finds|test_a_switch_breaks"
    "|test_everything_goes_back|test_one_armed_fate"
    "|test_the_channels_of_a_small_screen|test_the_chosen_person_stands|test_the_price_follows"
    "|test_no_serious_fault.(first_visit|messages|table|dear_modal|wrong_modal)"
)
"""Tests that cost whole seconds of a processor each, beside others that keep their promise."""
SAMPLED = re.compile(
    "test_an_export_is_whole_whatever_botify|test_a_kill_while_a_service_acts"
    "|test_polls_without_a_usable_answer|test_botify_without_a_usable_answer"
    "|test_wild_submission|test_a_job_that_ends_without_a_file|test_one_line_and_a_clean_end"
    "|test_preset_is_checked|test_go_that_cannot_start|test_every_filter_is_accepted"
    "|test_each_preset_is_exported|test_each_filter_holds_in_an_analysis|test_link_that_cannot"
    "|test_nothing_that_is_sent_breaks_it|test_a_choice_that_cannot_be|test_what_cannot_be_done"
    "|test_doctor_names_what_is_wrong|test_bad_bodies_are_refused"
    "|test_a_job_that_fails_is_told|test_an_address_that_expired|test_other_words_for_running"
    "|test_a_file_arrives_whatever_slack_does|test_a_channel_that_closes_sends_the_file"
    "|test_one_line_and_nothing_left_behind|test_a_running_export_that_is_ours_is_adopted_late"
    "|test_filter_is_counted_and_sent|test_lost_answer_of_an_update|test_channel_that_cannot_be_used"
)
"""Tests with many cases of one kind: `make test` plays each third."""


TOGETHER = (
    "tests/browser/",
    "tests/packaging/",
    "tests/unit/test_benchmarks.py",  # they share a folder
    "tests/unit/test_storage_plans.py",
)
"""What is costly to set up is set up once: all tests of such a group go to one worker."""


class Together(LoadScopeScheduling):  # type: ignore[misc] - xdist has no types for it
    """Gives each test to the next free worker, but for those that belong together.

    xdist's own groups write a name into the id of a test, which this pytest does not let them.
    """

    def _split_scope(self, nodeid: str) -> str:
        group = next((group for group in TOGETHER if nodeid.startswith(group)), nodeid)
        # make thorough starts a demo for each file: see tests/browser/conftest.py
        file = self.config.getoption("--thorough") and group != nodeid
        return nodeid.partition("::")[0] if file else group


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """The scheduler of all parallel runs."""
    return Together(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make test` is to end within minutes on two cores; `make thorough` leaves nothing out."""
    parser.addoption("--thorough", action="store_true", help="leave no test out")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is left to `make thorough`, and say how many."""
    if config.getoption("--thorough"):
        return
    seen: Counter[str] = Counter()
    left_out = []
    for item in items:
        name = item.name.partition("[")[0]
        seen[name] += 1
        if WHOLE.search(item.name) or (SAMPLED.search(name) and seen[name] % 3 != 1):
            left_out.append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(autouse=True)
def _clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No setting of this machine reaches a test, and no `.env` of the checkout is read."""
    for name in list(os.environ):
        if name.startswith(("SLACK_", "BOTIFY_", "POLL_", "DATA_DIR", "DATABASE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))


def pytest_collection_finish() -> None:
    """Thousands of tests are not looked through for garbage each time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
