"""Exports and deliveries to draw messages of: one ordinary, and any, however extreme."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bot.model.delivery import Delivery, DeliveryState, Upload
from bot.model.export import Export, Part, State, StoredFile
from bot.model.failure import Failure
from bot.model.progress import Progress
from bot.model.project import Project
from bot.model.settings import PostFileIn
from bot.model.specification import WHOLE_SITE, Column, DepthRange, Specification, up_to

NOW = datetime(2026, 7, 12, 14, 3, tzinfo=UTC)
LATER = NOW + timedelta(minutes=3, seconds=20)
APP_URL = "https://app.botify.com"
FAILURE = Failure("file_broken", "The file arrived damaged.", "Try again.", "E-ABC123")
FILE = StoredFile(Path("/data/acme-org_acme.com_20260705.csv"), 12_400_000, 48_211, 4)
LINK = "https://acme.slack.com/files/U0/F1/acme.csv"


def a_part(state: State, number: int = 1, **changes: Any) -> Part:
    """A part as it is in a state."""
    asked = state not in (State.REQUESTED, State.CANCELLED)
    known = asked and state not in (State.CREATING, State.UNCLEAR)
    part = Part(
        export_id="7K3M9QXZ2A",
        number=number,
        rows=WHOLE_SITE,
        rows_expected=48_211,
        state=state,
        entered_at=NOW,
        due_at=NOW,
        intent_at=NOW if asked else None,
        job_id="2044" if known else None,
        file=FILE if state is State.READY else None,
        failure=FAILURE if state is State.FAILED else None,
    )
    return replace(part, **changes)


def an_export(*states: State, **changes: Any) -> Export:
    """Titles of acme.com, with one part for each state."""
    specification = Specification(
        account="jane.doe",
        project=Project("acme-org", "acme.com"),
        analysis="20260705-2",
        columns=(Column("url", "string"), Column("metadata.title.content", "string")),
    )
    export = Export(
        id="7K3M9QXZ2A",
        specification=specification,
        preset="essentials",
        rows_expected=48_211,
        requested_by="ana",
        requested_at=NOW,
        parts=tuple(a_part(state, number) for number, state in enumerate(states, start=1)),
    )
    return replace(export, **changes)


def a_delivery(state: DeliveryState = DeliveryState.ANNOUNCED, **changes: Any) -> Delivery:
    """Ana's, in #seo."""
    delivery = Delivery(
        id="DELIVERY0001",
        export_id="7K3M9QXZ2A",
        team="T0SANDBOX1",
        channel="C0SEO00001",
        user="U0ANA00001",
        user_name="ana",
        post_file_in=PostFileIn.CHANNEL,
        state=state,
        entered_at=LATER,
        requested_at=NOW,
        due_at=NOW,
    )
    return replace(delivery, **changes)


def a_delivered(**changes: Any) -> Delivery:
    """Ana's, with the file in the channel."""
    seen = (Upload(1, "F1", "1783864980.000100", LINK),)
    return a_delivery(DeliveryState.DELIVERED, **{"uploads": seen, **changes})


INJECTED = ("<!channel>", "<@U0BEN00001>", "<https://evil.example|click>", "&lt;!here&gt;", "*_~`>")
TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(INJECTED),
    st.builds(lambda text, times: text * times, st.sampled_from(INJECTED), st.integers(1, 2000)),
    st.builds(lambda letter, times: letter * times, st.characters(), st.integers(1, 20_000)),
)
COUNTS = st.integers(0, 10**12)
MAYBE_COUNTS = st.none() | COUNTS
TIMES = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone itself
    datetime(2060, 1, 1),  # noqa: DTZ001 - same
    timezones=st.just(UTC),
)
FAILURES = st.builds(Failure, TEXTS, TEXTS, TEXTS, st.just("E-ABC123") | st.just(""))
RANGES = st.sampled_from(
    [WHOLE_SITE, up_to(3), up_to(0), DepthRange(4, 5), DepthRange(2, 2), DepthRange(first=7)]
)
FILES = st.builds(
    StoredFile,
    path=TEXTS.map(lambda text: Path("/data") / (text.replace("\0", "").replace("/", "_") or "x")),
    bytes=COUNTS,
    rows=COUNTS,
    columns=COUNTS,
    guarded=st.booleans(),
    notes=st.lists(TEXTS, max_size=40).map(tuple),
)


@st.composite
def parts(draw: st.DrawFn, number: int) -> Part:
    """Any part, as far as a message looks at it."""
    state = draw(st.sampled_from(State))
    return a_part(
        state,
        number,
        rows=draw(RANGES),
        rows_expected=draw(MAYBE_COUNTS),
        job_id=draw(st.none() | TEXTS),
        file=draw(FILES) if state is State.READY else None,
        failure=draw(st.none() | FAILURES),
    )


@st.composite
def exports(draw: st.DrawFn) -> Export:
    """Any export, with thousands of fields, hostile names and many parts."""
    some = draw(st.integers(0, 3)) if draw(st.booleans()) else draw(st.integers(0, 60))
    width = draw(st.sampled_from([1, 4, 4449]))
    specification = Specification(
        account=draw(TEXTS),
        project=Project(draw(TEXTS), draw(TEXTS)),
        analysis=draw(TEXTS),
        columns=tuple(Column(f"field.{at}", "string") for at in range(width)),
        rows=draw(RANGES),
        filter=draw(st.none() | st.just({"field": "depth"})),
    )
    return an_export(
        specification=specification,
        rows_expected=draw(MAYBE_COUNTS),
        requested_by=draw(TEXTS),
        reason=draw(st.none() | TEXTS),
        parts=tuple(draw(parts(number)) for number in range(1, some + 1)),
    )


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    """Any delivery, with hostile names and many files."""
    links = st.none() | TEXTS.map("https://acme.slack.com/files/{}".format)
    seen = draw(st.lists(links, max_size=draw(st.sampled_from([0, 1, 60]))))
    return a_delivery(
        draw(st.sampled_from(DeliveryState)),
        channel=draw(st.sampled_from(["C0SEO00001", "D0ANABOT01"]) | TEXTS),
        user=draw(st.just("U0ANA00001") | TEXTS),
        user_name=draw(TEXTS),
        entered_at=draw(TIMES),
        requested_at=draw(TIMES),
        reused=draw(st.booleans()),
        failure=draw(st.none() | FAILURES),
        uploads=tuple(Upload(at, f"F{at}", "1.2", link) for at, link in enumerate(seen, start=1)),
    )


PROGRESSES = st.builds(
    Progress,
    downloaded=MAYBE_COUNTS,
    download_total=st.none() | st.integers(-1, 10**12),
    uploaded=MAYBE_COUNTS,
    upload_total=MAYBE_COUNTS,
    usual_seconds=st.none() | st.floats(0, 10**7),
    trouble=st.none() | TEXTS,
)
