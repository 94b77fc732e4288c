"""The table of settings: each field is one, with its type, its default and its help."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from digest.config import forms
from digest.config.forms import Form
from digest.errors import ConfigError


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """Who writes, and what every reader sees of that."""

    name: str = setting("The Digest", "what the masthead says")
    from_email: str = setting(
        "", "the sender's address; needed to send", form=forms.mail_address
    )
    from_name: str = setting("", "the sender's name; the newsletter's if empty")
    reply_to: str = setting(
        "", "where answers go; to the sender if empty", form=forms.mail_address
    )
    editor: str = setting(
        "",
        "who is mailed what waits for approval, and what went wrong",
        form=forms.mailbox,
    )
    postal_address: str = setting(
        "", "in every footer, as the law wants (CAN-SPAM); needed to send"
    )
    language: str = setting(
        "en", "of the newsletter's own words (BCP 47)", form=forms.language
    )
    base_url: str = setting(
        "", "where `digest run` is reached from outside", form=forms.web
    )
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

    url: str = setting("", "a feed, a news sitemap or a page", form=forms.web)
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
        form=forms.css_selector,
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
    accent: str = setting("#9a1b1f", "the accent colour on light", form=forms.color)
    accent_dark: str = setting("#ff9d94", "the accent colour on dark", form=forms.color)
    logo: str = setting("", "an https image above the name", form=forms.https)
    font: str = setting(
        "Georgia, Times, serif", "of headlines and text", form=forms.families
    )
    label_font: str = setting(
        "Helvetica, Arial, sans-serif",
        "of labels, credits and buttons",
        form=forms.families,
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
