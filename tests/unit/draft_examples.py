"""Drafts to build modals of: an ordinary one, and any, however wild its contents."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from bot.model import preset
from bot.model.analysis import Analysis
from bot.model.depths import DepthCounts
from bot.model.draft import Destination, Draft, Filterable, Laid, Offer
from bot.model.field import DEFAULT_FIELDS, Field
from bot.model.filters import Filters
from bot.model.project import Project
from bot.model.rows import RowsChoice, RowsMode
from bot.model.settings import PostFileIn, Settings

NOW = datetime(2026, 7, 12, 14, 3, tzinfo=UTC)
ACME = Project("acme-org", "acme.com")
LINK = "https://app.botify.com/acme-org/acme.com"
HOSTS = ("app.botify.com",)
SETTINGS = Settings(botify_row_limit=1_000_000)

FIELDS = tuple(
    Field(name, title, "string", group="Main")
    for name, title in zip(
        DEFAULT_FIELDS, ("Full URL", "Title", "Meta Description", "H1"), strict=True
    )
)
HTTP_CODE = Field("http_code", "HTTP Status Code", "integer", group="Main")
HIDDEN = Field("internal.only", "Internal", "string", selectable=False)
LINKS = Field("outlinks_internal.graph.url", "Internal Outlink URL", "string")
CATALOGUE = (*FIELDS, HTTP_CODE, HIDDEN, LINKS)

ANALYSES = (
    Analysis("20260712", "2026 Jul. 12th", "crawling", 0, NOW),
    Analysis("20260705-2", "2026 Jul. 5th (2)", "success", 48_211, NOW),
    Analysis("20260705", "2026 Jul. 5th", "success", 48_000, NOW),
)
COUNTS = DepthCounts(((0, 1), (1, 48_000), (2, 200)), without_depth=10)
SEO = Destination("C0SEO00001")


def a_draft(**changes: Any) -> Draft:
    """A complete draft of acme.com: everything is known, nothing is wrong.

    Its fields are laid for what it says, where the changes do not say otherwise.
    """
    draft = Draft(
        id="0123456789ABCDEFGHJK",
        team="T0SANDBOX1",
        user="U0ANA00001",
        user_name="ana",
        origin=SEO.channel,
        created_at=NOW,
        link_text=LINK,
        account="jane.doe",
        project=ACME,
        analyses=ANALYSES,
        analysis="20260705-2",
        fields=FIELDS,
        preset=preset.ESSENTIALS.name,
        filterable=tuple(Filterable),
        counts=COUNTS,
        destination=SEO,
    )
    changed = replace(draft, **changes)
    if "laid_for" in changes or changed.project is None or changed.analysis is None:
        return changed
    return replace(changed, laid_for=Laid(changed.project, changed.analysis, changed.preset))


# --- anything -----------------------------------------------------------------------------------

WILD = st.text(max_size=30) | st.sampled_from(
    [
        "<!channel>",
        "<@U1> & <http://x|y>",
        "&amp",
        "\u202eright",
        "a\nb",
        " ",
        "x" * 5_000,
        "💥" * 80,
    ]
)
SLUGS = st.from_regex(r"[A-Za-z0-9._-]{1,200}", fullmatch=True)
NUMBERS = st.integers(min_value=0, max_value=10**12)
ANY_FIELD = st.builds(
    Field,
    id=st.from_regex(r"[a-z0-9_.]{1,200}", fullmatch=True),
    name=WILD,
    type=st.sampled_from(["string", "integer", "tree", "later"]),
    multiple=st.booleans(),
    group=WILD,
    selectable=st.booleans(),
)
ANY_FIELDS = st.lists(ANY_FIELD, max_size=12, unique_by=lambda field: field.id).map(tuple)
ANY_ANALYSIS = st.builds(
    Analysis,
    slug=SLUGS,
    name=WILD,
    status=st.sampled_from(["success", "failed", "crawling", "unheard of", ""]),
    urls=NUMBERS,
    launched=st.none() | st.just(NOW),
)
ANY_COUNTS = st.builds(
    DepthCounts,
    st.dictionaries(st.integers(0, 50), NUMBERS, max_size=6).map(
        lambda counts: tuple(sorted(counts.items()))
    ),
    NUMBERS,
)
PROBLEMS = st.none() | WILD
ANY_FILTER = st.fixed_dictionaries(
    {"field": WILD, "predicate": st.sampled_from(["eq", "contains", "later"]), "value": WILD}
)
ANY_FILTERS = st.builds(
    Filters,
    http_family=st.none() | st.integers(1, 5),
    indexable=st.none() | st.booleans(),
    page_type=PROBLEMS,
    url_contains=PROBLEMS,
    from_link=st.none() | ANY_FILTER,
)
ANY_ROWS = st.builds(RowsChoice, st.sampled_from(RowsMode), st.none() | st.integers(0, 60)).filter(
    lambda rows: rows != RowsChoice(RowsMode.DEPTH)
)
ANY_DRAFT = st.builds(
    Draft,
    id=st.just("0123456789ABCDEFGHJK"),
    team=WILD,
    user=st.just("U0ANA00001"),
    user_name=WILD,
    origin=st.just("C0SEO00001"),
    created_at=st.just(NOW),
    revision=st.integers(0, 99),
    link_text=WILD,
    link_problem=PROBLEMS,
    linked=st.integers(0, 99),
    account=st.none() | WILD,
    project=st.none() | st.builds(Project, SLUGS, SLUGS),
    analyses=st.lists(ANY_ANALYSIS, max_size=4, unique_by=lambda each: each.slug).map(tuple),
    analysis=st.none() | SLUGS,
    analysis_problem=PROBLEMS,
    fields=ANY_FIELDS,
    fields_problem=PROBLEMS,
    missing=st.lists(WILD, max_size=4).map(tuple),
    laid=st.integers(0, 99),
    laid_for=st.none() | st.just(Laid(ACME, "20260705-2", preset.ESSENTIALS.name)),
    preset=st.sampled_from([*preset.PRESETS, preset.LINK, preset.CUSTOM, ""]),
    running=PROBLEMS,
    link_columns=st.lists(WILD, max_size=3).map(tuple),
    link_filter=st.none() | ANY_FILTER,
    rows=ANY_ROWS,
    filters=ANY_FILTERS,
    filters_problem=PROBLEMS,
    filterable=st.lists(st.sampled_from(Filterable), unique=True).map(tuple),
    filter=st.none() | ANY_FILTER,
    counts=st.none() | ANY_COUNTS,
    counts_problem=PROBLEMS,
    links=st.none() | ANY_COUNTS,
    links_problem=PROBLEMS,
    bytes_per_row=st.none() | st.floats(0.1, 1e6),
    more=st.booleans(),
    reason=PROBLEMS,
    destination=st.none()
    | st.builds(
        Destination,
        channel=st.sampled_from(["C0SEO00001", "D0ANABOT01"]),
        problem=PROBLEMS,
        join=st.booleans(),
        direct=st.booleans(),
    ),
    post_file_in=st.sampled_from(PostFileIn),
    offer=st.none()
    | st.builds(
        Offer,
        export_id=st.just("0123456789"),
        by=WILD,
        rows=st.none() | NUMBERS,
        finished_at=st.none() | st.just(NOW),
    ),
    again=st.booleans(),
)
