"""What a pasted Botify address says."""

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.botify.links import LONGEST_LINK, parse_link
from bot.model.errors import WrongLink
from bot.model.link import Link
from bot.model.project import SLUG, Project

PLAIN = '{}[]":,'  # what may stand unencoded, so that a long text stays under the limit
HOSTS = ("app.botify.com",)
APP = "https://app.botify.com"
ACME = Project("acme-org", "acme.com")


def _explorer(**parameters: object) -> str:
    query = urlencode({name: json.dumps(value) for name, value in parameters.items()})
    return f"{APP}/acme-org/acme.com/crawl/explorer?{query}&analysisSlug=20240101"


@pytest.mark.parametrize(
    ("text", "analysis"),
    [
        (f"{APP}/acme-org/acme.com/", None),
        (f"{APP}/acme-org/acme.com", None),
        ("http://app.botify.com/acme-org/acme.com", None),
        ("HTTPS://APP.BOTIFY.COM/acme-org/acme.com", None),
        ("app.botify.com/acme-org/acme.com/", None),
        (f"{APP}/acme-org/acme.com/20161208/", "20161208"),
        (f"{APP}/acme-org/acme.com/20161207-2", "20161207-2"),
        (
            f"{APP}/acme-org/acme.com/crawl?analysisSlug=20250413&comparisonAnalysisSlug=20250330",
            "20250413",
        ),
        (
            f"{APP}/acme-org/acme.com/crawl/segments?context=%7B%7D&analysisSlug=20241108-2",
            "20241108-2",
        ),
        (f"{APP}/acme-org/acme.com/crawl?comparisonAnalysisSlug=20250330", None),
        (f"{APP}/acme-org/acme.com/keywords/overview", None),
        (f"{APP}/acme-org/acme.com/segmentation", None),
        (f"{APP}/acme-org/acme.com/live-crawl?analysisSlug=20260712", "20260712"),
        (f"{APP}/spa/acme-org/acme.com/settings/crawler", None),
        (f"{APP}//acme-org//acme.com//", None),
        (f"{APP}/acme-org/acme.com/20240101/?analysisSlug=20240102", "20240102"),
        (f"{APP}/acme-org/acme.com/?analysisSlug=", None),
        (f"{APP}/acme-org/acme.com/?analysisSlug=20240101&analysisSlug=20240102", "20240101"),
        (f"{APP}/acme-org/acme.com/#/20240101", None),
        (f"{APP}/acme%2Dorg/acme%2Ecom/", None),
        (f"  {APP}/acme-org/acme.com/ \n", None),
        (f"\u200b{APP}/acme-org/acme.com/\ufeff", None),
        (f"<{APP}/acme-org/acme.com/>", None),
        (f"<{APP}/acme-org/acme.com/20240101|app.botify.com/acme-org/...>", "20240101"),
        (f"<{APP}/acme-org/acme.com/crawl?a=1&amp;analysisSlug=20240101|a label>", "20240101"),
        (f"{APP}/acme-org/acme.com/crawl?a=1&amp;analysisSlug=20240101", "20240101"),
        (f"<@U0ANA00001> please export {APP}/acme-org/acme.com/20240101 thanks", "20240101"),
        (f"{APP}/acme-org/acme.com/ {APP}/acme-org/acme.com/", None),
    ],
)
def test_every_known_form_names_its_project(text: str, analysis: str | None) -> None:
    """Each form seen in the wild, bare or in Slack's markup, gives project and analysis."""
    assert parse_link(text, HOSTS) == Link(ACME, analysis)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no link yet"),
        ("   \u200b ", "no link yet"),
        ("acme", "not a link"),
        ("ftp://app.botify.com/acme-org/acme.com", "not a link"),
        ("javascript:alert(1)//app.botify.com/a/b", "not a link"),
        (f"{APP}", "no project"),
        (f"{APP}/", "no project"),
        (f"{APP}/acme-org/", "organisation acme-org, but no project"),
        (f"{APP}/spa/acme-org", "organisation acme-org, but no project"),
        (f"{APP}/account", "belongs to no project"),
        (f"{APP}/API/v1/projects", "belongs to no project"),
        (f"{APP}/spa/spa/a/b", "belongs to no project"),
        ("https://www.acme.com/acme-org/acme.com", "leads to www.acme.com"),
        ("https://app.botify.com.evil.example/acme-org/acme.com", "leads to app.botify.com.evil"),
        ("https://evil.example\\app.botify.com/acme-org/acme.com", "leads to another place"),
        ("https://jane:secret@app.botify.com/acme-org/acme.com", "user name or password"),
        ("https://app.botify.com@evil.example/acme-org/acme.com", "user name or password"),
        ("https://app.botify.com:8443/acme-org/acme.com", "the port 8443"),
        ("https://app.botify.com:443/acme-org/acme.com", "the port 443"),
        ("https://app.botify.com:/acme-org/acme.com", "not to Botify"),
        ("https://app.bоtify.com/acme-org/acme.com", "only looks like"),  # noqa: RUF001 - Cyrillic
        ("https://app.xn--btify-y7d.com/acme-org/acme.com", "only looks like"),
        ("https://[::1/acme-org/acme.com", "not a link"),
        ("https://app.botify.com:x/acme-org/acme.com", "not to Botify"),
        (f"{APP}/../acme.com/", "organisation in this link"),
        (f"{APP}/acme-org/..", "project in this link"),
        (f"{APP}/acme-org/%2e%2e/", "project in this link"),
        (f"{APP}/acme-org/a%2Fb", "project in this link"),
        (f"{APP}/acme%00org/acme.com", "organisation in this link"),
        (f"{APP}/acme-org/acmé.com", "project in this link"),
        (f"{APP}/acme-org/{'a' * 201}", "project in this link"),
        (f"{APP}/acme-org/acme.com?analysisSlug=../20240101", "analysis in this link"),
        (f"{APP}/acme-org/acme.com {APP}/acme-org/shop.com", "more than one link"),
        (f"{APP}/acme-org/acme.com/{'a' * LONGEST_LINK}", "too long"),
    ],
)
def test_a_link_that_cannot_be_used_says_why(text: str, said: str) -> None:
    """The sentence names what is wrong with this link, and the next step says what to do."""
    with pytest.raises(WrongLink) as caught:
        parse_link(text, HOSTS)
    assert said in caught.value.sentence
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("hosts", "text"),
    [
        (("app.botify.com", "botify.acme.com"), "https://botify.acme.com/acme-org/acme.com"),
        (("App.Botify.COM",), "https://app.botify.com/acme-org/acme.com"),
        (("127.0.0.1:8401",), "http://127.0.0.1:8401/acme-org/acme.com"),
        (("localhost:8401",), "localhost:8401/acme-org/acme.com"),
        (("[::1]:8401",), "http://[::1]:8401/acme-org/acme.com"),
    ],
)
def test_hosts_are_a_setting(hosts: tuple[str, ...], text: str) -> None:
    """Any configured host is accepted, with a port only where it is configured with it."""
    assert parse_link(text, hosts).project == ACME


def test_the_kelvin_sign_is_no_k() -> None:
    """A letter that turns into ASCII by lowering does not make a look-alike host pass."""
    with pytest.raises(WrongLink):
        parse_link("https://tic\u212aet.example/a/b", ("ticket.example",))


def test_an_explorer_link_brings_its_filter_and_columns() -> None:
    """Without the analysis in front and without empty groups; columns once each and in order."""
    condition = {"predicate": "eq", "value": True, "field": "compliant.is_compliant"}
    chosen = {"and": [{"and": [condition]}]}
    prefixed = condition | {"field": "crawl.20240101.compliant.is_compliant"}
    link = parse_link(
        _explorer(
            context={"filter": {"and": [{"and": [prefixed, {"or": []}]}, {"and": []}]}},
            explorerFilter={"columns": ["crawl.20240101.depth", "url", "depth", 7, "a b", "../x"]},
            dimensionFilterState={"selectedItemIds": ["research/*"]},
        ),
        HOSTS,
    )
    assert link == Link(ACME, "20240101", chosen, ("depth", "url"), segments=True)


def test_fields_of_another_analysis_stay_as_they_are() -> None:
    """They mean another crawl, and nothing here knows what they would be in this one."""
    other = {"field": "crawl.20230101.depth", "predicate": "eq", "value": 1}
    link = parse_link(_explorer(context={"filter": {"not": other}}), HOSTS)
    assert link.filter == {"not": other}
    assert not link.segments


@pytest.mark.parametrize(
    "context",
    [
        "{}",
        "",
        "{",
        "null",
        "[]",
        '"text"',
        '{"filter": null}',
        '{"filter": []}',
        '{"filter": {}}',
        '{"filter": {"and": []}}',
        '{"filter": {"and": [{"and": []}, {}]}}',
        '{"filter": {"field": "depth", "value": NaN}}',
        '{"filter": {"field": "depth", "value": 1e999}}',
        '{"filter": {"field": "url", "value": "\\ud800"}}',
        '{"filter": {"field": "depth", "value": ' + "9" * 5000 + "}}",
        '{"filter": ' + '{"not": ' * 99 + '{"field": "depth", "value": 1}' + "}" * 100,
        "[" * 2000,
        '{"filter": ' + "[" * 2000,
    ],
    ids=lambda text: text[:40],
)
def test_a_broken_preset_never_fails_the_link(context: str) -> None:
    """The project and the analysis count; a filter that is none or is broken is left out."""
    text = f"{APP}/acme-org/acme.com?analysisSlug=20240101&context={quote(context, safe=PLAIN)}"
    assert parse_link(text, HOSTS) == Link(ACME, "20240101")


def test_ten_thousand_characters_are_refused_before_anything_else() -> None:
    """No text can keep us busy: the length comes first, whatever else is wrong."""
    hard = "<" * 5_000 + "&amp;" * 1_000 + "[" * 5_000 + f" {APP}/acme-org/acme.com"
    with pytest.raises(WrongLink, match="too long"):
        parse_link(hard, HOSTS)


_pieces = st.sampled_from(
    [
        "https://",
        "http://",
        "app.botify.com",
        "evil.example",
        "/",
        "acme-org",
        "acme.com",
        "..",
        "spa",
        "api",
        "20240101",
        "20240101-2",
        "?analysisSlug=",
        "&context=",
        "&amp;",
        "<",
        ">",
        "|",
        "@",
        ":",
        "8401",
        "#",
        "%2F",
        "%7B",
        "\\",
        " ",
        "[",
        "]",
        "é",
        "\x00",
        "\ud800",
    ]
)


def _link_or_error(text: str) -> Link | WrongLink:
    try:
        return parse_link(text, HOSTS)
    except WrongLink as error:
        return error


@given(st.one_of(st.text(), st.lists(_pieces, max_size=20).map("".join)))
@example("https://app.botify.com/a/b?context=%ED%A0%80")
@example("http://[")
@example("<https://app.botify.com/a/b|x")
def test_any_text_is_a_valid_link_or_one_clear_error(text: str) -> None:
    """Whatever is pasted: a project with usable names, or WrongLink with sentence and advice."""
    found = _link_or_error(text)
    if isinstance(found, WrongLink):
        assert found.sentence.endswith(".")
        assert found.sentence.isprintable()
        assert len(found.sentence) < 200
        assert found.next_step.endswith(".")
        return
    names = [found.project.organisation, found.project.name]
    names += [found.analysis] if found.analysis is not None else []
    assert all(SLUG.match(name) and name.strip(".") for name in names)
    assert "app.botify.com/" in text.lower()


@given(
    organisation=st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?-org", fullmatch=True),
    name=st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,30}[A-Za-z0-9])?", fullmatch=True),
    analysis=st.none() | st.from_regex(r"20[0-9]{6}(-[1-9][0-9]?)?", fullmatch=True),
    old_form=st.booleans(),
    marked=st.booleans(),
)
def test_what_is_written_into_a_link_is_read_back(
    organisation: str, name: str, analysis: str | None, *, old_form: bool, marked: bool
) -> None:
    """Any project and analysis survive the way through an address, in all its spellings."""
    text = f"{APP}/{organisation}/{name}/"
    if analysis:
        text += analysis if old_form else f"crawl?a=1&analysisSlug={analysis}"
    if marked:
        text = f"<{text.replace('&', '&amp;')}|{text[8:30]}…>"
    assert parse_link(text, HOSTS) == Link(Project(organisation, name), analysis)
