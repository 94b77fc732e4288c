"""What issues are made of: sources and templates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from digest import rendering
from digest.config import Config
from digest.doctor.diagnosis import Diagnosis, ill, well
from digest.errors import DigestError
from digest.model import (
    Article,
    Attribution,
    Issue,
    Lede,
    Quote,
    Section,
    Span,
    Story,
)
from digest.store import Database, issues
from digest.store.sources import Trouble, troubled


def sources(
    config: Config, database: Database | None, now: datetime
) -> Iterator[Diagnosis]:
    """Each source: there, and read of late."""
    if not config.source:
        yield well(
            "sources",
            "none; issues are built from the files that are given",
            "add [[source]] to digest.toml for issues that build themselves",
        )
    trouble = _troubled(config, database, now)
    for source in config.source:
        if any(each.place == source.place for each in trouble):
            continue
        file = source.path or ("" if "://" in source.opml else source.opml)
        if file and not config.at(file).exists():
            yield ill(
                "source",
                f"{source.place}: there is no such file",
                "correct its path in digest.toml",
            )
        else:
            yield well("source", source.place)
    for each in trouble:
        yield ill("source", f"{each.place}: {each.what}", each.help)


def _troubled(
    config: Config, database: Database | None, now: datetime
) -> list[Trouble]:
    """What is the matter with sources; a database that cannot be opened knows none."""
    if database is None:
        return []
    places = [source.place for source in config.source]
    try:
        with database.read() as connection:
            return troubled(connection, places, now)
    except DigestError:  # said of the database already
        return []


def templates(config: Config, database: Database | None, now: datetime) -> Diagnosis:
    """Whether they give an e-mail: of the newest issue, or of a made-up one."""
    folder = config.at("templates")
    own = folder if folder.is_dir() else None
    issue = _newest(database) or _sample(now)
    newsletter, look = config.newsletter, config.look
    try:
        rendering.render(issue, newsletter, look, nonce="0" * 12, templates=own)
        findings = rendering.lint_templates(issue, newsletter, look, own) if own else []
    except DigestError as error:
        return ill("templates", str(error), "correct it; digest preview shows it")
    if findings:
        first = findings[0]
        more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
        message = f"{first.where}: {first.message}{more}"
        return ill("templates", message, f"{first.help}; digest check has all")
    return well("templates", f"{own}" if own else f"our own: {look.template}")


def _newest(database: Database | None) -> Issue | None:
    if database is None:
        return None
    try:
        with database.read() as connection:
            number = issues.newest(connection)
            return issues.get_issue(connection, number) if number else None
    except DigestError:  # said of the database already
        return None


def _sample(now: datetime) -> Issue:
    """A story with a quote, for templates to be tried on."""
    lead, quote = "The ferry runs at night.", "It is a start"
    text = f"{lead}\n\n“{quote},” said Ann Example."
    start = text.index(quote)
    story = Story(
        headline="The ferry",
        articles=(
            Article(
                id="sample", text=text, title="The ferry", url="https://example.com"
            ),
        ),
        lede=Lede(sentences=(Span(text=lead, start=0, end=len(lead)),)),
        quotes=(
            Quote(
                span=Span(text=quote, start=start, end=start + len(quote)),
                utterance=1,
                attribution=Attribution(
                    speaker="Ann Example", rule="said", confidence=1
                ),
                selected=True,
            ),
        ),
    )
    return Issue(
        number=1,
        series="newsletter",
        title="Sample",
        subject="The ferry",
        preheader=lead,
        published=now,
        language="en",
        sections=(Section(title=None, stories=(story,)),),
    )
