"""Why it rang: passages, the tagger's evidence, and marks that survive anything."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.alerts.content import merged
from hotline.alerts.passages import LONGEST_PASSAGE, marked_headline, passages, segments
from hotline.alerts.query import CLOSE, OPEN
from schemas.topic import Evidence
from tests.alerts.conftest import make_article, make_rule, make_view

BODY = "Talks went on. The U.S. envoy met Mr. Lavrov in Geneva! Nobody commented.\n\nОн приехал. Переговоры шли час."


def evidence(text: str, field: str = "body", source: str = BODY, weight: float = 1.0) -> Evidence:
    start = source.index(text)
    return Evidence(field=field, start=start, end=start + len(text), text=text, weight=weight)


def plain(text: str) -> str:
    return text.replace(OPEN, "").replace(CLOSE, "")


def test_fragments_come_first_and_evidence_is_left_out() -> None:
    view = make_view("diplomacy", evidence=[evidence("Lavrov")])
    highlight = {"title": ["T"], "body": ["one  two", "one two", "three"], "subtitle": ["sub"]}
    assert passages(make_article(body=BODY), view, make_rule(), highlight) == ["sub", "one two", "three"]


def test_without_fragments_the_sentence_around_the_evidence_is_shown() -> None:
    view = make_view("diplomacy", evidence=[evidence("Переговоры"), evidence("envoy"), evidence("Lavrov")])
    assert passages(make_article(body=BODY), view, make_rule(query="*"), {}) == [
        f"The U.S. {OPEN}envoy{CLOSE} met Mr. {OPEN}Lavrov{CLOSE} in Geneva!",
        f"{OPEN}Переговоры{CLOSE} шли час.",
    ]


def test_evidence_of_the_rule_s_topics_goes_before_that_of_relevance() -> None:
    view = make_view("diplomacy", evidence=[evidence("envoy")])
    view.evidence = [evidence("Talks")]
    of_topic = passages(make_article(body=BODY), view, make_rule(query="*", topics=["diplomacy"]), {})
    of_relevance = passages(make_article(body=BODY), view, make_rule(query="*"), {})
    assert OPEN + "envoy" in of_topic[0]
    assert of_relevance == [f"{OPEN}Talks{CLOSE} went on."]


def test_evidence_against_and_evidence_that_does_not_fit_the_text_are_not_shown() -> None:
    stale = Evidence(field="body", start=0, end=5, text="Gone!")
    view = make_view("diplomacy", evidence=[stale, evidence("envoy", weight=-1)])
    assert passages(make_article(body=BODY), view, make_rule(query="*"), {}) == []
    assert passages(make_article(body=BODY), None, make_rule(query="*"), {}) == []


def test_evidence_in_key_points_is_found_in_the_point_that_holds_it() -> None:
    points = ["Nothing", "Two banks"]
    view = make_view("sanctions", evidence=[evidence("banks", "key_points", "\n".join(points))])
    shown = passages(make_article(key_points=points), view, make_rule(query="*"), {})
    assert shown == [f"Two {OPEN}banks{CLOSE}"]


def test_endless_sentence_is_cut_around_what_matched() -> None:
    body = "word " * 300 + "sanctions " + "word " * 300
    view = make_view("sanctions", evidence=[evidence("sanctions", source=body)])
    (shown,) = passages(make_article(body=body), view, make_rule(query="*"), {})
    assert f"{OPEN}sanctions{CLOSE}" in shown
    assert len(shown) <= LONGEST_PASSAGE + 4
    assert shown.startswith("… word")
    assert shown.endswith("word …")


def test_headline_carries_the_marks_of_the_query_else_of_the_evidence() -> None:
    article = make_article(title="Envoy flies to Moscow")
    view = make_view("diplomacy", evidence=[evidence("Moscow", "title", article.title)])
    assert marked_headline(article, view, make_rule(), {"title": ["x"]}) == "x"
    assert marked_headline(article, view, make_rule(), {"body": ["x"]}) == article.title
    assert marked_headline(article, view, make_rule(), {}) == f"Envoy flies to {OPEN}Moscow{CLOSE}"


@settings(deadline=None)
@given(st.text(alphabet=f"ab {OPEN}{CLOSE}"))
def test_marks_in_any_order_lose_no_text(text: str) -> None:
    assert "".join(piece for piece, _ in segments(text)) == plain(text)


@settings(deadline=None)
@given(st.lists(st.text(alphabet=f"ab {OPEN}{CLOSE}", max_size=12), max_size=5))
def test_merged_passages_lose_no_text_and_balance_their_marks(texts: list[str]) -> None:
    result = merged(texts)
    for text in texts:
        assert any(plain(text) in plain(kept) for kept in result)
    for kept in result:
        assert kept.count(OPEN) == kept.count(CLOSE)
        assert OPEN + CLOSE not in kept


def test_passage_found_by_two_rules_carries_the_marks_of_both() -> None:
    texts = [f"{OPEN}New{CLOSE} sanctions on banks", f"New {OPEN}sanctions{CLOSE} on banks", "sanctions on"]
    assert merged(texts) == [f"{OPEN}New{CLOSE} {OPEN}sanctions{CLOSE} on banks"]
