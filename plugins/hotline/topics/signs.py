"""Where the parties meet in an article, and the signs that it bears on them: numbers that weights are put on."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from math import log1p, sqrt

from hotline.topics.mentions import Mention, Scene
from hotline.topics.sentences import Text
from hotline.topics.taxonomy import Entity

LEAD = 3
"""How many sentences after the headline are the lead."""
MET = 0.5
"""From how much on two parties have met: two nationalities have, two names in a list of countries have not."""
LISTED = 0.2
_LIST = 3  # names of countries in a row that make it a list; one more if both parties are among them: three may meet
_LINKS = {
    ",",
    ", ",
    " and ",
    ", and ",
    " und ",
    " y ",
    " et ",
    " и ",
    " и",
    " та ",
    " і ",
    "/",
    " or ",
    ", the ",
    " and the ",
}


@dataclass(frozen=True)
class Meeting:
    """How the two parties meet in one sentence."""

    left: int = 0
    right: int = 0
    both: float = 0.0  # 1: they meet; less: as nationalities, or in a list of countries; 0: they don't
    acts: bool = False  # a word says that one does something to, with or about the other
    about: bool = False  # they meet over one of the topics
    proxy: bool = False  # one meets a country that the other, who is not named, is at war with
    listed: frozenset[int] = frozenset()  # where names begin that stand in a list of countries
    strength: tuple[float, float] = (0.0, 0.0)  # how strongly each party is named: as a nationality, by half
    names: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())  # who is named of each
    others: bool = False  # another country is named

    @property
    def told(self) -> bool:
        """Whether the sentence is about both parties, or about one and the other's enemy."""
        return self.both >= MET or self.proxy


@dataclass(frozen=True)
class Stage:
    """A text with everything found in it."""

    text: Text
    scenes: list[Scene]
    meetings: list[Meeting]
    is_lead: list[bool]  # the headline is not the lead


def stage(text: Text, scenes: list[Scene], entities: dict[str, tuple[str, Entity]], parties: tuple[str, str]) -> Stage:
    """Judge for each sentence whether and how the parties meet."""
    meetings = [
        Meeting() if sentence.caption else _meeting(text, scene, entities, parties)
        for sentence, scene in zip(text.sentences, scenes, strict=True)
    ]
    is_lead, left = [], LEAD
    for sentence in text.sentences:
        inside = sentence.field != "title" and left > 0
        left -= inside
        is_lead.append(inside)
    return Stage(text, scenes, meetings, is_lead)


def _meeting(text: Text, scene: Scene, entities: dict[str, tuple[str, Entity]], parties: tuple[str, str]) -> Meeting:
    listed = _listed(text, scene.names, entities, parties)
    counts = dict.fromkeys(parties, 0)
    enemies: set[str] = set()
    weight = dict.fromkeys(parties, 0.0)
    who: dict[str, set[str]] = {party: set() for party in parties}
    for number, mention in enumerate(scene.names):
        entity = entities[mention.owner.id][1]
        party = entity.party
        if entity.at_war_with and number not in listed:
            enemies.add(entity.at_war_with)
        if party in counts:
            counts[party] += number not in listed
            who[party].add(mention.owner.id)
            weight[party] = max(weight[party], LISTED if number in listed else mention.owner.strength)
    left, right = (1.0, 1.0) if scene.bilateral else weight.values()
    both = (left + right) / 2 if left and right else 0.0
    if scene.unrelated and 0 < both <= MET:  # two athletes or two companies with their nationalities
        both, counts = LISTED, dict.fromkeys(parties, 0)
    met = both >= MET
    about = any(m.owner.strength >= 1 for m in scene.topics)
    first, second = (max(count, len(scene.bilateral)) for count in counts.values())
    starts = frozenset(scene.names[number].start for number in listed)
    alone = any(who.values()) and any(not who[enemy] for enemy in enemies) and not scene.bilateral
    proxy = alone and _over_a_matter(scene, entities)
    first_names, second_names = map(frozenset, who.values())
    return Meeting(
        left=first,
        right=second,
        both=both,
        acts=met and bool(scene.interaction),
        about=met and about,
        proxy=proxy,
        listed=starts,
        strength=(left, right),
        names=(first_names, second_names),
        others=any(entities[mention.owner.id][0] == "other" for mention in scene.names),
    )


def _over_a_matter(scene: Scene, entities: dict[str, tuple[str, Entity]]) -> bool:
    """Whether a word of a topic stands there besides names of neither party: a family that fled is no matter."""
    others = {mention.start for mention in scene.names if not entities[mention.owner.id][1].party}
    return not scene.unrelated and any(m.owner.strength >= 1 and m.start not in others for m in scene.topics)


def _listed(
    text: Text, names: list[Mention], entities: dict[str, tuple[str, Entity]], parties: tuple[str, str]
) -> set[int]:
    """Numbers of the names that stand in a list of countries."""
    runs: list[list[int]] = []
    for number, mention in enumerate(names):
        if entities[mention.owner.id][0] not in ("country", "place", "other"):
            continue
        previous = names[runs[-1][-1]] if runs else None
        if previous and previous.field == mention.field:
            between = text.fields[mention.field][previous.end : mention.start]
            if between in _LINKS:
                runs[-1].append(number)
                continue
        runs.append([number])
    listed: set[int] = set()
    for run in runs:
        both = {entities[names[number].owner.id][1].party for number in run}.issuperset(parties)
        if len(run) >= _LIST + both:
            listed.update(run)
    return listed


def relevance_signs(stage: Stage) -> dict[str, float]:
    """The signs of relevance, by name. All are 0 for a text without any party."""
    pairs = list(zip(stage.text.sentences, stage.meetings, stage.is_lead, strict=True))
    heads = [m for s, m, _ in pairs if s.field == "title"]
    rest = [m for s, m, _ in pairs if s.field != "title"] or heads  # a headline alone is its own text
    lead = [m for _, m, inside in pairs if inside] or heads
    left, right = sum(m.left for m in stage.meetings), sum(m.right for m in stage.meetings)
    both = sum(m.both for m in rest)
    names = [len(frozenset[str]().union(*(m.names[side] for m in stage.meetings))) for side in (0, 1)]
    sentences = [sum(m.strength[side] for m in stage.meetings) for side in (0, 1)]
    paragraphs: dict[int, float] = defaultdict(float)
    for sentence, meeting, _ in pairs:
        paragraphs[sentence.paragraph] += meeting.both
    bilateral = sum(len(scene.bilateral) for scene in stage.scenes)
    size, whole = max(len(rest), 1), max(len(stage.meetings), 1)
    near = sum(
        1
        for one, two in pairwise(rest)
        if not one.both and not two.both and ((one.left and two.right) or (one.right and two.left))
    )
    return {
        "title_both": max((m.both for m in heads), default=0.0),
        "title_weaker": float(any((m.right if left > right else m.left) for m in heads)),
        "title_acts": float(any(m.acts for m in heads)),
        "lead_both": min(sum(m.both for m in lead), 2.0),
        "lead_weaker": float(any((m.right if left > right else m.left) for m in lead)),
        "lead_acts": float(any(m.acts for m in lead)),
        "both": log1p(both),
        "both_share": both / size,
        "acts": log1p(sum(m.acts for m in rest)),
        "densest": min(max(paragraphs.values(), default=0.0), 3.0),
        "paragraphs": log1p(sum(1 for value in paragraphs.values() if value >= MET)),
        "stronger": log1p(max(left, right)),
        "fully": min(max((m.strength[side] for m in stage.meetings), default=0.0) for side in (0, 1)),
        "names_weaker": log1p(min(names)),
        "names_stronger": log1p(max(names)),
        "sentences_weaker": log1p(min(sentences)),
        "balance": sqrt(sentences[0] * sentences[1]) / whole,
        "others": sum(m.others for m in stage.meetings) / whole,
        "bilateral": log1p(bilateral),
        "near": log1p(near),
        "about": log1p(sum(m.about for m in rest)),
        "proxy": log1p(sum(m.proxy for m in rest)),
        "title_proxy": float(any(m.proxy for m in heads)),
        "lead_proxy": float(any(m.proxy for m in lead)),
        "title_about": float(any(m.about for m in heads)),
        "unrelated": log1p(sum(len(scene.unrelated) for scene in stage.scenes)),
        "unrelated_share": sum(1 for scene in stage.scenes if scene.unrelated) / (size + 1),
    }
