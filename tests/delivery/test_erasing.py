"""Somebody who was erased is in no file of the outbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec import structs

from digest.delivery.erasing import erase_from_outbox
from digest.delivery.outbox import Outbox
from subscribers.address import parse_address
from tests.delivery.samples import handover, outbox_config, person

ZOE = structs.replace(person(1, "Zoë"), email="Zoe@exämple.org")
KEY = parse_address(ZOE.email).key


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The outbox with two mails, their request, and files of somebody else's."""
    folder = tmp_path / "outbox"
    Outbox(outbox_config(folder)).send(handover(ZOE, person(20)))
    (folder / "notes.json").write_text("[1]")
    (folder / "half.json").write_text('{"personalizations": [{"to"')
    (folder / "no-header.eml").write_bytes(b"\xff\n\nTo: zoe@example.org")
    return folder


def names(files: list[Path]) -> list[str]:
    return [file.name for file in files]


def test_her_mail_goes_and_the_request_is_without_her(folder: Path) -> None:
    """The others' mails stay as they are, and so does what they share."""
    before = json.loads((folder / "7.json").read_text())
    other = (folder / "7-20.eml").read_bytes()
    assert names(erase_from_outbox(folder, KEY)) == ["7-1.eml", "7.json"]
    assert (folder / "7-20.eml").read_bytes() == other
    after = json.loads((folder / "7.json").read_text())
    assert after == {**before, "personalizations": before["personalizations"][1:]}
    assert not any(b"Zo" in file.read_bytes() for file in folder.glob("7*"))
    assert erase_from_outbox(folder, KEY) == []


def test_what_a_dead_process_left(folder: Path) -> None:
    """Half a file that names her is removed; another's stays."""
    (folder / ".8-1.eml.part").write_text(f"To: {KEY.upper()}")
    (folder / ".8-2.eml.part").write_text("To: reader2@example.org")
    assert ".8-1.eml.part" in names(erase_from_outbox(folder, KEY))
    assert not (folder / ".8-1.eml.part").exists()
    assert (folder / ".8-2.eml.part").exists()


def test_a_dry_run_changes_nothing(folder: Path) -> None:
    """It names the files, and leaves them."""
    before = {file: file.read_bytes() for file in folder.iterdir()}
    assert names(erase_from_outbox(folder, KEY, dry_run=True)) == ["7-1.eml", "7.json"]
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


def test_nobody_and_nothing(folder: Path, tmp_path: Path) -> None:
    """A stranger is in no file, and there may be no outbox at all."""
    assert erase_from_outbox(folder, "stranger@example.org") == []
    assert erase_from_outbox(tmp_path / "none", KEY) == []
