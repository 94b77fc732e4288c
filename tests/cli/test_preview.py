"""`digest preview`: what it shows, what it watches, and its pictures."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest import ledger, pipeline
from digest.cli.preview import load, watched, with_new_settings
from digest.config import load as load_config
from digest.demo import sample_folder
from digest.drafting import write_draft
from digest.errors import ConfigError, RenderError
from digest.pipeline import Desk, draft_of, freeze, render
from digest.rendering.templates import built_in
from digest.sources import read
from digest.store import Database
from digest.web.preview import stamp

SETTINGS = """[newsletter]
name = "The Tide"
from_email = "tide@example.com"
postal_address = "1 Quay"
base_url = "https://tide.example.com"
"""
ARTICLE = sample_folder() / "school-kitchen.txt"


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """A folder with settings, an issue in the database and in `out`, and a draft."""
    file = tmp_path / "digest.toml"
    file.write_text(SETTINGS)
    desk = Desk(
        database=database,
        config=load_config(file),
        clock=lambda: datetime(2026, 11, 23, 8, tzinfo=UTC),
        nonce=lambda: "0123456789ab",
    )
    draft = draft_of(desk, list(read(str(ARTICLE))))
    write_draft(desk, tmp_path / "draft.toml", draft)
    freeze(desk, draft, tmp_path / "out")
    return desk


def later(file: Path) -> None:
    """A file that was written a while after the others, however coarse the clock."""
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1_000_000_000))


def test_what_is_saved_is_shown(desk: Desk, tmp_path: Path) -> None:
    """A setting, a template of one's own and the draft, each at the next look."""
    place = str(tmp_path / "draft.toml")
    before = load(desk, place)
    (tmp_path / "digest.toml").write_text(SETTINGS.replace("Tide", "Ebb"))
    draft = Path(place).read_text()
    Path(place).write_text(draft.replace("# subject = ", 'subject = "Another" #', 1))
    parts = tmp_path / "templates" / "parts"
    parts.mkdir(parents=True)
    (parts / "headline.j2").write_text("mine: {{ story.headline }}")

    after = load(desk, place)

    assert (before.sender, after.sender) == ("The Tide", "The Ebb")
    assert after.email.subject == "Another"
    assert "mine: " in after.email.html


@pytest.mark.parametrize(
    ("place", "file"),
    [
        ("draft.toml", "draft.toml"),
        ("out", "out/issue.json"),
        (None, "digest.toml"),
        ("1", "templates/parts/quote.j2"),
    ],
)
def test_what_it_is_made_of_is_watched(
    desk: Desk, tmp_path: Path, place: str | None, file: str
) -> None:
    """And nothing else, such as what is written beside it."""
    if file.startswith("templates"):
        shutil.copytree(built_in() / "parts", tmp_path / "templates/parts")
    path = str(tmp_path / place) if place and not place.isdecimal() else place
    seen = stamp(watched(desk, path))
    (tmp_path / "out" / "notes.txt").write_text("not of it")
    assert stamp(watched(desk, path)) == seen

    later(tmp_path / file)

    assert stamp(watched(desk, path)) != seen


def test_errors_name_file_and_line(desk: Desk, tmp_path: Path) -> None:
    """Of a template, and of the settings."""
    parts = tmp_path / "templates" / "parts"
    parts.mkdir(parents=True)
    (parts / "quote.j2").write_text("\n\n{{ quote.speeker }}")
    with pytest.raises(RenderError, match=r"parts/quote\.j2, line 3: .*speeker"):
        load(desk, "1")
    (tmp_path / "digest.toml").write_text("[newsletter]\nnaem = 1\n")
    with pytest.raises(ConfigError, match=r"digest\.toml:2: .*name"):
        with_new_settings(desk)


def test_what_is_stored_is_what_is_shown(desk: Desk) -> None:
    """Of an issue with a campaign: the templates are nothing to it any more."""
    shown = load(desk, "1")
    stored = replace(shown.email, html=shown.email.html + "<!-- as it went out -->")
    with desk.database.write() as connection:
        ledger.create_campaign(
            connection, 1, stored, transport="outbox", lists=[], now=desk.clock()
        )

    found = load(desk, "1")

    assert found.email.html == stored.html
    assert (found.turned, found.conditions) == (None, ())
    assert load(desk, None).email.html == stored.html


def test_a_draft_has_the_number_that_it_would_get(desk: Desk) -> None:
    """Of its series, after the issues that there are."""
    assert load(desk, str(desk.config.at("draft.toml"))).issue.number == 2


def test_as_if_somebody_sponsored_it(desk: Desk) -> None:
    """Each condition on a sponsor can be turned: somebody fictional stands there."""
    shown = load(desk, "1")
    assert shown.turned is not None
    asked = [one for one in shown.conditions if "sponsor" in one.test]
    assert asked
    turned = [shown.turned({one.place: True}) for one in asked]
    assert any(pipeline.SAMPLE_SPONSOR.text in email.html for email in turned)
    assert pipeline.SAMPLE_SPONSOR.text not in shown.email.html


def test_the_email_is_the_one_that_is_sent(desk: Desk) -> None:
    """To watch its conditions changes nothing; one of them can go the other way."""
    shown = load(desk, "1")

    assert shown.email == render(desk, shown.issue)
    assert shown.turned is not None
    title = next(each for each in shown.conditions if each.test == "story.url")
    assert shown.turned({title.place: not title.held}) != shown.email
