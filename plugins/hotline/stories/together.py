"""Which articles of a large batch tell the same event, seen all at once.

One after the other, an article can only be compared with what came before, by a likeness that must suit any two
texts. Many that arrive together (a first poll, an import) show themselves how alike the reports of one event are:
they are joined by Ward's method (J. Am. Stat. Assoc. 1963), and the level at which its tree is cut is the one where
the silhouette (Rousseeuw, J. Comput. Appl. Math. 1987) is largest: every article near its own story, far from others.
Where events turn out to have many reports, they are joined anew by what they are near to as well: two reports of one
event may share few words, but both are like the same others (Jarvis and Patrick, IEEE Trans. Comput. 1973).
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hotline.stories.features import Features

LEAST = 30  # articles that show a scale of their own
MOST = 2000  # looked at in one go: memory goes with the square
_USUAL = 0.6  # Ward's cost of joining two articles that are as like as `compare.SAME`
_LEVELS = np.arange(_USUAL, 2.0, 0.03)
_ALONE = 0.35  # likeness to its story that an article is credited with where it stands alone
_SOMETHING = 0.1  # mean likeness of two clusters below which they are never one, however the tree is cut
_GAIN = 0.05  # of silhouette over the usual level, below which the batch shows nothing of its own
_FEWEST, _FURTHEST = 4, 20  # nearest articles that count; where groups are smaller, strangers would be among them
_OWN_WORDS = 0.6  # share of likeness that is the articles' own; the rest is what they are near to
_COMMON = 20  # a name in every twentieth article tells less than other words
_NAME_LEAST, _NAME_MOST = 0.6, 1.0
_BLOCK = 4096  # terms multiplied at a time

type Floats = NDArray[np.float32]
type Labels = NDArray[np.int64]


def together(told: Sequence[Features]) -> list[int]:
    """A group number for each article; articles of one group tell the same event.

    Every article is a group of its own where there are fewer than `LEAST`, or the batch shows no scale of its own.
    """
    alone = list(range(len(told)))
    if not LEAST <= len(told) <= MOST:
        return alone
    likeness = _likeness(told)
    labels, gain = _best(likeness)
    if gain < _GAIN:
        return alone
    others = round(float(np.bincount(labels)[labels].mean())) - 1  # in an article's group
    if others >= _FEWEST:
        labels, _ = _best(_by_company(likeness, min(others, _FURTHEST)))
    return [int(label) for label in labels]


def _best(likeness: Floats) -> tuple[Labels, float]:
    """The cut with the largest silhouette, and how much it gains over the usual level."""
    joins = _ward(likeness)
    cuts = [_cut(joins, level, len(likeness)) for level in _LEVELS]
    scores = [_silhouette(1 - likeness, labels) for labels in cuts]
    best = int(np.argmax(scores))
    return cuts[best], scores[best] - scores[0]


def _by_company(likeness: Floats, nearest: int) -> Floats:
    """Likeness in which it counts, too, whether the articles nearest to one are those nearest to the other."""
    rows = np.arange(len(likeness))
    others = likeness.copy()
    np.fill_diagonal(others, 0.0)
    near = np.argpartition(-others, nearest - 1, axis=1)[:, :nearest]
    company = np.zeros_like(others)
    company[rows[:, None], near] = others[rows[:, None], near]
    company[rows, rows] = np.maximum(others.max(axis=1), 0.01)
    company /= np.linalg.norm(company, axis=1, keepdims=True)
    mixed: Floats = _OWN_WORDS * likeness + (1 - _OWN_WORDS) * (company @ company.T)
    np.fill_diagonal(mixed, 1.0)
    return mixed


def _likeness(told: Sequence[Features]) -> Floats:
    """The cosine of every two articles; names that many of them have count less."""
    held = Counter(term for article in told for term in article.words)
    column = {term: number for number, term in enumerate(sorted(t for t, n in held.items() if n > 1))}
    lengths = np.zeros(len(told), dtype=np.float32)
    entries: list[tuple[float, ...]] = []
    for row, article in enumerate(told):
        for term, weight in article.words.items():
            value = weight * (_telling(held[term] / len(told)) if term in article.names else 1.0)
            lengths[row] += value * value
            if term in column:
                entries.append((row, column[term], value))
    total = np.zeros((len(told), len(told)), dtype=np.float32)
    table = np.array(entries, dtype=np.float64).reshape(-1, 3)
    rows, columns, values = table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2]
    for first in range(0, len(column), _BLOCK):
        chosen = (columns >= first) & (columns < first + _BLOCK)
        block = np.zeros((len(told), _BLOCK), dtype=np.float32)
        block[rows[chosen], columns[chosen] - first] = values[chosen]
        total += block @ block.T
    lengths = np.sqrt(np.maximum(lengths, 1e-9))
    cosine: Floats = total / np.outer(lengths, lengths)
    np.fill_diagonal(cosine, 1.0)
    return cosine


def _telling(share: float) -> float:
    return _NAME_LEAST + (_NAME_MOST - _NAME_LEAST) * max(0.0, 1.0 - _COMMON * share)


def _ward(likeness: Floats) -> list[tuple[float, int, int]]:
    """The joins of Ward's tree as (cost, member of one, member of the other), cheapest first.

    By nearest-neighbour chains: whatever two are nearest to each other can be joined at once.
    """
    squares, mean = 2 - 2 * likeness, likeness.copy()
    size = np.ones(len(squares), dtype=np.float32)
    np.fill_diagonal(squares, np.inf)
    left = set(range(len(squares)))
    joins, chain = [], [0]
    while len(left) > 1:
        last = chain[-1]
        near = int(np.argmin(squares[last]))
        if len(chain) > 1 and squares[last, chain[-2]] <= squares[last, near]:
            near = chain[-2]
            if mean[last, near] >= _SOMETHING:
                joins.append((float(squares[last, near]) / 2, last, near))
            _join(squares, mean, size, last, near)
            left.remove(near)
            chain = chain[:-2] or [last]
        else:
            chain.append(near)
    return sorted(joins)


def _join(squares: Floats, mean: Floats, size: Floats, one: int, two: int) -> None:
    """Cluster `two` goes into `one` (Lance and Williams, 1967); `mean` is the likeness of two clusters' members."""
    a, b = size[one], size[two]
    with np.errstate(invalid="ignore"):
        joined = ((a + size) * squares[one] + (b + size) * squares[two] - size * squares[one, two]) / (a + b + size)
    joined[[one, two]] = np.inf
    squares[one], squares[:, one] = joined, joined
    squares[two], squares[:, two] = np.inf, np.inf
    mean[one] = mean[:, one] = (a * mean[one] + b * mean[two]) / (a + b)
    size[one] = a + b


def _cut(joins: Sequence[tuple[float, int, int]], level: float, count: int) -> Labels:
    """Labels 0, 1, … of the clusters that joins up to a cost make."""
    parent = list(range(count))

    def root(item: int) -> int:
        while parent[item] != item:
            item = parent[item]
        return item

    for cost, one, two in joins:
        if cost > level:
            break
        parent[root(two)] = root(one)
    labels: Labels = np.unique([root(item) for item in range(count)], return_inverse=True)[1]
    return labels


def _silhouette(distance: Floats, labels: Labels) -> float:
    """The mean silhouette; an article alone is credited with a story of its own kind at `1 - _ALONE`."""
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    sums = np.add.reduceat(distance[:, order], starts, axis=1)
    rows = np.arange(len(labels))
    own = sizes[labels]
    inside = np.where(own > 1, sums[rows, labels] / np.maximum(own - 1, 1), 1 - _ALONE)
    means = sums / sizes
    means[rows, labels] = np.inf
    outside = np.minimum(means.min(axis=1), 1.0)
    return float(np.mean((outside - inside) / np.maximum(np.maximum(outside, inside), 1e-9)))
