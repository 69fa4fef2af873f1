"""Who wrote it: people, and the agency behind the outlet's text."""

import re
from collections.abc import Iterable
from typing import Any

from hotline.articles.blocks import Walk
from hotline.articles.marks import BYLINE
from hotline.articles.page import text_of
from hotline.articles.structured import Facts, clean, plain

_AGENCIES = {
    "Reuters": r"reuters|рейтер|thomson reuters",
    "AP": r"ap|a\.p\.|associated press|the associated press",
    "AFP": r"afp|agence france[- ]presse|франс[- ]пресс",
    "TASS": r"tass|itar[- ]tass|тасс|итар[- ]тасс",
    "RIA Novosti": r"ria(?: novosti)?|риа(?: новости)?|sputnik|спутник",
    "Interfax": r"interfax|интерфакс|interfax[- ]ukraine|интерфакс[- ]украина",
    "Bloomberg": r"bloomberg(?: news)?",
    "UPI": r"upi|united press international",
    "dpa": r"dpa|dpa[- ]afx|deutsche presse[- ]agentur",
    "ANSA": r"ansa",
    "EFE": r"efe|agencia efe|europa press",
    "Xinhua": r"xinhua|синьхуа",
    "Kyodo": r"kyodo(?: news)?",
    "Yonhap": r"yonhap(?: news agency)?",
    "Anadolu": r"anadolu(?: agency)?|aa\.com\.tr",
    "PTI": r"pti|press trust of india",
    "ANI": r"ani",
    "PA": r"pa(?: media)?|press association",
    "AAP": r"aap|australian associated press",
    "Ukrinform": r"ukrinform|укринформ|укрінформ",
    "UNIAN": r"unian|униан|уніан",
    "BelTA": r"belta|белта",
    "APA": r"apa",
    "PAP": r"pap",
    "MIA": r"mia",
}
_AGENCY = re.compile("|".join(f"(?P<a{i}>{pattern})" for i, pattern in enumerate(_AGENCIES.values())), re.IGNORECASE)
_NAMES = list(_AGENCIES)

_BY = re.compile(
    r"^(?:(?:eingestellt|veröffentlicht|geschrieben|erstellt|verfasst|publié|publicado|published)\s+(?:von|by|par|por)|"
    r"(?:eine?\s+)?(?:kolumne|kommentar|gastbeitrag|bericht|interview|essay)\s+von|écrit\s+par|"
    r"by|written by|story by|reported by|posted by|authors?|von|text|par|por|di|da|autor(?:in|e)?|auteure?s?|"
    r"авторы?|текст|door|av|af|yazan)\s*:?\s+",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"(?:[\s,(|·•–-]|\b(?:am|on|at|vom|um|le|el|stand|updated?|published|posted|aktualisiert|veröffentlicht)\b:?)*\d.*$",
    re.IGNORECASE,
)
"""What follows a name in a byline: the day."""
_SPLIT = re.compile(r"\s*(?:,|;|\||·|•|\band\b|\bund\b|\bet\b|\by\b|\bи\b|\bi\b|&|/|\bwith\b| - | – )\s*")
_NOT_A_PERSON = re.compile(
    r"""\b(?:staff|agenc(?:y|ies)|newsroom|news\s?desk|desk|team|editors?|editorial|redaktion|redazione|rédaction|redacci[oó]n|redakcja
    |редакци[яи]|admin|administrator|webmaster|correspondents?|reporters?|reporting|wire|service|services|press|news|media|online|guest|contributor
    |stiftung|foundation|verband|bund|institut\w*|landesanstalt|universit\w+|ministeri\w+|illustrierte|beiträge|inhalte?|comments?|edition|edited|sagt|posts
    |artikel|articles?|profile?|kontakt|autoren|abo|e\.?\s?v|über|about|today|daily|times|post|magazin|magazine|zeitung|verlag|gmbh|inc|ltd|llc|tv|radio|video|www|http|anonymous|unknown|none|null|user|author|blog|team)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_JUNK = re.compile(r"[@<>{}=\\]|https?:|\.(?:com|org|net|ru|de|co|pl|fr)\b|\d{3,}", re.IGNORECASE)
_INITIAL = re.compile(r"\b[^\W\d_]\.$")
_NAME = re.compile(r"^[^\W\d_][\w.’'`-]*(?:\s+[^\W\d_(“\"'„][\w.’'`”\")-]*){0,5}$")


def people(names: Iterable[str | None], *outlets: str | None) -> list[str]:
    """The persons among names as given: bylines are split, agencies, desks, addresses and the outlet left out."""
    found: dict[str, str] = {}
    for name in names:
        for part in _SPLIT.split(_WHEN.sub("", _BY.sub("", clean(name or "")))):
            person = _BY.sub("", part).strip(" ,:;-–—\"'").strip()
            if not _INITIAL.search(person):
                person = person.rstrip(". ")
            if _is_person(person, outlets):
                found.setdefault(person.casefold(), person)
    return list(found.values())[:10]


def agency_named(text: str) -> str | None:
    """The agency whose name is the whole of a text ("Reuters", "By AP", "ТАСС"), else None."""
    text = _BY.sub("", clean(text)).strip(" .,:;-–—()[]©")
    match = _AGENCY.fullmatch(
        re.sub(r"\s+(?:staff|news agency|agency|correspondent)s?$", "", text, flags=re.IGNORECASE)
    )
    return _NAMES[int((match.lastgroup or "a0")[1:])] if match else None


_DATELINE = re.compile(
    r"^[^.!?\n]{0,70}?[(/]\s*(?P<in>[A-Za-zА-Яа-яёЁ. -]{2,25})\s*[)/]\s*[-–—.:]"  # WASHINGTON (AP) —
    r"|^[^.!?\n]{2,60}?[./,]\s*(?:\d{1,2}\s+[а-я]+\s*[./]?\s*)?/?"
    r"(?P<ru>ТАСС|РИА Новости|Интерфакс|ИНТЕРФАКС\.RU|Интерфакс-Украина)\b"
    r"|^(?P<start>[A-ZА-ЯЁ][A-Za-zА-Яа-яё. ]{1,20}?)\s*[-–—]\s",
)
_SIGNED = re.compile(r"[(/\[]\s*([A-Za-zА-Яа-яёЁ.,/ -]{2,30})\s*[)/\]]\s*\.?\s*$|^©?\s*([A-Za-zА-Яа-яё. -]{2,30})$")


def find_agency(facts: Facts, bylines: list[str], paragraphs: list[str], own: str | None) -> str | None:
    """The agency behind the text: named as author, in the dateline, or as the signature. Never the outlet itself."""
    stated = [
        *bylines,
        *_authors_in(facts.article, facts),
        *facts.all("author", "article:author", "dc.source", "article:provider", "source"),
    ]
    candidates = [agency_named(part) for name in stated for part in (name, *_SPLIT.split(name))]
    if paragraphs:
        for first in paragraphs[:2]:
            if not (match := _DATELINE.match(first)):
                continue
            candidates.append(agency_named(match["in"] or match["ru"] or match["start"] or ""))
        for last in paragraphs[-2:]:
            if match := _SIGNED.search(last[-40:]):
                candidates += [agency_named(part) for part in re.split(r"[/,]", match[1] or match[2])]
    outlet = (own or "").casefold()
    return next((name for name in candidates if name and name.casefold() not in outlet), None)


_AUTHOR_META = (
    "author", "article:author", "dc.creator", "dcterms.creator", "byl", "parsely-author", "sailthru.author",
    "cxenseparse:author", "article:author_name", "citation_author", "twitter:creator:name",
)  # fmt: skip


def find_authors(
    facts: Facts, in_page: list[str], entry_authors: list[str], *outlets: str | None
) -> tuple[list[str], list[str]]:
    """People who wrote it, and every byline as written (for the agency). `in_page`: what `bylines_near` found.

    Asked in this order, the first that names people wins: JSON-LD, meta elements, byline elements, the feed.
    """
    meta = facts.all(*_AUTHOR_META)
    for number in "12":  # WordPress: pairs of a label and what it labels
        if _BY.match((facts.first(f"twitter:label{number}") or "") + " "):
            meta += facts.all(f"twitter:data{number}")
    stated = facts.article or next((node for node in facts.others if node.get("author")), {})
    sources = (_authors_in(stated, facts), meta, in_page, entry_authors)
    persons = next((found for source in sources if (found := people(source, *outlets))), [])
    return persons, [*in_page[:4], *entry_authors]


def _authors_in(node: dict[str, Any], facts: Facts) -> list[str]:
    value = node.get("author") or node.get("creator")
    values = value if isinstance(value, list) else [value]
    names: list[str] = []
    for given in values[:20]:
        one = facts.referred(given)
        if (
            isinstance(one, dict)
            and "organization" in str(one.get("@type")).lower()
            and not agency_named(plain(one) or "")
        ):
            continue
        called = one.get("name") if isinstance(one, dict) else one
        several = called if isinstance(called, list) else [called]
        names += [text for name in several[:10] if (text := plain(name))]
    return names


def bylines_near(walk: Walk, span: tuple[int, int]) -> list[str]:
    """Bylines around the headline, then those at the text's end: elements named so, and lines such as "By Jane Doe".

    Comments and teasers have authors too: what stands elsewhere on the page is not asked.
    """
    first, last = span
    around = range(first - 8, first + 8)
    end = range(max(first, last - 2), last + 4)
    texts: list[str] = []
    for place in (around, end, range(last + 4, last + 16)):  # the last for a box about the author
        if place.start == last + 4 and texts:
            break
        named = (text_of(element)[:300] for index, element in walk.signed if index in place)
        lines = (
            b.text
            for b in walk.blocks[max(0, place.start) : place.stop]
            if (not b.node.outside or (place is around and not b.node.in_foreign)) and BYLINE.match(b.text)
        )
        texts += [
            text for text in map(clean, [*named, *(line for line in lines if _BY.match(line))]) if 2 < len(text) < 80
        ]
    return texts[:12]


def _is_outlet(name: str, outlet: str) -> bool:
    """Whether a name is the outlet's, told by its name or its host (El Ejemplo: elejemplo.com)."""
    told = re.sub(r"^(?:the|die|der|das)\s", "", name)
    return outlet in {name, f"the {name}"} or outlet.startswith((re.sub(r"\W", "", name) + ".", told + "."))


def _is_person(name: str, outlets: Iterable[str | None]) -> bool:
    if not 4 <= len(name) <= 60 or _JUNK.search(name) or _NOT_A_PERSON.search(name) or agency_named(name):
        return False
    if any(outlet and _is_outlet(name.casefold(), outlet.casefold()) for outlet in outlets):
        return False
    words = name.split()
    return bool(_NAME.match(name)) and 2 <= len(words) <= 6 and not words[0].islower() and not words[-1].islower()
