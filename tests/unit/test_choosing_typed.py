"""What people type behind the command: words, their mistakes, and the corrected line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.typed import COMMAND, LATEST, WORDS, Typed, parse, where
from bot.model.errors import WrongInput
from bot.model.filters import Filters
from bot.model.rows import RowsChoice, RowsMode
from handlers.help import corrected

LINK = "https://app.botify.com/acme-org/acme.com/"
EVERYTHING_AT_ONCE = (
    f"{LINK} fields=url,title preset=links depth=3 where=http_code:4xx analysis=latest to=#channel"
)
MARKED = "<https://app.botify.com/acme-org/acme.com/?a=1&amp;b=2>"
READ = "https://app.botify.com/acme-org/acme.com/?a=1&b=2"
"""The same without what Slack adds."""


def sent(line: str) -> str:
    """As Slack sends a line that is pasted."""
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("", Typed()),
        ("   ", Typed()),
        ("help", Typed(help=True)),
        ("--HELP", Typed(help=True)),
        (LINK, Typed(link=LINK)),
        (MARKED, Typed(link=READ)),
        (f"<{LINK}|app.botify.com/acme-org>", Typed(link=LINK)),
        ("<http://app.botify.com/a/b|app.botify.com/a/b>", Typed(link="app.botify.com/a/b")),
        ("a &lt;b&gt; &amp;amp;", Typed(link="a <b> &amp;")),
        (f"{LINK} depth:3 go", Typed(link=LINK, depth=3, go=True)),
        (f"{LINK} fields='Full URL,Depth' go", Typed(LINK, ("Full URL", "Depth"), go=True)),
        (f"{LINK} to=<#G0TEAM00001|>", Typed(link=LINK, to="G0TEAM00001")),
        (f"{LINK} to=<@U0BEN00001|ben>", Typed(link=LINK, to="U0BEN00001")),
        (f"where are the pages of {LINK}", Typed(link=f"where are the pages of {LINK}")),
        (f"{LINK} to look at", Typed(link=f"{LINK} to look at")),
        (f"look at {LINK} please", Typed(link=f"look at {LINK} please")),
        ("nonsense", Typed(link="nonsense")),
        (f"{LINK} go", Typed(link=LINK, go=True)),
        (f"GO {LINK}", Typed(link=LINK, go=True)),
        (f"{LINK} parts", Typed(link=LINK, parts=True)),
        (f"{LINK} depth=parts", Typed(link=LINK, parts=True)),
        (f"{LINK} depth=3", Typed(link=LINK, depth=3)),
        (f"{LINK} depth=0 parts", Typed(link=LINK, depth=0, parts=True)),
        (f"{LINK} fields=url,title", Typed(link=LINK, fields=("url", "title"))),
        (f"{LINK} fields= url, title ,h1", Typed(link=LINK, fields=("url", "title", "h1"))),
        (f'{LINK} fields="Full URL,Depth"', Typed(link=LINK, fields=("Full URL", "Depth"))),
        (f"{LINK} preset=Links", Typed(link=LINK, preset="links")),
        (f"{LINK} preset=link", Typed(link=LINK, preset="link")),
        (f"{LINK} analysis=latest", Typed(link=LINK, analysis=LATEST)),
        (f"{LINK} analysis=20240101-2", Typed(link=LINK, analysis="20240101-2")),
        (f"{LINK} to=#seo-team", Typed(link=LINK, to="#seo-team")),
        (f"{LINK} to=seo", Typed(link=LINK, to="#seo")),
        (f"{LINK} to=<#C0SEO00001|seo>", Typed(link=LINK, to="C0SEO00001")),
        (f"{LINK} to=<#C0SEO00001>", Typed(link=LINK, to="C0SEO00001")),
        (f"{LINK} to=C0SEO00001", Typed(link=LINK, to="C0SEO00001")),
        ("depth=2 go", Typed(depth=2, go=True)),
        (f"{LINK} --depth=2 --parts", Typed(link=LINK, depth=2, parts=True)),
        (f"{LINK} --depth 2", Typed(link=LINK, depth=2)),
        (f"{LINK} \u2014depth 2 \u2014parts", Typed(link=LINK, depth=2, parts=True)),
        (
            EVERYTHING_AT_ONCE,
            Typed(
                link=LINK,
                fields=("url", "title"),
                preset="links",
                depth=3,
                filters=Filters(http_family=4),
                analysis=LATEST,
                to="#channel",
            ),
        ),
    ],
)
def test_each_word_means_what_it_says(text: str, typed: Typed) -> None:
    """Everything that can be typed, with Slack's markup, quotes and dashes."""
    assert parse(text) == typed


@pytest.mark.parametrize(
    ("condition", "filters"),
    [
        ("http_code:4xx", Filters(http_family=4)),
        ("http_code:5XX", Filters(http_family=5)),
        ("http_code:2", Filters(http_family=2)),
        ("http_code=3xx", Filters(http_family=3)),
        ("indexable:no", Filters(indexable=False)),
        ("indexable:True", Filters(indexable=True)),
        ("pagetype:product/shoes", Filters(page_type="product/shoes")),
        ("url:/blog/", Filters(url_contains="/blog/")),
        ("url:a=b&c<d", Filters(url_contains="a=b&c<d")),
        ('url:"two words"', Filters(url_contains="two words")),
        ('"url:two words"', Filters(url_contains="two words")),
        ("url:it's", Filters(url_contains="it's")),
    ],
)
def test_each_condition_means_what_it_says(condition: str, filters: Filters) -> None:
    """In the command and as an option of the terminal."""
    assert parse(f"{LINK} where={sent(condition)}") == Typed(link=LINK, filters=filters)
    assert where([condition]).filters == filters


@pytest.mark.parametrize(
    ("condition", "contains"),
    [
        ("url:<http://acme.com/x|acme.com/x>", "acme.com/x"),
        ("url:<http://acme.com/x>", "http://acme.com/x"),
        ("url:/p<#C0SEO00001|seo>", "/p#seo"),
        ("url:\u201ctwo words\u201d", "two words"),
        ("url:\u2018two words\u2019", "two words"),
        ("url:'two words'", "two words"),
        ("'url:two words'", "two words"),
        ("url:&lt;b&gt;", "<b>"),
    ],
)
def test_each_condition_is_read_as_it_was_typed(condition: str, contains: str) -> None:
    """Whatever Slack makes of it, and whichever quotes are at hand."""
    assert parse(f"{LINK} where={condition}").filters == Filters(url_contains=contains)


def test_conditions_hold_together() -> None:
    """Each once, all of them."""
    assert parse(f"{LINK} where=http_code:4xx where=indexable:no where=url:/a").filters == Filters(
        http_family=4, indexable=False, url_contains="/a"
    )


@pytest.mark.parametrize(
    ("condition", "used"), [("link", True), ("link:yes", True), ("LINK:no", False)]
)
def test_the_filter_of_the_link_is_a_condition_like_others(condition: str, used: bool) -> None:
    """The same word in Slack and in the terminal; it changes no other condition."""
    assert parse(f"{LINK} where={condition}").links_filter is used
    assert where([condition, "indexable:no"]) == Typed(
        filters=Filters(indexable=False), links_filter=used
    )


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        (Typed(), RowsChoice()),
        (Typed(depth=0), RowsChoice(RowsMode.DEPTH, 0)),
        (Typed(parts=True), RowsChoice(RowsMode.PARTS)),
        (Typed(depth=4, parts=True), RowsChoice(RowsMode.PARTS, 4)),
    ],
)
def test_depth_and_parts_are_a_choice_of_rows(typed: Typed, rows: RowsChoice) -> None:
    """Left out: as much as fits."""
    assert typed.rows == rows


@pytest.mark.parametrize(
    ("words", "better"),
    [
        ("dpeth=3", "depth=3"),
        ("depth=three", "depth=3"),
        ("depth=-1", "depth=1"),
        ("depth=3 depth=4", "depth=3"),
        ("depth=12345", "depth=1234"),
        ("presets=links", "preset=links"),
        ("preset=linkss go", "preset=links go"),
        ("preset=linkz", "preset=links"),
        ("preset=ling", "preset=links"),
        ("preset=lin", "preset=links"),
        ("preset=", "preset=essentials"),
        ("parts pats", "parts parts"),
        ("indexability", "preset=indexability"),
        ("go 20240101", "go analysis=20240101"),
        ("go 3", "go depth=3"),
        ("go #seo", "go to=#seo"),
        ("go nonsense", "go"),
        ("columns=url", "fields=url"),
        ("fields=,", "fields=url,title"),
        ("filter=http_code:4xx", "where=http_code:4xx"),
        ("where=code:404", "where=http_code:4xx"),
        ("where=http_code:404", "where=http_code:4xx"),
        ("where=http_code:many", "where=http_code:4xx"),
        ("where=indexable:maybe", "where=indexable:yes"),
        ("where=path:/a", "where=url:/a"),
        ('where="path:a b"', 'where=url:"a b"'),
        ("where=url:", "where=url:/blog/"),
        ("where=colour:red", "where=http_code:4xx"),
        ("where=url:a where=url:b", "where=url:a"),
        ("analysis=2024-01-01", "analysis=20240101"),
        ("analysis=../..", "analysis=latest"),
        ("channel=#seo", "to=#seo"),
        ("to=#a,#b", "to=#seo"),
        ("colour=red go", "go"),
        ("dpeth=x pats=1", "depth=3"),
        ("depth 3", "depth=3"),
        ("max_depth 3 go", "depth=3 go"),
        ("fields url,title", "fields=url,title"),
        ("preset links", "preset=links"),
        ("where http_code:4xx", "where=http_code:4xx"),
        ("filter:http_code:4xx", "where=http_code:4xx"),
        ("analysis 20240101", "analysis=20240101"),
        ("to #seo", "to=#seo"),
        ("#seo", "to=#seo"),
        ("<#G0TEAM00001|>", "to=G0TEAM00001"),
        ("channel=<#C0SEO00001|seo>", "to=C0SEO00001"),
        ("3", "depth=3"),
        ("20240101", "analysis=20240101"),
        ("link", "preset=link"),
        ("where=link:maybe", "where=link:yes"),
        ("where=lnk:no", "where=link:no"),
        ("where=lnk", "where=link:yes"),
        ("where=path:'a b' go", 'where=url:"a b" go'),
        ("where=path:a&amp;b", "where=url:a&b"),
    ],
)
def test_a_mistake_is_answered_with_the_corrected_line(words: str, better: str) -> None:
    """The whole line, ready to be sent; what is wrong stands before it."""
    with pytest.raises(WrongInput) as caught:
        parse(f"{MARKED} {words}")
    assert caught.value.next_step == f"{COMMAND} {READ} {better}".strip()
    assert caught.value.sentence.endswith((".", "?"))


def test_a_link_is_repeated_whole_or_not_at_all() -> None:
    """Half a link would be another one; the words are corrected all the same."""
    long = f"{LINK}?context={'a' * 2_000}"
    with pytest.raises(WrongInput) as caught:
        parse(f"{long} dpeth=3")
    assert caught.value.next_step == f"{COMMAND} {long} depth=3"
    assert corrected(caught.value).endswith(f"`{COMMAND} {long} depth=3`")
    with pytest.raises(WrongInput, match="Put the same link in front") as caught:
        parse(f"{long}{'a' * 2_000} dpeth=3")
    assert caught.value.next_step == f"{COMMAND} depth=3"


def test_all_mistakes_are_corrected_at_once() -> None:
    """Nobody learns of the second mistake after correcting the first."""
    with pytest.raises(WrongInput) as caught:
        parse(f"{LINK} dpeth=3 preset=perf where=code:5 go")
    assert caught.value.next_step == (
        f"{COMMAND} {LINK} depth=3 preset=performance where=http_code:5 go"
    )
    assert caught.value.sentence.count("here is no") == 3


@pytest.mark.parametrize(
    ("conditions", "begins", "next_step"),
    [
        (["code:404"], "There is no condition code.", "Write http_code:4xx."),
        (["url:a", "url:b"], "--where url: is given twice.", "Give it once."),
        (
            ["nothing"],
            "--where knows http_code, indexable, pagetype, url, link, not nothing.",
            "Write http_code:4xx.",
        ),
        (["link:perhaps"], "--where link: takes yes or no.", "Write link:yes."),
        (["lnk:no"], "There is no condition lnk. Did you mean link?", "Write link:no."),
    ],
)
def test_a_wrong_condition_of_the_terminal_is_corrected(
    conditions: list[str], begins: str, next_step: str
) -> None:
    """The same sentences, with the option in place of the word of the command."""
    with pytest.raises(WrongInput) as caught:
        where(conditions)
    assert caught.value.sentence.startswith(begins)
    assert caught.value.next_step == next_step


def test_every_word_of_the_help_can_be_typed() -> None:
    """Help shows nothing that does not work, and all of it works together."""
    for word in WORDS:
        parse(f"{LINK} {word.example}" if word.example != "help" else "help")
    together = " ".join(word.example for word in WORDS if word.example != "help")
    typed = parse(f"{LINK} {together}")
    assert typed.go
    assert typed.filters == Filters(4, indexable=False, page_type="product", url_contains="/blog/")


_pieces = st.one_of(
    st.sampled_from(
        [
            LINK, MARKED, "go", "parts", "help", "pats", "links", "#seo", "<#C0SEO00001|seo>", "3",
            "--depth", "\u2014parts", "20240101", '"', "<", "fields=", "fields=url,", "where=",
            "where=url:", "to=", "dpeth=4", "=", "&lt;", "?", "depth=3", "where=code:4", 'url:"',
            'where=url:"a b', "filter=path:a",
        ]
    ),
    st.builds(
        lambda word, value: f"{word}={value}",
        st.sampled_from(["fields", "preset", "depth", "where", "analysis", "to", "colour", "slug"]),
        st.text(max_size=12),
    ),
    st.builds(
        lambda name, value: f"where={name}:{value}",
        st.sampled_from(["http_code", "indexable", "pagetype", "url", "status", "x"]),
        st.text(max_size=12),
    ),
    st.text(max_size=12),
)  # fmt: skip


def answer(text: str) -> WrongInput | None:
    """The answer to a line, where it is not understood."""
    try:
        assert isinstance(parse(text), Typed)
    except WrongInput as wrong:
        return wrong
    return None


@given(st.lists(_pieces, max_size=8).map(" ".join))
def test_a_corrected_line_is_right(text: str) -> None:
    """Whatever is typed is understood, or the answer to it is."""
    wrong = answer(text)
    if wrong is not None:
        assert wrong.next_step.startswith(COMMAND)
        assert answer(sent(wrong.next_step.removeprefix(COMMAND))) is None


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    """No text makes the reader fail in another way, and no answer is longer than people read."""
    wrong = answer(text)
    assert wrong is None or len(wrong.sentence) < 1_000
