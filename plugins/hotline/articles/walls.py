"""Pages that keep their text back: consent walls, bot checks, paywalls."""

import re
from typing import Any

from hotline.articles.structured import Facts

_WALL_TITLE = re.compile(
    r"^(?:just a moment|attention required|access denied|are you a robot|robot check|one moment|checking your browser"
    r"|please verify|verify you are human|before you continue|bevor sie fortfahren|403 forbidden|forbidden|error 40\d"
    r"|404|page not found|not found|consent|privacy (?:settings|gate)|ddos-guard|доступ (?:запрещ|огранич)"
    r"|проверка браузера|вы не робот|страница не найдена|ошибка 404)",
    re.IGNORECASE,
)
_WALL_TEXT = re.compile(
    r"enable javascript and cookies|checking (?:if the site|your browser)|unusual (?:traffic|activity) from your"
    r"|verify (?:that )?you are (?:not a robot|human)|we (?:and our partners )?use cookies (?:and|to)"
    r"|your privacy choices|before you continue to|we value your privacy|wir und unsere partner|accept all cookies"
    r"|мы используем (?:файлы )?cookie|подтвердите, что вы не робот",
    re.IGNORECASE,
)


def is_wall(facts: Facts, title: str, paragraphs: list[str]) -> str | None:
    """Why the page is no article but a wall before one ("consent wall", "error or bot check"), else None."""
    length = sum(map(len, paragraphs))
    if length < 1500 and not facts.article and _WALL_TITLE.match(title.strip()):
        return "error page or bot check"
    if length >= 3000:
        return None
    wall = sum(len(paragraph) for paragraph in paragraphs if _WALL_TEXT.search(paragraph))
    return "consent wall" if wall * 2 > length else None


def is_free(facts: Facts) -> bool:
    """False where the page says that its text is for subscribers (schema.org isAccessibleForFree, content tier)."""
    said: Any = facts.article.get("isAccessibleForFree")
    if isinstance(said, bool):
        return said
    if isinstance(said, str):
        return said.strip().lower().rsplit("/", 1)[-1] != "false"
    tier = (facts.first("article:content_tier", "content_tier", "cxenseparse:articlepaywall") or "").lower()
    return tier not in {"locked", "metered", "paid", "premium", "true"}
