"""Which article an address means: the key for its id, and whether a page's own canonical address can be trusted."""

import hashlib
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

# Parameters that say where a reader came from or how the page is shown, never which text it holds.
_TRACKERS = re.compile(
    r"""^(?:utm_.*|at_.*|ns_.*|mc_[ce]id|fb(?:clid|_.*)|g(?:clid|braid|bra_id)|wbraid|dclid|yclid|ysclid|msclkid|twclid|igsh(?:id)?
    |_ga|_gl|_hs.*|hsa_.*|mkt_tok|icid|ic[mp]p?id|cmp(?:id)?|cid|ncid|sr_share|smid|smtyp|s_cid|ref(?:_?src|_?url|errer|erer|)
    |partner|feature|share(?:d|id)?|source|src|from|rss|feed|xtor|wt(?:_?mc.*|_?zmc.*)|ito|ocid|ftag|linkid|soc_.*|spm|tpcc|taid
    |trk(?:_.*)?|via|campaign.*|print(?:able|mode|view)?|amp|outputtype|output|view|m|mobile|is_?mobile|nocache|cb|__twitter_impression
    |guccounter|guce_.*|triedredirect|openlinkback|fromrss|rssfeed|emc|partnerid|pk_.*|matomo_.*|yptr|cn|ct|sh|sessionid
    |phpsessid|jsessionid|sid|page_source|traffic_source|link_source|syn-.*|asuniq|utm)$""",
    re.IGNORECASE | re.VERBOSE,
)
# Kept although their names look like the ones above when nothing else tells the article.
_TELLING = re.compile(r"^(?:id|p|aid|nid|news_?id|article_?id|story_?id|sid|cid|m|view|cn)$", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+-]*:(?!//|\d)", re.IGNORECASE)  # mailto:, tag:; not host:8080
_AMP_PATH = re.compile(r"(?:^/amp(?=/)|/amp(?:\.html?)?/?$|\.amp(?=\.html?$|$)|/amp(?=/[^/]+$))", re.IGNORECASE)
_PRINT_PATH = re.compile(r"(?:/print(?:able|version)?/?$|^/print(?=/))", re.IGNORECASE)
_VARIANT_HOST = re.compile(r"^(?:www\d?|m|mobile|amp|touch|mob|wap|pda|print)\.(?=[^.]+\.[^.]+)", re.IGNORECASE)
_INDEX_FILE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^[^.]+\.cdn\.ampproject\.org$", re.IGNORECASE)
_GOOGLE_AMP = re.compile(r"^/amp/s?/?(?=[^/]+\.)")


def url_key(url: str) -> str:
    """The address without everything that does not tell the article: `https://`, host without www, path, telling query.

    Two addresses of one article (trackers, fragment, AMP, mobile or print variant, http) get the same key. Syntax is
    normalised as RFC 3986, 6.2.2 and 6.2.3 say. A text that is no web address is returned stripped; nothing is raised.
    """
    text = url.strip()
    if _OTHER_SCHEME.match(text):
        return text
    try:
        parts = urlsplit(text if "://" in text[:12] else f"https://{text.lstrip('/')}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return text
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return text
    query = parts.query
    if cached := _cached(host, parts.path):
        return url_key(f"https://{cached}{'?' + query if query else ''}")
    host = _VARIANT_HOST.sub("", _ascii_host(host))
    host = _VARIANT_HOST.sub("", host)  # www.m.example.com
    path = _path(parts.path)
    netloc = host if port in {None, 80, 443} else f"{host}:{port}"
    return urlunsplit(("https", netloc, path, _query(query, path), ""))


def article_id(key: str) -> str:
    """The article's id: 128 bits of the key's SHA-256, in hex."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


def fitting_canonical(declared: str | None, final_url: str) -> str | None:  # noqa: PLR0911 - a reason each
    """The address a page declares as its own (absolute), or None where it can't be this article's.

    Not trusted: another site's, an index or section page's (shorter and without the article's own words or number), the
    home page's, what is no web address.
    """
    if not declared:
        return None
    try:
        absolute = urljoin(final_url, declared.strip())
        there, here = urlsplit(absolute), urlsplit(final_url)
        if there.scheme not in {"http", "https"} or not there.hostname:
            return None
        if not _same_site(there.hostname, here.hostname or ""):
            return None
    except ValueError:
        return None
    key, own = url_key(absolute), url_key(final_url)
    if key == own:
        return urlunsplit((there.scheme, there.netloc, there.path, there.query, ""))
    there_path, here_path = urlsplit(key).path.rstrip("/"), urlsplit(own).path.rstrip("/")
    if not there_path and not urlsplit(key).query:
        return None
    if here_path.startswith(there_path + "/") or (own.startswith(key) and urlsplit(own).query):
        return None  # a section page, or the list that the parameter chose from
    if not _tells(there_path, urlsplit(key).query) and _tells(here_path, urlsplit(own).query):
        return None
    return urlunsplit((there.scheme, there.netloc, there.path, there.query, ""))


def looks_like_index(url: str) -> bool:
    """True for an address that can only be a home page: no path and no query."""
    parts = urlsplit(url_key(url))
    return parts.path in {"", "/"} and not parts.query


def _tells(path: str, query: str) -> bool:
    """Whether an address names one text: a slug of three words, a number of four digits, or a file."""
    last = path.rsplit("/", 1)[-1]
    return bool(
        last.count("-") >= 2
        or last.count("_") >= 2
        or re.search(r"\d{4,}|\.s?html?$", last)
        or re.search(r"=\d+", query)
    )


def _same_site(one: str, other: str) -> bool:
    """Whether two hosts share their last two labels (three below a two-letter second level such as co.uk)."""

    def site(host: str) -> str:
        labels = _ascii_host(host).split(".")
        short = (
            len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in {"co", "com", "org", "net", "gov", "ac", "edu"}
        )
        return ".".join(labels[-3:] if short else labels[-2:])

    return site(one) == site(other)


def _ascii_host(host: str) -> str:
    try:
        return host.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return host.lower()


def _cached(host: str, path: str) -> str | None:
    """The address (without scheme) that an AMP cache's address stands for."""
    if _AMP_CACHE.match(host):
        return re.sub(r"^/[a-z]/(?:s/)?", "", path)
    if host in {"google.com", "www.google.com"} and _GOOGLE_AMP.match(path):
        return _GOOGLE_AMP.sub("", path)
    return None


def _path(path: str) -> str:
    path = re.sub(r"/{2,}", "/", path)
    path = re.sub(r"(?:^|(?<=/))\./", "", path)
    for pattern in (_AMP_PATH, _PRINT_PATH, _INDEX_FILE):
        shorter = pattern.sub("", path)
        if shorter.strip("/") or pattern is _INDEX_FILE:
            path = shorter
    path = re.sub(r";jsessionid=[^/?]*", "", path, flags=re.IGNORECASE)
    return (
        quote(unquote(path, errors="surrogateescape"), safe="/:@!$&'()*+,;=~-._", errors="surrogateescape").rstrip("/")
        or "/"
    )


def _query(query: str, path: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    bare = path == "/" or path.endswith(".php")  # there the query alone may name the text
    kept = [
        (k, v)
        for k, v in pairs
        if not _TRACKERS.match(k) or (bare and _TELLING.match(k) and any(c.isdigit() for c in v))
    ]
    return urlencode(sorted(set(kept)))
