"""The sender's domain says who may send for it: SPF, DKIM, DMARC in the DNS.

Google and Yahoo want all three of who sends to many; SendGrid's DKIM keys have the
names s1 and s2 unless they were given others.

error: the domain does not exist → correct newsletter.from_email
warning: no DMARC or none that counts; more than one SPF or DMARC record; no DKIM key
of SendGrid's → authenticate the domain at SendGrid, publish the records
note: no SPF record of its own; a DMARC that asks for nothing → publish them
note: nobody could be asked → see again with a network
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from digest.checks.examined import Examined, Resolve
from digest.config import Config
from digest.errors import FetchError
from digest.model import Finding, Severity

#: nobody's (RFC 2606, RFC 6761): there is nothing to look up
_RESERVED = re.compile(
    r"(?:.*\.)?(?:example|test|invalid|localhost|example\.(?:com|net|org))"
)
#: SendGrid's "automated security" publishes its keys under these
SELECTORS = ("s1", "s2")
_PUBLISH = 'publish "v=DMARC1; p=none; rua=mailto:…", then p=quarantine'
GUIDE = "https://www.twilio.com/docs/sendgrid/ui/account-and-settings"


def check(examined: Examined) -> Iterator[Finding]:
    if examined.resolve is not None:
        yield from of_sender(examined.config, examined.resolve)


def is_reserved(domain: str) -> bool:
    """Whether it is nobody's, but for examples and tests."""
    return _RESERVED.fullmatch(domain.lower()) is not None


def of_sender(config: Config, resolve: Resolve) -> Iterator[Finding]:
    """What the DNS has of the domain that mail is from; of an example, nothing."""
    domain = config.newsletter.from_email.rpartition("@")[2].strip().lower()
    if not domain or is_reserved(domain):
        return
    try:
        _ask_for_what_exists(resolve)
        by_sendgrid = config.transport_name == "sendgrid"
        yield from _records(domain, resolve, by_sendgrid=by_sendgrid)
    except FetchError as error:
        yield _finding(
            Severity.NOTE,
            f"its records could not be looked up: {error}",
            domain,
            "check again where there is a network",
        )


def _ask_for_what_exists(resolve: Resolve) -> None:
    """In a closed network, name servers say of every name that there is none."""
    if not resolve("com.", "NS"):
        raise FetchError("the name server knows no com, so it knows nothing")


def _records(domain: str, resolve: Resolve, *, by_sendgrid: bool) -> Iterator[Finding]:
    if not any(resolve(domain, kind) for kind in ("MX", "A", "AAAA", "TXT")):
        yield _finding(
            Severity.ERROR,
            "does not exist, so nobody accepts mail from it",
            domain,
            "correct newsletter.from_email",
        )
        return
    yield from _spf(domain, resolve)
    yield from _dmarc(domain, resolve)
    if by_sendgrid:
        yield from _dkim(domain, resolve)


def _spf(domain: str, resolve: Resolve) -> Iterator[Finding]:
    """RFC 7208. SendGrid's mail is judged by a name of its own below the domain."""
    found = _starting("v=spf1", resolve(domain, "TXT"))
    if len(found) > 1:
        yield _finding(
            Severity.WARNING,
            f"{len(found)} SPF records, so none of them counts",
            domain,
            "make them one",
        )
    elif not found:
        yield _finding(
            Severity.NOTE,
            "has no SPF record",
            domain,
            'publish "v=spf1 ~all", and who else sends for you before ~all',
        )


def _dmarc(domain: str, resolve: Resolve) -> Iterator[Finding]:
    """RFC 7489: the domain's own record, else that of the one above it."""
    names = [f"_dmarc.{domain}"]
    if domain.count(".") > 1:
        names.append(f"_dmarc.{domain.partition('.')[2]}")
    found: list[str] = []
    for name in names:
        found = found or _starting("v=dmarc1", resolve(name, "TXT"))
    if not found:
        message = "has no DMARC record, which Google and Yahoo want"
        yield _finding(Severity.WARNING, message, names[0], _PUBLISH)
        return
    policy = re.search(r";\s*p\s*=\s*(\w+)", found[0].lower())
    if len(found) > 1:
        message = f"{len(found)} DMARC records, so none of them counts"
        yield _finding(Severity.WARNING, message, names[0], "make them one")
    elif not policy or policy[1] not in ("none", "quarantine", "reject"):
        message = "the DMARC record names no policy (p=), so it does not count"
        yield _finding(Severity.WARNING, message, names[0], _PUBLISH)
    elif policy[1] == "none":
        message = "the DMARC record asks for nothing (p=none)"
        yield _finding(Severity.NOTE, message, names[0], "p=quarantine once it is calm")


def _dkim(domain: str, resolve: Resolve) -> Iterator[Finding]:
    names = [f"{selector}._domainkey.{domain}" for selector in SELECTORS]
    keys = [key for name in names for key in resolve(name, "TXT")]
    if not any(re.search(r"\bp\s*=\s*[\w+/]", key) for key in keys):
        yield _finding(
            Severity.WARNING,
            "has no DKIM key of SendGrid's by its usual names",
            " and ".join(names),
            f"authenticate the domain at SendGrid: {GUIDE}",
        )


def _starting(version: str, records: Sequence[str]) -> list[str]:
    return [r for r in records if re.match(rf"{version}\b", r.strip(), re.IGNORECASE)]


def _finding(severity: Severity, message: str, where: str, help: str) -> Finding:
    return Finding(
        check="domain", severity=severity, message=message, where=where, help=help
    )
