"""A fetched page: its bytes to one lxml tree, within bounds, whatever the bytes are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

MAX_BYTES = 8_000_000
"""What is read of a page. News pages are under 2 MB; behind that comes script data, or an attack."""

_SIGNATURES = (
    b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"\x1f\x8b", b"\x7fELF", b"OggS", b"ID3",
    b"\x00\x00\x00", b"Rar!", b"7z\xbc\xaf", b"MZ\x90", b"\xd0\xcf\x11\xe0",
)  # fmt: skip
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_LATIN = frozenset(("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"))
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r"))


class NotAnArticle(Exception):
    """There is no article here; the reason is fit for an item's record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Page:
    """A response as captured: the body as bytes (already decompressed), header names in any case."""

    url: str
    final_url: str
    body: bytes
    headers: Mapping[str, str]
    fetched_at: datetime


def parse(page: Page) -> etree._Element:
    """The page as one tree. Raises NotAnArticle where the bytes are not HTML.

    Reads at most MAX_BYTES. libxml2 repairs what is broken; it keeps no scripts running and fetches nothing. Plain
    elements, not those of lxml.html: each of the latter costs a call of Python when it is touched.
    """
    body = page.body[:MAX_BYTES]
    head = body[:2048].lstrip()
    if not head:
        raise NotAnArticle("empty page")
    if any(head.startswith(signature) for signature in _SIGNATURES):
        raise NotAnArticle("binary file, not HTML")
    text = decode(body, page.headers)
    sample = text[:4096]
    if len(_CONTROL.findall(sample)) > len(sample) // 20:
        raise NotAnArticle("binary file, not HTML")
    try:
        return tree_of(text)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise NotAnArticle(f"not HTML: {error}") from error


def tree_of(text: str) -> etree._Element:
    """HTML as a tree below an `html` element. Raises etree.XMLSyntaxError or ValueError where nothing is in it."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, recover=True)
    tree = etree.fromstring(text.encode("utf-8", "replace").translate(None, _CONTROL_BYTES), parser=parser)
    if tree is None:
        raise ValueError("no element in it")
    return tree


def text_of(element: etree._Element) -> str:
    """All text in an element, as it stands there."""
    return "".join(map(str, element.itertext()))


def decode(body: bytes, headers: Mapping[str, str]) -> str:
    """The bytes as text: BOM, then UTF-8 if it (nearly) fits, then the declared charset, then the best guess.

    UTF-8 goes before the declaration because a wrong one is common, and other encodings hardly ever pass as UTF-8.
    The order of the rest is the one of the HTML standard (encoding sniffing, 13.2.3): header, then meta.
    """
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if not broken or broken * 4 < len(body) - len(text):  # some bad bytes in text that is UTF-8 elsewhere
        return text
    declared = _HEADER_CHARSET.search(_header(headers, "content-type"))
    in_meta = _META_CHARSET.search(body[:4096])
    for given in (declared.group(1) if declared else "", in_meta.group(1).decode("ascii") if in_meta else ""):
        name = given.lower()
        if name and name.replace("-", "") != "utf8":
            try:  # what calls itself ISO 8859-1 is windows-1252 (WHATWG Encoding, 4.2)
                return body.decode("windows-1252" if name in _LATIN else name, "replace")
            except LookupError:
                continue
    return _guess(body)


def _guess(body: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(body[:50_000], steps=3, chunk_size=512).best()
    return body.decode(best.encoding if best else "utf-8", "replace")


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")
