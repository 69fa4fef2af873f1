"""From bytes to text: what a feed's bytes mean, against what its headers claim where they are plainly wrong."""

import codecs
import re

# Codecs of Python that are no charsets, or whose decoding costs more than its input is worth.
_REFUSED = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined", "mbcs", "oem"}
_BOMS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
# "<?xm" or "{" without a BOM (XML 1.0, appendix F; RFC 8259).
_PATTERNS = [
    (re.compile(rb"\s*<\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0<"), "utf-32-be"),
    (re.compile(rb"(?:\s\0)*[<{]\0"), "utf-16-le"),
    (re.compile(rb"(?:\0\s)*\0[<{]"), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
]
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
# Charsets that browsers read as their superset (WHATWG Encoding), because servers mean that.
_SUPERSETS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
}
_ILLEGAL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_XML_DECLARATION = re.compile(r"<\?xml[^>]{0,300}\?>")


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a document, without byte order mark, XML declaration and characters that XML forbids.

    A BOM decides, else bytes that are valid UTF-8 are UTF-8 whatever is declared (by chance they never are), else the
    charset of the Content-Type, else that of the XML declaration (RFC 7303, 3), else what the bytes look like.
    """
    text = _undoubled(_decoded(body, content_type))
    text = _XML_DECLARATION.sub("", text, count=3)
    return _ILLEGAL.sub("", text.lstrip("\ufeff"))


def _undoubled(text: str) -> str:
    """Text that was UTF-8, taken for Windows-1252 and encoded once more. By chance no text is valid in that way."""
    if not any(sign in text for sign in "ÃÂÐÑâ"):
        return text
    try:
        return text.encode("cp1252", "strict_or_c1").decode("utf-8")
    except UnicodeError:
        return text


def _c1(error: UnicodeError) -> tuple[bytes, int]:
    """The five bytes that Windows-1252 leaves undefined stand for the control characters of the same number."""
    if not isinstance(error, UnicodeEncodeError) or any(
        not 0x80 <= ord(c) < 0xA0 for c in error.object[error.start : error.end]
    ):
        raise error
    return error.object[error.start : error.end].encode("latin-1"), error.end


codecs.register_error("strict_or_c1", _c1)


def _decoded(body: bytes, content_type: str) -> str:
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body.decode(name, "replace")
    for pattern, name in _PATTERNS:
        if pattern.match(body):
            return body.decode(name, "replace")
    declared = [m[1] for m in [_CHARSET.search(content_type)] if m]
    declared += [m[1].decode("ascii") for m in [_DECLARED.search(body[:2048])] if m]
    names = [name for name in map(_codec, declared) if name is not None]
    if body.isascii() and not any(name.startswith("iso2022") or name == "hz" for name in names):
        return body.decode("ascii")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for name in names:
        if not name.startswith("utf"):
            try:
                return body.decode(name)
            except UnicodeDecodeError:
                continue
    return _guessed(body, names)


def _codec(label: str) -> str | None:
    """Python's name of a charset; None for one that it does not know or that is not read."""
    try:
        name = codecs.lookup(label).name
        "".encode(name)  # fails for codecs that are not charsets
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if name.replace("_", "-") in _REFUSED else _SUPERSETS.get(name, name)


def _guessed(body: bytes, names: list[str]) -> str:
    """Bytes that are nothing that was declared."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken * 10 < sum(not c.isascii() for c in text):  # UTF-8 with a few cut or foreign characters
        return text
    for name in names:
        if not name.startswith("utf"):
            return body.decode(name, "replace")
    from charset_normalizer import from_bytes

    sample = b"\n".join(line for line in body.splitlines() if not line.isascii())[:20_000]
    best = from_bytes(sample).best()
    return body.decode(best.encoding if best else "cp1252", "replace")
