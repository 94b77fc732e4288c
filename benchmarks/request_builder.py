"""Building a mail/send request for 1,000 people: sendgrid's Mail objects and ours.

The limits are what cannot be saved: encoding what is built already, and copying
bytes that are encoded already. tests/delivery holds the two builders equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
from sendgrid.helpers.mail import (
    Asm,
    Category,
    ClickTracking,
    Content,
    CustomArg,
    From,
    Ganalytics,
    GroupId,
    Header,
    IpPoolName,
    Mail,
    OpenTracking,
    Personalization,
    ReplyTo,
    Subject,
    SubscriptionSubstitutionTag,
    SubscriptionTracking,
    Substitution,
    To,
    TrackingSettings,
)

from benchmarks.harness import measure, table
from digest.config import Config, Newsletter, SendGridSettings
from digest.delivery import Handover, request_body
from digest.delivery.request import Requests
from digest.model import Email, Placeholder
from subscribers.model import Recipient

TAG = "-dg7f3a9c51-"
PEOPLE = 1000


def mail_object(handover: Handover, config: Config) -> Mail:
    """The same request as `request_body` gives, by the package's own means.

    Its personalizations come out in reverse: it puts each before the others.
    """
    newsletter, sendgrid = config.newsletter, config.sendgrid
    email = handover.email
    mail = Mail()
    mail.from_email = From(newsletter.from_email, newsletter.from_name)
    if newsletter.reply_to:
        mail.reply_to = ReplyTo(newsletter.reply_to)
    mail.subject = Subject(email.subject)
    mail.content = [Content("text/plain", email.text), Content("text/html", email.html)]
    for person in handover.recipients:
        mail.add_personalization(_personalization(handover, newsletter, person))
    mail.tracking_settings = _tracking(email, config)
    if sendgrid.asm_group:
        mail.asm = Asm(GroupId(sendgrid.asm_group))
    for category in reversed(sendgrid.categories):
        mail.add_category(Category(category))
    if sendgrid.ip_pool:
        mail.ip_pool_name = IpPoolName(sendgrid.ip_pool)
    return mail


def _personalization(
    handover: Handover, newsletter: Newsletter, person: Recipient
) -> Personalization:
    one = Personalization()
    one.add_to(To(person.email, person.name or None))
    if newsletter.unsubscribe_by == "own":
        url = f"{newsletter.base_url}/u/{person.token}"
        one.add_header(Header("List-Unsubscribe", f"<{url}>"))
        one.add_header(Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        tag = handover.email.tags[Placeholder.UNSUBSCRIBE_URL]
        one.add_substitution(Substitution(tag, url))
    one.add_custom_arg(CustomArg("dg_attempt", handover.attempt))
    one.add_custom_arg(CustomArg("dg_recipient", str(person.id)))
    return one


def _tracking(email: Email, config: Config) -> TrackingSettings:
    tracking = config.sendgrid.tracking
    own = config.newsletter.unsubscribe_by == "own" or config.sendgrid.asm_group
    tag = email.tags[Placeholder.UNSUBSCRIBE_URL]
    settings = TrackingSettings()
    settings.click_tracking = ClickTracking(tracking in ("clicks", "both"), False)
    settings.open_tracking = OpenTracking(tracking in ("opens", "both"))
    settings.subscription_tracking = (
        SubscriptionTracking(False)
        if own
        else SubscriptionTracking(
            True, substitution_tag=SubscriptionSubstitutionTag(tag)
        )
    )
    settings.ganalytics = Ganalytics(False)
    return settings


def people(count: int) -> Iterator[Recipient]:
    for number in range(1, count + 1):
        yield Recipient(
            id=number,
            email=f"reader{number}@example.org",
            name=f"Reader Number {number}",
            token=f"{number:x}-qCqYHC4hzVM5fmBJ",
        )


def sample() -> tuple[Handover, Config]:
    """An e-mail of 60 kB to 1,000 people."""
    paragraph = "<p>The council voted for the bridge after a night of debate.</p>\n"
    html = f'<!doctype html>{paragraph * 950}<a href="{TAG}">unsubscribe</a>'
    email = Email(
        subject="The bridge gets built",
        preheader="…",
        html=html,
        text=f"The council voted for the bridge.\n\nUnsubscribe: {TAG}\n",
        tags={Placeholder.UNSUBSCRIBE_URL: TAG},
    )
    newsletter = Newsletter(
        from_email="editor@example.org",
        from_name="The Weekly",
        postal_address="1 Main Street",
        base_url="https://news.example.org",
    )
    config = Config(newsletter=newsletter, sendgrid=SendGridSettings(tracking="opens"))
    recipients = tuple(people(PEOPLE))
    return Handover(attempt="1", email=email, recipients=recipients), config


def main() -> None:
    handover, config = sample()
    requests = Requests(config)
    prepared = requests.body(handover)
    built = msgspec.json.decode(prepared)
    cases = {
        "sendgrid Mail objects": lambda: json.dumps(
            mail_object(handover, config).get()
        ),
        "ours, from the campaign's template": lambda: requests.body(handover),
        "ours, with the template made": lambda: request_body(handover, config),
        "limit: encode what is built": lambda: msgspec.json.encode(built),
        "limit: copy what is encoded": lambda: bytearray(prepared),
    }
    size = f"{len(prepared):,} bytes, {len(prepared) / PEOPLE:.0f} a recipient"
    title = f"one request for {PEOPLE:,} people ({size}); ratio to the package"
    print(table(title, measure(cases), unit="request"))


if __name__ == "__main__":
    main()
