"""The way of an issue: collect, build, check, send.

The only module that knows the order of the stages:

    sources → summary → issue → rendering → checks → delivery
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection

import subscribers as people
from digest import checks, delivery, ledger, rendering
from digest.config import Config, Source
from digest.delivery import Pacer, Progress, Transport
from digest.errors import (
    CheckRefused,
    DigestError,
    NothingToDo,
    RenderError,
    SourceError,
)
from digest.files import write_whole
from digest.issue import Candidate, assemble
from digest.model import Article, Email, Finding, Issue, Placeholder
from digest.sources import read
from digest.store import Database, issues, items
from digest.summary import summarize

#: the series of issues that no schedule makes
SERIES = "newsletter"
#: what stands in an e-mail's tags where there is no recipient
SAMPLE = {Placeholder.UNSUBSCRIBE_URL: "https://example.com/unsubscribe"}

ISSUE_FILE, HTML_FILE, TEXT_FILE = "issue.json", "email.html", "email.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where issues are made: a database, settings, the time and some randomness."""

    database: Database
    config: Config
    clock: Callable[[], datetime]
    #: random hexadecimal characters for the tags of an e-mail
    nonce: Callable[[], str]


# --- collect ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a source gave: articles not seen before, and known ones."""

    place: str
    new: int = 0
    known: int = 0
    failed: str = ""


def collect(desk: Desk) -> list[Collected]:
    """Read every source into the item store; one that fails stops no other."""
    return [_collect(desk, source) for source in desk.config.source]


def _collect(desk: Desk, source: Source) -> Collected:
    place = source.url or str(desk.config.at(source.path))
    allowed = desk.config.fetch.allow_private
    try:
        found = read(place, allow_private=allowed)[: source.limit]
        with desk.database.write() as connection:
            new = items.add_items(connection, found, source.section, desk.clock())
    except DigestError as error:
        return Collected(place=source.place, failed=str(error))
    return Collected(place=source.place, new=new, known=len(found) - new)


# --- build ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An issue; `id` is its number in the database, None where it was not kept."""

    id: int | None
    issue: Issue


#: what else belongs into the transaction that freezes an issue
Also = Callable[[Connection, int], None]


def build_from(
    desk: Desk,
    articles: Sequence[Article],
    *,
    series: str = SERIES,
    dry_run: bool = False,
) -> Built:
    """Freeze an issue of the articles given; no item is used by it."""
    candidates = [candidate(article, desk.config) for article in articles]
    return _freeze(desk, _draft(desk, candidates, series), (), dry_run=dry_run)


def build(
    desk: Desk,
    *,
    series: str = SERIES,
    dry_run: bool = False,
    also: Also | None = None,
) -> Built:
    """Freeze an issue of the collected items that the series has not used.

    Items are marked used in the transaction that freezes the issue.

    Raises:
        NothingToDo: there are fewer new stories than `issue.min_stories`.
    """
    with desk.database.read() as connection:
        unused = items.unused(connection, series)
    chosen = unused[: desk.config.issue.max_stories]
    candidates = [candidate(one.article, desk.config, one.section) for one in chosen]
    used = [one.id for one in chosen]
    draft = _draft(desk, candidates, series)
    return _freeze(desk, draft, used, dry_run=dry_run, also=also)


def candidate(article: Article, config: Config, section: str = "") -> Candidate:
    """An article with what was found in it."""
    summary = summarize(article, characters=config.issue.lead_hero)
    return Candidate(article=article, summary=summary, section=section)


def _draft(desk: Desk, candidates: Sequence[Candidate], series: str) -> Issue:
    """An issue that has no number yet."""
    return assemble(
        candidates,
        number=0,
        series=series,
        published=desk.clock(),
        newsletter=desk.config.newsletter,
        settings=desk.config.issue,
    )


def _freeze(
    desk: Desk,
    draft: Issue,
    used: Sequence[int],
    *,
    dry_run: bool,
    also: Also | None = None,
) -> Built:
    """Give the draft its number and keep it, with the items that it uses.

    Raises:
        RenderError: it cannot be set as an e-mail; then nothing is kept or used.
    """
    render(desk, draft)
    database = desk.database
    with database.read() if dry_run else database.write() as connection:
        number = issues.next_number(connection, draft.series)
        issue = replace(draft, number=number)
        if dry_run:
            return Built(id=None, issue=issue)
        issue_id = issues.add_issue(connection, issue, draft.published)
        items.mark_used(connection, draft.series, used, issue_id)
        if also:
            also(connection, issue_id)
    return Built(id=issue_id, issue=issue)


# --- render, check, write ---------------------------------------------------


def render(desk: Desk, issue: Issue) -> Email:
    """The issue as an e-mail, by the user's templates where there are some."""
    return rendering.render(
        issue,
        desk.config.newsletter,
        desk.config.look,
        nonce=desk.nonce(),
        templates=_own_templates(desk),
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


def check(desk: Desk, issue: Issue, email: Email) -> list[Finding]:
    """What readers would trip over, the gravest first."""
    try:
        template = lint(desk, issue)
    except RenderError:  # the e-mail is stored, and the templates are others now
        template = []
    return checks.examine(
        checks.Examined(issue=issue, email=email, config=desk.config, template=template)
    )


def write_out(folder: Path, issue: Issue, email: Email) -> None:
    """Write issue.json, email.html and email.txt, each whole or not at all."""
    sample = email.fill(SAMPLE)
    folder.mkdir(parents=True, exist_ok=True)
    content = msgspec.json.format(msgspec.json.encode(issue))
    write_whole(folder / ISSUE_FILE, content)
    write_whole(folder / HTML_FILE, sample.html.encode())
    write_whole(folder / TEXT_FILE, sample.text.encode())


def read_issue(folder: Path) -> Issue:
    """The issue that `write_out` wrote into a folder.

    Raises:
        SourceError: there is none, or it was not written by us.
    """
    file = folder / ISSUE_FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=Issue)
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: is no issue: {error}") from error


# --- send -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a send would do: to how many, and who is left out, why."""

    transport: str
    rehearsal: bool
    recipients: int
    batches: int
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a send did: how many it rehearsed, or how far the campaign is now."""

    rehearsed: int = 0
    status: ledger.Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """An issue on its way to lists, by a transport.

    Made by `sending`, which checks what can be checked before anybody is asked.
    """

    desk: Desk
    issue: int
    lists: Sequence[str]
    transport: Transport
    email: Email

    def plan(self) -> Plan:
        """Count whom `go` would reach now."""
        with self.desk.database.read() as connection:
            audience = people.audience(connection, self.lists)
            seen = _planned(connection, self.issue)
            recipients = sum(seen.add(person.id) for person in audience)
            left_out = people.left_out(connection, self.lists)
        return Plan(
            transport=self.transport.name,
            rehearsal=self.transport.rehearsal,
            recipients=recipients,
            batches=-(-recipients // delivery.BATCH_SIZE),
            left_out=left_out,
        )

    def go(self, progress: Progress = lambda number, outcome: None) -> Sent:
        """Hand the issue to everybody on the lists who is not in its campaign.

        The outbox is a rehearsal: it writes files, and nobody counts as reached.

        Raises:
            NothingToDo: there is nobody to hand it to.
        """
        if self.transport.rehearsal:
            return self._rehearse(progress)
        return self._campaign(progress)

    def _rehearse(self, progress: Progress) -> Sent:
        with self.desk.database.read() as connection:
            audience = people.audience(connection, self.lists)
            name = f"issue-{self.issue}"
            rehearsed = delivery.rehearse(
                self.transport, self.email, audience, name, progress
            )
        if not rehearsed:
            raise NothingToDo(self._nobody())
        return Sent(rehearsed=rehearsed)

    def _campaign(self, progress: Progress) -> Sent:
        desk = self.desk
        with desk.database.write() as connection:
            campaign = ledger.create_campaign(
                connection,
                self.issue,
                self.email,
                transport=self.transport.name,
                lists=self.lists,
                now=desk.clock(),
            )
            ledger.plan(connection, campaign, people.audience(connection, self.lists))
            before = ledger.status(connection, self.issue)
            if not before.planned:
                raise NothingToDo(self._nobody())
        delivery.send_campaign(
            desk.database,
            campaign,
            self.transport,
            people.recipients,
            now=desk.clock,
            progress=progress,
            pacer=Pacer(desk.config.delivery.requests_per_second),
        )
        with desk.database.read() as connection:
            return Sent(status=ledger.status(connection, self.issue))

    def _nobody(self) -> str:
        return (
            f"issue {self.issue}: nobody on {', '.join(self.lists)} can be mailed; "
            "see `digest lists list` for who is unconfirmed"
        )


def _planned(connection: Connection, issue_id: int) -> ledger.IdSet:
    """Everybody who is in the issue's campaign already."""
    campaign = ledger.find_campaign(connection, issue_id)
    return ledger.planned_ids(connection, campaign) if campaign else ledger.IdSet()


def sending(
    desk: Desk,
    issue_id: int,
    lists: Sequence[str],
    *,
    transport: Transport,
    allow: Sequence[str] = (),
) -> Sending:
    """An issue that nothing forbids to send, to lists that exist.

    Raises:
        CheckRefused: a check that `allow` does not name forbids it.
        UnknownName, UnknownList: there is no such issue or list.
    """
    with desk.database.read() as connection:
        issue = issues.get_issue(connection, issue_id)
        campaign = ledger.find_campaign(connection, issue_id)
        stored = ledger.stored_email(connection, campaign) if campaign else None
        for name in lists:
            people.find_list(connection, name)
    email = stored or render(desk, issue)
    forbidding = checks.forbidding(check(desk, issue, email), allow)
    if forbidding:
        raise CheckRefused([finding.check for finding in forbidding])
    return Sending(
        desk=desk, issue=issue_id, lists=lists, transport=transport, email=email
    )
