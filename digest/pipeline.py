"""The way of an issue: collect, build, check, send.

The only module that knows the order of the stages:

    sources → summary → issue → rendering → checks → delivery
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Protocol

import msgspec
from sqlalchemy import Connection

import subscribers as people
from digest import checks, choosing, collecting, delivery, fetch, rendering
from digest.candidates import in_full, says_something
from digest.collecting import Collected
from digest.config import Config
from digest.delivery.mail import Mail
from digest.errors import (
    ConfigError,
    DeliveryError,
    RenderError,
    SourceError,
)
from digest.files import written_whole
from digest.issue import Choice, Draft, assemble
from digest.model import Article, Email, Finding, Issue, Placeholder, Sponsor
from digest.store import Database, issues, items

#: the series of issues that no schedule makes
SERIES = "newsletter"
#: what stands in an e-mail's tags where there is no recipient
#: stands where a template is looked at as if an issue had a sponsor
SAMPLE_SPONSOR = Sponsor(
    name="A sponsor",
    text="A sponsor of yours would say something here.",
    url="https://sponsor.example/",
)
SAMPLE = {
    Placeholder.UNSUBSCRIBE_URL: "https://example.com/unsubscribe",
    Placeholder.PREFERENCES_URL: "https://example.com/preferences",
    Placeholder.READER_TEXT: "",
    Placeholder.READER_HTML: "",
}
#: stands for whoever gets an e-mail, where only its headers are looked at
ANYBODY = people.Recipient(id=0, email="reader@example.com", name="", token="0" * 22)

ISSUE_FILE, HTML_FILE, TEXT_FILE = "issue.json", "email.html", "email.txt"


class Enqueue(Protocol):
    def __call__(self, connection: Connection, task: str, **given: str | int) -> None:
        """Have others told, with this transaction, that there is something to do."""


def nobody(connection: Connection, task: str, **given: str | int) -> None:
    """Where there are no others: who runs looks at what is due every few seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where issues are made: a database, settings, the time and some randomness."""

    database: Database
    config: Config
    clock: Callable[[], datetime]
    #: random hexadecimal characters for the tags of an e-mail
    nonce: Callable[[], str]
    #: (connection, task, what it is about): a job for workers
    enqueue: Enqueue = nobody


# --- collect ----------------------------------------------------------------


def collect(desk: Desk, *, every: timedelta = timedelta(0)) -> list[Collected]:
    """Read the sources into the item store, none sooner again than `every`."""
    return collecting.collect(desk.database, desk.config, desk.clock, every=every)


# --- build ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An issue and its e-mail; the issue has no id where it was not kept."""

    issue: Issue
    email: Email


#: what else belongs into the transaction that freezes an issue
Also = Callable[[Connection, Built], None]


def build(
    desk: Desk,
    *,
    series: str = SERIES,
    out: Path | None = None,
    dry_run: bool = False,
    also: Also | None = None,
) -> Built:
    """Freeze an issue of the collected items that the series has not used.

    Items are marked used in the transaction that freezes the issue; its files are
    in the folder `out` if, and only if, it is kept.

    Raises:
        NothingToDo: there are fewer new stories than `issue.min_stories`.
    """
    return freeze(desk, draft(desk, series=series), out, dry_run=dry_run, also=also)


def draft_of(desk: Desk, articles: Sequence[Article], *, series: str = SERIES) -> Draft:
    """A draft of the articles given, in their order, which takes no item.

    Raises:
        NothingToDo: they make fewer stories than `issue.min_stories`.
    """
    return proposed(desk, given(desk, articles), series=series)


def draft(desk: Desk, *, series: str = SERIES) -> Draft:
    """A draft of the collected items that the series has not used.

    Raises:
        NothingToDo: they make fewer stories than `issue.min_stories`.
    """
    return proposed(desk, offered(desk, series=series), series=series)


def given(desk: Desk, articles: Sequence[Article]) -> list[Choice]:
    """The stories of articles given by hand, in their order."""
    return choosing.given(articles, desk.config, desk.clock())


def offered(desk: Desk, *, series: str = SERIES) -> list[Choice]:
    """Every story of what the series has not used, and why it is in or out."""
    with desk.database.read() as connection:
        return choosing.offered(connection, desk.config, desk.clock(), series=series)


def proposed(desk: Desk, stories: Sequence[Choice], *, series: str = SERIES) -> Draft:
    """The draft of the stories that were taken, with the next best to choose from.

    Raises:
        NothingToDo: they are fewer than `issue.min_stories`.
    """
    return choosing.proposed(_in_full(desk, stories), desk.config, series=series)


def _in_full(desk: Desk, stories: Sequence[Choice]) -> list[Choice]:
    """The stories, of those taken each told by its page where its feed tells little."""
    shown = [story.offer.item for story in stories if story.taken]
    with desk.database.read() as connection:
        found = items.get_items(connection, [one for one in shown if one is not None])
    read = in_full(desk.database, desk.config, desk.clock, found)
    articles = {one.id: one.article for one in read}
    return [_told(story.told_by(articles)) for story in stories]


def _told(story: Choice) -> Choice:
    if not story.taken or says_something(story.offer.article):
        return story
    return replace(story, against="it says nothing, nor does its page")


def assembled(desk: Desk, draft: Draft, number: int | None = None) -> Issue:
    """The issue that a draft makes, with the number it would get if frozen now.

    Raises:
        NothingToDo: the draft has no story left.
    """
    if number is None:
        with desk.database.read() as connection:
            number = issues.next_number(connection, draft.series)
    return assemble(
        draft,
        number=number,
        published=desk.clock(),
        newsletter=desk.config.newsletter,
        settings=desk.config.issue,
    )


def freeze(
    desk: Desk,
    draft: Draft,
    out: Path | None = None,
    *,
    dry_run: bool = False,
    also: Also | None = None,
) -> Built:
    """Give the draft its number and keep it, with the items that it uses.

    All of it or nothing: an issue that cannot be rendered or written out is not
    kept, and uses nothing up; files take their places once it is. Only a kept issue
    has an id, and so a place on the web to link to.
    """
    series = draft.series
    if dry_run:
        with desk.database.read() as connection:
            number = issues.next_number(connection, series)
        issue = assembled(desk, draft, number)
        return Built(issue=issue, email=render(desk, issue))
    with ExitStack() as files:
        with desk.database.write() as connection:
            issue = assembled(desk, draft, issues.next_number(connection, series))
            issue_id = issues.add_issue(connection, issue, issue.published)
            items.mark_used(connection, series, draft.items, issue_id)
            issue = replace(issue, id=issue_id)
            built = Built(issue=issue, email=render(desk, issue))
            if also:
                also(connection, built)
            if out:
                files.enter_context(written_whole(_files(out, issue, built.email)))
    return built


# --- render, check, write ---------------------------------------------------


def render(desk: Desk, issue: Issue, *, whole: bool = False) -> Email:
    """The issue as an e-mail, by the user's templates where there are some.

    With `whole` no story is left out, however long it gets: for the web.
    """
    return rendering.render(
        issue,
        desk.config.newsletter,
        desk.config.look,
        nonce=desk.nonce(),
        templates=_own_templates(desk),
        whole=whole,
    )


def branches(
    desk: Desk, issue: Issue, turned: Mapping[str, bool] | None = None
) -> tuple[Email, list[rendering.Condition]]:
    """As `render`, and which way the conditions of the templates went.

    Those that `turned` names, by their places, go as it says.
    """
    return rendering.branches(
        issue,
        desk.config.newsletter,
        desk.config.look,
        nonce=desk.nonce(),
        templates=_own_templates(desk),
        turned=turned,
    )


def _own_templates(desk: Desk) -> Path | None:
    folder = desk.config.at("templates")
    return folder if folder.is_dir() else None


def lint(desk: Desk, issue: Issue) -> list[Finding]:
    """What is wrong in the user's own templates, as far as this issue uses them."""
    folder, config = _own_templates(desk), desk.config
    if folder is None:
        return []
    return rendering.lint_templates(issue, config.newsletter, config.look, folder)


def check(
    desk: Desk,
    issue: Issue,
    email: Email,
    *,
    links: bool = False,
    names: bool = False,
    lately: Sequence[Issue] = (),
) -> list[Finding]:
    """What readers would trip over, the gravest first.

    With `links`, every link and image is asked for; with `names`, the sender's
    domain is looked up, for two seconds at most. `lately` are issues that the same
    readers got within a day.
    """
    config = desk.config
    try:
        template = lint(desk, issue)
    except RenderError:  # the e-mail is stored, and the templates are others now
        template = []
    with desk.database.read() as connection:
        earlier = issues.before(
            connection, issue.series, issue.number, choosing.EARLIER
        )
    private = config.fetch.allow_private
    return checks.examine(
        checks.Examined(
            issue=issue,
            email=email,
            config=config,
            template=template,
            headers=_headers(email, config),
            earlier=earlier,
            lately=lately,
            ask=partial(fetch.ask, allow_private=private) if links else None,
            resolve=fetch.Names() if names else None,
        )
    )


def _headers(email: Email, config: Config) -> Mapping[str, str] | DeliveryError:
    """Those of ours that anybody's mail would carry, or why there can be no mail."""
    handover = delivery.Handover(attempt="", email=email, recipients=(ANYBODY,))
    try:
        request = msgspec.json.decode(delivery.request_body(handover, config))
    except DeliveryError as error:
        return error
    headers: dict[str, str] = request["personalizations"][0].get("headers", {})
    return headers


def write_out(folder: Path, issue: Issue, email: Email) -> None:
    """Write issue.json, email.html and email.txt, each whole or not at all."""
    with written_whole(_files(folder, issue, email)):
        pass


def _files(folder: Path, issue: Issue, email: Email) -> dict[Path, bytes]:
    sample = email.fill(SAMPLE)
    return {
        folder / ISSUE_FILE: msgspec.json.format(msgspec.json.encode(issue)),
        folder / HTML_FILE: sample.html.encode(),
        folder / TEXT_FILE: sample.text.encode(),
    }


def read_issue(folder: Path) -> Issue:
    """The issue that `write_out` wrote into a folder.

    Raises:
        SourceError: there is none, or it was not written by us.
    """
    file = folder / ISSUE_FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=Issue)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceError(
            f"{folder}: give the number of an issue, or a folder that "
            "`digest build --out` wrote"
        ) from error
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: is no issue: {error}") from error


# --- single mails -------------------------------------------------------------


#: where the link of each kind of letter leads
LETTER_PAGES = {
    people.LetterKind.ASKING: "/confirm/",
    people.LetterKind.TELLING: "/",
    people.LetterKind.OWN: "/me/",
    people.LetterKind.MOVE: "/address/",
}


def letters(desk: Desk) -> Callable[[people.Letter], str]:
    """What sets a mail of its own to somebody, as the payload of a row of outgoing.

    It is rendered once of each kind and language, so that each person's takes the same
    little time.

    Raises:
        ConfigError: there is no `base_url` for the link to lead to.
    """
    config = desk.config
    if not config.newsletter.base_url:
        raise ConfigError(
            "newsletter.base_url is not set (where the link of a confirmation leads); "
            "set it in digest.toml to where `digest run` is reached from outside"
        )
    base = config.newsletter.base_url.rstrip("/")

    @cache
    def rendered(kind: people.LetterKind, language: str) -> Email:
        return rendering.confirmation(
            config.newsletter,
            config.look,
            kind=kind,
            language=language,
            days=people.OPEN_FOR.days,
            nonce=desk.nonce(),
            templates=_own_templates(desk),
        )

    def write(letter: people.Letter) -> str:
        url = f"{base}{LETTER_PAGES[letter.kind]}{letter.token}"
        email = rendered(letter.kind, letter.language)
        email = email.fill({Placeholder.CONFIRM_URL: url})
        mail = Mail(
            to=letter.email,
            subject=email.subject,
            html=email.html,
            text=email.text,
            headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: no answers
            bypass_unsubscribe=letter.requested,
        )
        return msgspec.json.encode(mail).decode()

    return write
