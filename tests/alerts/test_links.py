"""Links: signed for one reader and a time, and to the very search in Kibana."""

import base64
import json
from datetime import timedelta
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.alerts.links import BadLink, Claim, Post, rison, sign, verify
from schemas.alert import OccasionKind
from tests.alerts.conftest import DESK, NOW, make_alert, make_desk, make_rule

SECRET = b"a secret of this test"
CLAIM = Claim("2026.11-1", "anna", NOW + timedelta(days=14))


def test_link_holds_what_was_signed() -> None:
    token = sign(CLAIM, SECRET)
    assert verify(token, SECRET) == CLAIM


def test_link_for_another_reader_is_not_to_be_had_from_ones_own() -> None:
    body, _, mac = sign(CLAIM, SECRET).partition(".")
    forged = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged[1] = "boris"
    other = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
    with pytest.raises(BadLink):
        verify(f"{other}.{mac}", SECRET)
    with pytest.raises(BadLink):
        verify(sign(CLAIM, b"another"), SECRET)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(BadLink):
        verify(token, SECRET)


def test_no_public_address_or_no_secret_no_links() -> None:
    desk = make_desk()
    for post in (Post(), Post("https://desk.example", b""), Post("", SECRET)):
        links = post.links(make_alert(), desk, None, "anna", NOW)
        assert (links.kibana, links.acknowledge, links.mute, links.judge) == ("", "", "", "")
    for occasion in (OccasionKind.HEALTH, OccasionKind.DIGEST):
        assert not Post("https://desk.example", SECRET).links(make_alert(occasion=occasion), desk, None, "a", NOW).judge


def test_links_answer_for_their_recipient() -> None:
    links = Post("https://desk.example/hotline/", SECRET).links(make_alert(), make_desk(), None, "anna", NOW)
    assert links.acknowledge == f"{links.judge}/acknowledge"
    assert links.mute == f"{links.judge}/mute"
    token = links.judge.removeprefix("https://desk.example/hotline/answer/")
    assert verify(token, SECRET) == Claim(make_alert().id, "anna", NOW + timedelta(days=14))


def test_kibana_shows_the_rules_own_search_over_its_time() -> None:
    rule = make_rule(topics=["sanctions"], query='banks AND "Федеральная служба"')
    post = Post(kibana_url="https://kibana.example/", rules={(DESK, "sanctions"): rule})
    url = post.links(make_alert(), make_desk(), None, "anna", NOW).kibana
    assert unquote(url).startswith("https://kibana.example/app/discover#/?_g=(time:(from:'2026-11-23T12:00:00.000Z'")
    assert not set(' <>"') & set(url)
    state = unquote(url)
    assert "dataViewId:hotline-articles" in state
    assert 'banks AND "Федеральная служба"' in state
    assert f"desks.{DESK}.topics.id:!(sanctions)" in state
    assert "to:'2026-11-24T13:00:00.000Z'" in state


def test_kibana_shows_the_story_where_the_rule_is_gone() -> None:
    url = Post(kibana_url="https://kibana.example").links(make_alert(), make_desk(), None, "anna", NOW).kibana
    assert "query:(term:(story.id:'2026.11-story1'))" in unquote(url)


def test_rison_is_as_kibana_reads_it() -> None:
    value = {"a": [1, 2.5, True, False, None], "it's": "don't!", "empty": "", "minus": "-x", "plain": "a.b/c"}
    assert rison(value) == "(a:!(1,2.5,!t,!f,!n),'it!'s':'don!'t!!',empty:'',minus:'-x',plain:a.b/c)"
