"""Records to store, for the tests of the storage floor: one of each kind, and any of each kind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bot.model.analysis import Analysis
from bot.model.delivery import Delivery, DeliveryState, Upload
from bot.model.depths import DepthCounts
from bot.model.draft import Destination, Draft
from bot.model.export import Export, Part, State, StoredFile
from bot.model.failure import Failure
from bot.model.field import Field
from bot.model.ids import new_delivery_id, new_draft_id, new_export_id
from bot.model.preview import Preview
from bot.model.project import Project
from bot.model.settings import PostFileIn
from bot.model.specification import WHOLE_SITE, Column, DepthRange, Specification

NOW = datetime(2026, 3, 29, 0, 59, 59, 123456, UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

A_FILE = StoredFile(Path("/data/exports/acme.csv"), bytes=3_000_000_000, rows=48_211, columns=4)
A_FAILURE = Failure("file_broken", "The file arrived damaged.", "Try again.", "E-ABC123")


def a_specification(**changes: Any) -> Specification:
    """Titles of acme.com."""
    asked = Specification(
        account="jane.doe",
        project=Project("acme-org", "acme.com"),
        analysis="20260301",
        columns=(Column("url", "string"), Column("depth", "integer")),
    )
    return replace(asked, **changes)


def a_part(export_id: str, number: int = 1, **changes: Any) -> Part:
    """A part that is due now."""
    part = Part(export_id=export_id, number=number, rows=WHOLE_SITE, entered_at=NOW, due_at=NOW)
    return replace(part, **changes)


def an_export(*states: State, **changes: Any) -> Export:
    """An export whose parts are in these states; one requested part where none is named."""
    export_id = changes.pop("id", None) or new_export_id()
    parts = tuple(
        a_part(
            export_id,
            number,
            state=state,
            file=A_FILE if state is State.READY else None,
            failure=A_FAILURE if state is State.FAILED else None,
        )
        for number, state in enumerate(states or (State.REQUESTED,), start=1)
    )
    ended = all(part.state.ended for part in parts)
    export = Export(
        id=export_id,
        specification=a_specification(),
        preset="essentials",
        rows_expected=48_211,
        requested_by="Ana",
        requested_at=NOW,
        finished_at=NOW if ended else None,
        parts=parts,
    )
    return replace(export, **changes)


def a_delivery(export_id: str, **changes: Any) -> Delivery:
    """A delivery that is due now."""
    delivery = Delivery(
        id=new_delivery_id(),
        export_id=export_id,
        team="T1",
        channel="C1",
        user="U1",
        user_name="Ana",
        post_file_in=PostFileIn.CHANNEL,
        entered_at=NOW,
        requested_at=NOW,
        due_at=NOW,
    )
    return replace(delivery, **changes)


def a_draft(**changes: Any) -> Draft:
    """A draft as it is when the modal opens."""
    draft = Draft(
        id=new_draft_id(), team="T1", user="U1", user_name="Ana", origin="C1", created_at=NOW
    )
    return replace(draft, **changes)


# --- anything -----------------------------------------------------------------------------------

numbers = st.integers(min_value=0, max_value=2**53)
small = st.integers(min_value=0, max_value=1_000)
zones = st.integers(min_value=-23 * 60, max_value=23 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
moments = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001 - same
    timezones=zones,
)
texts = st.text(max_size=40)
# Neither NaN nor an infinity is JSON, so no filter and no payload holds one.
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
json_objects = st.dictionaries(texts, json_values, max_size=4)
ranges = st.builds(DepthRange, st.none() | small, st.none() | small, st.booleans())
projects = st.builds(Project, texts, texts)
failures = st.builds(Failure, texts, texts, texts, texts)
cells = st.lists(texts, max_size=3).map(tuple)
previews = st.builds(
    Preview,
    columns=cells,
    rows=st.lists(cells, max_size=5).map(tuple),
    empty_counts=st.lists(numbers, max_size=3).map(tuple),
)
files = st.builds(
    StoredFile,
    path=texts.map(lambda text: Path("/data") / text.replace("\0", "")),
    bytes=numbers,
    rows=small,
    columns=small,
    guarded=st.booleans(),
    notes=st.lists(texts, max_size=3).map(tuple),
    preview=st.none() | previews,
)


def any_part(export_id: str, number: int) -> st.SearchStrategy[Part]:
    """Any part with this number."""
    return st.builds(
        Part,
        export_id=st.just(export_id),
        number=st.just(number),
        rows=ranges,
        rows_expected=st.none() | small,
        state=st.sampled_from(State),
        entered_at=moments,
        due_at=moments,
        payload=st.none() | json_objects,
        intent_at=st.none() | moments,
        looks=st.none() | small,
        job_id=st.none() | texts,
        job_status=st.none() | texts,
        download_url=st.none() | texts,
        tries=small,
        refreshed=st.booleans(),
        file=st.none() | files,
        failure=st.none() | failures,
    )


@st.composite
def exports(draw: st.DrawFn) -> Export:
    """Any export whose `finished_at` agrees with its parts."""
    export_id = new_export_id()
    count = draw(st.integers(min_value=0, max_value=3))
    parts = tuple(draw(any_part(export_id, number)) for number in range(1, count + 1))
    ended = bool(parts) and all(part.state.ended for part in parts)
    return Export(
        id=export_id,
        specification=Specification(
            account=draw(texts),
            project=draw(projects),
            analysis=draw(texts),
            columns=tuple(draw(st.lists(st.builds(Column, texts, texts), max_size=4))),
            rows=draw(ranges),
            filter=draw(st.none() | json_objects),
        ),
        preset=draw(texts),
        rows_expected=draw(st.none() | small),
        requested_by=draw(texts),
        requested_at=draw(moments),
        finished_at=draw(moments) if ended else None,
        reason=draw(st.none() | texts),
        guard=draw(st.booleans()),
        parts=parts,
    )


def deliveries(export_id: str) -> st.SearchStrategy[Delivery]:
    """Any delivery of this export."""
    uploads = st.lists(
        st.builds(Upload, small, texts, st.none() | texts, st.none() | texts),
        max_size=3,
        unique_by=lambda upload: upload.number,
    ).map(lambda some: tuple(sorted(some, key=lambda upload: upload.number)))
    return st.builds(
        Delivery,
        id=st.builds(new_delivery_id),
        export_id=st.just(export_id),
        team=texts,
        channel=texts,
        user=texts,
        user_name=texts,
        post_file_in=st.sampled_from(PostFileIn),
        join=st.booleans(),
        state=st.sampled_from(DeliveryState),
        entered_at=moments,
        requested_at=moments,
        due_at=moments,
        intent_at=st.none() | moments,
        message_channel=st.none() | texts,
        message_ts=st.none() | texts,
        shown=st.none() | texts,
        edited_at=st.none() | moments,
        settled=st.booleans(),
        uploads=uploads,
        reused=st.booleans(),
        failure=st.none() | failures,
    )


drafts = st.builds(
    Draft,
    id=st.builds(new_draft_id),
    team=texts,
    user=texts,
    user_name=texts,
    origin=texts,
    created_at=moments,
    revision=small,
    link_text=texts,
    link_problem=st.none() | texts,
    account=st.none() | texts,
    project=st.none() | projects,
    analyses=st.lists(
        st.builds(Analysis, texts, texts, texts, numbers, st.none() | moments, st.none() | moments),
        max_size=3,
    ).map(tuple),
    analysis=st.none() | texts,
    analysis_problem=st.none() | texts,
    fields=st.lists(
        st.builds(Field, texts, texts, texts, st.booleans(), texts, st.booleans()), max_size=3
    ).map(tuple),
    missing=st.lists(texts, max_size=3).map(tuple),
    counts=st.none()
    | st.builds(DepthCounts, st.lists(st.tuples(small, numbers), max_size=3).map(tuple), numbers),
    destination=st.none()
    | st.builds(Destination, texts, st.none() | texts, st.booleans(), st.booleans()),
    post_file_in=st.sampled_from(PostFileIn),
    export_id=st.none() | texts,
)
