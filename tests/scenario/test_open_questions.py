"""Where nobody knows how Botify or Slack behaves, the product survives both ways."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import AnyHttpUrl, SecretStr
from stage import ACME, Stage, staged

from bot.model.settings import Settings
from bot.terminal import Wish, run_export
from sandbox.slack.world import SEO

TINY = "https://app.botify.com/acme-org/tiny.example/"

OF_BOTIFY: list[dict[str, Any]] = [
    {"profile_shape": "username"},
    {"profile_shape": "user"},
    {"profile_shape": "login"},
    {"project_shape": "user"},
    {"project_shape": "both"},
    {"project_shape": "neither"},
    {"collections_shape": "envelope"},
    {"field_ids": "prefixed"},
    {"analyses_order": "oldest"},
    {"metrics_required": False},
    {"query_size_over": "clamp"},
    {"sort_by_field": False},
    {"job_created_status": 200},
    {"job_id_form": "text"},
    {"job_url_form": "absolute"},
    {"job_url_form": "absent"},
    {"job_id_given": False},
    {"job_metadata": "dropped"},
    {"job_metadata": "refused"},
    {"job_user_form": "object"},
    {"job_user_form": "absent"},
    {"job_payload_echo": "with_defaults"},
    {"results_rows": True},
    {"running_results": "absent"},
    {"jobs_list_shows": "none"},
    {"jobs_list_shows": "all", "jobs_list_order": "oldest"},
    {"file_format": "zip"},
    {"file_format": "plain"},
    {"file_gz_members": 3},
    {"sep_line": "always"},
    {"csv_line_end": "lf"},
    {"csv_quoting": "all"},
    {"csv_bom": True},
    {"csv_booleans": "capital", "csv_null": "null", "csv_dates": "space"},
    {"multi_values": "json"},
    {"multi_values": "first"},
    {"file_content_type": "octet-stream"},
    {"file_ranges": False},
    {"file_length": False},
    {"file_redirects": 2},
    {"rate_limit_scope": "project", "retry_after": True, "too_many_code": False},
    {"job_progress_by": "time", "job_seconds": 0.1, "job_seconds_created": 0.05},
]
"""One choice each that differs from what the other scenarios run against."""


@pytest.mark.parametrize("switches", OF_BOTIFY, ids=lambda one: json.dumps(one)[1:-1])
async def test_an_export_is_whole_whatever_botify_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], switches: dict[str, Any]
) -> None:
    """The same rows, once, for whichever answer an open question has."""
    async with staged(tmp_path) as stage:
        await stage.switch(**switches)
        places = stage.sandbox.addresses
        settings = Settings(
            botify_api_token=SecretStr(places.botify_api_token),
            botify_api_url=AnyHttpUrl(places.botify_api_url),
            botify_download_hosts=(places.files_origin.partition("://")[2],),
            data_dir=tmp_path / "data",
            poll_seconds=0.05,
        )
        target = tmp_path / "tiny.csv"
        wish = Wish(url=TINY, output=target, guard=False, yes=True, as_json=True)
        assert await run_export(settings, wish) == 0
        report = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert report["rows"] == 12
        assert len(await stage.jobs()) == 1
        content = target.read_bytes()
        assert not content.startswith(b"sep=")
        expected = await stage.expected(report["job_ids"][0])
        assert rows_of(content) == rows_of(expected)


def rows_of(content: bytes) -> list[list[str]]:
    """The cells, whatever the byte order mark, the quoting and the line ends."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


OF_SLACK: list[dict[str, Any]] = [
    {"new_blocks": False},
    {"share_after_calls": 6},
    {"upload_twice": "accepted"},
    {"command_links": "labelled"},
    {"command_links": "raw"},
    {"connections_open_tier": 1},
]


@pytest.mark.parametrize("progress", ["classic", "plan"])
async def test_a_file_arrives_whatever_slack_does(tmp_path: Path, progress: str) -> None:
    """One bot, one export for each answer to an open question: each file arrives once."""
    async with staged(tmp_path, PROGRESS_BLOCKS=progress) as stage:
        bot = await stage.start_bot()
        for number, switches in enumerate(OF_SLACK, start=1):
            known = (await stage.http.get("control/switches")).json()
            before = {name: known[name]["value"] for name in switches}
            await stage.switch(**switches)
            await export_once(stage, number)
            await stage.switch(**before)
        assert len(await stage.files(SEO)) == len(OF_SLACK)
        assert bot.alive


async def export_once(stage: Stage, number: int) -> None:
    """Another export, of another depth, so that none is the same as one before."""
    await stage.open(f"{ACME} depth={number} fields=url")
    answer = await stage.submit()
    assert answer["ok"], answer

    async def there() -> bool:
        return len(await stage.files(SEO)) >= number

    await stage.until(there)
