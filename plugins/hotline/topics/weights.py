"""From signs to a decision: a logistic model whose few weights can be read in the desk's file."""

from collections.abc import Mapping
from math import exp

from hotline.topics.taxonomy import Weights

# For a desk without learned weights: set by hand, about the two parties of any desk.
DEFAULT = Weights(
    relevance={
        "bias": -3.2, "title_both": 2.5, "title_acts": 0.5, "lead_both": 1.0, "lead_weaker": 0.5, "lead_acts": 0.5,
        "title_weaker": 0.7, "both": 1.0, "densest": 0.4, "paragraphs": 0.5, "bilateral": 0.6,
    },
    central={
        "bias": -2.5, "title_both": 2.0, "title_weaker": 0.7, "lead_both": 1.0, "lead_weaker": 0.3, "both_share": 2.0,
        "bilateral": 0.4, "paragraphs": 0.3,
    },
    topics={"bias": -3.2, "title": 0.5, "best": 1.0, "sum": 0.4, "first": 0.5, "words": 0.7, "rank": 2.0},
)  # fmt: skip


def decide(weights: Mapping[str, float], signs: Mapping[str, float], bias: float = 0.0) -> float:
    """The probability (0 to 1) that the signs and their weights make. A sign without a weight does not count."""
    score = weights.get("bias", 0.0) + bias
    score += sum(weights.get(name, 0.0) * value for name, value in signs.items())
    return 1.0 / (1.0 + exp(-max(min(score, 30.0), -30.0)))


def of(weights: Weights) -> Weights:
    """The file's weights; where the file has none, the default."""
    return Weights(
        relevance=weights.relevance or DEFAULT.relevance,
        central=weights.central or DEFAULT.central,
        topics=weights.topics or DEFAULT.topics,
        topic_bias=weights.topic_bias,
    )
