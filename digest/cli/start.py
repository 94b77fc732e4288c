"""`digest init`: a folder to begin with."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from digest.cli.talk import say
from digest.config import FILE_NAME, Config
from digest.errors import UsageError

TEMPLATE = """\
# The settings of this newsletter. Every one of them: digest config show
# Relative paths count from this file's folder.

[newsletter]
name = "The Digest"
# The sender. Needed to send, and so is the postal address (CAN-SPAM).
from_email = ""
from_name = ""
postal_address = ""
language = "en"
# Where `digest run` can be reached from outside, for unsubscribe links of our own;
# without it SendGrid's are used.
base_url = ""

# Lists that anybody may sign up for, at base_url/subscribe.
# [public]
# lists = ["weekly"]

# Where articles come from: files, folders of files and feeds.
# [[source]]
# path = "articles"
# section = "News"

[issue]
max_stories = 12
min_stories = 1

[look]
# editorial, letter, or a folder of your own in templates/
template = "editorial"
accent = "#9a1b1f"
accent_dark = "#ff9d94"
# logo = "https://…/logo.png"
# font = "Georgia, Times, serif"
# label_font = "Helvetica, Arial, sans-serif"
# One ratio for all pictures, or "own".
# image_ratio = "3:2"
# Stories set in full after the first; the others become compact rows.
# rows = 8
# social = ["https://…"]

[database]
url = "sqlite:///digest.db"

[sendgrid]
# Better in the environment: SENDGRID_API_KEY. Without a key, mail goes to files in
# the folder outbox/, and nobody counts as reached.
# api_key_file = "sendgrid.key"
asm_group = 0

# Or through a mail server of your own; unsubscribing then needs base_url above.
# [transport]
# name = "smtp"
#
# [smtp]
# host = "mail.example.org"
# user = "editor"
# password_file = "smtp.password"
"""


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option("--templates", is_flag=True, help="Also copy the templates, to change.")
def init(folder: Path, templates: bool) -> None:
    """Write a commented digest.toml to begin with, and digest.key.

    Where digest.toml is there already, --templates copies the templates beside it.

    \b
    Example:
      digest init weekly && cd weekly
    """
    file = folder / FILE_NAME
    if file.exists() and templates:
        _copy_templates(folder)
        return
    if file.exists():
        raise UsageError(f"{file} is there already; nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(TEMPLATE, encoding="utf-8")
    say(f"wrote {file}")
    _make_key(folder / Config().subscribers.key_file)
    if templates:
        _copy_templates(folder)
    say(f"next: fill in from_email and postal_address in {file}, then in {folder}:")
    say("  digest lists add LIST")


def _copy_templates(folder: Path) -> None:
    from digest.rendering import copy_templates

    say(f"wrote {copy_templates(folder / 'templates')}")


def _make_key(file: Path) -> None:
    from subscribers.secret_key import BYTES, SecretKey

    try:
        SecretKey(file).make(secrets.token_bytes(BYTES))
    except FileExistsError:
        say(f"kept {file}")
    else:
        say(f"wrote {file}; it belongs into the backup, and to nobody else")
