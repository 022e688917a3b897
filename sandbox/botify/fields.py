"""The data model of a crawl: which fields there are, and what may be done with each."""

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

SCALAR_RIGHTS = ("select", "filters", "sort", "agg:categorical", "agg:numerical")
TEXT_RIGHTS = ("select", "filters", "sort", "agg:categorical")
STRUCT_RIGHTS = ("select", "filters_exist")
SAMPLE_RIGHTS = ("select",)
RIGHTS_BY_SUBTYPE = {
    "url_status": STRUCT_RIGHTS,
    "url_link_status": STRUCT_RIGHTS,
    "string_nb_map": SAMPLE_RIGHTS,
    "url": ("select", "filters_exist"),
}
NUMERIC = frozenset({"integer", "long", "float", "double"})
DATES = frozenset({"date", "datetime"})
TEXTS = frozenset({"string", "tree"})

URL = "url"
DEPTH = "depth"
COUNT = "count_urls_crawl"
LINKS = "outlinks_internal.graph.url"
"""One row for each link: it multiplies rows and is billed apart."""
GLOBAL = frozenset({"url", "protocol", "host"})
"""Fields that work without a collection in front; those under `segments.` do too."""
MANY = 4449
"""How many fields one known project has."""


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of the data model. `id` has no collection in front."""

    id: str
    name: str
    """The display name, which is the verbose CSV header."""
    type: str = "integer"
    subtype: str = ""
    multiple: bool = False
    kind: str = "dimension"
    optional: bool = False

    @property
    def permissions(self) -> tuple[str, ...]:
        if self.kind == "metric":
            return ("select", "sort")
        if self.subtype in RIGHTS_BY_SUBTYPE:
            return RIGHTS_BY_SUBTYPE[self.subtype]
        return SCALAR_RIGHTS if self.type in NUMERIC | DATES else TEXT_RIGHTS

    @property
    def group(self) -> str:
        """The first part of the id, under which Botify shows it."""
        return self.id.split(".", maxsplit=1)[0] if "." in self.id else "main"

    def is_global(self) -> bool:
        return self.id in GLOBAL or self.id.startswith("segments.")

    def as_json(self, prefix: str) -> dict[str, Any]:
        return {
            "id": f"{prefix}{self.id}",
            "name": self.name,
            "type": self.type,
            "subtype": self.subtype or self.type,
            "kind": self.kind,
            "multiple": self.multiple,
            "permissions": list(self.permissions),
            "optional": self.optional,
            "group": self.group,
            "aliases": [],
            "settings": {},
            "meta": {},
            "suggestion": self.type in TEXTS,
            "deprecated": False,
        }


MAIN = (
    Field("url", "Full URL", "string"),
    Field("depth", "Depth"),
    Field("http_code", "HTTP Status Code"),
    Field("byte_size", "Content Byte Size"),
    Field("content_type", "Content-Type", "string"),
    Field("delay_last_byte", "Delay Total", subtype="time_millisec"),
    Field("delay_first_byte", "Delay First Byte Received", subtype="time_millisec"),
    Field("date_crawled", "Date Crawled", "datetime"),
    Field("protocol", "Protocol", "string"),
    Field("host", "Host", "string"),
    Field("path", "URL Path", "string"),
    Field("query_string", "URL Query String", "string"),
    Field("query_string_keys", "URL Query String Keys", "string", multiple=True),
    Field("lang", "Lang", "string"),
    Field("gzipped", "Is Compressed", "boolean"),
    Field("main_image", "Main Image URL", "string", "image_url"),
    Field("url_exists_crawl", "URL Exists in Crawl", "boolean"),
    Field("duplicate_query_kvs.nb", "No. of URLs with Same Parameters in Another Order"),
)

METADATA = (
    Field("metadata.title.content", "Title", "string"),
    Field("metadata.title.contents", "Title", "string", multiple=True),
    Field("metadata.title.nb", "No. of Titles"),
    Field("metadata.title.len", "Title Length"),
    Field("metadata.title.quality", "Title Quality", "string"),
    Field("metadata.title.duplicates.context_aware.nb", "No. of Duplicate Titles"),
    Field("metadata.description.content", "Meta Description", "string"),
    Field("metadata.description.nb", "No. of Meta Descriptions"),
    Field("metadata.description.len", "Meta Description Length"),
    Field("metadata.description.duplicates.context_aware.nb", "No. of Duplicate Descriptions"),
    Field("metadata.h1.contents", "H1", "string", multiple=True),
    Field("metadata.h1.nb", "No. of H1"),
    Field("metadata.h1.len", "H1 Length"),
    Field("metadata.h1.duplicates.context_aware.nb", "No. of Duplicate H1"),
    Field("metadata.h2.contents", "H2", "string", multiple=True),
    Field("metadata.h2.nb", "No. of H2"),
    Field("metadata.h3.contents", "H3", "string", multiple=True),
    Field("metadata.h3.nb", "No. of H3"),
    Field("metadata.robots.noindex", "Has Noindex Meta Tag", "boolean"),
    Field("metadata.robots.nofollow", "Has Nofollow Meta Tag", "boolean"),
    Field("metadata.structured.breadcrumb.tree", "Breadcrumb", "tree"),
)

COMPLIANT = (
    Field("compliant.is_compliant", "Is Compliant", "boolean"),
    Field("compliant.main_reason", "Non-Indexable Main Reason", "string"),
    Field("compliant.detailed_reason", "Non-Indexable Detailed Reason", "string"),
    Field("compliant.reason.http_code", "Non-Indexable: HTTP Code", "boolean"),
    Field("compliant.reason.content_type", "Non-Indexable: Content-Type", "boolean"),
    Field("compliant.reason.canonical", "Non-Indexable: Canonical", "boolean"),
    Field("compliant.reason.noindex", "Non-Indexable: Noindex", "boolean"),
)
"""What crawls of the older kind say about indexability."""

INDEXABLE = (
    Field("indexable.is_indexable", "Is Indexable", "boolean"),
    Field("indexable.main_reason", "Non-Indexable Main Reason", "string"),
    Field("indexable.detailed_reason", "Non-Indexable Detailed Reason", "string"),
)
"""What newer crawls say instead. Only the first is documented."""

GRAPH = (
    Field("canonical.to.equal", "Canonical Points to Self", "boolean"),
    Field("canonical.to.url", "Canonical To", "string", "url_status"),
    Field("canonical.from.nb", "No. of Incoming Canonical Tags"),
    Field("canonical.from.urls", "Sample of Incoming Canonical Tags", "string", "url", True),
    Field("redirect.to.url", "Redirects To URL", "string", "url_status"),
    Field("redirect.to.final_url", "Ultimate Redirect Destination", "string", "url_status"),
    Field("redirect.to.nb_hops", "No. of Redirection Hops To Ultimate Destination"),
    Field("redirect.to.in_loop", "URL is Part of Redirect Loop", "boolean"),
    Field("redirect.from.nb", "No. of Incoming Redirects"),
    Field("redirect.from.urls", "Sample of Incoming Redirects", "string", "url", True),
    Field("sitemaps.present", "In Sitemap", "boolean"),
    Field("inlinks_internal.nb.total", "No. of Internal Inlinks (Follow + Nofollow)"),
    Field("inlinks_internal.nb.unique", "No. of Unique Inlinks"),
    Field("inlinks_internal.anchors.nb", "No. of Distinct Anchor Text on Inlinks"),
    Field("inlinks_internal.anchors.top", "Anchor Texts on Inlinks", "string", "string_nb_map"),
    Field("inlinks_internal.percentile", "Inlinks Percentile"),
    Field("internal_page_rank.value", "Internal Pagerank", "float"),
    Field("internal_page_rank.position", "Internal Pagerank Position", "long"),
    Field("internal_page_rank.raw", "Raw Internal Pagerank", "double"),
    Field("outlinks_internal.nb.total", "No. of Internal Outlinks (Follow + Nofollow)"),
    Field("outlinks_internal.nb.unique", "No. of Unique Internal Outlinks"),
    Field(LINKS, "Internal Outlink URL", "string"),
    Field(
        "outlinks_internal.urls", "Sample of Internal Outlinks", "string", "url_link_status", True
    ),
    Field("outlinks_external.nb.total", "No. of External Outlinks"),
    Field("outlinks_external.nb.unique", "No. of Unique External Outlinks"),
    Field("outlinks_errors.3xx.nb", "No. of Internal Outlinks to Redirects"),
    Field("outlinks_errors.4xx.nb", "No. of Internal Outlinks with 4xx Error"),
    Field("outlinks_errors.5xx.nb", "No. of Internal Outlinks with 5xx Error"),
    Field(
        "outlinks_errors.non_compliant.nb.follow.unique",
        "No. of Unique Follow Outlinks to Non-Compliant URLs",
    ),
    Field(
        "outlinks_errors.non_compliant.nb.follow.total",
        "No. of Follow Outlinks to Non-Compliant URLs",
    ),
    Field(
        "outlinks_errors.non_compliant.urls",
        "Sample of Non-Compliant Internal Outlinks",
        "string",
        "url",
        True,
    ),
)

FEATURES = (
    Field("js.rendering.exec", "JavaScript Was Executed", "boolean", optional=True),
    Field("js.rendering.ok", "JavaScript Rendering Is OK", "boolean", optional=True),
    Field("scoring.issues.title_len", "Issue: Title Length", "boolean", optional=True),
    Field("rel.hreflang.out.nb", "No. of Outgoing Hreflang", optional=True),
    Field(
        "rel.hreflang.out.valid.langs",
        "Valid Outgoing Hreflang Languages",
        "string",
        multiple=True,
        optional=True,
    ),
    Field(
        "visits.organic.all.nb",
        "No. of Visits from All Organic Sources (Analytics)",
        optional=True,
    ),
    Field("visits.organic.all.active", "Is Active from All Organic Sources", "boolean"),
    Field(
        "search_engines.google.crawls.count",
        "Crawls: Count On Period By Google",
        optional=True,
    ),
    Field("gsc_by_url.count_clicks", "No. of Clicks", "long", optional=True),
    Field("gsc_by_url.count_impressions", "No. of Impressions", "long", optional=True),
    Field("gsc_by_url.count_keywords", "No. of Keywords", optional=True),
    Field("gsc_by_url.avg_ctr", "Avg. URL CTR", "double", optional=True),
    Field("gsc_by_url.avg_position", "Avg. URL Position", "double", optional=True),
)

PAGETYPE = (
    Field("segments.pagetype.value", "pagetype", "tree"),
    Field("segments.pagetype.depth_1", "pagetype Level 1", "string"),
    Field("segments.pagetype.depth_2", "pagetype Level 2", "string"),
)

METRICS = (Field(COUNT, "No. of URLs", kind="metric"),)

EXTRACT_TYPES = (
    ("s", "string", False),
    ("i", "integer", False),
    ("f", "float", False),
    ("b", "boolean", False),
    ("d", "date", False),
    ("s", "string", True),
)
"""What the rules of a project extract from its pages, in turn."""


def link_counts() -> Iterator[Field]:
    """Links in and out, by what they are told to follow."""
    for way, name in (
        ("inlinks_internal", "Internal Inlinks"),
        ("outlinks_internal", "Internal Outlinks"),
    ):
        for rel in ("follow", "nofollow"):
            yield Field(f"{way}.nb.{rel}.unique", f"No. of {rel.title()} {name} (Unique)")
            yield Field(f"{way}.nb.{rel}.total", f"No. of {rel.title()} {name}")


def segments(number: int) -> Iterator[Field]:
    """Segmentations that the project's people made."""
    for index in range(1, number + 1):
        name = f"segment_{index:02d}"
        yield Field(f"segments.{name}.value", f"Segment {index}", "tree")
        yield Field(f"segments.{name}.depth_1", f"Segment {index} Level 1", "string")


def extracts(number: int) -> Iterator[Field]:
    """Values that the project's own rules extract; the display name is what the user gave."""
    for index in range(number):
        letter, kind, multiple = EXTRACT_TYPES[index % len(EXTRACT_TYPES)]
        name = f"Extracted value {index}" + (" (all)" if multiple else "")
        yield Field(f"extract.extract_{letter}_{index}", name, kind, multiple=multiple)


@functools.cache
def catalogue(kind: str, *, number: int | None = None) -> Mapping[str, Field]:
    """The fields of a project, by id.

    `kind` is `classic` (knows `compliant.*`, has a segmentation called pagetype) or `modern`
    (knows `indexable.*`, has none). `number` fills up with extracted values to so many fields.
    """
    fields = [*MAIN, *METADATA]
    fields += INDEXABLE if kind == "modern" else COMPLIANT
    fields += [*GRAPH, *link_counts(), *FEATURES, *METRICS]
    fields += [] if kind == "modern" else PAGETYPE
    fields += segments(40)
    fields += extracts(max(0, number - len(fields)) if number else 150)
    return MappingProxyType({field.id: field for field in fields})
