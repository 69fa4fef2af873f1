"""What names of classes and ids, and what lines of text, give away about a part of a news page."""

import re
from functools import lru_cache
from typing import NamedTuple

_B = r"(?:^|[\s_-])"  # a name's beginning
_E = r"(?:$|[\s_-])"  # a name's end

FOREIGN = re.compile(
    rf"""{_B}(?:comments?(?!ary|ed|er|ing|aire-?de)(?:[a-z]*)|kommentare?(?!d)\w*|disqus\w*|respond|replies|lesermeinung\w*|guestbook){_E}
    |livefyre|fb-comments|outbrain|taboola|cookie|consent|gdpr|onetrust""",
    re.VERBOSE,
)
"""Other people's words and machinery: never part of the article, however much of it there is."""

ASIDE = re.compile(
    rf"""{_B}(?:share|shares|sharing|social\w*|follow|followus|related\w*|recommend\w*|recirc\w*|newsletter\w*|subscri\w*|signup|sign-up|promo\w*|sponsor\w*
    |advert\w*|adfox\w*|yandex-?(?:rtb|ad)\w*|reklam[ay]\w*|google-?ads?\w*|gpt-ad\w*|dfp\w*|tizer\w*|tag-?lines?|ads?|adv|ad-?(?:slot|unit|wrap\w*|box|container|banner)|banner\w*|popup|modal|dialog|overlay|[a-z]*-?crumbs?|pagination|pager|paging|nav|navi|navigation|navbar\w*|menu\w*
    |sidebar\w*|side-?(?:bar|col\w*)|rail|right-?rail|footer\w*|toolbar|tools|article-?tools|widget\w*|tags?|tag-?list|taglist|tagcloud|keywords|topics?-?list|categor(?:y|ies)
    |byline\w*|by-line|authors?|author-?\w*|about-?author|dateline|timestamp|time-?stamp|datetime|date|pub-?date|published|posted-?on|entry-?(?:meta|footer|utility)|post-?(?:meta|footer|info|date|tags|nav\w*)|metadata|meta|meta-?(?:data|info)|article-?(?:meta|info|date|tags|footer|share|author|related)
    |print|login|register|poll|quiz|teasers?|trending|popular\w*|most-?\w*|latest|carousel\w*|slider\w*|slideshow|thumbs?|player|rating\w*|votes?|likes?|reactions?
    |more-?(?:on|from|stories|news|articles|links|info)|read-?(?:more|next|also|on)|readmore|see-?also|also-?\w+|you-?may\w*|next-?(?:article|post|up)|prev\w*-?(?:article|post)
    |sr-only|visually-?hidden|visuallyhidden|screen-?reader\w*|screenreader\w*|skip-?links?|tooltip|copyright|disclaimer|legal|imprint|addthis\w*|sharedaddy|jp-relatedposts|yarpp\w*
    |bio|infobox|info-?box|factbox|inline-?(?:related|promo|newsletter)|donat\w*|membership|paywall\w*|regwall|piano\w*|trc_\w*|zergnet|crp_\w*|toc(?![-_]title)|table-?of-?contents|langs?|language-?\w*|search\w*|contact-?\w*|feedback|print-?only|noprint|no-print|ai2html\w*|edit-?section|mw-editsection|reflist|references|catlinks|navbox)s?{_E}
    |^(?:is-|u-|js-)?(?:hidden|hide)$|social-?(?:share|media|links?|icons?|bar)|share-?(?:bar|buttons?|tools?|links?|this)|related-?(?:posts?|articles?|stories|content|links?|news)|newsletter-?(?:signup|box|form)|author-?(?:bio|box|info|card|profile)""",
    re.VERBOSE,
)
"""Beside the article as a rule; a container that holds most of the text is believed to be it all the same."""

APART = re.compile(
    rf"related|recommend|newsletter|subscri|sign-?up|bio{_E}|author|byline|copyright|disclaimer|legal|imprint|donat|member"
    rf"|foot|sidebar|side-?bar|info-?box|factbox|comment|cookie|promo|sponsor|advert|{_B}ads?{_E}|popup|modal|tags?{_E}"
    rf"|more-?(?:from|stories|news|articles)|next|prev|popular|most-|latest|trending|teaser|social|share|tooltip|screen-?read|hidden"
)
"""Those of them that are not believed to be the article's for being paragraphs among others."""

MENU = re.compile(
    rf"{_B}(?:nav|navi|navigation|navbar\w*|menu\w*|footer\w*|sidebar\w*|share|social\w*|breadcrumbs?|related\w*"
    rf"|recommend\w*|newsletter\w*|modal|popup|login|search\w*|langs?|language-?\w*|tagcloud|tag-?list|most-?\w*){_E}"
)
"""Those of them that are not worth a walk where no paragraph is in them."""

CAPTION = re.compile(
    rf"""(?<!no[_-])caption|bildunterschrift|bildtext|bildquelle|{_B}(?:credits?|photo-?(?:credit|text|desc\w*|info|author|by)|image-?(?:text|desc\w*|credit|source|title|info|meta|copyright)|img-?(?:text|desc\w*|title|info|credit)
    |pic-?(?:text|desc\w*|info)|media-?(?:text|desc\w*|credit|source|title|info|meta)|legend|foto-?(?:text|autor|credit)|gallery\w*|galleria|wp-gallery|lightbox\w*|cutline|figure-?\w*|thumb(?:inner|image))s?{_E}""",
    re.VERBOSE,
)

PICTURE = re.compile(rf"{_B}(?:img|image|photo|picture|pic|foto|bild)s?{_E}")
"""Names of a picture with what stands under it, where that is little."""

BODY = re.compile(
    rf"""article-?_?_?(?:body|content|text|copy|main-?content|wrapper-content|detail-?content|fulltext|paragraphs?)(?!-?(?:meta|header|footer|top|bottom|side)){_E}|{_B}(?:articlebody|articletext|storytext|storybody)
    |story-?_?_?(?:body|content|text|copy){_E}|{_B}(?:entry|post|news|single|blog)-?_?_?(?:content|body|text|article|entry){_E}|{_B}body-?(?:copy|text|content){_E}|td-post-content|news-?_?(?:detail|text|body|content)
    |field-name-body|field--name-body|paywall-?(?:content|article)|js-mediator-article|material-?(?:text|content)|topic-?(?:text|body)|wysiwyg""",
    re.VERBOSE,
)
"""Names that outlets give to the element of the text."""

MAYBE_BODY = re.compile(
    rf"{_B}(?:content|main|page|text|detail|node)-?_?_?(?:content|body|text|article|entry)|rich-?text|{_B}article{_E}|text-?content|the-?content|{_B}(?:content|story|post|hentry){_E}"
)
"""Names that may mean it."""

LEAD = re.compile(
    rf"{_B}(?:lead|lede|standfirst|intro\w*|summary|sub-?(?:title|head\w*|line)|dek|deck|sapo|abstract|excerpt|description|teasers?(?![a-z])|kicker-?text|anons|announce|annot\w*|strap-?line|chapo|chapeau|entradilla|vorspann|perex|ingress|manchet)"
)
"""Names of the paragraph or second headline between headline and body."""


JUNK_LINE = re.compile(
    r"""^\W*(?:
    advertisement|advertisment|ad|ads|anzeige|werbung|reklama|реклама|publicidad|publicité|pubblicità|advertorial|sponsored(?:\scontent)?
    |continue\s+reading.{0,60}|story\s+continues(?:\s+below)?.{0,40}|article\s+continues.{0,60}|scroll\s+(?:down\s+)?(?:to|for)\s.{0,40}|skip\s+(?:advertisement|ad|to\s.{0,30}|past\s.{0,60})
    |share(?:\s+(?:this|on|via|with|the)\b.{0,60})?|tweet|pin(?:\s+it)?|e-?mail(?:\s+this)?|print(?:\s+this)?(?:\s+article)?|save|copy\s+link|whatsapp|facebook|twitter|linkedin|telegram|reddit|flipboard|поделиться.{0,40}|teilen|partager|compartir|condividi
    |(?:click|tap)\s+(?:here|to)\s.{0,80}|read\s+(?:more|also|next|the\s+full\s+(?:story|article))\b.{0,160}|more\s*:.{0,160}|also\s+read\b.{0,160}|see\s+also\b.{0,160}|watch\s*:.{0,160}|related\s*:.{0,120}|related\b[^.!?]{0,60}$|recommended(?:\s+for\s+you)?|most\s+(?:read|popular|viewed)
    |(?:lesen|sehen)\s+sie\s+(?:auch|dazu|mehr|hier)\b.{0,160}|mehr\s+(?:zum\s+thema|dazu|lesen)\b.{0,160}|lire\s+aussi\b.{0,160}|à\s+lire\s+aussi\b.{0,160}|lea\s+también\b.{0,160}|leer?\s+(?:más|también)\b.{0,160}|leggi\s+anche\b.{0,160}|leia\s+(?:também|mais)\b.{0,160}|czytaj\s+(?:też|także|również|więcej|dalej)\b.{0,160}|zobacz\s+(?:też|także|również)\b.{0,160}|читайте\s+(?:также|ещ[её])\b.{0,160}|читать\s+(?:далее|также|полностью)\b.{0,160}|смотрите\s+также\b.{0,160}|lees\s+(?:ook|meer)\b.{0,160}|läs\s+(?:också|mer)\b.{0,160}|les\s+også\b.{0,160}|læs\s+også\b.{0,160}
    |(?:sign|signed)\s+up\s+(?:for|to|here|now)\b.{0,200}|subscribe\b.{0,200}|get\s+(?:the\s+latest|our|more|breaking|all\s+the\s+latest)\b.{0,80}(?:newsletter|inbox|news|app|stories)\b.{0,120}|(?:please\s+)?(?:follow|like|join|find)\s+(?:us|.{1,40})\s+on\s+(?:facebook|twitter|x|telegram|instagram|whatsapp|google|linkedin|youtube)\b.{0,200}|download\s+(?:the|our)\b.{0,40}\bapp\b.{0,80}
    |подпи(?:сывайтесь|шитесь|саться)\b.{0,200}|(?:наш\s+)?телеграм-?канал.{0,60}
    |(?:©|\(c\)|copyright\s*(?:©|\(c\)|:|by|\d)|(?:19|20)\d\d\s+\w+.{0,40}all\s+rights\s+reserved).{0,200}|.{0,120}\ball\s+rights\s+reserved.{0,120}|alle\s+rechte\s+vorbehalten.{0,60}|все\s+права\s+защищены.{0,120}
    |(?:image|photo|picture|foto|bild|фото|photograph|credit|video|file\s+photo)\s*(?:credit|source|copyright|by|courtesy)?\s*[:©/|].{0,120}
    |(?:tags?|topics?|filed\s+under|categor(?:y|ies)|keywords|schlagw[oö]rte?r?|themen|теги|метки|темы|etiquetas|tagged(?:\s+with)?|posted\s+in|abgelegt\s+unter|veröffentlicht\s+(?:in|unter|am)|verschlagwortet)\b(?:\s*:.{0,200}|[^.!?]{0,200}$)
    |(?:\d+\s+)?(?:comments?|kommentare?|комментари\w+|comentarios|commentaires|reacties)(?:\s*\(?\d*\)?)?|(?:leave|post|add|write|view)\s+(?:a\s+|your\s+|all\s+)?(?:comment|reply|comments).{0,60}|be\s+the\s+first\s+to\s+comment.{0,40}
    |(?:this\s+)?(?:article|story|content|video)\s+(?:is\s+)?(?:not\s+available|has\s+been\s+(?:viewed|shared|read)).{0,60}|your\s+browser\s+(?:does|is)\s+not\s.{0,120}|(?:please\s+)?(?:enable|activate|turn\s+on)\s+javascript.{0,120}
    |loading(?:\.\.\.|…)?|play(?:\s+video)?|close|menu|search|log\s*in|sign\s+in|register|next|previous|zurück|weiter|back(?:\s+to\s+top)?|top|home|view\s+(?:gallery|image|more).{0,40}|show\s+(?:more|less|all).{0,30}|see\s+(?:more|all).{0,30}|load\s+more.{0,30}|expand|view\s+comments?
    |our\s+standards\s*:.{0,80}|this\s+material\s+may\s+not\s+be\s+published.{0,120}
    |(?:titel)?bild(?:er|quelle|nachweis)?\s*:.{0,100}|crédits?\s+photos?\s*:.{0,80}|фото\s*[:/].{0,80}|источник\s*:.{0,60}
    |we\s+want\s+to\s+hear\s+(?:what|from)\s.{0,160}|if\s+you\s+(?:enjoyed|liked)\s+(?:reading\s+)?this\s+(?:post|article|story)\b.{0,200}|do\s+you\s+have\s+a\s+(?:story|tip)\b.{0,200}|(?:got|have)\s+a\s+(?:news\s+)?tip\?.{0,200}|this\s+(?:post|article|story)\s+(?:contains|may\s+contain|includes)\s.{0,40}(?:links|references)\b.{0,160}
    |эта\s+новость\s+(?:доступна|на)\b.{0,80}|нашли\s+(?:ошибку|опечатку).{0,120}|присоединяйтесь\s+к\b.{0,120}|оставайтесь\s+с\s+нами\b.{0,120}
    |\d+\s*(?:min(?:ute)?s?\.?|минут\w*|minuten?)\s*(?:read|lesezeit|чтения|de\s+lecture|de\s+lectura)?|(?:lesezeit|reading\s+time|время\s+чтения).{0,30}
    |view\s+this\s+post\s+on\s+instagram.{0,40}|(?:a|ein)\s+(?:post|photo|video|beitrag)\s+(?:shared|geteilt)\s+(?:by|von)\s.{0,120}|image|photo|video|graphic|map|gallery|slideshow|live|breaking(?:\s+news)?|exclusive|opinion|analysis|n/?a|undefined|null
    )\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""Lines that are never a sentence of the article."""

SLUG = re.compile(
    r"^(?:[A-Z]{3,}(?:-[A-Z]{2,})+/[A-Z-]{3,}(?:\s*\([A-Z0-9, ]+\))?|UPDATE\s\d+|URGENT|WRAPUP\s\d+"
    r"|[a-zà-ž]{2,5}(?:/[A-Za-z]{2,6}){1,3})$"
)
"""A wire's keyword line (RUSSIA-USA/TALKS) or the initials under its text (abc/dpa)."""

AD_LABEL = re.compile(
    r"^\W*(?:advertisement|advertising|sponsored|anzeige|werbung|реклама|на\s+правах\s+рекламы|publicidad|publicité|pubblicità|reklama|erid\b.{0,40})\W*$",
    re.IGNORECASE,
)
"""What stands over an advertisement."""

BYLINE = re.compile(
    r"""^\W*(?:(?:(?:by|written\s+by|story\s+by|reported\s+by|posted\s+by|published\s+by|von|par|por|автор(?:ы)?|текст|text|autor(?:in|en)?|auteure?s?|authors?|escrito\s+por|redazione|przez|door|di)\b\s*:?\s*(?!(?:der|die|das|den|dem|dies\w+|einem|einer|hier|la|las|los|una?|une|fin|eso|qué|favor|ejemplo)\s|(?:the|an?|this|that|its|his|her)\s(?-i:[a-z]))[^.!?]{2,80}[^\W_]\W{0,3}(?<![.!?…])$)
    |(?:(?:last\s+|first\s+)?(?:updated?|published|posted|modified|created|aktualisiert|veröffentlicht|stand|erstellt|publié|mis\s+à\s+jour|actualizado|publicado|aggiornato|pubblicato|обновлено|опубликовано|дата|data|date|datum)\b\s*:?[^.!?]{0,70}\d[^.!?]{0,50}))\W*$""",
    re.IGNORECASE | re.VERBOSE,
)

TIME_LINE = re.compile(
    r"^(?=.*(?:\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)\b|\b(?:19|20)\d\d\b))"
    r"(?=.*(?:\b\d{1,2}(?::|\s?h\s?)\d\d\b|\b\d{4}\s(?:GMT|UTC)|[|•·])).*$"
)
"""A day with a clock time or bars between: when, where and by whom ("Reuters | 3 May 2022 at 07:19")."""

UPDATED = re.compile(
    r"^\W*(?:last\s+)?(?:updated?|modified|edited|aktualisiert|zuletzt\s+(?:geändert|aktualisiert)|mis\s+à\s+jour|actualizado|aggiornato|atualizado"
    r"|обновлено|изменено|оновлено)\b",
    re.IGNORECASE,
)
"""Lines that tell when a text was changed, not when it was published."""

END = re.compile(
    r"""^\W*(?:related\s+(?:stories|articles|news|content|posts|topics|coverage|links|reading)|more\s+(?:from|on\s+this|stories|news|like\s+this|in)\b.{0,60}|you\s+(?:may|might)\s+(?:also|be).{0,60}|read\s+(?:next|more|also)|recommended.{0,40}|trending.{0,30}|most\s+(?:read|popular).{0,30}|latest\s+(?:news|stories).{0,30}
    |about\s+the\s+authors?.{0,40}|comments?|leave\s+a\s+(?:reply|comment).{0,30}|share\s+this.{0,40}|share\s+on.{0,40}|(?:mehr\s+)?zum\s+thema|das\s+könnte\s+sie\s+auch.{0,40}|ähnliche\s+(?:artikel|beiträge)|weitere\s+(?:artikel|themen|beiträge|informationen|links).{0,30}|(?:\d+\s+)?kommentare?|schreibe\s+einen\s+kommentar|teilen\s+mit:?|gefällt\s+mir:?|lesen\s+sie\s+auch.{0,60}|mehr\s+aus\b.{0,40}|newsletter
    |читайте\s+также|материалы\s+по\s+теме|по\s+теме|ещ[её]\s+по\s+теме|другие\s+новости|похожие\s+(?:материалы|новости|статьи)|комментари[ий]|новости\s+по\s+теме|articles?\s+(?:liés|similaires|connexes)|sur\s+le\s+même\s+(?:thème|sujet)|à\s+lire\s+aussi.{0,40}|te\s+puede\s+interesar|noticias\s+relacionadas|artículos\s+relacionados|powiązane.{0,40}|podobne.{0,40}|zobacz\s+(?:także|też|również)|czytaj\s+(?:także|też|również))\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""Headings behind which something else begins."""

AUTHOR = re.compile(
    rf"{_B}(?:authors?|by-?line|autor(?:en|in)?|writer|reporter|contributor|vcard)(?:$|[\s_-])|author-?name|byline"
)
DATED = re.compile(
    rf"publish|pub-?date|dateline|timestamp|time-?stamp|date-?time|{_B}(?:post|entry|article|news|story|content|meta|display|created?|byline)_?-?_?(?:date|time)|{_B}(?:date|datum|fecha|data|updated)(?:$|[\s_-])"
)

_TERM = re.compile(r"(?:category|tag)-(?!lists?$|links?$|cloud|box$|bar$|wrap|container|labels?$|names?$|items?$|nav)")
"""WordPress writes the terms that an article is filed under among the names of its element."""
_BUILDER = re.compile(r"^elementor-(?:widget|element|column|section)")
"""A page builder calls every element a widget."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Marks(NamedTuple):
    """What the names of one element say of it."""

    flag: str = ""  # "foreign" or "aside"
    caption: bool = False
    body: int = 0  # 2: the element of the text, 1: perhaps
    lead: bool = False
    author: bool = False
    dated: bool = False
    picture: bool = False
    menu: bool = False
    apart: bool = False


UNMARKED = Marks()


@lru_cache(maxsize=20_000)
def marks_of(css_class: str, ident: str) -> Marks:
    """The marks in a class and an id (the first 150 characters of each; camelCase is read like dashes)."""
    bits = 0
    for name in f"{css_class[:150]} {ident[:150]}".translate(_DIGITS).split():
        bits |= _bits_of_name(name)
    return _marks(bits)


_DIGITS = str.maketrans("", "", "0123456789")
"""Numbers tell nothing, and make every name another one."""


@lru_cache(maxsize=50_000)
def _bits_of_name(name: str) -> int:
    """The marks in one name, a bit each. Pages share most of their names: this is asked far more than answered."""
    name = _CAMEL.sub("-", name).lower()
    if _TERM.match(name):
        return 0
    name = _BUILDER.sub("", name)
    return sum(1 << place for place, pattern in enumerate(_PATTERNS) if pattern.search(name))


_PATTERNS = (FOREIGN, ASIDE, CAPTION, BODY, MAYBE_BODY, LEAD, AUTHOR, DATED, PICTURE, MENU, APART)


@lru_cache(maxsize=512)
def _marks(bits: int) -> Marks:
    foreign, aside, caption, body, maybe_body, lead, author, dated, picture, menu, apart = (
        bool(bits >> place & 1) for place in range(len(_PATTERNS))
    )
    if not bits:
        return UNMARKED
    return Marks(
        flag="foreign" if foreign else "aside" if aside else "",
        caption=caption,
        body=2 if body else 1 if maybe_body else 0,
        lead=lead and not author,
        author=author,
        dated=dated,
        picture=picture,
        menu=menu and aside,
        apart=apart and aside,
    )
