"""Edits of a desk's feeds.opml: the line that is meant changes, every other byte stays."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.feeds.opml import elements, feed_id, read_opml
from hotline.feeds.opml_edit import document, outline, with_feeds, with_paused
from schemas.desk import DeskFileError
from schemas.feed import FeedSource, Ownership

PATH = Path("feeds.opml")
FILE = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0" xmlns:hotline="https://hotline.example/opml">
  <!-- what we watch; <outline text="not one" xmlUrl="https://comment.example/"/> -->
  <head><title>T</title></head>
  <body>
    <outline text="Агентства">
      <!-- wires first -->
      <outline type="rss"  text='A > "B"' xmlUrl="https://a.example/f"
               hotline:publisher="A House"   hotline:tier="1"/>
      <outline type="rss" text="B" xmlUrl="https://b.example/f?x=1&amp;y=2"
               hotline:paused='true' hotline:tier="3" />
    </outline>
    <outline text="Empty"/>
    <outline text="C" xmlUrl="https://c.example/f"></outline>
  </body>
</opml>
"""


def source(url: str = "https://new.example/f", **more: object) -> FeedSource:
    return FeedSource.model_validate({"id": feed_id(url), "url": url, "title": "New", "publisher": "New"} | more)


def added(text: str, new: FeedSource | None = None, *folders: str) -> str:
    return with_feeds(PATH, text.encode(), [(folders, new or source())]).decode()


def paused(text: str, url: str, *, value: bool = True) -> str:
    return with_paused(PATH, text.encode(), url, paused=value).decode()


def read(folder: Path, text: str | bytes) -> list[FeedSource]:
    path = folder / "read.opml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_opml(path)


def test_a_feed_goes_to_the_end_of_the_body_and_nothing_else_changes(tmp_path: Path) -> None:
    new = added(FILE)
    line = '    <outline type="rss" text="New" title="New"\n             xmlUrl="https://new.example/f"/>\n'
    assert new == FILE.replace("  </body>", line + "  </body>")
    assert [feed.title for feed in read(tmp_path, new)][-1] == "New"


def test_a_feed_goes_into_its_folder_indented_like_its_neighbours(tmp_path: Path) -> None:
    new = added(FILE, source(title="Н <1>", publisher="Агентство", tier=1, paused=True), "Агентства")
    line = (
        '      <outline type="rss" text="Н &lt;1&gt;" title="Н &lt;1&gt;"\n'
        '               xmlUrl="https://new.example/f"\n'
        '               hotline:publisher="Агентство" hotline:tier="1" hotline:paused="true"/>\n'
    )
    assert new == FILE.replace(
        '    </outline>\n    <outline text="Empty"', line + '    </outline>\n    <outline text="Empty"'
    )
    assert read(tmp_path, new)[2].publisher == "Агентство"


def test_folders_that_are_missing_are_made_and_an_empty_one_is_opened() -> None:
    new = added(FILE, None, "Empty", "Inner")
    assert '    <outline text="Empty">\n      <outline text="Inner">\n        <outline type="rss"' in new
    assert new.count("</outline>") == FILE.count("</outline>") + 2
    found = elements(PATH, new.encode())
    assert [e.folders for e in found if e.attributes.get("text") == "New"] == [("Empty", "Inner")]


@pytest.mark.parametrize(
    "text",
    [
        "<opml><head/><body/></opml>",
        "<opml><body></body></opml>",
        '<opml>\n<body><outline text="A" xmlUrl="https://a.example/"/></body>\n</opml>',
        '<opml>\r\n<body>\r\n\t<outline text="A" xmlUrl="https://a.example/"/>\r\n</body>\r\n</opml>',
    ],
)
def test_files_of_any_shape_take_a_feed(text: str, tmp_path: Path) -> None:
    new = added(text, source(tier=1))
    assert read(tmp_path, new)[-1] == source(tier=1)
    assert ("\r\n" in text) == ("\r\n" in new)
    assert "\r\n" not in new or new.count("\n") == new.count("\r\n")
    assert new.count('xmlns:hotline="https://hotline.example/opml"') == 1
    assert "xmlns" not in added(text)  # nothing of ours in it


def test_a_file_in_another_encoding_keeps_it(tmp_path: Path) -> None:
    head = '<?xml version="1.0" encoding="windows-1251"?>\n<opml><body>\n</body></opml>'
    content = head.replace("<body>", '<body><outline text="Новости"/>').encode("cp1251")
    new = with_feeds(PATH, content, [([], source(title="Ещё"))])
    assert read(tmp_path, new)[0].title == "Ещё"
    with pytest.raises(DeskFileError, match="UTF-16"):
        with_feeds(PATH, "<opml><body></body></opml>".encode("utf-16"), [([], source())])


def test_a_file_without_a_body_is_refused() -> None:
    with pytest.raises(DeskFileError, match="no <body>"):
        added("<opml/>")


def test_pausing_writes_one_attribute_and_resuming_takes_it_away_again(tmp_path: Path) -> None:
    off = paused(FILE, "https://a.example/f")
    assert off == FILE.replace('hotline:tier="1"/>', 'hotline:tier="1" hotline:paused="true"/>')
    assert read(tmp_path, off)[0].paused
    assert paused(off, "https://a.example/f", value=False) == FILE
    assert paused(FILE, "https://a.example/f", value=False) == FILE


def test_what_is_paused_in_another_hand_is_found(tmp_path: Path) -> None:
    on = paused(FILE, "https://b.example/f?x=1&y=2", value=False)
    assert on == FILE.replace("\n               hotline:paused='true' ", " ").replace(
        'y=2" hotline:tier="3" />', 'y=2" hotline:tier="3" />'
    )
    assert not read(tmp_path, on)[1].paused
    false = FILE.replace("'true'", "'false'")
    assert paused(false, "https://b.example/f?x=1&y=2") == FILE.replace("'true'", '"true"')


def test_an_undeclared_prefix_is_declared_when_it_is_first_used() -> None:
    plain = '<opml version="2.0">\n<body><outline text="A" xmlUrl="https://a.example/"/></body></opml>'
    assert paused(plain, "https://a.example/").splitlines() == [
        '<opml version="2.0" xmlns:hotline="https://hotline.example/opml">',
        '<body><outline text="A" xmlUrl="https://a.example/" hotline:paused="true"/></body></opml>',
    ]


def test_a_feed_that_is_not_there_cannot_be_paused() -> None:
    with pytest.raises(LookupError, match=r"comment\.example"):
        paused(FILE, "https://comment.example/")


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20
).filter(lambda text: text == text.strip() and text.isprintable())


@settings(max_examples=60, deadline=None)
@given(title=TEXT, publisher=TEXT, tier=st.integers(1, 3), folder=st.none() | TEXT, data=st.data())
def test_what_is_written_is_read_again(
    title: str, publisher: str, tier: int, folder: str | None, data: st.DataObject
) -> None:
    new = source(
        title=title,
        publisher=publisher,
        tier=tier,
        site_url=data.draw(st.none() | st.just("https://site.example/?a&b='\"")),
        language=data.draw(st.none() | st.just("ru")),
        country=data.draw(st.none() | st.just("RU")),
        ownership=data.draw(st.sampled_from(Ownership)),
        seen_at=data.draw(st.none() | TEXT),
        entry_only=data.draw(st.booleans()),
        paused=data.draw(st.booleans()),
        proxy=data.draw(st.sampled_from([None, "http://proxy.example:3128", "squid"])),
        headers=data.draw(st.sampled_from([{}, {"Accept-Language": "en, ru;q=0.5", "X-A": "1"}])),
        cookie=data.draw(st.sampled_from([None, "paper_cookie"])),
    )
    text = added(FILE, new, *([folder] if folder else []))
    found = [e for e in elements(PATH, text.encode()) if e.is_feed]
    again = [one for one in found if one.attributes["xmlUrl"] == new.url]
    assert len(found) == 4
    from hotline.feeds.opml import source_of

    assert source_of(PATH, again[0]) == new
    exported = document("T & U", [((folder,) if folder else (), new)])
    assert [source_of(PATH, e) for e in elements(PATH, exported.encode()) if e.is_feed] == [new]


def test_a_document_opens_and_closes_folders() -> None:
    feeds = [source(f"https://{name}.example/") for name in "abcde"]
    folders = [(), ("X",), ("X", "Y"), ("X", "Z"), ("W",)]
    text = document("T", zip(folders, feeds, strict=True))
    assert [e.folders for e in elements(PATH, text.encode()) if e.is_feed] == folders
    assert text.count("</outline>") == 4


def test_a_short_outline_stands_on_one_line() -> None:
    assert outline(source(), spread=False) == [
        '<outline type="rss" text="New" title="New" xmlUrl="https://new.example/f"/>'
    ]
