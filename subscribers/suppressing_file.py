"""Addresses that get no mail, from a file: a plain list, or another program's export.

What Mailchimp, Substack, listmonk and Ghost export of those who left or bounced says
itself why; the reason is read from its columns.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import msgspec
from sqlalchemy import Connection

from subscribers.address import parse_address
from subscribers.columns import plain
from subscribers.errors import InvalidAddress, InvalidValue
from subscribers.fields import STATES, UNMARKED, standing_of
from subscribers.model import Address, SuppressionReason
from subscribers.reading import Line, name_of, read_lines
from subscribers.rejecting import Reject, rejecting
from subscribers.rejects import note_file
from subscribers.rows import DELIMITERS, Row, first_of, read_rows
from subscribers.suppressions import ByHand, suppress_by_hand
from subscribers.syncing import Connect

CHUNK = 5000

#: columns that say how somebody stands only in files like these, the first before
#: the others; listmonk's own `status` is of the person, not of the list
STANDING = ("subscriptionstatus", "bouncetype", "status", "reason")
#: Mailchimp's column of why somebody left
WHY = "unsubreason"
COMPLAINT = re.compile("spam|abuse", re.IGNORECASE)
#: standings of people who get mail, or are asked whether they want it
MAILED = {"subscribed", "unconfirmed"}
#: a standing for which somebody gets no mail → the reason
REASONS = {
    "unsubscribed": SuppressionReason.UNSUBSCRIBE,
    "bounce": SuppressionReason.BOUNCE,
    "complaint": SuppressionReason.COMPLAINT,
    "manual": SuppressionReason.MANUAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressReport:
    """What became of the rows; `unchanged` get no mail already. `unclear` of them have
    a column of reasons that says none, and are `manual`.
    """

    rows: int = 0
    suppressed: int = 0
    unchanged: int = 0
    rejected: int = 0
    unclear: int = 0


def suppress_file(
    connect: Connect,
    file: Path | BinaryIO,
    reason: SuppressionReason | None,
    how: ByHand,
    *,
    mapping: Mapping[str, str] | None = None,
    rejects: Path | None = None,
    rejected: Callable[[int, str], None] = lambda number, why: None,
    progress: Callable[[SuppressReport], None] = lambda so_far: None,
) -> SuppressReport:
    """Suppress the addresses of a file; run twice, it changes nothing more.

    Anything that an import reads, and lists without a header; `mapping`, `rejects` and
    `rejected`: as in `import_file`. What the file's own column says is the reason, else
    `reason`; where neither says one it is `manual`. A row of somebody who gets mail, as
    its column says, is rejected.

    Raises:
        ImportFailed: the file cannot be read, or has no column of addresses.
    """
    lines, described = _described(read_lines(file))
    rows = iter(read_rows(lines, described | dict(mapping or {}), name_of(file)))
    report = SuppressReport()
    if rejects:
        with connect() as connection:
            note_file(connection, name_of(rejects.absolute()))
    with rejecting(rejects, rejected) as reject:
        while chunk := list(islice(rows, CHUNK)):
            with connect() as connection:
                report = _chunk(
                    connection, chunk, reason, how, reject=reject, report=report
                )
            progress(report)
    return report


def _chunk(
    connection: Connection,
    chunk: Sequence[Row],
    reason: SuppressionReason | None,
    how: ByHand,
    *,
    reject: Reject,
    report: SuppressReport,
) -> SuppressReport:
    wanted: defaultdict[SuppressionReason, list[Address]] = defaultdict(list)
    unclear = 0
    for row in chunk:
        try:
            address = _address(row)
            why = _reason(row, reason)
            unclear += why is None and bool(_said(row))
            wanted[why or SuppressionReason.MANUAL].append(address)
        except (InvalidAddress, _NoReason) as error:
            reject(row.line, str(error))
    new = sum(
        len(suppress_by_hand(connection, addresses, why, how))
        for why, addresses in wanted.items()
    )
    taken = sum(map(len, wanted.values()))
    return SuppressReport(
        rows=report.rows + len(chunk),
        suppressed=report.suppressed + new,
        unchanged=report.unchanged + taken - new,
        rejected=report.rejected + len(chunk) - taken,
        unclear=report.unclear + unclear,
    )


class _NoReason(Exception):
    """A row that cannot be taken: it is damaged, or of somebody who gets mail."""


def _address(row: Row) -> Address:
    if row.fault:
        raise _NoReason(row.fault)
    return parse_address(row.email)


def _reason(row: Row, otherwise: SuppressionReason | None) -> SuppressionReason | None:
    """Why, as the row says; else `otherwise`, if somebody gave that.

    None where its columns are empty, or say what we don't know.
    """
    said = _said(row)
    if COMPLAINT.search(said.get(WHY, "")):
        return SuppressionReason.COMPLAINT
    if why := REASONS.get(_standing(row)) or otherwise:
        return why
    if still := [name for name in said if _gets_mail(row, name, said[name])]:
        shown = f"{still[0][:40]} {said[still[0]][:40]!a}"
        shown = shown if shown.isprintable() else ascii(shown)
        raise _NoReason(f"{row.email}: {shown} is no reason; give one: --reason")
    return None


def _gets_mail(row: Row, name: str, cell: str) -> bool:
    """Whether a cell says that they still get mail where the file is from."""
    place = row.columns.fields.get("state")
    if place is not None and row.columns.names[place] == name:
        return STATES.get(plain(cell)) in MAILED
    return bool(plain(cell)) and plain(cell) in UNMARKED


def _said(row: Row) -> dict[str, str]:
    """The cells of the columns that could say why; Mailchimp's by a name of ours."""
    columns = row.columns
    places = [place for _, place in columns.marks]
    if "state" in columns.fields:
        places.insert(0, columns.fields["state"])
    said = {columns.names[place]: _cell(row, place) for place in places}
    if WHY in columns.attributes:
        said[WHY] = _cell(row, columns.attributes[WHY])
    return said


def _standing(row: Row) -> str:
    """How a row says that somebody stands; a State of the union says nothing."""
    columns = row.columns
    try:
        return standing_of(row.cells, columns)
    except InvalidValue:
        fields = {each: at for each, at in columns.fields.items() if each != "state"}
        return standing_of(row.cells, replace(columns, fields=fields))


def _cell(row: Row, place: int) -> str:
    cell = row.cells[place] if place < len(row.cells) else ""
    return cell if isinstance(cell, str) else json.dumps(cell)


def _described(lines: Iterator[Line]) -> tuple[Iterator[Line], dict[str, str]]:
    """The lines with a header, and the columns that an import does not look at."""
    first, filled = first_of(lines)
    if first is None:
        return iter(()), {}
    delimiter, names = _names(first.text)
    ahead = [first]
    places = [at for at, name in enumerate(names) if _is_address(name)]
    if delimiter and places:
        names = [f"column {at}" for at in range(len(names))]
        names[places[0]] = "email"
        ahead.insert(0, Line(0, delimiter.join(names) + "\n"))
    found = {plain(name): name for name in reversed(names)}
    mapping = {WHY: found[WHY]} if WHY in found else {}
    if known := next((each for each in STANDING if each in found), None):
        mapping["state"] = found[known]
    return chain(ahead, filled), mapping


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
