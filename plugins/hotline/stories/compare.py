"""How much an article and a story, or two stories, are about the same event."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from hotline.stories.features import Features
from schemas.story import Story

SAME = 0.385  # from here two texts of one language tell the same event
_SAME_ACROSS = 0.30  # the same for texts of different languages, which share only names, numbers and days
_OTHER_DATE = 0.65  # both give dates in headline or lead, and have none in common
_OTHER_DAY = 0.9  # the same for days, “Monday” and “yesterday” included
_SPREAD = 0.25  # how far a story's inner likeness lowers what is asked of a newcomer, as a power
_LOOSEST = 0.05  # inner likeness that is taken into account at least
_HOPELESS = 0.3 * _LOOSEST**_SPREAD  # an average that even the loosest story does not lift to what is asked
_FRESH = timedelta(days=1.5)
_AGEING = 0.02  # per day of silence beyond that
_REACH = timedelta(days=5)
_LONGEST_REACH = timedelta(days=30)
_SAYS_NOTHING = 0.02  # a weight below which a term makes no difference; half of an article's terms are below
_SIGNAL = "x"  # stands for the language in the terms that all languages share


def likeness(told: Features, story: Story) -> float:
    """From `SAME` on the article belongs to the story: the average cosine with the story's articles."""
    if told.language in story.told:
        score = _average(told.words, story.terms, told.language, story.told[told.language])
    else:
        score = _average(told.signals, story.terms, _SIGNAL, sum(story.told.values())) * SAME / _SAME_ACROSS
    return score * _days_apart(told.days, story.days)


def story_likeness(one: Story, two: Story) -> float:
    """The average cosine of two stories' articles, on the scale of `likeness`."""
    shared = one.told.keys() & two.told.keys()
    if shared:
        language = max(shared, key=lambda key: (min(one.told[key], two.told[key]), key))
        score = _dot(one.terms, two.terms, language) / (one.told[language] * two.told[language])
        score /= _inner(one.terms, language, one.told[language]) * _inner(two.terms, language, two.told[language])
    else:
        score = _dot(one.terms, two.terms, _SIGNAL) / (sum(one.told.values()) * sum(two.told.values()))
        score *= SAME / _SAME_ACROSS
    return score * _days_apart(one.days, two.days)


def reach(first_at: datetime, last_at: datetime) -> timedelta:
    """How long a story may be silent and still go on."""
    return min(_REACH + (last_at - first_at), _LONGEST_REACH)


def ageing(at: datetime, story: Story) -> float:
    """A factor for likeness: 1 while a story is fresh, less with silence, 0 beyond its reach.

    The reach of a story that has gone on for long is longer: days for a summit, weeks for a trial.
    """
    silence = max(at - story.last_at, story.first_at - at, timedelta())
    if silence > reach(story.first_at, story.last_at):
        return 0.0
    return 1.0 - _AGEING * (max(silence - _FRESH, timedelta()) / timedelta(days=1))


def terms_of(told: Features) -> dict[str, float]:
    """An article's terms as a story keeps them: with the language in front, and without those that say nothing."""
    spoken = {f"{told.language}:{term}": weight for term, weight in told.words.items() if weight >= _SAYS_NOTHING}
    return spoken | {f"{_SIGNAL}:{term}": weight for term, weight in told.signals.items()}


def _average(terms: Mapping[str, float], story: Mapping[str, float], language: str, count: int) -> float:
    average = sum(weight * story.get(f"{language}:{term}", 0.0) for term, weight in terms.items()) / count
    if average < _HOPELESS:  # most candidates are: their inner likeness is not worth its time
        return average
    return average / _inner(story, language, count)


def _inner(story: Mapping[str, float], language: str, count: int) -> float:
    """1 for one article, less the less a story's articles are like each other: each tells another side of it."""
    if count == 1:
        return 1.0
    squares = sum(weight * weight for term, weight in story.items() if term.startswith(language + ":"))
    return math.pow(max(squares / count**2, _LOOSEST), _SPREAD)


def _dot(one: Mapping[str, float], two: Mapping[str, float], language: str) -> float:
    return sum(weight * two.get(term, 0.0) for term, weight in one.items() if term.startswith(language + ":"))


def _days_apart(one: Iterable[str], two: Iterable[str]) -> float:
    """A factor for likeness: less than 1 where both name days and none is the same."""
    one, two = set(one), set(two)
    if not one or not two or {day.lstrip("~") for day in one} & {day.lstrip("~") for day in two}:
        return 1.0
    dated = any(not day.startswith("~") for day in one) and any(not day.startswith("~") for day in two)
    return _OTHER_DATE if dated else _OTHER_DAY
