"""Pages read by `hotline.articles`, trafilatura, newspaper4k and news-please: text found, and pages per CPU second."""

import json
import logging
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hotline.articles.evaluate import Score
from hotline.articles.extract import NotAnArticle, Page, extract
from hotline.articles.lines import main_text

YARDSTICK = Path(__file__).parents[2].parent / "shared/eval/extraction/trafilatura"
SAMPLE = 80  # news-please takes most of a second for a page
WARM = 5  # pages before those that count: models and patterns are loaded by then


def hotline(page: Page) -> str:
    """Everything that goes into the index: text, headline, authors, dates, language, addresses."""
    try:
        return main_text(extract(None, page, now=page.fetched_at))
    except NotAnArticle:
        return ""


def trafilatura_alone(page: Page) -> str:
    """The text only."""
    import trafilatura

    return trafilatura.extract(page.body, url=page.url, include_comments=False) or ""


def newspaper4k(page: Page) -> str:
    """Text, headline, authors, date."""
    from newspaper import Article

    article = Article(page.url, fetch_images=False)
    article.download(input_html=page.body.decode("utf-8", "replace"))
    article.parse()
    return str(article.text)


def news_please(page: Page) -> str:
    """Text, headline, authors, date, language: several extractors and a vote."""
    from newsplease import NewsPlease

    found = NewsPlease.from_html(page.body.decode("utf-8", "replace"), url=page.url, fetch_images=False)
    return found.maintext or "" if found else ""


READERS: tuple[Callable[[Page], str], ...] = (hotline, trafilatura_alone, newspaper4k, news_please)


def sample() -> list[tuple[Page, dict[str, list[str]]]]:
    """Pages of the yardstick with the segments that must and must not be found."""
    now = datetime.now(UTC)
    gold = json.loads((YARDSTICK / "evaldata.json").read_text(encoding="utf-8"))
    chosen = random.Random(7).sample(sorted(gold), SAMPLE + WARM)
    return [
        (Page(url, url, (YARDSTICK / "html" / gold[url]["file"]).read_bytes(), {}, now), gold[url]) for url in chosen
    ]


def main() -> None:
    """Prints the table. The readers take turns on each page, so that what else the machine does hits all of them."""
    if not YARDSTICK.exists():
        print(f"skipped: the pages are not in {'/'.join(YARDSTICK.parts[-4:])} beside this repository")
        return
    logging.disable(logging.CRITICAL)
    scores, absent = {read: Score() for read in READERS}, set()
    for number, (page, gold) in enumerate(sample()):
        for read, score in scores.items():
            began = time.process_time()
            try:
                text = read(page)
            except ImportError:
                absent.add(read)
                continue
            except Exception:  # noqa: BLE001 - what a library cannot read, it has not read
                text = ""
            if number >= WARM:
                score.seconds += time.process_time() - began
                score.pages += 1
                score.text(text, gold, None)
    logging.disable(logging.NOTSET)
    table = Table("reader", "segments, F1", "pages / CPU s", "beside trafilatura")
    base = scores[trafilatura_alone]
    for read, score in scores.items():
        if read in absent:
            table.add_row(read.__name__, "not installed: uv sync --group bench", "", "")
            continue
        ratio = (score.pages / score.seconds) / (base.pages / base.seconds)
        table.add_row(
            read.__name__, f"{score.segments[2]:.4f}", f"{score.pages / score.seconds:.1f}", f"{ratio:.2f} times"
        )
    Console().print(table)
