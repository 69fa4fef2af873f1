from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from hotline.topics.taxonomy import load_taxonomy
from schemas.desk import DeskFileError
from tests.topics.conftest import ROOT

GOOD = """\
version: "1"
title: A and B
parties:
  a: {title: A, terms: [Aland]}
  b: {title: B, terms: [Beland]}
people:
  anna:
    name: Anna
    party: a
    terms: [Anna]
    held: [{office: chief, since: 2020-01-01, until: 2022-01-01}]
offices:
  chief: {name: Chief, party: a, terms: [chief of Aland]}
topics:
  peace: {title: Peace, strong: [peace]}
"""


def _load(folder: Path, text: str):
    path = folder / "topics.yaml"
    path.write_text(text, encoding="utf-8")
    return load_taxonomy(path)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("party: a\n", "party: c\n", 9, "no party 'c'"),
        ("party: a\n", "at_war_with: c\n", 9, "no party 'c'"),
        ("office: chief", "office: cheif", 11, "no office 'cheif'; did you mean 'chief'?"),
        ("title: Peace,", "title: Peace, strongly: [x],", 15, "no key 'strongly' here; did you mean 'strong'?"),
        ("terms: [Anna]", "terms: {xx: [Anna]}", 10, "no language 'xx'; known are 'any', 'en'"),
        ("terms: [Anna]", "terms: Anna", 10, "'Anna' is no list of terms; write [Anna]"),
        ("terms: [Anna]", "term: [Anna]", 10, "no key 'term' here; did you mean 'terms'?"),
        ("    name: Anna\n", "", 7, "people.anna.name: is missing"),
        (
            "terms: [Anna]",
            "terms: [Anna]\n    wikidata: Anna",
            11,
            "'Anna' is no Wikidata id; one is written like Q159",
        ),
        ("since: 2020-01-01", "since: soon", 11, "'soon' is no day; one is written like 2017-01-20"),
        ("since: 2020-01-01", "since: 2020", 11, "2020 is no day"),
        ("held: [{", "held: {office: chief} #", 11, "people.anna.held: is to be a list"),
        ("  b: {title: B, terms: [Beland]}\n", "", 3, "a desk is about two parties, not 1"),
        ('version: "1"', "version: 1", 1, "1 is no text; put it in quotes"),
        ('version: "1"', 'version: ""', 1, "version: is empty"),
        ("  peace: {title: Peace, strong: [peace]}\n", "  {}\n", 14, "topics: is empty; it needs at least one"),
        ("  peace: {title: Peace, strong: [peace]}\n", "  - peace\n", 14, "is no mapping"),
        ("topics:\n", "weights: {topics: {bias: much}}\ntopics:\n", 14, "'much' is no number"),
        ("title: A and B", "title: [A", 3, "a comma, a bracket or a quotation mark is missing"),
        ("  a: {title: A", "\ta: {title: A", 4, "a tab"),
        ("title: A and B", "title A and B", 3, "a colon or a quotation mark is missing"),
        ("strong: [peace]", "strong: [*eace]", 15, "begins with * needs quotes"),
        ("strong: [peace]", "strong: [peace, no]", 15, "quote no"),
        ("strong: [peace]", "strong: [30,000 troops]", 15, "quote no"),
        ("strong: [peace]", 'strong: ["*"]', 15, "at least one word"),
        ("strong: [peace]", "strong: [peace], strong: [war]", 15, "'strong' stands twice"),
        ("until: 2022-01-01", "until: 2019-01-01", 11, "before it begins"),
        ("  anna:", "  a:", 7, "used twice"),
        ("terms: [Anna]", "terms: [Anna]\n    topics: [peace, war]", 11, "no topic 'war'"),
        ("strong: [peace]", "strong: [peace], yields_to: [war]", 15, "no other topic 'war'"),
        ("strong: [peace]", "strong: [peace], yields_to: [peace]", 15, "no other topic 'peace'"),
        (
            "topics:\n",
            "lookalikes: [{terms: [x], mutes: [ana]}]\ntopics:\n",
            14,
            "no entity 'ana'; did you mean 'anna'?",
        ),
    ],
)
def test_error_names_the_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(DeskFileError) as caught:
        _load(tmp_path, GOOD.replace(old, new, 1))
    assert said in caught.value.message
    assert caught.value.line == line


@pytest.mark.parametrize("text", ["", "- a\n", "just words"])
def test_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DeskFileError, match="mapping"):
        _load(tmp_path, text)


def test_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "topics.yaml").write_bytes(b"title: caf\xe9\n")
    with pytest.raises(DeskFileError, match="not YAML"):
        load_taxonomy(tmp_path / "topics.yaml")


def test_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeskFileError, match="cannot be read"):
        load_taxonomy(tmp_path / "topics.yaml")


def test_version_changes_with_the_file(tmp_path: Path) -> None:
    first, second = _load(tmp_path, GOOD).version, _load(tmp_path, GOOD + "# a remark\n").version
    assert first.startswith("1+")
    assert first != second


@pytest.mark.parametrize(("day", "holders"), [(date(2021, 5, 5), ["anna"]), (date(2023, 1, 1), [])])
def test_term_of_office_ends(tmp_path: Path, day: date, holders: list[str]) -> None:
    assert _load(tmp_path, GOOD).holders("chief", day) == holders


def test_the_desk_has_the_fifteen_topics() -> None:
    taxonomy = load_taxonomy(ROOT / "desks/us_russia/topics.yaml")
    assert list(taxonomy.topics) == [
        *("diplomacy", "sanctions", "arms_control", "ukraine", "military", "energy", "cyber", "interference"),
        *("espionage", "detainees", "human_rights", "regional", "cooperation", "business", "culture_sport"),
    ]


def test_no_word_of_the_desk_stands_twice_in_a_topic() -> None:
    for key, topic in load_taxonomy(ROOT / "desks/us_russia/topics.yaml").topics.items():
        lists = [terms for group in (topic.strong, topic.terms, topic.weak, topic.against) for terms in group.items()]
        counts = Counter((language, term) for language, terms in lists for term in terms)
        assert {(key, term): count for term, count in counts.items() if count > 1} == {}
