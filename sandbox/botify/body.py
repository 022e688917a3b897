"""The body of `POST /jobs`: what a job may be asked with."""

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.botify import auth, formatter, query
from sandbox.botify.errors import Refusal
from sandbox.botify.formatter import Constant, Style
from sandbox.botify.query import Query
from sandbox.botify.service import Service
from sandbox.botify.world import Person, Project

TOP_KEYS = frozenset({"job_type", "payload", "metadata"})
REQUIRED = ("username", "project", "export_size", "formatter", "connector", "query")
PAYLOAD_KEYS = frozenset({*REQUIRED, "formatter_config", "extra_config", "export_job_name"})
FORMATTERS = frozenset({"csv", "json", "xml", "sitemap"})
DIRECT_DOWNLOAD = "direct_download"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ZIP_KEYS = {"filetype": "filetype", "compression": "compression"}


def _is_delimiter(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 1 and value not in '"\r\n'


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_header_format(value: Any) -> bool:
    return value in ("verbose", "slug", "collection_slug")


def _is_columns(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict)
        and item.keys() == {"value", "name", "slug"}
        and all(isinstance(part, str) for part in item.values())
        for item in value
    )


FORMATTER_CONFIG: dict[str, Callable[[Any], bool]] = {
    "delimiter": _is_delimiter,
    "print_delimiter": _is_boolean,
    "print_header": _is_boolean,
    "header_format": _is_header_format,
    "prepend_columns": _is_columns,
    "append_columns": _is_columns,
}
"""The options of the CSV formatter, and what each may be."""


@dataclasses.dataclass(frozen=True)
class JobRequest:
    """A job that was understood."""

    payload: dict[str, Any]
    """As it was sent."""
    metadata: dict[str, Any]
    project: Project
    query: Query
    export_size: int
    asks_zip: bool

    def style(self, service: Service) -> Style:
        """How its file is written, by its formatter_config and by the switches."""
        config = dict(self.payload.get("formatter_config") or {})
        config.setdefault("print_delimiter", service.value("default_print_delimiter"))
        config.setdefault("print_header", service.value("default_print_header"))
        if service.value("sep_line") != "as_asked":
            config["print_delimiter"] = service.value("sep_line") == "always"
        for key in ("prepend_columns", "append_columns"):
            config[key] = tuple(Constant(**item) for item in config.get(key, ()))
        return Style(
            **config,
            multi_values=service.value("multi_values"),
            booleans=service.value("csv_booleans"),
            null=service.value("csv_null"),
            dates=service.value("csv_dates"),
            line_end=service.value("csv_line_end"),
            quoting=service.value("csv_quoting"),
            bom=service.value("csv_bom"),
        )


def parse(service: Service, asking: Person, body: Any) -> JobRequest:
    """Understand the body of a job.

    Raises:
        Refusal: with the code for what is wrong.
    """
    if not isinstance(body, dict):
        raise Refusal(1020, "the body is not an object")
    _no_unknown(body, TOP_KEYS, "the body")
    if body.get("job_type") != "export":
        raise Refusal(1020, "job_type is export")
    payload = body.get("payload")
    if not isinstance(payload, dict):
        raise Refusal(1020, "payload is an object")
    metadata = _metadata(service, body)
    _no_unknown(payload, PAYLOAD_KEYS, "payload")
    if missing := [key for key in REQUIRED if key not in payload]:
        raise Refusal(1020, f"payload lacks {', '.join(missing)}")
    if not isinstance(payload["username"], str) or not isinstance(payload["project"], str):
        raise Refusal(1020, "username and project are text")
    project = auth.project(asking, service.world, payload["username"], payload["project"])
    _formatter(payload)
    _connector(payload)
    asked = query.parse(project, payload["query"], service.switches)
    _fields(service, asked)
    return JobRequest(
        payload=payload,
        metadata=metadata,
        project=project,
        query=asked,
        export_size=_export_size(service, payload),
        asks_zip=_asks_zip(service, payload),
    )


def with_defaults(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as a service may give it back that fills in what was left out."""
    standard = dataclasses.asdict(formatter.Style())
    options = {key: standard[key] for key in ("delimiter", "print_header", "header_format")}
    config = {**options, **(payload.get("formatter_config") or {})}
    return {"extra_config": {}, "export_job_name": None, **payload, "formatter_config": config}


def _no_unknown(data: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    if unknown := sorted(data.keys() - known):
        raise Refusal(1020, f"unknown keys in {where}: {', '.join(unknown)}")


def _metadata(service: Service, body: Mapping[str, Any]) -> dict[str, Any]:
    metadata = body.get("metadata", {})
    if not isinstance(metadata, dict):
        raise Refusal(1020, "metadata is an object")
    if "metadata" in body and service.value("job_metadata") == "refused":
        raise Refusal(1020, "unknown keys in the body: metadata")
    return metadata


def _formatter(payload: Mapping[str, Any]) -> None:
    name, config = payload["formatter"], payload.get("formatter_config", {})
    if name not in FORMATTERS:
        raise Refusal(1020, f"formatter is one of {', '.join(sorted(FORMATTERS))}")
    if name != "csv":
        raise Refusal(1034, f"the sandbox writes csv, not {name}")
    if not isinstance(config, dict):
        raise Refusal(1020, "formatter_config is an object")
    _no_unknown(config, frozenset(FORMATTER_CONFIG), "formatter_config")
    for key, value in config.items():
        if not FORMATTER_CONFIG[key](value):
            raise Refusal(1020, f"formatter_config.{key} cannot be {json.dumps(value)}")


def _connector(payload: Mapping[str, Any]) -> None:
    name, extra = payload["connector"], payload.get("extra_config", {})
    if not isinstance(extra, dict):
        raise Refusal(1020, "extra_config is an object")
    if name == DIRECT_DOWNLOAD:
        return
    if isinstance(name, str) and UUID.fullmatch(name):
        raise Refusal(1034, "no storage connector is configured")
    raise Refusal(1020, "connector is direct_download or the UUID of a storage connector")


def _export_size(service: Service, payload: Mapping[str, Any]) -> int:
    size = payload["export_size"]
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise Refusal(1020, "export_size is a positive whole number")
    largest: int = service.value("direct_download_rows")
    if size > largest and service.value("export_size_over") == "refuse":
        raise Refusal(1020, f"export_size is at most {largest} for {DIRECT_DOWNLOAD}")
    return min(size, largest)


def _fields(service: Service, asked: Query) -> None:
    most, most_multiple = (
        service.value("fields_per_export"),
        service.value("multiple_fields_per_export"),
    )
    number = len(asked.columns) + len(asked.metrics)
    multiple = sum(column.multiple for column in asked.columns)
    if most is not None and number > most:
        raise Refusal(1027, f"{number} fields, at most {most}")
    if most_multiple is not None and multiple > most_multiple:
        raise Refusal(1028, f"{multiple} multiple fields, at most {most_multiple}")


def _asks_zip(service: Service, payload: Mapping[str, Any]) -> bool:
    understood = service.value("zip_asked_by")
    keys = ZIP_KEYS.values() if understood == "both" else [understood]
    extra = payload.get("extra_config") or {}
    return any(extra.get(key) == "zip" for key in keys)
