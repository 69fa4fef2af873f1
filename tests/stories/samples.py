"""Reports written for these tests: events that never happened, and articles made of them."""

from datetime import UTC, datetime
from typing import Any

from hotline.stories.fingerprint import fingerprint
from schemas.article import Article, ArticleUrl, FeedFacts, Fingerprint

NOW = datetime(2031, 5, 20, 12, tzinfo=UTC)

SUMMIT = (
    "Harlow and Veresov meet in Oslo to save the arms treaty",
    (
        "OSLO — Secretary of State Margaret Harlow met Russian Foreign Minister Pavel Veresov in Oslo on May "
        "19 to discuss the future of the treaty that limits long-range missiles. The talks lasted 4 hours and "
        "ended without a deal. “We agreed to keep talking, and that is worth something,” Harlow told "
        "reporters after the meeting. Veresov said Moscow was ready to extend the treaty by 2 years if "
        "Washington withdrew its launchers from Poland. Norwegian Prime Minister Ingrid Solheim, who hosted "
        "the talks, called them frank. The treaty runs out in October."
    ),
)
SUMMIT_OTHER_WORDS = (
    "No breakthrough as top US, Russian diplomats hold Oslo missile treaty talks",
    (
        "The chief diplomats of the United States and Russia, Margaret Harlow and Pavel Veresov, ended four "
        "hours of talks in the Norwegian capital Oslo on May 19 without agreement on prolonging the missile "
        "treaty. Veresov repeated that Moscow would accept an extension of 2 years only if American launchers "
        "left Poland. Harlow said the two sides agreed to keep talking. Host Ingrid Solheim, Norway's prime "
        "minister, described the meeting as frank. Without a deal the treaty limiting long-range missiles "
        "expires in October. Some 300 demonstrators stood outside."
    ),
)
SUMMIT_RUSSIAN = (
    "Харлоу и Вересов провели переговоры в Осло",
    (
        "Госсекретарь США Маргарет Харлоу и министр иностранных дел России Павел Вересов встретились 19 мая в "
        "Осло. Переговоры длились 4 часа. По словам министра, Вересов предложил продлить договор на 2 года, "
        "если Вашингтон выведет пусковые установки из Польши. Премьер-министр Норвегии Ингрид Сольхейм "
        "назвала беседу откровенной. Как заявила Харлоу, стороны договорились продолжить контакты."
    ),
)
SUMMIT_MONTHS_LATER = (
    "Harlow and Veresov meet in Geneva over grain shipments",
    (
        "GENEVA — Secretary of State Margaret Harlow and Russian Foreign Minister Pavel Veresov held a second "
        "meeting on June 11, this time in Geneva, about grain shipments through the Black Sea. They signed a "
        "protocol on inspecting freighters. Swiss officials said insurers had been asked to cover 40 ships. "
        "Exporters welcomed the signing, and wheat futures fell by 3 percent in Chicago."
    ),
)
FIRE = (
    "Warehouse fire in Duluth kills two",
    (
        "DULUTH, Minnesota — A fire in a paint warehouse killed 2 workers and injured 7 in Duluth on May 19, "
        "the fire department said. Flames were seen from the harbor across Lake Superior. Chief Ron Pikkala "
        "said a forklift battery had probably exploded. The company, Norwood Coatings, stored solvents there. "
        "Neighbors were told to keep their windows shut until noon while crews poured foam on the ruins of "
        "the building."
    ),
)
OTHER_FIRE = (
    "Warehouse fire in Tulsa kills three",
    (
        "TULSA, Oklahoma — A fire in a furniture warehouse killed 3 night guards in Tulsa early on May 17, "
        "police said. Smoke drifted over the Arkansas River. Marshal Dana Whitecloud said wiring in the "
        "ceiling had likely failed. The owner, Beckett Interiors, stored mattresses there. Schools nearby "
        "stayed closed while crews searched the rubble."
    ),
)


def article(text: tuple[str, str], id_: str = "a", at: datetime = NOW, **more: Any) -> Article:
    """An article with this headline and body."""
    title, body = text
    bands, signature = fingerprint(title, body)
    values: dict[str, Any] = {
        "@timestamp": at,
        "id": id_,
        "item_id": id_,
        "url": ArticleUrl(original="", full="", key=id_, domain="example.org"),
        "title": title,
        "body": body,
        "language": "ru" if "и" in title else "en",
        "published_at": at,
        "publisher": f"Outlet {id_}",
        "feed": FeedFacts(id="f", title="F", country="US"),
        "feed_ids": ["f"],
        "discovered_at": at,
        "fetched_at": at,
        "ingested_at": at,
        "updated_at": at,
        "fingerprint": Fingerprint(text_sha256="0", bands=bands, signature=signature),
    }
    return Article(**{**values, **more})
