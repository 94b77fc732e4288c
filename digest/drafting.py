"""Drafts in files: written for an editor, read back, made of an issue again."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from digest import checks, choosing
from digest.config import Source
from digest.errors import SourceError
from digest.files import written_whole
from digest.issue import Candidate, Draft, Entry, draft_reading, draft_writing
from digest.model import Article, Email, Issue, Story
from digest.pipeline import Desk, assembled
from digest.store import items


def write_draft(desk: Desk, file: Path, draft: Draft) -> None:
    """Write a draft for somebody to edit: order, headlines, quotes, notes."""
    with written_whole({file: text_of(desk, file, draft).encode()}):
        pass


def text_of(desk: Desk, file: Path, draft: Draft) -> str:
    """What `write_draft` writes."""
    name = desk.config.newsletter.name
    return draft_writing.written(draft, name=name, file=str(file))


def read_draft(desk: Desk, file: Path) -> Draft:
    """The draft that `write_draft` wrote, as it is now.

    Raises:
        SourceError: it cannot be read, is no draft, or claims as quoted what its
            article has not; says file and line.
    """
    return draft_of_text(desk, read_text(file), file)


def read_text(file: Path) -> str:
    """The text of a draft's file.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{file}: is no draft: save it as UTF-8") from error


def create_text(file: Path, text: str) -> None:
    """Write a new draft's text.

    Raises:
        SourceError: there is a file of that name by now, or it cannot be written.
    """
    try:
        with file.open("xb"):  # the name is ours, whoever else wants it
            pass
        with written_whole({file: text.encode()}):
            pass
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}") from error


def replace_text(file: Path, text: str) -> None:
    """Write a draft's text anew, whole or not at all; a link still leads to it.

    Raises:
        SourceError: it cannot be written.
    """
    try:
        with file.open("rb") as stream:
            mark = BOM_UTF8 if stream.read(3) == BOM_UTF8 else b""
        with written_whole({file.resolve(): mark + text.encode()}):
            pass
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}") from error


def draft_of_text(desk: Desk, text: str, file: Path) -> Draft:
    """The draft that a file's text is; raises as `read_draft` does."""
    draft = draft_reading.read_back(
        text, file=str(file), resolve=partial(_resolved, desk)
    )
    if not draft.stories:
        raise SourceError(f"{file}: has no story left")
    _guard(desk, draft, file)
    return draft


def _resolved(desk: Desk, sources: Sequence[int | Article]) -> Candidate:
    with desk.database.read() as connection:
        return choosing.resolved(connection, desk.config, sources)


#: what is said to be quoted is asked of the issue; no e-mail is needed for that
_NO_EMAIL = Email(subject="", preheader="", html="", text="")


def _guard(desk: Desk, draft: Draft, file: Path) -> None:
    """Nothing claims to be quoted that is not in its article, and no mark is left."""
    issue = assembled(desk, draft)
    examined = checks.Examined(issue=issue, email=_NO_EMAIL, config=desk.config)
    for finding in checks.verbatim.check(examined):
        line = draft.lines.get(finding.where, 1)
        raise SourceError(f"{file}:{line}: {finding.where}: {finding.message}")
    for where, words in _own_words(draft):
        if left := " ".join(checks.leftovers.marks(words)):
            line = draft.lines.get(where, 1)
            raise SourceError(f"{file}:{line}: {left} would be read by everybody")


def _own_words(draft: Draft) -> Iterator[tuple[str, str]]:
    """What the editor wrote, by the place that `Draft.lines` knows."""
    yield "the subject", draft.subject
    yield "the preheader", draft.preheader
    yield "the editor's paragraph", draft.editorial
    for entry in draft.stories:
        yield f"{entry.headline} (note)", entry.note


def draft_of_issue(desk: Desk, issue: Issue) -> Draft:
    """The draft that makes a frozen issue once more, of the items that it has used.

    An item that its source has changed since is not what the issue tells: such a
    story has its articles by hand.
    """
    with desk.database.read() as connection:
        used = items.used_in(connection, issue.id) if issue.id else []
    return Draft(
        series=issue.series,
        entries=tuple(
            _entry(desk, story, section.title or "", used)
            for section in issue.sections
            for story in section.stories
        ),
        subject=issue.subject,
        preheader=issue.preheader,
        editorial=issue.editorial,
        sponsor=issue.sponsor,
    )


def _entry(desk: Desk, story: Story, section: str, used: Sequence[items.Item]) -> Entry:
    found = [one for told in story.articles for one in used if one.article == told]
    whole = len(found) == len(story.articles)
    url = story.article.url
    origin = next((one for one in used if url and one.article.url == url), None)
    limits = choosing.source_of(origin.source, desk.config) if origin else Source()
    candidate = choosing.candidate(
        story.articles,
        desk.config,
        items=tuple(one.id for one in found) if whole else (),
        quote_limit=limits.quote_limit,
    )
    places = {quote.span: place for place, quote in enumerate(candidate.summary.quotes)}
    shown = [quote.span for quote in story.quotes]
    return Entry(
        candidate=candidate,
        headline=story.headline,
        # the first story is shown without one
        section=section or (found[0].section if whole else ""),
        quotes=tuple(places[span] for span in shown if span in places),
        note=story.note,
    )
