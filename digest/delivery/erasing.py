"""Somebody who was erased is taken out of the outbox folder.

A mail to them is removed; a request that goes to many is written again without them.
"""

from __future__ import annotations

from email.parser import HeaderParser
from email.policy import default
from pathlib import Path
from typing import Any

import msgspec

from digest.files import written_whole
from subscribers.address import parse_address
from subscribers.errors import InvalidAddress


def erase_from_outbox(folder: Path, key: str, *, dry_run: bool = False) -> list[Path]:
    """Take the person of an address's key out of a folder's files; which those were."""
    if not folder.is_dir():
        return []
    mails = [file for file in folder.glob("*.eml") if _is_to(file, key)]
    # what a process left that died while it wrote: nobody's any more
    parts = [file for file in folder.glob(".*.part") if _names(file, key)]
    requests = {
        file: others
        for file in folder.glob("*.json")
        if (others := _without(file, key)) is not None
    }
    if not dry_run:
        for file in (*mails, *parts):
            file.unlink()
        with written_whole(requests):
            pass
    return sorted([*mails, *parts, *requests])


def _names(file: Path, key: str) -> bool:
    return key.encode() in file.read_bytes().lower()


def _is_to(file: Path, key: str) -> bool:
    # headers are in UTF-8 where an address is beyond ASCII (RFC 6532)
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        recipients = HeaderParser(policy=default).parse(stream)["To"]
    people = recipients.addresses if recipients else ()
    return any(_is(person.addr_spec, key) for person in people)


def _without(file: Path, key: str) -> bytes | None:
    """A request without the person; None where they are not in it."""
    try:
        request: dict[str, Any] = msgspec.json.decode(file.read_bytes(), type=dict)
        people = request["personalizations"]
        others = [each for each in people if not _is(each["to"][0]["email"], key)]
    except (msgspec.MsgspecError, LookupError, TypeError):
        return None  # nothing that we wrote, or not all of it
    if len(others) == len(people):
        return None
    body = msgspec.json.encode({**request, "personalizations": others})
    return msgspec.json.format(body, indent=2)


def _is(text: str, key: str) -> bool:
    try:
        return parse_address(text).key == key
    except InvalidAddress:
        return False
