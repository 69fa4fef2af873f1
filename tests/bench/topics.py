"""Articles of 700 words tagged a CPU second, and what terms that do not occur cost."""

import time
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from hotline.topics.tagger import Tagger
from hotline.topics.taxonomy import Taxonomy, Topic, load_taxonomy
from tests.topics.conftest import ROOT

WORDS = 700
ARTICLES = 120
ROUNDS = 7
SENTENCES = (
    "The United States imposed new sanctions on Russian banks and on companies that sell oil to the Kremlin.",
    "The harvest in the valley was good this year, the mayor said, and the mill will run until spring.",
    "Secretary of State Marco Rubio spoke by phone with Foreign Minister Sergey Lavrov about a ceasefire in Ukraine.",
    "Shares fell in late trading as people waited for figures on prices, wages and housing.",
    "A school in the north of the city will be rebuilt after the flood, with money from the state.",
    "Washington and Moscow have expelled diplomats, but talks about a prisoner exchange go on in Istanbul.",
    "She had come home late, she said, and found the garden under water and the gate on the road.",
    "Nobody knew how long the bridge would be closed, and the ferry took only people on foot.",
    "It was the third winter in which the old heating failed before the first frost had come.",
)


def articles() -> list[str]:
    """Bodies of about 700 words; every article has its own mixture of sentences about both sides and about neither."""
    length = WORDS * len(SENTENCES) // sum(len(sentence.split()) for sentence in SENTENCES)
    return [
        "\n\n".join(SENTENCES[(number * 3 + place * (1 + number % 3)) % len(SENTENCES)] for place in range(length))
        for number in range(ARTICLES)
    ]


def best_rates(taggers: dict[int, Tagger]) -> dict[int, float]:
    """Articles a CPU second in the best of some rounds; the taggers take turns, so that a busy machine slows all."""
    texts, now = articles(), datetime.now(UTC)
    best = dict.fromkeys(taggers, 0.0)
    for _ in range(ROUNDS):
        for more, tagger in taggers.items():
            began = time.process_time()
            for body in texts:
                tagger.tag(title="Washington and Moscow talk", body=body, language="en", published_at=now)
            best[more] = max(best[more], len(texts) / (time.process_time() - began))
    return best


def with_terms(taxonomy: Taxonomy, more: int) -> Taxonomy:
    """The taxonomy and terms that occur in no text."""
    terms = {"any": [f"zq{number:06d}x vb{number:06d}" for number in range(more)]}
    extra = Topic.model_validate({"title": "Nothing", "strong": terms})
    return taxonomy.model_copy(update={"topics": {**taxonomy.topics, "nothing": extra}})


def main() -> None:
    """Prints the table."""
    taxonomy = load_taxonomy(ROOT / "desks/us_russia/topics.yaml")
    taggers, built = {}, {}
    for more in (0, 500, 5_000, 50_000):
        began = time.process_time()
        taggers[more] = Tagger(with_terms(taxonomy, more))
        built[more] = time.process_time() - began
    table = Table("terms that do not occur", "seconds to build", f"articles of {WORDS} words / CPU s")
    for more, rate in best_rates(taggers).items():
        table.add_row(f"{more:,}", f"{built[more]:.2f}", f"{rate:.0f}")
    Console().print(table)
