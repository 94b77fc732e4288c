"""Every lead and quote stands word for word in its article, and who said it is named.

So does what an editor puts between quotation marks.

error: one does not, or its speaker or role is not named there → build the
issue anew; its file was changed by hand
error: an editor's words quote what no article says → quote it as it stands there
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import shorten

from digest.checks.examined import Examined
from digest.model import Article, Finding, Severity, Span, Story

#: a passage between the quotation marks of any language, to the end if they are open
_QUOTED = re.compile(
    r"“([^“”]+)(?:”|$)|„([^„“”]+)(?:[“”]|$)|«([^«»]+)(?:»|$)|»([^«»]+)«"
    r'|(?<![\d\w])"([^"]+)(?:"|$)|「([^「」]+)」|『([^『』]+)』|《([^《》]+)》',
    re.MULTILINE,
)
#: between single ones, which are apostrophes too
_SINGLE = re.compile(r"(?<!\w)[‘‚']([^‘‚']*?\w.*?)['’‘](?!\w)")
#: of fewer words it may be the name of something, or what an apostrophe leaves
CLAIM = 3


def check(examined: Examined) -> Iterator[Finding]:
    for story in examined.issue.stories:
        for span in _claimed(story):
            if story.article.text[span.start : span.end] != span.text:
                message = f"not word for word in its article: {_cited(span.text)}"
                yield _finding(story, message)
        for what, name in _unnamed(story):
            yield _finding(
                story, f"the {what} {_cited(name)} is not named in the article"
            )
        for where, words in (
            (story.headline, story.headline),
            (f"{story.headline} (note)", story.note),
        ):
            for said in _invented(words, story.articles):
                yield _editors(said, where)
    articles = [one for story in examined.issue.stories for one in story.articles]
    for where, words in (
        ("the subject", examined.issue.subject),
        ("the preheader", examined.issue.preheader),
        ("the editor's paragraph", examined.issue.editorial),
    ):
        for said in _invented(words, articles):
            yield _editors(said, where)


def _claimed(story: Story) -> Iterator[Span]:
    yield from story.lede.sentences
    for quote in story.quotes:
        yield quote.span


def _unnamed(story: Story) -> Iterator[tuple[str, str]]:
    """Speakers and roles of which a word stands nowhere in the article."""
    article = story.article
    told = f"{article.title} {article.byline} {article.text}".casefold()
    for quote in story.quotes:
        said = quote.attribution
        named = {"speaker": said.speaker, "role": said.role or ""} if said else {}
        for what, name in named.items():
            if any(word not in told for word in re.findall(r"\w+", name.casefold())):
                yield what, name


def _invented(words: str, articles: Sequence[Article]) -> Iterator[str]:
    """What an editor's words quote that none of the articles says."""
    quoted = ["".join(groups) for groups in _QUOTED.findall(words)]
    single = (found[1] for found in _SINGLE.finditer(words))
    claims = [*quoted, *(said for said in single if len(said.split()) >= CLAIM)]
    if claims:
        told = " ".join(_plain(f"{one.title} {one.text}") for one in articles)
        yield from (said for said in claims if _plain(said).strip(" .,…") not in told)


def _plain(text: str) -> str:
    """Text in one line with one kind of apostrophe, in small letters."""
    return " ".join(text.replace("’", "'").replace("‘", "'").casefold().split())


def _cited(text: str) -> str:
    """Its beginning between quotation marks, in one line."""
    return f"“{shorten(text, 60, placeholder=' …')}”"


def _editors(said: str, where: str) -> Finding:
    return Finding(
        check="verbatim",
        severity=Severity.ERROR,
        message=f"quotes what no article of it says: {_cited(said)}",
        where=where,
        help="quote it as it stands there, or take the quotation marks away",
    )


def _finding(story: Story, message: str) -> Finding:
    return Finding(
        check="verbatim",
        severity=Severity.ERROR,
        message=message,
        where=story.headline,
        help="build the issue anew; its file was changed by hand",
    )
