"""The desks that watch the newsroom, the replay of saved feeds, and the command."""

import gzip
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from lxml import etree

from hotline.alerts.rules import load_desk
from hotline.feeds.opml import read_opml
from tests.newsroom import Newsroom, write_desk
from tests.newsroom.desk import opml, outlines
from tests.newsroom.newsroom import ReplayRoom
from tests.newsroom.world import load

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"


def _template(folder: Path, rules: str = "[]") -> Path:
    folder.mkdir(parents=True)
    (folder / "topics.yaml").write_text("version: '1'\n")
    (folder / "rules.yaml").write_text(rules)
    return folder


def _addresses(desk: Path) -> list[str]:
    return [str(one.get("xmlUrl")) for one in etree.parse(desk / "feeds.opml").iter("outline")]


def test_desk_names_every_feed_of_its_outlets(tmp_path: Path, room: Newsroom) -> None:
    for name, feeds in (("us_russia", 16), ("us_china", 4)):
        target = tmp_path / "desks" / name
        room.write_desk(target, _template(tmp_path / name))
        sources = read_opml(target / "feeds.opml")
        assert len(sources) == feeds
        assert {source.url for source in sources} <= {room.feed_url(feed_id) for feed_id in room.shelves}
        assert (sources[0].publisher, sources[0].country, sources[0].tier) == ("The Potomac Herald", "US", 1)
        assert not any(source.entry_only for source in sources)


def test_desk_waits_seconds_and_may_read_loopback(tmp_path: Path) -> None:
    write_desk(tmp_path / "desk", "http://127.0.0.1:1", _template(tmp_path / "us_russia"), load())
    desk = load_desk(tmp_path / "desk" / "desk.yaml")
    assert desk.polling.allow_private_addresses
    assert desk.polling.ceiling.total_seconds() == 10
    assert desk.polling.adopt_redirect_after.total_seconds() == 20
    assert [wait.total_seconds() for wait in desk.rechecks.after] == [20, 60, 120, 180]
    assert [(one.name, one.operator) for one in desk.recipients] == [("analyst", False), ("operator", True)]


def test_desk_has_everybody_whom_its_rules_name(tmp_path: Path) -> None:
    rules = "- {id: a, recipients: [duty, analysts]}\n- {id: b, recipients: [duty]}\n"
    write_desk(tmp_path / "desk", "http://127.0.0.1:1", _template(tmp_path / "us_russia", rules), load())
    desk = load_desk(tmp_path / "desk" / "desk.yaml")
    assert [one.name for one in desk.recipients] == ["duty", "analysts", "operator"]


def test_toy_desk_in_the_repository_is_what_the_newsroom_offers() -> None:
    written = (ROOT / "tests/desks/us_china/feeds.opml").read_text(encoding="utf-8")
    assert written == opml("US–China relations", outlines("http://newsroom.invalid", "us_china", load()))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "saved"
    (folder / "html").mkdir(parents=True)
    (folder / "one.xml").write_bytes("<rss><channel><title>Ä</title></channel></rss>".encode("latin-1"))
    (folder / "two.json").write_text('{"version": "https://jsonfeed.org/version/1", "items": []}')
    (folder / "index.jsonl").write_text(json.dumps({"file": "one.xml", "outlet": "Ä & Co"}))
    (folder / "html" / "plätzchen.html").write_bytes(b"<p>\xe4</p>")
    (folder / "evaldata.json").write_text(
        json.dumps({"http://a.example/": {"file": "plätzchen.html", "title": "Bake\x0b & eat"}})
    )
    (folder / "packed.html.gz").write_bytes(gzip.compress(b"<p>packed</p>"))
    (folder / "pages.jsonl").write_text(json.dumps({"id": "packed", "html_path": "packed.html.gz", "url": "x"}))
    return folder


def test_replay_serves_the_original_bytes(saved: Path) -> None:
    with ReplayRoom(saved) as room:

        def get(path: str) -> bytes:
            with urllib.request.urlopen(f"{room.base_url}{path}") as response:
                return bytes(response.read())

        assert get("/feeds/one.xml") == (saved / "one.xml").read_bytes()
        assert room.replay.status()["phase"] == "waiting"
        feed = etree.fromstring(get("/pages/feed.xml"))
        assert [title.text for title in feed.iterfind(".//item/title")] == ["Bake & eat", "packed"]
        get("/feeds/two.json")
        assert room.replay.status()["phase"] == "running"
        links = [str(link.text).removeprefix(room.base_url) for link in feed.iterfind(".//item/link")]
        assert [get(link) for link in links] == [b"<p>\xe4</p>", b"<p>packed</p>"]
        assert room.replay.status()["phase"] == "finished"


def test_replayed_feeds_are_entry_only_and_pages_are_not(saved: Path, tmp_path: Path) -> None:
    with ReplayRoom(saved) as room:
        room.write_desk(tmp_path / "desk", _template(tmp_path / "us_russia"))
        sources = read_opml(tmp_path / "desk" / "feeds.opml")
    assert {source.title: (source.publisher, source.entry_only) for source in sources} == {
        "one.xml": ("Ä & Co", True),
        "two.json": ("two", True),
        "Saved pages": ("Saved pages", False),
    }


def test_replay_of_nothing_says_what_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no \*\.xml or \*\.json feeds, no html/ with evaldata.json"):
        ReplayRoom(tmp_path)
    with pytest.raises(ValueError, match="is no folder"):
        ReplayRoom(tmp_path / "missing")


@pytest.mark.parametrize(
    ("folder", "feeds", "pages"), [("feeds", 282, 0), ("extraction/trafilatura", 0, 990)], ids=["feeds", "pages"]
)
def test_replay_takes_in_what_the_project_is_measured_on(folder: str, feeds: int, pages: int) -> None:
    path = SHARED / "eval" / folder
    if not path.is_dir():
        pytest.skip("the shared evaluation files are not beside this repository")
    with ReplayRoom(path) as room:
        assert len(room.replay.feeds) == feeds
        assert len(room.replay.pages) == pages


def test_command_writes_the_desk_says_where_it_is_and_ends_on_request(tmp_path: Path) -> None:
    target = tmp_path / "us_china"
    command = [sys.executable, "-m", "tests.newsroom", "--port", "0", "--desk", str(target)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        base_url = process.stdout.readline().strip()
        with urllib.request.urlopen(f"{base_url}/_newsroom/status") as response:
            assert json.load(response)["phase"] == "waiting"
        assert _addresses(target)[0].startswith(base_url)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_command_refuses_a_desk_that_does_not_exist(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.newsroom", "--desk", str(tmp_path / "us_moon")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "must name a desk of the project: us_russia or us_china" in result.stderr
