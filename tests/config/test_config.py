"""Settings come from digest.toml, then the environment, and typos are named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from digest.config import Config, Row, load, shown, table
from digest.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "digest.toml"


def test_defaults_without_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without digest.toml every setting has its default."""
    monkeypatch.chdir(tmp_path)
    config = load(None, {})
    assert config.newsletter.name == "The Digest"
    assert config.database_url == f"sqlite:///{tmp_path}/digest.db"
    assert config.transport_name == "outbox"


def test_digest_toml_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """./digest.toml is read without being named."""
    monkeypatch.chdir(tmp_path)
    Path("digest.toml").write_text('[newsletter]\nname = "The Tide"\n')
    assert load(None, {}).newsletter.name == "The Tide"


def test_paths_count_from_the_file(file: Path) -> None:
    """A relative path is relative to digest.toml, wherever the command runs."""
    file.write_text('[[source]]\npath = "articles"\n')
    config = load(file, {})
    assert config.at(config.source[0].path) == file.parent / "articles"
    assert config.database_url == f"sqlite:///{file.parent}/digest.db"


MISTAKES = {
    'x = 1\n[newsletter]\nname = "A"\nform_email = "a@example.com"': (
        r"digest\.toml:1: unknown setting \[x\]"
    ),
    '[newsletter]\nname = "A"\nform_email = "a@example.com"': (
        r"digest\.toml:3: unknown setting newsletter.form_email; "
        r"did you mean from_email\?"
    ),
    "[newsleter]": r"digest\.toml:1: unknown setting \[newsleter\].*newsletter\?",
    '[issue]\n\nmax_stories = "3"': r":3: issue.max_stories must be a whole number",
    "[issue]\nmax_stories = true": ":2: issue.max_stories must be a whole number",
    "[issue]\nsections = [1]": ":2: issue.sections must be a list of texts",
    '[sendgrid]\ntracking = "some"': ":2: sendgrid.tracking must be one of off, clicks",
    '[[source]]\npath = "a"\nlimit = 9\n[[source]]\nlimit = "9"': (
        "5: source.limit must be a whole"
    ),
    '[[source]]\nurl = "ftp://a"': "2: source.url must be an http or https address",
    "[issue]\nmax_stories = 0": ":2: issue.max_stories must be at least 1, not 0",
    "[delivery]\nrequests_per_second = nan": "must be from 0.01 to 10000, not nan",
    '[look]\n\naccent = "zz"': ":3: look.accent must be a colour like #9a1b1f",
    '[look]\naccent = ""': ":2: look.accent must be a colour",
    '[look]\nlogo = "http://a.example/b.png"': ":2: look.logo must be an https address",
    '[look]\nlogo = "logo.png"': ":2: look.logo must be an http",
    '[newsletter]\nfrom_email = "The Tide"': (
        ":2: newsletter.from_email must be an address, not 'The Tide': "
    ),
    '[newsletter]\nreply_to = "a@b@c"': ":2: newsletter.reply_to must be an address",
    '[newsletter]\nreply_to = "a\\nb@example.com"': ":2: newsletter.reply_to must be",
    "source = 3": r"write \[\[source\]\], one for each",
    "newsletter = 3": r"newsletter must be a table: \[newsletter\]",
    "[newsletter": "digest.toml: ",
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.items())
def test_mistakes_name_file_line_and_way_out(
    file: Path, text: str, message: str
) -> None:
    """A mistake in digest.toml is one line that says where and what instead."""
    file.write_text(text)
    with pytest.raises(ConfigError, match=message) as error:
        load(file, {})
    assert "\n" not in str(error.value)


def test_unreadable_files(tmp_path: Path) -> None:
    """A settings file that is missing, a folder or no UTF-8 is named."""
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'name = "\xe9"')
    for place in (tmp_path / "none.toml", tmp_path, latin):
        with pytest.raises(ConfigError, match=str(place)):
            load(place, {})


def test_environment_wins(file: Path) -> None:
    """DIGEST_SECTION_KEY is stronger than the file, with the right type."""
    file.write_text('[issue]\nmax_stories = 3\nsections = ["A"]')
    environ = {
        "DIGEST_ISSUE_MAX_STORIES": "5",
        "DIGEST_ISSUE_SECTIONS": "News, Sport",
        "DIGEST_DELIVERY_REQUESTS_PER_SECOND": "2",
    }
    config = load(file, environ)
    assert config.issue.max_stories == 5
    assert config.issue.sections == ("News", "Sport")
    assert config.delivery.requests_per_second == 2.0


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("DIGEST_ISSUE_MAX_STORIES", "many", "must be a whole number"),
        ("DIGEST_ISSUE_MAX_STORIES", "-1", "must be at least 1, not -1"),
        ("DIGEST_LOOK_ACCENT", "zz", "must be a colour"),
        ("DIGEST_NEWSLETTER_BASE_URL", "localhost:8000", "must be an http or https"),
        ("DIGEST_NEWSLETTER_NMAE", "x", "did you mean DIGEST_NEWSLETTER_NAME?"),
        ("DIGEST_NEWSLETER_NAME", "x", "did you mean DIGEST_NEWSLETTER_NAME?"),
        ("DIGEST_COLOUR", "x", "unknown setting; see `digest config show`"),
        ("DIGEST_SOURCE_URL", "x", r"\[\[source\]\] stands in digest.toml only"),
    ],
)
def test_mistakes_in_the_environment(
    file: Path, variable: str, value: str, message: str
) -> None:
    """A wrong value or name in the environment names the variable, and the way out."""
    file.write_text("")
    with pytest.raises(ConfigError, match=f"^{variable} in the .*{message}") as error:
        load(file, {variable: value})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("row", [row for row in table() if row.kind in (int, float)])
def test_numbers_have_bounds(row: Row) -> None:
    """No number may be what nobody can mean: each has a least, and floats a most."""
    assert row.least is not None
    assert row.kind is int or row.most is not None


def test_a_folder_named_digest_toml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in the place of the settings is not passed over."""
    monkeypatch.chdir(tmp_path)
    Path("digest.toml").mkdir()
    with pytest.raises(ConfigError, match=r"digest\.toml: cannot be read: Is a dir"):
        load(None, {})


def test_the_key_comes_from_one_of_three_places(file: Path) -> None:
    """SendGrid's key: its own variable, ours, or a file; its presence sends."""
    file.write_text('[sendgrid]\napi_key_file = "key"')
    (file.parent / "key").write_text("SG.file\n")
    config = load(file, {})
    assert (config.api_key, config.transport_name) == ("SG.file", "sendgrid")
    assert load(file, {"SENDGRID_API_KEY": "SG.own"}).api_key == "SG.own"
    ours = {"DIGEST_SENDGRID_API_KEY": "SG.ours", "SENDGRID_API_KEY": "SG.own"}
    assert load(file, ours).api_key == "SG.ours"


def test_missing_key_file(file: Path) -> None:
    """A key file that is not there is named, when the key is needed."""
    file.write_text('[sendgrid]\napi_key_file = "nowhere"')
    with pytest.raises(ConfigError, match="api_key_file: cannot read .*nowhere"):
        _ = load(file, {}).api_key


def test_secrets_are_never_shown(file: Path) -> None:
    """`config show` says that a secret is set, not what it is."""
    file.write_text(
        '[sendgrid]\napi_key = "SG.secret"\n'
        '[database]\nurl = "postgresql://u:hunter2@localhost/d"'
    )
    config = load(file, {})
    printed = "\n".join(
        str(shown(config, row)) for row in table() if row.section != "source"
    )
    assert "SG.secret" not in printed
    assert "hunter2" not in printed
    assert printed.count("(set)") == 2


def test_every_setting_has_help() -> None:
    """The table is complete: each setting has a help and a variable of its own."""
    rows = list(table())
    assert all(row.help for row in rows)
    assert len({row.variable for row in rows}) == len(rows)


def test_unsubscribe_follows_the_public_address() -> None:
    """Our own page where there is one, else SendGrid's."""
    assert Config().newsletter.unsubscribe_by == "sendgrid"
    config = load(None, {"DIGEST_NEWSLETTER_BASE_URL": "https://example.com"})
    assert config.newsletter.unsubscribe_by == "own"


def test_settings_do_not_wait_for_the_database(tmp_path: Path) -> None:
    """Reading settings, addresses among them, imports no SQLAlchemy (0.25 s)."""
    file = tmp_path / "digest.toml"
    file.write_text('[newsletter]\nfrom_email = "tide@example.com"')
    program = (
        "import sys, pathlib; from digest.config import load; "
        "load(pathlib.Path(sys.argv[1]), {}); sys.exit('sqlalchemy' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program, file], check=True, cwd=root)
