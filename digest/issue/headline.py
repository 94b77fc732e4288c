"""An honest headline: the article's own, else the lead cut at a clause.

Words are only ever left out, never put in, and their order is kept.
"""

from __future__ import annotations

import re

from digest.model import Article, Lede

#: a headline of more characters than this is cut at a clause
LONGEST = 100
#: … and one without any clause in that, at a word
CUT = 120
#: a clause of fewer words says too little by itself
FEWEST_WORDS = 5

#: articles, prepositions, conjunctions: no cut ends on one, for it leads on
LEADING_ON = frozenset(
    # English
    "a an the and or nor but as that than to of in on at by for from with into onto "
    "over under about after before since until between through during against within "
    "without across among around behind beyond near towards upon via per if when while "
    "where which who whose because although whether is are was were has have had will "
    "would can could may might must should be been its their his her our your my this "
    # German
    "der die das den dem des ein eine einen einem einer eines und oder aber als dass "
    "zu zum zur von vom im am an auf aus bei beim bis durch für gegen hinter mit nach "
    "neben ohne seit über um unter vor wegen zwischen wenn weil ob wie ist sind war "
    "waren hat haben wird werden kann soll muss sein ihr "
    # French
    "le la les l’ un une des du de d’ au aux et ou mais que qui dont où à dans en par "
    "pour sur sous avec sans chez vers entre depuis contre comme est sont ont sera se "
    # Spanish
    "el los las lo unos unas del al y e o u pero que a con sin sobre tras hasta desde "
    "hacia según entre para por como cuando su sus es son ha han "
    # Italian
    "il gli i uno di da dal dalla del della dei delle nel nella nei sul sulla al alla "
    "con per tra fra su ed che chi cui ma se sono è hanno "
    # Dutch
    "het een de en of maar dat die te van voor met naar bij uit tot tegen tussen op "
    "om door zonder sinds wordt worden zijn heeft hebben "
    # Portuguese
    "os as um uma uns umas do da dos das no na nos nas ao à aos às pelo pela em com "
    "sem até mas são foi e".split()
)
_CLAUSE = re.compile(r"(?<=[,;:–—])\s+|\s+(?=[–—]\s)")
_OPENERS = '“"„«‘「『'
_CLOSERS = '”"“»’」』'
#: a name, then ", the former Prime Minister of the Netherlands," about it; what
#: comes after "and" may be another person, and after "On" no name comes
_APPOSITIVE = re.compile(
    r"^(?!(?:In|On|At|By|For|From|After|Before|Since|Under|With)\b)"
    r"(?P<name>(?:[^\W\d_a-z][\w.’'-]*\s){0,5}[^\W\d_a-z][\w.’'-]*), "
    r"(?:the|a|an|who|which|whose|his|her|its|their|former|\d+) [^,]{1,120}, "
    r"(?=[a-z])(?!and\b|or\b)"
)


def headline(article: Article, lede: Lede) -> str:
    """The article's title, or what its first sentence says, in one line."""
    if article.title:
        return " ".join(article.title.split())
    if not lede.sentences:
        return article.source or article.url or article.id
    return from_sentence(" ".join(lede.sentences[0].text.split()))


def from_sentence(sentence: str) -> str:
    """A sentence's main clause: without an appositive, without its tail."""
    shorter = _APPOSITIVE.sub(r"\g<name> ", sentence)
    kept = _leading_clauses(shorter)
    if len(kept) > CUT:
        kept = cut(kept, CUT)
    return kept.rstrip(" ,;:–—.")


def _leading_clauses(sentence: str) -> str:
    kept = ""
    for clause in _CLAUSE.split(sentence):
        longer = f"{kept} {clause}".strip()
        says_enough = len(kept.split()) >= FEWEST_WORDS and _balanced(kept)
        if says_enough and (len(longer) > LONGEST or len(kept) > LONGEST // 2):
            return kept
        kept = longer
    return kept


def _balanced(text: str) -> bool:
    """Whether no quotation is left open."""
    opened = sum(text.count(mark) for mark in _OPENERS if mark != '"')
    closed = sum(text.count(mark) for mark in _CLOSERS if mark not in '"“’')
    return opened <= closed and text.count('"') % 2 == 0


def cut(text: str, length: int) -> str:
    """`text` in at most `length` characters, ended at a word by an ellipsis.

    The last word is none that leads on: no "… on", no "… and the".
    """
    if len(text) <= length:
        return text
    kept = text[: length - 1]
    if not text[length - 1].isspace():
        kept = kept.rpartition(" ")[0] or kept
    while (parts := kept.rpartition(" "))[0] and parts[2] in LEADING_ON:
        kept = parts[0]
    return kept.rstrip(" ,;:–—.") + "…"
