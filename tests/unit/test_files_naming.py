"""Names of files."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.files.naming import depth_word, file_name, part_name, safe
from bot.model.limits import SLACK_FILE_NAME
from bot.model.project import Project
from bot.model.specification import Column, DepthRange, Specification, up_to


def specification(
    project: str = "acme.com", analysis: str = "20240101-2", rows: DepthRange | None = None
) -> Specification:
    """What is exported."""
    return Specification(
        account="me",
        project=Project("acme-org", project),
        analysis=analysis,
        columns=(Column("url", "string"),),
        rows=rows or DepthRange(),
    )


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (DepthRange(), "all"),
        (up_to(0), "depth0"),
        (up_to(3), "depth3"),
        (DepthRange(3, 5, without_depth=False), "depth3-5"),
        (DepthRange(3, 3, without_depth=False), "depth3-3"),
        (DepthRange(first=6), "depth6-up"),
        (DepthRange(first=6, without_depth=False), "depth6-up-known"),
        (DepthRange(without_depth=False), "any-depth"),
        (DepthRange(last=4), "depth4-and-none"),
    ],
)
def test_each_choice_of_rows_has_its_own_word(rows: DepthRange, word: str) -> None:
    """A name tells which rows a file holds, and no two choices share one."""
    assert depth_word(rows) == word


@pytest.mark.parametrize(
    ("part", "of", "suffix", "name"),
    [
        (None, None, ".csv", "acme.com_20240101-2_essentials_depth3_ABCDE01234.csv"),
        (1, 3, ".csv", "acme.com_20240101-2_essentials_depth3_ABCDE01234_part-1-of-3.csv"),
        (2, 3, ".csv.gz", "acme.com_20240101-2_essentials_depth3_ABCDE01234_part-2-of-3.csv.gz"),
    ],
)
def test_the_name_is_as_published(part: int | None, of: int | None, suffix: str, name: str) -> None:
    """PROJECT_ANALYSIS_PRESET_depthN_EXPORTID, then the part, then the suffix."""
    spec = specification(rows=up_to(3))
    assert file_name(spec, "essentials", "ABCDE01234", part, of, suffix) == name


def test_a_part_of_a_file_keeps_its_name() -> None:
    """A file that is cut for Slack is found by the same words as the whole."""
    assert part_name("a_all_X.csv", 2, 3, ".csv.gz") == "a_all_X_part-2-of-3.csv.gz"


@settings(deadline=None)
@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=30))
def test_any_words_make_a_safe_name(project: str, analysis: str, preset: str) -> None:
    """No separator of folders, nothing hidden, not too long, the id and the suffix in full."""
    name = file_name(specification(project, analysis), preset, "ABCDE01234", 1, 2)
    assert not set(name) & set('/\\:*?"<>|\n\r\0 ')
    assert not name.startswith(".")
    assert name.endswith("_all_ABCDE01234_part-1-of-2.csv")
    assert len(name.encode("utf-8", "surrogatepass")) <= SLACK_FILE_NAME.value


@pytest.mark.parametrize(
    ("word", "safe_word"),
    [
        ("..", "-"),
        ("", "-"),
        ("a/b", "a-b"),
        (".hidden", "hidden"),
        ("büro", "büro"),
        ("日本", "日本"),
    ],
)
def test_words_are_made_safe(word: str, safe_word: str) -> None:
    """Letters of any language stay; what a file system or a shell reads does not."""
    assert safe(word) == safe_word
