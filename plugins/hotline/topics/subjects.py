"""The signs that an article touches a topic: its words, counted by how close they stand to the parties' meetings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log1p

from hotline.topics.mentions import Scene
from hotline.topics.sentences import Text
from hotline.topics.signs import LISTED, Meeting, Stage
from hotline.topics.taxonomy import Topic
from hotline.topics.terms import fold

_STEM = 5  # letters in which two forms of a word agree
_MOST, _LEAST = 3.0, -2.0  # what the words of one sentence can say for and against a topic
_FULL = 16.0  # what a topic counts at most beside others: in an article on a war every sentence names it
_ELSE = 1.0  # what an article is about besides: the only word of a headline is not the whole of it
_TOLD = 0.45  # reach from which a sentence tells about both parties
_YIELDED = 0.5  # what is left of a topic's words in a sentence about a topic that it yields to
_ABOUT = 2.0  # strength from which a sentence is about a topic: one strong term


@dataclass
class _Tally:
    """What was counted for one topic. Every count is weighted by the reach of its sentence."""

    title: float = 0.0
    sum: float = 0.0
    best: float = 0.0
    sentences: float = 0.0
    first: float = 0.0
    words: dict[str, float] = field(default_factory=dict)  # by a word's stem: how far, at most, it is told about both


def topic_signs(stage: Stage, topics: Mapping[str, Topic]) -> dict[str, dict[str, float]]:
    """For each topic whose words occur: the signs that the part about both parties touches it."""
    reach = reaches(stage)
    size = max(len(reach), 1)
    yielding = {key: topic.yields_to for key, topic in topics.items() if topic.yields_to}
    tally: dict[str, _Tally] = defaultdict(_Tally)
    told: set[str] = set()
    for number, scene in enumerate(stage.scenes):
        if not scene.topics or stage.text.sentences[number].caption or _again(stage.text, number, told):
            continue
        for topic, total in _strengths(scene, stage.meetings[number], yielding).items():
            strength, t = max(min(total, _MOST), _LEAST), tally[topic]
            t.sum += strength * reach[number]
            t.best = max(t.best, strength * reach[number])
            if strength >= 1:
                t.sentences += reach[number]
                t.first = max(t.first, (1 - number / size) * reach[number])
            if stage.text.sentences[number].field == "title":
                t.title += strength
        for mention in scene.topics:
            if mention.owner.strength >= 1:
                stem = stage.text.fields[mention.field][mention.start : mention.start + _STEM].lower()
                words = tally[mention.owner.id].words
                words[stem] = max(words.get(stem, 0.0), min(reach[number] / _TOLD, 1.0))
    whole = sum(_counted(t) for t in tally.values()) + _ELSE
    focus = _focus(stage)
    return {
        topic: {
            "title": min(max(t.title, 0.0), 2.0),
            "sum": log1p(max(t.sum, 0.0)),
            "best": t.best,
            "first": t.first,
            "words": log1p(sum(t.words.values())),
            "focus": t.best * focus,
            "rank": _counted(t) / whole,
            "share": t.sentences / size,
            "size": log1p(size) - 3.3,  # about 0 for an article of usual length
        }
        for topic, t in tally.items()
    }


def _strengths(scene: Scene, meeting: Meeting, yielding: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """How much the words of one sentence say for each topic; countries in a list hardly, topics that yield half."""
    strengths: dict[str, float] = defaultdict(float)
    for mention in scene.topics:
        strengths[mention.owner.id] += mention.owner.strength * (LISTED if mention.start in meeting.listed else 1.0)
    for topic in [t for t in yielding if t in strengths]:
        if any(strengths.get(other, 0.0) >= _ABOUT for other in yielding[topic]):
            strengths[topic] *= _YIELDED
    return strengths


def _again(text: Text, number: int, told: set[str]) -> bool:
    """Whether a sentence stood before: captions and bullets repeat what the text says. Remembers it."""
    sentence = text.sentences[number]
    words = fold(text.fields[sentence.field][sentence.start : sentence.end]).strip(" \n.•-")
    known = words in told
    told.add(words)
    return known


def _counted(tally: _Tally) -> float:
    return min(max(tally.sum, 0.0), _FULL)


def reaches(stage: Stage) -> list[float]:
    """How far each sentence belongs to the part about both parties: 1 where they meet, less beside it and elsewhere.

    In an article that is about both, a sentence that names one of them, or none, still tells about both. Where one
    meets a country that the other is at war with, the other is meant, too.
    """
    sentences, meetings = stage.text.sentences, stage.meetings
    inside = [m.told for m in meetings]
    headline = any(met for met, s in zip(inside, sentences, strict=True) if s.field == "title")
    dense = min(_focus(stage) + 0.4 * headline, 1.0)
    left = right = -9  # where the first and the second party were last named
    reach = []
    for number, (sentence, meeting) in enumerate(zip(sentences, meetings, strict=True)):
        left, right = number if meeting.left else left, number if meeting.right else right
        named = bool(meeting.left or meeting.right)
        base = max(0.25, 0.8 * dense) if named else max(0.05, 0.5 * dense**2)
        if inside[number]:
            reach.append(1.0)
        elif sentence.field == "title":
            reach.append(max(0.3, dense))
        elif _met_in_paragraph(stage, inside, number):
            reach.append(max(0.8 if named else 0.6, base))
        elif _met_next(stage, inside, number) or (named and number - min(left, right) <= 2):
            reach.append(max(0.6 if named else 0.2, base))
        else:
            reach.append(base)
    return reach


def _focus(stage: Stage) -> float:
    """How much of the article is about both: 1 where they meet in two of five sentences, or more."""
    return min(2.5 * sum(m.told for m in stage.meetings) / max(len(stage.meetings), 1), 1.0)


def _met_in_paragraph(stage: Stage, inside: list[bool], number: int) -> bool:
    """Whether the parties meet within two sentences of the same paragraph."""
    sentences = stage.text.sentences
    around = range(max(number - 2, 0), min(number + 3, len(sentences)))
    return any(inside[other] and sentences[other].paragraph == sentences[number].paragraph for other in around)


def _met_next(stage: Stage, inside: list[bool], number: int) -> bool:
    """Whether the parties meet in the sentence before or after, the headline apart."""
    sentences = stage.text.sentences
    beside = (other for other in (number - 1, number + 1) if 0 <= other < len(sentences))
    return any(inside[other] and sentences[other].field != "title" for other in beside)
