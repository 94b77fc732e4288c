"""The way of an issue: collect, build, check, send.

The only module that knows the order of the stages:

    sources → summary → issue → rendering → checks → delivery
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path

import msgspec
from sqlalchemy import Connection

import subscribers as people
from digest import checks, delivery, fetch, ledger, rendering
from digest.config import Config, Source
from digest.delivery import Pacer, Progress, Transport
from digest.delivery.mail import Mail
from digest.errors import (
    CheckRefused,
    ConfigError,
    DeliveryError,
    DigestError,
    NothingToDo,
    RenderError,
    SourceError,
    TryAgain,
)
from digest.files import written_whole
from digest.issue import Candidate, assemble
from digest.model import Article, Email, Finding, Issue, Placeholder
from digest.sources import read
from digest.store import Database, issues, items
from digest.summary import summarize

#: the series of issues that no schedule makes
SERIES = "newsletter"
#: what stands in an e-mail's tags where there is no recipient
SAMPLE = {
    Placeholder.UNSUBSCRIBE_URL: "https://example.com/unsubscribe",
    Placeholder.PREFERENCES_URL: "https://example.com/preferences",
    Placeholder.READER_TEXT: "",
    Placeholder.READER_HTML: "",
}
#: stands for whoever gets an e-mail, where only its headers are looked at
ANYBODY = people.Recipient(id=0, email="reader@example.com", name="", token="0" * 22)
#: so many issues back, a story is still remembered
EARLIER = 5

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
            new = items.add_items(
                connection,
                found,
                source=source.place,
                section=source.section,
                now=desk.clock(),
            )
    except DigestError as error:
        return Collected(place=source.place, failed=str(error))
    return Collected(place=source.place, new=new, known=len(found) - new)


# --- build ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An issue and its e-mail; the issue has no id where it was not kept."""

    issue: Issue
    email: Email


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue that has no number yet and may be edited, and the items it takes."""

    issue: Issue
    items: tuple[int, ...] = ()


#: what else belongs into the transaction that freezes an issue
Also = Callable[[Connection, int], None]


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
    """A draft of the articles given, which takes no item."""
    candidates = [candidate(article, desk.config) for article in articles]
    return Draft(issue=_assembled(desk, candidates, series))


def draft(desk: Desk, *, series: str = SERIES) -> Draft:
    """A draft of the collected items that the series has not used.

    Raises:
        NothingToDo: there are fewer new stories than `issue.min_stories`.
    """
    with desk.database.read() as connection:
        unused = items.unused(connection, series)
    chosen = unused[: desk.config.issue.max_stories]
    limits = {source.place: source.quote_limit for source in desk.config.source}
    candidates = [
        candidate(
            one.article,
            desk.config,
            section=one.section,
            quote_limit=limits.get(one.source, 0),
        )
        for one in chosen
    ]
    used = tuple(one.id for one in chosen)
    return Draft(issue=_assembled(desk, candidates, series), items=used)


def candidate(
    article: Article, config: Config, *, section: str = "", quote_limit: int = 0
) -> Candidate:
    """An article with what was found in it, and how much of it may be quoted."""
    summary = summarize(article, characters=config.issue.lead_hero)
    return Candidate(
        article=article, summary=summary, section=section, quote_limit=quote_limit
    )


def _assembled(desk: Desk, candidates: Sequence[Candidate], series: str) -> Issue:
    """An issue that has no number yet."""
    return assemble(
        candidates,
        number=0,
        series=series,
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
    series = draft.issue.series
    if dry_run:
        with desk.database.read() as connection:
            number = issues.next_number(connection, series)
        issue = replace(draft.issue, number=number)
        return Built(issue=issue, email=render(desk, issue))
    with ExitStack() as files:
        with desk.database.write() as connection:
            number = issues.next_number(connection, series)
            issue = replace(draft.issue, number=number)
            issue_id = issues.add_issue(connection, issue, issue.published)
            items.mark_used(connection, series, draft.items, issue_id)
            if also:
                also(connection, issue_id)
            issue = replace(issue, id=issue_id)
            email = render(desk, issue)
            if out:
                files.enter_context(written_whole(_files(out, issue, email)))
    return Built(issue=issue, email=email)


def write_draft(file: Path, draft: Draft) -> None:
    """Write a draft for somebody to edit: subject, preheader, headlines, order."""
    content = msgspec.json.format(msgspec.json.encode(draft))
    with written_whole({file: content}):
        pass


def read_draft(desk: Desk, file: Path) -> Draft:
    """The draft that `write_draft` wrote, as it is now.

    Raises:
        SourceError: it cannot be read, is no draft, or holds a lead, a quote or a
            speaker that its article has not.
    """
    try:
        draft = msgspec.json.decode(file.read_bytes(), type=Draft)
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: is no draft: {error}") from error
    if not draft.issue.stories:
        raise SourceError(f"{file}: has no story left")
    email = render(desk, draft.issue)
    examined = checks.Examined(issue=draft.issue, email=email, config=desk.config)
    for finding in checks.verbatim.check(examined):
        raise SourceError(f"{file}: {finding.where}: {finding.message}")
    return draft


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


def check(
    desk: Desk, issue: Issue, email: Email, *, links: bool = False, names: bool = False
) -> list[Finding]:
    """What readers would trip over, the gravest first.

    With `links`, every link and image is asked for; with `names`, the sender's
    domain is looked up, for two seconds at most.
    """
    config = desk.config
    try:
        template = lint(desk, issue)
    except RenderError:  # the e-mail is stored, and the templates are others now
        template = []
    with desk.database.read() as connection:
        earlier = issues.before(connection, issue.series, issue.number, EARLIER)
    private = config.fetch.allow_private
    return checks.examine(
        checks.Examined(
            issue=issue,
            email=email,
            config=config,
            template=template,
            headers=_headers(email, config),
            earlier=earlier,
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


# --- send -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a send would do: to how many, and who is left out, why."""

    transport: str
    rehearsal: bool
    #: everybody who would be handed over now
    recipients: int
    #: those of them whom an earlier send planned and did not hand over
    pending: int
    batches: int
    left_out: Mapping[str, int]
    #: who of the lists is meant; None for all of them
    segment: people.Segment | None = None


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
    #: who of the lists is meant; None for all of them
    segment: people.Segment | None = None

    def plan(self) -> Plan:
        """Count whom `go` would reach now."""
        with self.desk.database.read() as connection:
            seen, waiting = self._before(connection)
            new = sum(seen.add(person.id) for person in self._audience(connection))
            left_out = people.left_out(
                connection, self.lists, now=self.desk.clock(), segment=self.segment
            )
        return Plan(
            transport=self.transport.name,
            rehearsal=self.transport.rehearsal,
            recipients=sum(waiting) + new,
            pending=sum(waiting),
            batches=sum(map(bool, waiting)) + -(-new // delivery.BATCH_SIZE),
            left_out=left_out,
            segment=self.segment,
        )

    def _before(self, connection: Connection) -> tuple[ledger.IdSet, Sequence[int]]:
        """Everybody in the campaign, and whom of them each waiting batch has.

        A rehearsal has none: it shows what everybody on the lists would get.
        """
        campaign = ledger.find_campaign(connection, self.issue)
        if campaign is None or self.transport.rehearsal:
            return ledger.IdSet(), ()
        return (
            ledger.planned_ids(connection, campaign),
            ledger.waiting(connection, campaign, self._still, self.lists),
        )

    def _audience(self, connection: Connection) -> Iterator[people.Recipient]:
        now = self.desk.clock()
        return people.audience(connection, self.lists, now=now, segment=self.segment)

    def _still(
        self, connection: Connection, ids: Sequence[int], lists: Sequence[str]
    ) -> tuple[people.Recipient, ...]:
        """Those of a batch who may get it now; whether they were meant is decided."""
        return people.recipients(connection, ids, lists, now=self.desk.clock())

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
            name = f"issue-{self.issue}"
            rehearsed = delivery.rehearse(
                self.transport, self.email, self._audience(connection), name, progress
            )
        if not rehearsed:
            raise NothingToDo(self._nobody())
        return Sent(rehearsed=rehearsed)

    def _campaign(self, progress: Progress) -> Sent:
        desk = self.desk
        self._sync()
        with desk.database.write() as connection:
            campaign = ledger.create_campaign(
                connection,
                self.issue,
                self.email,
                transport=self.transport.name,
                lists=self.lists,
                now=desk.clock(),
            )
            ledger.plan(connection, campaign, self._audience(connection))
            before = ledger.status(connection, self.issue)
            if not before.planned:
                raise NothingToDo(self._nobody())
        delivery.send_campaign(
            desk.database,
            campaign,
            self.transport,
            self._still,
            now=desk.clock,
            progress=progress,
            pacer=Pacer(desk.config.delivery.requests_per_second),
        )
        with desk.database.read() as connection:
            return Sent(status=ledger.status(connection, self.issue))

    def _sync(self) -> None:
        """Where people leave at SendGrid, learn first who has."""
        config = self.desk.config
        at_sendgrid = config.newsletter.unsubscribe_by == "sendgrid"
        if self.transport.name != "sendgrid" or not at_sendgrid:
            return
        from digest.delivery.syncing import sync

        try:
            for _ in sync(self.desk.database, config, clock=self.desk.clock):
                pass
        except (TryAgain, DeliveryError) as error:
            raise type(error)(
                f"issue {self.issue}: not sent, for who left cannot be learnt: {error}"
            ) from error

    def _nobody(self) -> str:
        part = str(self.segment) if self.segment else None
        command = send_command(self.issue, self.lists, part)
        return (
            f"issue {self.issue}: nobody on {', '.join(self.lists)} can be mailed; "
            f"see why with: {command} --dry-run"
        )


def sending(
    desk: Desk,
    issue_id: int,
    lists: Sequence[str],
    *,
    transport: Transport,
    allow: Sequence[str] = (),
    segment: str | None = None,
) -> Sending:
    """An issue that nothing forbids to send, to lists that exist.

    `segment` says who of the lists is meant: the name of one, or an expression.

    Raises:
        CheckRefused: a check that `allow` does not name forbids it.
        UnknownName, UnknownList, UnknownSegment: there is no such issue, list, segment.
        InvalidSegment: it cannot be read as a segment.
    """
    with desk.database.read() as connection:
        issue = issues.get_issue(connection, issue_id)
        campaign = ledger.find_campaign(connection, issue_id)
        stored = ledger.stored_email(connection, campaign) if campaign else None
        for name in lists:
            people.find_list(connection, name)
        part = None if segment is None else people.find_segment(connection, segment)
    email = stored or render(desk, issue)
    forbidding = checks.forbidding(check(desk, issue, email, names=True), allow)
    if forbidding:
        raise CheckRefused(issue_id, [finding.check for finding in forbidding])
    return Sending(
        desk=desk,
        issue=issue_id,
        lists=lists,
        transport=transport,
        email=email,
        segment=part,
    )


def for_lists(desk: Desk, lists: Sequence[str]) -> Config:
    """The settings that mail to these lists leaves by.

    SendGrid takes one unsubscribe group a mail: that of the first list, if it has one
    of its own.

    Raises:
        UnknownList: there is no list of the first name.
    """
    config = desk.config
    with desk.database.read() as connection:
        own = people.find_list(connection, lists[0]).asm_group
    if own is None:
        return config
    return replace(config, sendgrid=replace(config.sendgrid, asm_group=own))


def send_command(
    issue_id: int, lists: Sequence[str], segment: str | None = None
) -> str:
    """The command that does a sending, to be copied into a shell."""
    to = [word for name in lists for word in ("--list", name)]
    part = [] if segment is None else ["--segment", segment]
    return shlex.join(["digest", "send", str(issue_id), *to, *part])


# --- single mails -------------------------------------------------------------


def letters(desk: Desk) -> Callable[[people.Letter], str]:
    """What sets a mail to somebody who signed up, as the payload of a row of outgoing.

    It is rendered once of each kind, so that each person's takes the same little time.

    Raises:
        ConfigError: there is no `base_url` for the link to lead to.
    """
    config = desk.config
    if not config.newsletter.base_url:
        raise ConfigError(
            "newsletter.base_url is not set (where the link of a confirmation leads); "
            "set it in digest.toml to where `digest run` is reached from outside"
        )
    page = config.newsletter.base_url.rstrip("/") + "/confirm/"

    @cache
    def rendered(asking: bool) -> Email:
        return rendering.confirmation(
            config.newsletter,
            config.look,
            asking=asking,
            days=people.OPEN_FOR.days,
            nonce=desk.nonce(),
            templates=_own_templates(desk),
        )

    def write(letter: people.Letter) -> str:
        email = rendered(bool(letter.token))
        email = email.fill({Placeholder.CONFIRM_URL: page + letter.token})
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
