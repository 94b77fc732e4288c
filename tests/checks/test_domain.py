"""The records of the sender's domain, by a name server that the test plays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from digest.config import SendGridSettings
from digest.errors import FetchError
from digest.model import Finding, Severity
from tests.checks.good import CONFIG, found

DOMAIN = "letter.osterby.news"
KEY = "k=rsa; t=s; p=MIGfMA0"
GOOD: Mapping[tuple[str, str], Sequence[str]] = {
    ("com.", "NS"): ["a.gtld-servers.net."],
    (DOMAIN, "MX"): ["10 mx.osterby.news."],
    (DOMAIN, "TXT"): ["v=spf1 ~all", "something-verification=1"],
    ("_dmarc.osterby.news", "TXT"): ["v=DMARC1; p=quarantine"],
    (f"s1._domainkey.{DOMAIN}", "TXT"): [KEY],
}


def domain(
    records: Mapping[tuple[str, str], Sequence[str]],
    sender: str = f"tide@{DOMAIN}",
    key: str = "SG.key",
) -> list[Finding]:
    newsletter = replace(CONFIG.newsletter, from_email=sender)
    config = replace(
        CONFIG, newsletter=newsletter, sendgrid=SendGridSettings(api_key=key)
    )
    return found(
        config=config,
        resolve=lambda name, kind: records.get((name, kind), []),
        check="domain",
    )


def test_a_domain_with_all_its_records() -> None:
    """SPF, DKIM and DMARC, which may be that of the domain above."""
    assert domain(GOOD) == []


@pytest.mark.parametrize(
    ("name", "records", "message", "severity"),
    [
        (DOMAIN, ["v=spf1 ~all", "v=spf1 -all"], "2 SPF records", Severity.WARNING),
        (DOMAIN, ["spf1"], "has no SPF record", Severity.NOTE),
        (f"_dmarc.{DOMAIN}", ["v=DMARC1; p=none"], "asks for nothing", Severity.NOTE),
        (f"_dmarc.{DOMAIN}", ["v=DMARC1"], "names no policy", Severity.WARNING),
        (
            f"_dmarc.{DOMAIN}",
            ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
            "2 DMARC records",
            Severity.WARNING,
        ),
        ("_dmarc.osterby.news", [], "has no DMARC record", Severity.WARNING),
        (f"s1._domainkey.{DOMAIN}", ["p="], "has no DKIM key", Severity.WARNING),
    ],
)
def test_a_record_that_is_wrong(
    name: str, records: Sequence[str], message: str, severity: Severity
) -> None:
    """Each is named by its name in the DNS, as grave as it is."""
    (finding,) = domain({**GOOD, (name, "TXT"): records})
    assert message in finding.message
    assert finding.severity is severity


def test_a_domain_that_does_not_exist_forbids_sending() -> None:
    """Nobody accepts mail from nowhere."""
    (finding,) = domain({("com.", "NS"): GOOD["com.", "NS"]})
    assert (finding.where, finding.severity) == (DOMAIN, Severity.ERROR)


def test_keys_are_looked_for_where_sendgrid_sends() -> None:
    """Another transport's selectors are not known."""
    records = {place: texts for place, texts in GOOD.items() if KEY not in texts}
    assert domain(records, key="") == []
    assert len(domain(records)) == 1


def test_without_a_network_it_says_that_it_could_not_look() -> None:
    """A note, and no verdict."""

    def nobody(name: str, kind: str) -> Sequence[str]:
        raise FetchError(f"{name}: no answer")

    newsletter = replace(CONFIG.newsletter, from_email=f"tide@{DOMAIN}")
    config = replace(CONFIG, newsletter=newsletter)
    (finding,) = found(config=config, resolve=nobody, check="domain")
    assert finding.severity is Severity.NOTE
    assert "could not be looked up" in finding.message


@pytest.mark.parametrize("sender", ["a@example.com", "a@tide.example", ""])
def test_an_example_is_not_looked_up(sender: str) -> None:
    """Reserved names are nobody's."""
    assert domain({}, sender) == []


def test_a_name_server_that_knows_nothing_says_nothing() -> None:
    """In a closed network every name is unknown, and the domain may well exist."""
    (finding,) = domain({})
    assert finding.severity is Severity.NOTE
    assert "could not be looked up" in finding.message
