"""The group, and the options that its commands share."""

from __future__ import annotations

import click

list_option = click.option("--list", "list_name", required=True, metavar="LIST")
consent_option = click.option(
    "--consent",
    metavar="TEXT",
    help="How they agreed; without it they are unconfirmed, and get no mail.",
)


@click.group()
def subscribers() -> None:
    """People on mailing lists.

    \b
    Example:
      digest subscribers import people.csv --list weekly --consent "form, 2026"
    """
