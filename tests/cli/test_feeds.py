"""`hotline feeds …` as a person uses it: on files and a server of this machine, without Elasticsearch."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.cli import app, main
from hotline.feeds.opml import read_opml
from hotline.search.indices import Kind, month_of
from hotline.search.store import Store, Write
from hotline.settings import settings
from schemas.feed import Feed, FeedState, Habit
from schemas.item import Entry, Item, ItemStatus
from tests.feeds.hostile import Server, serving
from tests.newsroom.desk import write_files

ROOT = Path(__file__).parents[2]
RECENT = datetime.now(UTC) - timedelta(hours=3)
OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0" xmlns:hotline="https://hotline.example/opml">
  <!-- our feeds -->
  <body>
    <outline text="Wires">
      <outline type="rss"   text="Alpha news"   xmlUrl="{a}" hotline:tier="1"/>
      <outline type="rss" text="Alpha sport" xmlUrl="{b}"/>
    </outline>
  </body>
</opml>
"""


def rss(title: str = "Gamma", date: datetime = RECENT, entries: int = 2) -> bytes:
    items = "".join(
        f"<item><guid>{n}</guid><title>T{n}</title><pubDate>{date:%d %b %Y %H:%M:%S} +0000</pubDate></item>"
        for n in range(entries)
    )
    return f'<rss version="2.0"><channel><title>{title}</title><language>en</language>{items}</channel></rss>'.encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def desk(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A desk whose two feeds are served; Elasticsearch is not there."""
    text = OPML.format(a=server.add("/a", rss("A")), b=server.add("/b", rss("B")))
    write_files(tmp_path / "desks/us_russia", text, ROOT / "desks/us_russia")
    monkeypatch.setenv("HOTLINE_DESKS", str(tmp_path / "desks"))
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOTLINE_ELASTICSEARCH_URL", "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    yield tmp_path / "desks/us_russia"
    settings.cache_clear()


type Run = Callable[..., str]


@pytest.fixture
def hotline(desk: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `hotline feeds …` and checks its exit status; returns what was printed."""

    def run(*arguments: str | Path, status: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["hotline", "feeds", *map(str, arguments)])
        code: object = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        out, err = capfd.readouterr()
        assert code == status, out + err
        return out + err

    return run


def text_of(desk: Path) -> str:
    return (desk / "feeds.opml").read_text(encoding="utf-8")


def test_a_feed_is_shown_and_added_where_it_belongs(server: Server, desk: Path, hotline: Run) -> None:
    before, url = text_of(desk), server.add("/new", rss("Gamma & Sons"))
    out = hotline("add", url, "--yes", "--folder", "Wires", "--tier", "1")
    assert "Gamma & Sons" in out
    assert f"{RECENT:%d %b %Y %H:%M}" in out
    assert "added Gamma & Sons to desks/us_russia/feeds.opml" in out
    line = (
        f'      <outline type="rss" text="Gamma &amp; Sons" title="Gamma &amp; Sons" xmlUrl="{url}" language="en" '
        'hotline:tier="1"/>\n'
    )
    assert text_of(desk) == before.replace("    </outline>\n", f"{line}    </outline>\n")


def test_a_page_leads_to_its_feeds_and_the_person_chooses(server: Server, desk: Path) -> None:
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="/{path}">'
        for path, title in (("gone", "Gone"), ("one", "One"), ("two", "Two"))
    )
    server.add("/gone", status=404)
    server.add("/one", rss(""))
    server.add("/two", rss("Second"))
    page = server.add("/", f"<html><head>{links}</head><body><p>Hello</p></body></html>".encode())
    runner = CliRunner()
    result = runner.invoke(app, ["feeds", "add", page, "--title", "Mine"], input="7\n2\ny\n")
    assert result.exit_code == 0, result.output
    assert "status 404" in result.output
    assert [(s.title, s.url) for s in read_opml(desk / "feeds.opml")][-1] == ("Mine", server.url("/two"))
    before = text_of(desk)
    result = runner.invoke(app, ["feeds", "add", page], input="1\nn\n")
    assert result.exit_code == 1
    assert text_of(desk) == before


def test_a_site_that_names_no_feed_is_tried_at_the_usual_addresses(server: Server, desk: Path, hotline: Run) -> None:
    for path in ("/feed", "/rss", "/rss.xml", "/feed.xml", "/index.xml"):
        server.add(path, status=404)
    server.add("/atom.xml", rss("Found"))
    server.add("/", b"<html><body>Nothing here</body></html>")
    assert "added Found" in hotline("add", server.url("/"), "--yes")
    server.add("/atom.xml", status=404)
    assert "no feed was found" in hotline("add", server.url("/"), "--yes", status=2)
    assert "no feed was found" in hotline("add", "http://127.0.0.1:9/", "--yes", status=2)


def test_an_index_of_sitemaps_is_added_for_what_its_parts_hold(server: Server, desk: Path, hotline: Run) -> None:
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    parts = "".join(f"<sitemap><loc>{server.url(path)}</loc></sitemap>" for path in ("/gone", "/news"))
    index = server.add("/index", f"<sitemapindex {space}>{parts}</sitemapindex>".encode())
    server.add("/gone", b"nothing", status=404)
    server.add("/news", status=500)
    assert "not a feed" in hotline("add", index, "--yes", status=2)
    server.add("/news", f"<urlset {space}><url><loc>{server.url('/article')}</loc></url></urlset>".encode())
    assert "sitemap" in hotline("add", index, "--yes", "--title", "News sitemap")
    assert read_opml(desk / "feeds.opml")[-1].url == index


def test_a_feed_that_is_there_is_refused_whatever_leads_to_it(server: Server, desk: Path, hotline: Run) -> None:
    before = text_of(desk)
    assert "is there already: Alpha news, desks/us_russia/feeds.opml line 6" in hotline(
        "add", server.url("/a"), status=2
    )
    assert "is there already" in hotline("add", server.url("/a").replace("http:", "https:") + "/", status=2)
    server.add("/old", status=301, Location="/b")
    assert "is there already: Alpha sport" in hotline("add", server.url("/old"), "--yes", status=2)
    assert text_of(desk) == before


def test_a_desk_that_is_none_is_refused(tmp_path: Path, hotline: Run) -> None:
    assert "no desk" in hotline("add", "http://a.example/", "--desk", tmp_path, status=2)


def test_import_says_what_became_of_each_line_and_a_round_trip_loses_nothing(
    desk: Path, tmp_path: Path, hotline: Run, server: Server
) -> None:
    foreign = tmp_path / "other.opml"
    foreign.write_text(
        '<opml version="1.0"><body>\n<outline text="Tech"><outline title="Delta" type="rss" xmlUrl="https://d.example/"/>'
        f'\n<outline text="A" xmlUrl="{server.url("/a")}"/></outline>\n<outline type="rss" text="No address"/>\n'
        '<outline text="E" xmlUrl="ftp://e.example/"/>\n<outline text="D2" xmlUrl="http://d.example"/>\n</body></opml>'
    )
    before = text_of(desk)
    out = hotline("import", foreign, status=1)
    assert "added           line 2: Delta" in out
    assert "already there   line 3:" in out
    assert "broken          line 4: this feed has no xmlUrl" in out
    assert "broken          line 5:" in out
    assert "broken          line 6: http://d.example is named before, in line 2" in out
    assert "1 added, 1 already there, 3 broken" in out
    folder = (
        '    <outline text="Tech">\n      <outline type="rss" text="Delta" title="Delta" xmlUrl="https://d.example/"/>\n'
        "    </outline>\n"
    )
    assert text_of(desk) == before.replace("  </body>", folder + "  </body>")

    copy = tmp_path / "copy.opml"
    hotline("export", copy)
    assert "copy" not in hotline("export", "-")
    empty = tmp_path / "desks/empty"
    shutil.copytree(desk, empty)
    (empty / "feeds.opml").write_text("<opml><body/></opml>")
    assert "3 added" in hotline("import", copy, "--desk", empty)
    assert read_opml(empty / "feeds.opml") == read_opml(desk / "feeds.opml")
    assert "0 added, 3 already there" in hotline("import", copy, "--desk", empty)
    hotline("export", tmp_path / "again.opml", "--desk", empty)
    assert (tmp_path / "again.opml").read_text().replace(">empty<", ">us_russia<") == copy.read_text()
    assert "the desk's own file" in hotline("export", desk / "feeds.opml", status=2)


def test_a_file_that_is_no_opml_changes_nothing(desk: Path, tmp_path: Path, hotline: Run) -> None:
    (tmp_path / "x.opml").write_text("<opml><body>")
    before = text_of(desk)
    assert "x.opml:1: not well-formed" in hotline("import", tmp_path / "x.opml", status=2)
    assert text_of(desk) == before


def test_a_feed_is_paused_in_every_desk_and_resumed_to_the_same_bytes(desk: Path, tmp_path: Path, hotline: Run) -> None:
    other = tmp_path / "desks/other"
    shutil.copytree(desk, other)
    before = text_of(desk)
    out = hotline("pause", "alpha SPORT")
    assert "Alpha sport is paused in desks/us_russia/feeds.opml" in out
    assert "desks/other" in out
    assert text_of(desk) == text_of(other)
    assert [source.paused for source in read_opml(desk / "feeds.opml")] == [False, True]
    assert "paused already" in hotline("pause", "sport")
    assert "polled again" in hotline("pause", "sport", "--resume")
    assert text_of(desk) == before
    assert "is not paused" in hotline("pause", "sport", "--resume")


def test_what_may_mean_several_feeds_lists_them(server: Server, hotline: Run) -> None:
    out = hotline("pause", "alpha", status=2)
    assert "may be any of these" in out
    assert "Alpha news" in out
    assert "Alpha sport" in out
    assert "no feed is called 'beta'" in hotline("show", "beta", status=2)
    identity = out.split("Alpha news")[0].split()[-1]
    assert "Alpha news is paused" in hotline("pause", identity)
    assert "Alpha news is polled again" in hotline("pause", server.url("/a") + "/", "--resume")


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_read_only_file_is_refused_with_a_patch_that_works(what: str, desk: Path, tmp_path: Path) -> None:
    opml = desk / "feeds.opml"
    opml.write_bytes(opml.read_bytes().rstrip(b"\n"))  # a file without a last line feed is the hard case
    before = opml.read_bytes()
    (opml if what == "file" else desk).chmod(0o444 if what == "file" else 0o555)
    try:
        command = [sys.executable, "-m", "hotline.cli", "feeds", "pause", "Alpha sport"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ), timeout=60)
    finally:
        opml.chmod(0o644)
        desk.chmod(0o755)
    assert done.returncode == 1
    assert "is read-only here" in done.stderr
    assert opml.read_bytes() == before
    (tmp_path / "change.patch").write_text(done.stdout)
    for command in (["patch", "-p0", "--dry-run"], ["git", "apply", "-p0", "--check"], ["patch", "-p0"]):
        if shutil.which(command[0]) is None:
            pytest.skip(f"no {command[0]} here")
        with (tmp_path / "change.patch").open() as patch:
            subprocess.run(command, stdin=patch, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert opml.read_bytes() == before.replace(b'/b"/>', b'/b" hotline:paused="true"/>')


def test_the_file_is_replaced_whole_with_its_rights_behind_a_link(desk: Path, tmp_path: Path, hotline: Run) -> None:
    real = tmp_path / "elsewhere.opml"
    opml = desk / "feeds.opml"
    opml.rename(real)
    opml.symlink_to(real)
    real.chmod(0o640)
    hotline("pause", "sport")
    assert opml.is_symlink()
    assert "hotline:paused" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir() if "opml" in p.name) == ["elsewhere.opml"]


def test_check_shows_what_is_wrong_and_only_that(server: Server, desk: Path, hotline: Run) -> None:
    assert "2 tried, 0 with something wrong" in hotline("check")
    outlines = "".join(
        f'<outline text="{name}" xmlUrl="{server.url(f"/{name}")}"/>\n'
        for name in ("gone", "page", "empty", "stale", "moved", "resting")
    ).replace('/resting"/>', '/resting" hotline:paused="true"/>')
    server.add("/gone", status=410)
    server.add("/page", b"<html><body>Welcome</body></html>")
    server.add("/empty", rss(entries=0))
    server.add("/stale", rss(date=RECENT - timedelta(days=400)))
    server.add("/moved", status=301, Location="/a")
    (desk / "feeds.opml").write_text(text_of(desk).replace("  </body>", outlines + "  </body>"))
    out = hotline("check", "--desk", desk, status=1)
    assert "7 tried, 4 with something wrong" in out
    for words in ("status 410", "holds no entry", "its newest entry is of", "moved has moved for good"):
        assert words in out
    table = out.split("tried")[0]
    assert "no desk" in hotline("check", "--desk", desk.parent, status=2)
    assert "Alpha" not in table
    assert "resting" not in table


def test_list_and_show_do_without_elasticsearch(desk: Path, hotline: Run) -> None:
    hotline("pause", "sport")
    out = hotline("list")
    assert "2 feeds" in out
    assert "Alpha news" in out
    assert "paused" in out
    assert "does not answer: this is what the files say" in out
    assert "nobody knows what fails" in hotline("list", "--failing", status=2)
    page = hotline("show", "sport")
    assert "Alpha sport (paused)" in page
    assert "desks/us_russia/feeds.opml line 7" in page


def test_no_desk_at_all_is_a_clear_error(desk: Path, hotline: Run) -> None:
    shutil.rmtree(desk)
    assert "no desk here" in hotline("list", status=2)


@pytest.fixture
def polled(desk: Path, store: Store, elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The desk's first feed was polled, and Elasticsearch knows of it."""
    monkeypatch.setenv("HOTLINE_ELASTICSEARCH_URL", elasticsearch_url)
    monkeypatch.setenv("HOTLINE_INDEX_PREFIX", store.indices.prefix)
    settings.cache_clear()
    source, now = read_opml(desk / "feeds.opml")[0], datetime.now(UTC)
    habit = Habit(
        since=now - timedelta(days=60), at=now, hours=[4.0] * 24, weekdays=[0.0, 48.0, 48.0, 0, 0, 0, 0], active_days=9,
        day=now.date(), days=[3],
    )  # fmt: skip
    state = FeedState(
        url="https://moved.example/f", next_poll_at=now + timedelta(hours=1), interval_s=3600, failures=6,
        last_polled_at=now, last_error="dns: no such host", last_success_at=now - timedelta(hours=3), habit=habit,
        gaps=2, last_gap_at=now, conditional=False, conditional_reason="its ETag stays", moved_since=now,
        moved_to="https://next.example/", flood_at=now, silent_at=now + timedelta(days=1), first_polled_at=now,
    )  # fmt: skip
    statuses = [ItemStatus.INDEXED] * 3 + [ItemStatus.FAILED, ItemStatus.PENDING]
    items = [
        Item(id=f"i{n}", feed_id=source.id, desks=[], entry=Entry(id=str(n)), status=status, discovered_at=now,
             reason="status 403" if status is ItemStatus.FAILED else None, batch_id="b")
        for n, status in enumerate(statuses)
    ]  # fmt: skip
    feed = Feed(id=source.id, source=source, state=state)
    assert not store.write([Write(Kind.FEEDS, feed.id, feed)])
    assert not store.write([Write(Kind.ITEMS, item.id, item, month=month_of(now)) for item in items])
    return store


@pytest.mark.elasticsearch
@pytest.mark.usefixtures("polled")
def test_a_feeds_page_of_numbers_adds_up(hotline: Run) -> None:
    page = hotline("show", "news")
    for words in (
        "failing", "6 polls failed in a row", "dns: no such host", "asked at https://moved.example/f", "its ETag stays",
        "to https://next.example/", "2, the last", "Mon    Tue █  Wed █  Thu", "██████", "entries", "silence",
        "flood", "5 = pending 1 + indexed 3 + failed 1", "1 × status 403", "at most 5",
    ):  # fmt: skip
        assert words in page, words
    assert "It has not been polled yet" in hotline("show", "sport")


@pytest.mark.elasticsearch
@pytest.mark.usefixtures("polled")
def test_the_list_knows_who_fails(hotline: Run) -> None:
    every = hotline("list")
    assert "dns: no such host" in every
    assert "not polled yet" in every
    failing = hotline("list", "--failing")
    assert "1 of 2 feeds" in failing
    assert "Alpha sport" not in failing
