"""The report of one issue: what came back of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from digest import ledger
from digest.events import EventType, figures, tracked_links
from digest.model import Email, Issue
from digest.report.model import Chart, Kind, Report, Row, Total
from digest.report.shaping import bars, ranked
from digest.report.words import COUNTS, TOTALS
from digest.store import Database, issues

READERS, PROGRAMS = "readers", "programs alone"
OTHER_LINKS = "links of each reader's own, and of who was erased"
ERASED = "erased since"
NOTHING_SEEN = (
    "No open and no click was counted: SendGrid counts them only where [sendgrid] "
    "tracking has it do so."
)
NOTHING_BACK = (
    "No event has come back. If it went out some minutes ago: is SendGrid's Event "
    "Webhook set up? See digest doctor."
)


def of_issue(database: Database, issue_id: int, now: datetime) -> Report:
    """What came back of an issue; all zero where it was not sent.

    Raises:
        UnknownName: there is no such issue.
    """
    with database.read() as connection:
        issue = issues.get_issue(connection, issue_id)
        status = ledger.status(connection, issue_id)
        campaign = ledger.find_campaign(connection, issue_id)
        if campaign is None:
            return _unsent(issue_id, issue, now)
        found = ledger.figures(connection, campaign)
        begun = ledger.begun_at(connection, campaign)
        transport, lists = ledger.transport_of(connection, campaign)
        return Report(
            title=issue.subject,
            issue=issue_id,
            state=status.state,
            about=(
                _numbered(issue),
                f"to {', '.join(lists)}",
                f"from {begun:%Y-%m-%d %H:%M} UTC",
            ),
            made_at=now,
            totals=_totals(status, found, known=_known(found, transport)),
            charts=_charts(connection, campaign, issue),
            notes=_notes(found, transport),
        )


def _unsent(issue_id: int, issue: Issue, now: datetime) -> Report:
    return Report(
        title=issue.subject,
        issue=issue_id,
        about=(_numbered(issue),),
        made_at=now,
        totals=(),
        charts=(),
        notes=("It was not sent, so nothing came back.",),
    )


def _numbered(issue: Issue) -> str:
    return f"{issue.title} {issue.number}"


def _notes(found: ledger.Figures, transport: str) -> tuple[str, ...]:
    seen = found.opened + found.opened_by_machine
    seen += found.clicked + found.clicked_by_machine
    if found.handed_over:
        return () if seen else (NOTHING_SEEN,)
    if not _known(found, transport):
        return (f"Mail by {transport} brings no events, so nothing is known of it.",)
    return (NOTHING_BACK,)


def _known(found: ledger.Figures, transport: str) -> bool:
    """Whether events tell what became of it: only SendGrid's mail has any."""
    return transport == "sendgrid" or found.handed_over > 0


def _totals(
    status: ledger.Status, found: ledger.Figures, *, known: bool
) -> tuple[Total, ...]:
    people: dict[str, int | None] = {"accepted": status.accepted} | {
        name: getattr(found, name) if known else None
        for name in TOTALS
        if name != "accepted"
    }
    bases = {"planned": status.planned, **people}
    return tuple(
        Total(
            key=key,
            name=row.name,
            people=people[key],
            counts=row.counts,
            of=bases[row.of],
            of_name=TOTALS[row.of].name.lower() if row.of in TOTALS else row.of,
        )
        for key, row in TOTALS.items()
    )


# --- Charts -----------------------------------------------------------------------


def _charts(connection: Connection, campaign: int, issue: Issue) -> tuple[Chart, ...]:
    email = ledger.stored_email(connection, campaign)
    return (
        *_over_time(connection, campaign),
        _by_domain(connection, campaign),
        _by_link(connection, campaign, issue, email),
    )


Moments = Counter[datetime]


def _over_time(connection: Connection, campaign: int) -> Iterable[Chart]:
    delivered = Moments()
    for at, people in ledger.delivered_by_minute(connection, campaign):
        delivered[at] += people
    moments: dict[tuple[EventType, bool], Moments] = defaultdict(Moments)
    for at, seen in figures.by_minute(connection, campaign):
        moments[seen.event, seen.machine][at] += seen.people
    yield _timed("delivered", {"people": delivered})
    bounced = moments[EventType.BOUNCED, False] + moments[EventType.BOUNCED, True]
    yield _timed("bounced", {"people": bounced})
    for kind in (EventType.OPENED, EventType.CLICKED):
        yield _timed(
            kind, {READERS: moments[kind, False], PROGRAMS: moments[kind, True]}
        )


def _timed(key: str, series: Mapping[str, Moments]) -> Chart:
    found = bars(list(series.values()))
    return Chart(
        key=f"{key}_over_time",
        title=f"{key.capitalize()} over time",
        counts=COUNTS[f"{key}_over_time"],
        kind=Kind.TIME,
        label="from (UTC)",
        series=tuple(series),
        rows=found.rows,
        unit=found.unit,
        width=found.width,
        note=f"{found.later:,} more came later." if found.later else "",
    )


def _by_domain(connection: Connection, campaign: int) -> Chart:
    delivered = Counter[str]()
    for domain, people in ledger.delivered_by_domain(connection, campaign):
        delivered[domain] += people
    seen: dict[EventType, Counter[str]] = defaultdict(Counter)
    for domain, one in figures.by_domain(connection, campaign):
        if one.event is EventType.BOUNCED or not one.machine:
            seen[one.event][domain] += one.people
    columns = (
        delivered,
        seen[EventType.OPENED],
        seen[EventType.CLICKED],
        seen[EventType.BOUNCED],
    )
    names = sorted({name for column in columns for name in +column})
    rows = (
        Row(label=name or ERASED, numbers=tuple(column[name] for column in columns))
        for name in names
    )
    return Chart(
        key="by_domain",
        title="By domain",
        counts=COUNTS["by_domain"],
        kind=Kind.WITHIN,
        label="domain",
        series=("delivered", "opened", "clicked", "bounced"),
        drawn=("delivered", "opened", "clicked"),
        rows=ranked(rows, "{} others"),
    )


def _by_link(
    connection: Connection, campaign: int, issue: Issue, email: Email
) -> Chart:
    """Links that are not everybody's have tokens in them: they are named together."""
    links = tracked_links(email.html, email.tags.values())
    headlines = {
        article.url: story.headline
        for story in issue.stories
        for article in reversed(story.articles)
    }
    people: dict[str, Counter[bool]] = {link: Counter() for link in links}
    other = Counter[bool]()
    for link, seen in figures.by_link(connection, campaign):
        people.get(link, other)[seen.machine] += seen.people
    rows = [
        Row(label=headlines.get(link) or link, href=link, numbers=_numbers(counts))
        for link, counts in people.items()
    ]
    if other:
        rows.append(Row(label=OTHER_LINKS, numbers=_numbers(other)))
    return Chart(
        key="by_link",
        title="By link",
        counts=COUNTS["by_link"],
        kind=Kind.STACK,
        label="link",
        series=(READERS, PROGRAMS),
        rows=ranked(rows, "{} others", most=40),
    )


def _numbers(counts: Counter[bool]) -> tuple[int, int]:
    return counts[False], counts[True]
