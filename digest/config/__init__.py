"""One table of settings: digest.toml, then DIGEST_* in the environment, then flags.

The dataclasses of `sections` are the table: each field is a setting with its type, its
default and its help, and from them come the checks of digest.toml, the names of the
environment variables, `digest config show` and docs/settings.md.
"""

from __future__ import annotations

from digest.config.forms import COLOR
from digest.config.reading import FILE_NAME, load
from digest.config.sections import (
    Config,
    DatabaseSettings,
    DeliverySettings,
    FetchSettings,
    IssueSettings,
    Look,
    Newsletter,
    OutboxSettings,
    PublicSettings,
    RetentionSettings,
    SendGridSettings,
    SmtpSettings,
    Source,
    SubscriberSettings,
    TransportSettings,
)
from digest.config.table import ENVIRONMENT_PREFIX, SECTIONS, Row, rows, shown, table

__all__ = [
    "COLOR",
    "ENVIRONMENT_PREFIX",
    "FILE_NAME",
    "SECTIONS",
    "Config",
    "DatabaseSettings",
    "DeliverySettings",
    "FetchSettings",
    "IssueSettings",
    "Look",
    "Newsletter",
    "OutboxSettings",
    "PublicSettings",
    "RetentionSettings",
    "Row",
    "SendGridSettings",
    "SmtpSettings",
    "Source",
    "SubscriberSettings",
    "TransportSettings",
    "load",
    "rows",
    "shown",
    "table",
]
