"""The commands that work on files alone, run as a user runs them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = """<html lang="en"><head><title>Envoys meet in Geneva</title></head><body><nav>Home | World</nav><article>
<h1>Envoys meet in Geneva</h1><time datetime="2026-11-23T10:00:00Z">23 November</time>
<p>US Secretary of State Ann Example met Russia's foreign minister in Geneva on Monday to discuss sanctions, officials
from both sides said after two hours of talks behind closed doors.</p>
<p>Washington wants Moscow to release two detained Americans, while Russia asks for the return of seized property.</p>
<p>Neither side expects a quick result, and a second meeting between the United States and Russia is planned.</p>
</article></body></html>"""
FEED = """<rss version="2.0"><channel><title>F</title><item><guid>1</guid><title>One &amp; two</title>
<link>/a</link><pubDate>Mon, 23 Nov 2026 10:00:00 +0300</pubDate></item></channel></rss>"""


def hotline(*arguments: str | Path, status: int = 0) -> str:
    """Runs the command; returns what it printed."""
    command = [sys.executable, "-m", "hotline.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_parse_feed_gives_a_line_an_entry_and_says_what_is_no_feed(tmp_path: Path) -> None:
    (tmp_path / "f.xml").write_text(FEED)
    (tmp_path / "page.xml").write_text(PAGE)
    out = hotline("parse-feed", tmp_path / "f.xml", tmp_path / "page.xml", "--url", "https://outlet.example/feed")
    entry, error = map(json.loads, out.splitlines())
    assert entry["url"] == "https://outlet.example/a"
    assert entry["title"] == "One & two"
    assert entry["published_at"].startswith("2026-11-23T07:00:00")
    assert set(entry) == {
        "file", "id", "url", "title", "summary", "published_at", "updated_at", "authors", "language",
    }  # fmt: skip
    assert set(error) == {"file", "error"}


def test_extract_tag_and_cluster_follow_each_other(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text(PAGE)
    records = [
        {"id": "1", "html_path": str(tmp_path / "p.html"), "url": "https://outlet.example/geneva"},
        {"id": "2", "html_path": str(tmp_path / "missing.html"), "url": "https://outlet.example/x"},
    ]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(r) + "\n" for r in records))
    hotline("extract", "--input", source, "--output", tmp_path / "articles.jsonl")
    good, bad = lines(tmp_path / "articles.jsonl")
    assert good["title"] == "Envoys meet in Geneva"
    assert "two detained Americans" in str(good["body"])
    assert set(bad) == {"id", "error"}

    one = tmp_path / "one.jsonl"
    one.write_text("".join(json.dumps(good | {"id": i}) + "\n" for i in ("a", "b")))
    hotline("tag", "--input", one, "--output", tmp_path / "tags.jsonl")
    tagged, _ = lines(tmp_path / "tags.jsonl")
    assert tagged["relevance"] == 2
    topics = tagged["topics"]
    assert isinstance(topics, list)
    for topic in topics:
        for span in topic["evidence"]:
            assert str(good[span["field"]])[span["start"] : span["end"]] == span["text"]
    assert "sanctions" in hotline("tag", "--input", one, "--explain")

    hotline("cluster", "--input", one, "--output", tmp_path / "stories.jsonl")
    first, copy = lines(tmp_path / "stories.jsonl")
    assert first["story_id"] == copy["story_id"]
    assert copy["near_duplicate_of"] == "a"


@pytest.mark.parametrize("command", ["extract", "tag", "cluster"])
def test_a_line_that_is_no_json_is_named_and_no_half_result_is_left(command: str, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "1", "title": "x", "body": "y", "url": "https://a.example/b"}\n{broken\n')
    message = hotline(command, "--input", source, "--output", tmp_path / "out.jsonl", status=2)
    assert "line 2" in message
    assert not (tmp_path / "out.jsonl").exists()


def test_every_contract_is_exported_as_json_schema(tmp_path: Path) -> None:
    hotline("schemas", tmp_path)
    names = {path.stem for path in tmp_path.glob("*.json")}
    assert names >= {"feed", "item", "capture", "article", "topicmatch", "story", "rule", "alert", "delivery"}
    article = json.loads((tmp_path / "article.json").read_text())
    assert "@timestamp" in article["properties"]
