import pytest

from hotline.articles.authors import agency_named, people
from hotline.articles.extract import extract
from hotline.articles.language import detect_language
from schemas.item import Entry
from tests.articles.pages import NOW, PARAGRAPHS, news, page


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["By Jane Fairweather and Oleg Petrov"], ["Jane Fairweather", "Oleg Petrov"]),
        (["By Reuters Staff"], []),
        (["jane@example.com", "https://example.com/jane"], []),
        (["Example Herald"], []),
        (["Автор: Анна Иванова"], ["Анна Иванова"]),
        (["Von Jane Fairweather am 21. April 2026"], ["Jane Fairweather"]),
        (["Jane Fairweather, 21. Apr. 2026, 10:15"], ["Jane Fairweather"]),
        (["Auteure : Jane Fairweather", "Eine Kolumne von Oleg Petrov"], ["Jane Fairweather", "Oleg Petrov"]),
        (["Jane Fairweather", "JANE FAIRWEATHER"], ["Jane Fairweather"]),
        (["admin", "Редакция", "News desk", None, ""], []),
    ],
)
def test_authors_are_people(given, found):
    assert people(given, "Example Herald") == found


def test_the_outlet_is_no_author_when_only_its_host_tells() -> None:
    assert people(["El Ejemplo", "Die Probe", "Ana Ejemplo"], None, "elejemplo.com", "probe.at") == ["Ana Ejemplo"]


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("Reuters", "Reuters"),
        ("By AP", "AP"),
        ("ТАСС", "TASS"),
        ("РИА Новости", "RIA Novosti"),
        ("Jane Fairweather", None),
    ],
)
def test_agencies_by_name(text, agency):
    assert agency_named(text) == agency


@pytest.mark.parametrize(
    ("first", "agency"),
    [
        (
            "GENEVA (Reuters) - The envoys met on Monday for talks that both sides called useful and businesslike.",
            "Reuters",
        ),
        (
            "МОСКВА, 23 ноября. /ТАСС/. Переговоры в Женеве завершились, сообщил журналистам представитель Кремля.",
            "TASS",
        ),
        ("The envoys met on Monday for talks that both of the sides called useful and businesslike enough.", None),
    ],
)
def test_the_agency_in_the_dateline(first, agency):
    body = f"<p>{first}</p>" + "".join(f"<p>{text}</p>" for text in PARAGRAPHS[1:])
    assert extract(None, page(news(body)), now=NOW).agency == agency


def test_structured_authors_win_over_bylines():
    data = '{"@type":"NewsArticle","author":[{"@type":"Person","name":"Oleg Petrov"}]}'
    head = f'<script type="application/ld+json">{data}</script>'
    assert extract(None, page(news(head=head)), now=NOW).authors == ["Oleg Petrov"]


@pytest.mark.parametrize(
    ("text", "hints", "language"),
    [
        ("Переговоры в Женеве завершились без прорыва", [], "ru"),
        ("Переговори в Женеві завершилися без прориву, їхній підсумок", ["ru"], "uk"),
        ("Putin, Biden", ["en"], "en"),
        (" ".join(PARAGRAPHS), ["de"], "en"),
        ("Talks end", ["en-GB", "ru"], "en"),
        ("…", [None, "ru"], "ru"),
        ("", [], None),
    ],
)
def test_language_of_texts_long_and_short(text, hints, language):
    assert detect_language(text, *hints) == language


def test_people_of_an_entry():
    entry = Entry(id="1", title="Talks end in Geneva", authors=["Jane Fairweather", "TASS"])
    result = extract(entry, None, now=NOW)
    assert (result.authors, result.agency) == (["Jane Fairweather"], "TASS")
