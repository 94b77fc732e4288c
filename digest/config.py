"""One table of settings: digest.toml, then DIGEST_* in the environment, then flags.

The dataclasses below are the table: each field is a setting with its type, its
default and its help, and from them come the checks of digest.toml, the names of
the environment variables, `digest config show` and docs/settings.md.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import tomllib
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from digest.errors import ConfigError

FILE_NAME = "digest.toml"
ENVIRONMENT_PREFIX = "DIGEST_"


#: a colour that every mail client knows
COLOR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

#: takes a text that is set and gives it back, or a ValueError: what it must be
Form = Callable[[str], str]


def setting(
    default: Any,
    help: str,
    *,
    secret: bool = False,
    least: float | None = None,
    most: float | None = None,
    form: Form | None = None,
) -> Any:
    """A row of the table; a secret is never printed.

    A number is from `least` to `most`; a text other than the default has its form.
    """
    row = {"help": help, "secret": secret, "least": least, "most": most, "form": form}
    return field(default=default, metadata=row, repr=not secret)


def _color(text: str) -> str:
    if not COLOR.fullmatch(text):
        raise ValueError(f"must be a colour like #9a1b1f, not {text!r}")
    return text


def _mailbox(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", text):
        raise ValueError(f"must be an address, not {text!r}")
    return text


def _selector(text: str) -> str:
    from cssselect import HTMLTranslator, SelectorError

    try:
        HTMLTranslator().css_to_xpath(text)
    except SelectorError as error:
        raise ValueError(f"must be a CSS selector, not {text!r}: {error}") from None
    return text


def _web(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must be an http or https address, not {text!r}")
    return text


def _https(text: str) -> str:
    if urlsplit(_web(text)).scheme != "https":
        raise ValueError(f"must be an https address, not {text!r}")
    return text


def _language(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*", text):
        raise ValueError(f"must be a language tag like en or pt-BR, not {text!r}")
    return text


def _families(text: str) -> str:
    if not re.fullmatch(r"[\w ,-]+", text):
        raise ValueError(f"must be font families like Georgia, serif, not {text!r}")
    return text


def _mail_address(text: str) -> str:
    # By the package whose rules subscribers.address follows: that one would take
    # SQLAlchemy with it, which not every command needs.
    from email_validator import validate_email

    try:
        validate_email(text.strip(), check_deliverability=False)
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"must be an address, not {text!r}: {reason}") from None
    return text.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """Who writes, and what every reader sees of that."""

    name: str = setting("The Digest", "what the masthead says")
    from_email: str = setting(
        "", "the sender's address; needed to send", form=_mail_address
    )
    from_name: str = setting("", "the sender's name; the newsletter's if empty")
    reply_to: str = setting(
        "", "where answers go; to the sender if empty", form=_mail_address
    )
    editor: str = setting(
        "", "who is mailed what waits for approval, and what went wrong", form=_mailbox
    )
    postal_address: str = setting(
        "", "in every footer, as the law wants (CAN-SPAM); needed to send"
    )
    language: str = setting(
        "en", "of the newsletter's own words (BCP 47)", form=_language
    )
    base_url: str = setting("", "where `digest run` is reached from outside", form=_web)
    archive: bool = setting(
        True, "whether everybody can read issues at base_url once they go out"
    )
    unsubscribe: Literal["", "own", "sendgrid"] = setting(
        "", "whose unsubscribe page: own where base_url is set, else sendgrid"
    )

    @property
    def unsubscribe_by(self) -> Literal["own", "sendgrid"]:
        return self.unsubscribe or ("own" if self.base_url else "sendgrid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where articles come from: a url, a path or a list of feeds."""

    url: str = setting("", "a feed, a news sitemap or a page", form=_web)
    path: str = setting("", "a file or a folder of files")
    opml: str = setting("", "a list of feeds (OPML), a file or an address")
    section: str = setting(
        "", "the section its stories go to; of a list by default each feed's folder"
    )
    limit: int = setting(
        100,
        "at most so many new articles at a time; what a feed has beyond counts as seen",
        least=1,
    )
    weight: float = setting(
        1.0, "how much its stories count beside those of others", least=0, most=100
    )
    cap: int = setting(0, "at most so many of its stories an issue; 0: any", least=0)
    first: int = setting(
        0,
        "at most so many the first time, the newest; others there count as seen; "
        "0: as [fetch] says",
        least=0,
    )
    selector: str = setting(
        "",
        "what of its pages is the article (CSS); by default that is found out",
        form=_selector,
    )
    quote_limit: int = setting(
        0,
        "characters of an article that may be quoted, its lead and quotes together; "
        "0: as many as there is room for",
        least=0,
    )

    @property
    def place(self) -> str:
        return self.url or self.path or self.opml


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSettings:
    """How an issue is put together."""

    max_stories: int = setting(12, "at most so many stories", least=1)
    min_stories: int = setting(1, "with fewer, no issue is built", least=1)
    sections: tuple[str, ...] = setting((), "the order of the sections")
    section_cap: int = setting(0, "at most so many stories a section; 0: any", least=0)
    topics: tuple[str, ...] = setting(
        (),
        "what counts more: words, and tags as #tag, with commas between; behind a "
        "section and a colon, its stories go there",
    )
    lead_row: int = setting(220, "characters of lead in a story row", least=1)
    lead_hero: int = setting(400, "characters of lead in the first story", least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the e-mail looks."""

    template: str = setting(
        "editorial", "editorial, letter, or a folder of your own in templates/"
    )
    accent: str = setting("#9a1b1f", "the accent colour on light", form=_color)
    accent_dark: str = setting("#ff9d94", "the accent colour on dark", form=_color)
    logo: str = setting("", "an https image above the name", form=_https)
    font: str = setting(
        "Georgia, Times, serif", "of headlines and text", form=_families
    )
    label_font: str = setting(
        "Helvetica, Arial, sans-serif",
        "of labels, credits and buttons",
        form=_families,
    )
    image_ratio: Literal["3:2", "16:9", "4:3", "1:1", "own"] = setting(
        "3:2", "every picture is cropped to it where a client can; own: none is"
    )
    rows: int = setting(
        8, "stories set in full after the first; then compact rows", least=0
    )
    social: tuple[str, ...] = setting((), "https addresses to follow, in the footer")
    direction: Literal["", "ltr", "rtl"] = setting(
        "", "of the text; by the language if empty"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    allow_private: tuple[str, ...] = setting(
        (), "hosts of your own network that may be asked for articles"
    )
    deadline: float = setting(
        20.0, "seconds for an answer, all of it", least=1, most=600
    )
    cap: float = setting(5.0, "MB of an answer, unpacked", least=0.1, most=100)
    first: int = setting(
        10,
        "posts of a feed that count as new when it is read for the first time",
        least=1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    url: str = setting(
        "sqlite:///digest.db", "sqlite:///FILE or postgresql://…", secret=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberSettings:
    key_file: str = setting(
        "digest.key", "the secret that the addresses of erased people are hashed with"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSettings:
    """The pages that `digest run` and `digest serve` show to the world."""

    lists: tuple[str, ...] = setting(
        (), "lists that anybody may sign up for at /subscribe; none: nobody may"
    )
    topics: tuple[str, ...] = setting(
        (), "topics that subscribers may choose on the page of their preferences"
    )
    proxies: tuple[str, ...] = setting(
        ("127.0.0.1",),
        "addresses of the servers in front of ours: what they say of where a "
        "request came from (X-Forwarded-For) is believed",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long is kept what was noted of readers."""

    events: int = setting(
        365,
        "days that opens, clicks and bounces are kept; 0: for ever",
        least=0,
        most=36_500,
    )
    ips: int = setting(
        365,
        "days that readers' IP addresses and browsers are kept, and what was asked of "
        "them or went out to them by single mails; 0: for ever",
        least=0,
        most=36_500,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGridSettings:
    """The account at SendGrid."""

    api_key: str = setting("", "also SENDGRID_API_KEY", secret=True)
    api_key_file: str = setting("", "a file that holds the key")
    host: str = setting(
        "https://api.sendgrid.com", "https only, but for a loopback test server"
    )
    webhook_public_key: str = setting(
        "", "of its Event Webhook, as its settings show it; no event is taken without"
    )
    asm_group: int = setting(0, "the unsubscribe group; 0 for none", least=0)
    ip_pool: str = setting("", "the pool of addresses to send from")
    categories: tuple[str, ...] = setting((), "at most 10, for SendGrid's figures")
    tracking: Literal["off", "clicks", "opens", "both"] = setting(
        "off", "what SendGrid counts of its readers"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    requests_per_second: float = setting(
        10.0, "to the provider, at most", least=0.01, most=10_000
    )
    connections: int = setting(
        4, "open to the provider at a time, at most", least=1, most=100
    )
    per_hour: int = setting(
        0, "people to hand over in an hour, at most; 0 for any", least=0, most=10**9
    )
    per_day: int = setting(
        0, "people to hand over in a day, at most; 0 for any", least=0, most=10**9
    )
    lateness: float = setting(
        6.0,
        "hours after its time that a campaign is still sent unasked",
        least=0.1,
        most=10_000,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxSettings:
    dir: str = setting("outbox", "where the outbox transport puts its files")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """A mail server that takes our mail, instead of SendGrid."""

    host: str = setting("", "its name; needed where [transport] name says smtp")
    port: int = setting(
        0, "0 for the usual one: 587, with tls 465, with none 25", least=0, most=65_535
    )
    security: Literal["starttls", "tls", "none"] = setting(
        "starttls", "how the connection is secured; tls from its first byte"
    )
    user: str = setting("", "to log in as; without one there is no login")
    password: str = setting("", "of the user", secret=True)
    password_file: str = setting("", "a file that holds the password")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportSettings:
    name: Literal["", "outbox", "sendgrid", "smtp"] = setting(
        "", "how mail leaves; outbox where no key is set"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings, checked, with the folder that relative paths count from."""

    newsletter: Newsletter = Newsletter()
    source: tuple[Source, ...] = ()
    issue: IssueSettings = IssueSettings()
    look: Look = Look()
    fetch: FetchSettings = FetchSettings()
    database: DatabaseSettings = DatabaseSettings()
    subscribers: SubscriberSettings = SubscriberSettings()
    public: PublicSettings = PublicSettings()
    retention: RetentionSettings = RetentionSettings()
    sendgrid: SendGridSettings = SendGridSettings()
    delivery: DeliverySettings = DeliverySettings()
    outbox: OutboxSettings = OutboxSettings()
    smtp: SmtpSettings = SmtpSettings()
    transport: TransportSettings = TransportSettings()
    folder: Path = field(default=Path(), metadata={"internal": True})
    file: Path | None = field(default=None, metadata={"internal": True})

    def at(self, path: str) -> Path:
        """A path of the settings, counted from the folder of digest.toml."""
        return self.folder / path

    @property
    def database_url(self) -> str:
        """The database's URL with a relative SQLite file made absolute."""
        prefix, url = "sqlite:///", self.database.url
        if not url.startswith(prefix) or url == prefix:
            return url
        return prefix + str((self.folder / url.removeprefix(prefix)).absolute())

    @property
    def database_file(self) -> Path | None:
        """SQLite's file; None for PostgreSQL."""
        prefix, url = "sqlite:///", self.database_url
        return Path(url.removeprefix(prefix)) if url.startswith(prefix) else None

    @property
    def transport_name(self) -> str:
        return self.transport.name or ("sendgrid" if self.api_key else "outbox")

    @property
    def api_key(self) -> str:
        """SendGrid's key, from the settings or from the file that they name."""
        sendgrid = self.sendgrid
        return sendgrid.api_key or self._secret(
            "sendgrid.api_key_file", sendgrid.api_key_file
        )

    @property
    def smtp_password(self) -> str:
        """The mail server's password, likewise."""
        smtp = self.smtp
        return smtp.password or self._secret("smtp.password_file", smtp.password_file)

    def _secret(self, key: str, path: str) -> str:
        """What the file of a setting holds; nothing where it names none."""
        if not path:
            return ""
        file = self.at(path)
        try:
            return file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"{key}: cannot read {file}: {error.strerror}") from error


def load(file: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings of `file`, else of ./digest.toml where there is one.

    Raises:
        ConfigError: the file cannot be read, or a key or a type is wrong.
    """
    if file is None and os.path.lexists(FILE_NAME):
        file = Path(FILE_NAME)
    text = _read(file) if file else ""
    config = _parse(text, file) if file else Config(folder=Path.cwd())
    return _with_environment(config, environ)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 (byte {error.start})") from error


def _parse(text: str, file: Path) -> Config:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from error
    place = _Place(file, text)
    values: dict[str, Any] = {}
    for name, value in tables.items():
        if name not in SECTIONS:
            raise ConfigError(place.unknown("", name, SECTIONS))
        values[name] = (
            tuple(
                _source(table, replace(place, nth=nth))
                for nth, table in enumerate(_tables(value, place, name))
            )
            if name == "source"
            else _section(_table(value, place, name), place, name)
        )
    return Config(**values, file=file, folder=file.absolute().parent)


def _source(table: dict[str, Any], place: _Place) -> Any:
    source = _section(table, place, "source")
    if sum(map(bool, (source.url, source.path, source.opml))) != 1:
        where = place.at("source", "")
        raise ConfigError(f"{where}: a source has one of url, path and opml")
    return source


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a key stands in digest.toml, for errors."""

    file: Path
    text: str
    #: which of the tables of that name, where there are several
    nth: int = 0

    def unknown(self, section: str, key: str, known: Mapping[str, Any]) -> str:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        name = f"{section}.{key}" if section else f"[{key}]"
        way_out = f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}"
        return f"{self.at(section, key)}: unknown setting {name}; {way_out}"

    def at(self, section: str, key: str) -> str:
        """`file:line` of a key, or of its table where the key is not found."""
        header = re.compile(rf"\s*\[+\s*{re.escape(section or key)}\s*[\].]")
        line = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
        inside, found, before = not section, 0, 0
        for number, content in enumerate(self.text.splitlines(), 1):
            if header.match(content):
                inside = before == self.nth
                found = number if inside else found
                before += 1
            elif content.lstrip().startswith("["):
                inside = False
            elif inside and line.match(content):
                return f"{self.file}:{number}"
        return f"{self.file}:{found}" if found else str(self.file)


def _table(value: object, place: _Place, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{place.at('', name)}: {name} must be a table: [{name}]")
    return value


def _tables(value: object, place: _Place, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise ConfigError(f"{place.at('', name)}: write [[{name}]], one for each")
    return [_table(table, place, name) for table in value]


def _section(table: dict[str, Any], place: _Place, name: str) -> Any:
    known = {row.key: row for row in rows(name)}
    for key, value in table.items():
        if key not in known:
            raise ConfigError(place.unknown(name, key, known))
        try:
            table[key] = known[key].checked(value)
        except (TypeError, ValueError) as error:
            where = place.at(name, key)
            raise ConfigError(f"{where}: {name}.{key} {error}") from error
    return SECTIONS[name](**table)


def _typed(value: Any, kind: Any) -> Any:
    """`value` as `kind`, or an error that says what it must be."""
    if get_origin(kind) is Literal:
        choices = [choice for choice in get_args(kind) if choice]
        if value not in get_args(kind):
            raise ValueError(f"must be one of {', '.join(choices)}, not {value!r}")
        return value
    if get_origin(kind) is tuple:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise TypeError(f"must be a list of texts, not {value!r}")
        return tuple(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
        raise TypeError(f"must be {_TYPE_NAMES[kind]}, not {value!r}")
    return value


_TYPE_NAMES = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


#: the names that other programs use
_ALIASES = {"sendgrid.api_key": "SENDGRID_API_KEY"}


def _with_environment(config: Config, environ: Mapping[str, str]) -> Config:
    # sources are many: they have no variable
    known = {row.variable: row for row in table() if row.section != "source"}
    for variable in environ:
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in known:
            raise ConfigError(_unknown_variable(variable, known))
    changes: dict[str, dict[str, Any]] = {}
    for row in known.values():
        value = environ.get(row.variable, environ.get(_ALIASES.get(row.name, "")))
        if value is None:
            continue
        try:
            checked = row.checked(_from_text(value, row.kind))
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{row.variable} in the environment {error}") from error
        changes.setdefault(row.section, {})[row.key] = checked
    return replace(
        config,
        **{
            section: replace(getattr(config, section), **values)
            for section, values in changes.items()
        },
    )


def _unknown_variable(variable: str, known: Mapping[str, Row]) -> str:
    near = difflib.get_close_matches(variable, known, n=1, cutoff=0.8)
    way_out = f"did you mean {near[0]}?" if near else "see `digest config show`"
    if variable.startswith(f"{ENVIRONMENT_PREFIX}SOURCE_"):
        way_out = "a [[source]] stands in digest.toml only"
    return f"{variable} in the environment: unknown setting; {way_out}"


def _from_text(value: str, kind: Any) -> Any:
    if get_origin(kind) is tuple:
        return [part.strip() for part in value.split(",") if part.strip()]
    if kind is bool:
        return {"true": True, "false": False}.get(value.lower(), value)
    if kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            return value
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table of settings, for the checks, `config show` and the docs."""

    section: str
    key: str
    kind: Any
    default: Any
    help: str
    secret: bool
    least: float | None
    most: float | None
    form: Form | None

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        return f"{ENVIRONMENT_PREFIX}{self.section}_{self.key}".upper()

    @property
    def bounds(self) -> str:
        """Which numbers it may be, in words; empty where it is none."""
        if self.least is None:
            return ""
        if self.most is None:
            return f"at least {self.least}"
        return f"from {self.least} to {self.most}"

    def checked(self, value: Any) -> Any:
        """The value as this setting's.

        Raises:
            TypeError, ValueError: it is none; says what it must be.
        """
        value = _typed(value, self.kind)
        least = -math.inf if self.least is None else self.least
        most = math.inf if self.most is None else self.most
        # written so that what is not a number is not within
        if isinstance(value, int | float) and not least <= value <= most:
            raise ValueError(f"must be {self.bounds}, not {value}")
        return self.form(value) if self.form and value != self.default else value


def table() -> Iterator[Row]:
    """Every setting there is."""
    for section in SECTIONS:
        yield from rows(section)


def rows(section: str) -> Iterator[Row]:
    """The settings of one section."""
    kind = SECTIONS[section]
    hints = get_type_hints(kind)
    for f in fields(kind):
        yield Row(
            section=section,
            key=f.name,
            kind=hints[f.name],
            default=f.default,
            **f.metadata,
        )


def shown(config: Config, row: Row) -> Any:
    """A setting's value for people; a secret is only said to be set."""
    value = getattr(getattr(config, row.section), row.key)
    return "(set)" if row.secret and value and value != row.default else value


def _sections() -> dict[str, type[Any]]:
    hints = get_type_hints(Config)
    public: list[Field[Any]] = [
        f for f in fields(Config) if "internal" not in f.metadata
    ]
    return {f.name: _element(hints[f.name]) for f in public}


def _element(kind: Any) -> type[Any]:
    return get_args(kind)[0] if get_origin(kind) is tuple else kind  # type: ignore[no-any-return]


SECTIONS: Mapping[str, type[Any]] = types.MappingProxyType(_sections())
