"""Pages named by their defect in `fixtures/`, each with what is to be read from it in a JSON file of its name.

The JSON holds `input` (address, entry, headers) and `expected`. To write the latter anew, then read what git shows:
`python -m tests.articles.stored`.
"""

import json
from pathlib import Path
from typing import Any

from hotline.articles.extract import NotAnArticle, Page, extract
from schemas.item import Entry
from tests.articles.pages import NOW

FOLDER = Path(__file__).parent / "fixtures"
NAMES = sorted(path.stem for path in FOLDER.glob("*.html"))


def read(name: str) -> dict[str, Any]:
    """What is read from a page: fields that say something, the body as a list of paragraphs; or the reason."""
    given = stored(name)["input"]
    page = Page(
        given["url"],
        given.get("final_url", given["url"]),
        (FOLDER / f"{name}.html").read_bytes(),
        given.get("headers", {}),
        NOW,
    )
    entry = Entry.model_validate(given["entry"]) if "entry" in given else None
    try:
        data = extract(entry, page, now=NOW).model_dump(mode="json", exclude_defaults=True)
    except NotAnArticle as finding:
        return {"error": finding.reason}
    return data | {"body": data.get("body", "").split("\n\n")}


def stored(name: str) -> dict[str, Any]:
    """The JSON file of a page."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def main() -> None:
    """Writes what is expected anew."""
    for name in NAMES:
        record = {"input": stored(name)["input"], "expected": read(name)}
        text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
