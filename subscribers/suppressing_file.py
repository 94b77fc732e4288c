"""Addresses that get no mail, from a file: a plain list, or another program's export.

What Mailchimp, Substack, listmonk and Ghost export of those who left or bounced says
itself why; the reason is read from its columns.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from subscribers.address import parse_address
from subscribers.errors import InvalidAddress
from subscribers.model import Address, SuppressionReason
from subscribers.reading import Line, name_of, read_lines
from subscribers.rows import DELIMITERS, Row, read_rows
from subscribers.suppressions import ByHand, suppress_by_hand
from subscribers.syncing import Connect

CHUNK = 5000

#: what a program says of somebody → why they get no mail; without case and signs
REASONS: Mapping[str, SuppressionReason] = {
    **dict.fromkeys(
        ("unsubscribed", "unsubscribe", "optedout", "left"),
        SuppressionReason.UNSUBSCRIBE,
    ),
    **dict.fromkeys(
        ("cleaned", "bounced", "bounce", "hard", "hardbounce", "undeliverable"),
        SuppressionReason.BOUNCE,
    ),
    **dict.fromkeys(
        ("complaint", "complained", "spam", "spamreport", "abuse"),
        SuppressionReason.COMPLAINT,
    ),
    **dict.fromkeys(
        ("blocklisted", "blacklisted", "blocked", "disabled", "suppressed", "manual"),
        SuppressionReason.MANUAL,
    ),
    "invalid": SuppressionReason.INVALID,
}
#: what a cell says; None where it says that they still get mail, or nothing
Says = Callable[[str], SuppressionReason | None]


def plain(text: str) -> str:
    """A name as it is compared: without case, spaces and signs."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _status(text: str) -> SuppressionReason | None:
    return REASONS.get(plain(text))


def _why_left(text: str) -> SuppressionReason:
    """Mailchimp's reason of somebody who left; it may be empty."""
    if re.search("spam|abuse", text, re.IGNORECASE):
        return SuppressionReason.COMPLAINT
    return SuppressionReason.UNSUBSCRIBE


def _left(text: str) -> SuppressionReason | None:
    """A moment, or a yes."""
    no = plain(text) in ("", "false", "0", "no", "null")
    return None if no else SuppressionReason.UNSUBSCRIBE


def _gets_mail(text: str) -> SuppressionReason | None:
    yes = plain(text) in ("true", "1", "yes")
    return None if yes else SuppressionReason.UNSUBSCRIBE


def _cleaned(text: str) -> SuppressionReason | None:
    return SuppressionReason.BOUNCE if text else None


#: columns that say why, the first that is there decides; without case and signs
COLUMNS: Mapping[str, Says] = {
    # Mailchimp: the files of the unsubscribed and of the cleaned
    "unsubreason": _why_left,
    "unsubtime": _left,
    "cleantime": _cleaned,
    # listmonk, and its list of bounces; Mailchimp's API
    "subscriptionstatus": _status,
    "status": _status,
    "bouncetype": _status,
    # Substack, Ghost
    "emaildisabled": _left,
    "subscribedtoemails": _gets_mail,
    # what else is common
    "unsubscribedat": _left,
    "reason": _status,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressReport:
    """What became of the rows; `unchanged` get no mail already."""

    rows: int = 0
    suppressed: int = 0
    unchanged: int = 0
    rejected: int = 0


def suppress_file(
    connect: Connect,
    file: Path | BinaryIO,
    reason: SuppressionReason | None,
    how: ByHand,
    *,
    rejected: Callable[[int, str], None] = lambda number, why: None,
    progress: Callable[[SuppressReport], None] = lambda so_far: None,
) -> SuppressReport:
    """Suppress the addresses of a file; run twice, it changes nothing more.

    Anything that an import reads, and lists without a header. What the file's own
    column says is the reason, else `reason`; without a column it is `manual`. A row
    that says nothing of the kind is rejected, for it may be somebody who gets mail.

    Raises:
        ImportFailed: the file cannot be read, or has no column of addresses.
    """
    lines, column = _described(read_lines(file))
    rows = iter(read_rows(lines, {}, name_of(file)))
    report = SuppressReport()
    while chunk := list(islice(rows, CHUNK)):
        wanted: defaultdict[SuppressionReason, list[Address]] = defaultdict(list)
        faults = 0
        for row in chunk:
            try:
                wanted[_reason(row, column, reason)].append(parse_address(row.email))
            except (InvalidAddress, _NoReason) as error:
                rejected(row.line.number, str(error))
                faults += 1
        with connect() as connection:
            new = sum(
                len(suppress_by_hand(connection, addresses, why, how))
                for why, addresses in wanted.items()
            )
        report = SuppressReport(
            rows=report.rows + len(chunk),
            suppressed=report.suppressed + new,
            unchanged=report.unchanged + len(chunk) - faults - new,
            rejected=report.rejected + faults,
        )
        progress(report)
    return report


class _NoReason(Exception):
    """A row that cannot be taken: it is damaged, or says not why."""


class _Column(NamedTuple):
    """The column that says why; `delimiter` is empty for JSON lines."""

    name: str
    place: int
    delimiter: str

    def reason(self, row: Row) -> SuppressionReason | None:
        return COLUMNS[plain(self.name)](self.cell(row))

    def cell(self, row: Row) -> str:
        if self.delimiter:
            cells = _cells(row.line.text, self.delimiter)
            return cells[self.place].strip() if self.place < len(cells) else ""
        value = msgspec.json.decode(row.line.text).get(self.name)
        return value if isinstance(value, str) else json.dumps(value)


def _reason(
    row: Row, column: _Column | None, otherwise: SuppressionReason | None
) -> SuppressionReason:
    if row.fault:
        raise _NoReason(row.fault)
    if column is None:
        return otherwise or SuppressionReason.MANUAL
    if why := column.reason(row) or otherwise:
        return why
    said = f"{column.name} {column.cell(row)[:40]!a}"
    raise _NoReason(f"{row.email}: {said} is no reason; give one: --reason")


def _described(lines: Iterator[Line]) -> tuple[Iterator[Line], _Column | None]:
    """The lines with a header, and the column that says why, where there is one."""
    filled = (line for line in lines if line.text.strip())
    first = next(filled, None)
    if first is None:
        return iter(()), None
    delimiter, names = _names(first.text)
    ahead = [first]
    if delimiter and (
        places := [at for at, name in enumerate(names) if _is_address(name)]
    ):
        names = [f"column {at}" for at in range(len(names))]
        names[places[0]] = "email"
        ahead.insert(0, Line(0, delimiter.join(names) + "\n"))
    found = {plain(name): at for at, name in reversed([*enumerate(names)])}
    named = next((each for each in COLUMNS if each in found), None)
    rest = chain(ahead, filled)
    if named is None:
        return rest, None
    place = found[named]
    return rest, _Column(names[place], place, delimiter)


def _names(text: str) -> tuple[str, list[str]]:
    """What stands between the columns of a first line, and what they are called."""
    if text.lstrip().startswith("{"):
        try:
            row = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            return "", []
        return "", list(row) if isinstance(row, dict) else []
    delimiter = max(DELIMITERS, key=lambda each: len(_cells(text, each)))
    return delimiter, [name.strip() for name in _cells(text, delimiter)]


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader((text,), delimiter=delimiter), [])
    except csv.Error:
        return []


def _is_address(text: str) -> bool:
    try:
        return bool(parse_address(text))
    except InvalidAddress:
        return False
