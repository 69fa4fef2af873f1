"""Writes plugins/hotline/stories/background.tsv.gz: how common each word stem is in a language.

    uv run --with wordfreq scripts/build_background.py

Source: wordfreq (Robyn Speer, data under CC BY-SA 4.0), which counts words in books, subtitles, news and the web.
The file keeps for each language only stems that make up at least one word in a million, grouped by their share:

    language <tab> -log10 of the share, in steps of 0.1 <tab> stems, separated by blanks
"""

import gzip
import math
from collections import Counter, defaultdict
from pathlib import Path

from wordfreq import iter_wordlist, word_frequency

from hotline.stories.words import stems

TARGET = Path(__file__).parents[1] / "plugins/hotline/stories/background.tsv.gz"
LISTS = {"en": "large", "ru": "large", "uk": "large", "de": "large", "fr": "large", "es": "large", "it": "large"}
LEAST = 1e-6


def shares(language: str, wordlist: str) -> Counter[str]:
    """The share of each stem among all running words of a language."""
    found: Counter[str] = Counter()
    for word in iter_wordlist(language, wordlist):
        for stem in stems(word, language):
            found[stem] += word_frequency(word, language, wordlist)
    return found


def main() -> None:
    """Writes the table."""
    lines = []
    for language, wordlist in LISTS.items():
        groups = defaultdict(list)
        for stem, share in shares(language, wordlist).items():
            if share >= LEAST and not stem[0].isdigit():
                groups[round(-math.log10(share), 1)].append(stem)
        lines += [f"{language}\t{level}\t{' '.join(sorted(groups[level]))}\n" for level in sorted(groups)]
    TARGET.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))


if __name__ == "__main__":
    main()
