"""The bytes of a mail/send request: one e-mail, up to 1,000 personalizations.

What people share is encoded once a campaign, and SendGrid puts each person's values
in the place of the e-mail's tags. A person is pieces of JSON and, between them, what is
JSON as it is: nothing is built, and nearly nothing encoded (docs/decisions/0005).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from operator import itemgetter
from typing import Any

import msgspec

from digest.config import Config, Newsletter, SendGridSettings
from digest.delivery.limits import (
    check_address,
    check_body,
    check_handover,
    check_settings,
)
from digest.delivery.personal import (
    check_token,
    greeting,
    inert,
    one_line,
    pages,
    shown_name,
    unsubscribe_headers,
)
from digest.delivery.transport import Handover, Wave
from digest.model import Email, Placeholder
from subscribers.model import Recipient

#: SendGrid puts the group's unsubscribe URL in its place, without markup:
#: https://docs.sendgrid.com/ui/sending-email/group-unsubscribes
GROUP_UNSUBSCRIBE = "<%asm_group_unsubscribe_raw_url%>"
#: People whose JSON is encoded together. In larger pieces it would be memory that is
#: given back to the system and asked for anew each time: an eighth of the time.
TOGETHER = 100
#: Address, name and token of nearly everybody: in JSON as they are anywhere, for
#: there is no quotation mark, backslash or control character (RFC 8259, section 7).
#: Written for speed: classes spelt out, and nothing tried a second way. A name with two
#: spaces in a row is looked for apart.
_WORD = "A-Za-z0-9_"
_PLAIN = re.compile(
    rf"[{_WORD}.+-]++@[{_WORD}.-]++\n(?! )[{_WORD}'. -]*+(?<! )\n[{_WORD}.~-]{{1,500}}"
)
#: what differs per person, and how it stands in a personalization: no page, no tag
#: and no id of an attempt can hold these
_SLOTS = ("email", "name", "html", "token", "id")
_SLOT = re.compile(f"<({'|'.join(_SLOTS)})>")


def request_body(handover: Handover, config: Config) -> bytes:
    """The JSON of `POST /v3/mail/send` for one batch; see `Template.body`."""
    return Template(handover.email, config).body(handover)


class Requests:
    """The requests of a transport; what its e-mail's people share is kept."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._template: Template | None = None

    def body(self, handover: Handover) -> bytes:
        """See `Template.body`."""
        if self._template is None or self._template.email is not handover.email:
            self._template = Template(handover.email, self._config)
        return self._template.body(handover)


class Template:
    """The requests of one e-mail under some settings, but for people and moment.

    Raises:
        DeliveryError: SendGrid would refuse it, whoever the recipients were.
    """

    def __init__(self, email: Email, config: Config) -> None:
        check_settings(config)
        newsletter, sendgrid = config.newsletter, config.sendgrid
        self.email = email
        self._newsletter = newsletter
        self._shared = _members(
            {
                **_sender(newsletter),
                **_content(email, newsletter, sendgrid),
                "tracking_settings": _tracking(email, newsletter, sendgrid),
                **_account(sendgrid),
            }
        )

    def body(self, handover: Handover) -> bytes:
        """The JSON of `POST /v3/mail/send` for one batch.

        Ids and nothing else go into custom_args, for these are kept at SendGrid and
        cannot be taken back; and only into personalizations, for its description of
        the top level is wrong.

        Raises:
            DeliveryError: SendGrid would refuse it, or something of a person reads as
                a tag of the e-mail.
        """
        check_handover(self.email, handover.recipients)
        people = list(self._people(handover))
        parts = [
            ",".join(people[at : at + TOGETHER]).encode()
            for at in range(0, len(people), TOGETHER)
        ]
        end = (b"],", _moment(handover.wave), self._shared, b"}")
        parts[0] = b'{"personalizations":[' + parts[0]
        parts[-1] += b"".join(end)
        body = b",".join(parts)
        check_body(body)
        return body

    def _people(self, handover: Handover) -> Iterator[str]:
        named = self._pattern(handover.attempt, name="<name>", html="<html>")
        nameless = self._pattern(handover.attempt, name="", html="")
        is_plain = _PLAIN.fullmatch
        for person in handover.recipients:
            email, token = person.email, person.token
            name = html = person.name
            if "  " in name or not is_plain(f"{email}\n{name}\n{token}"):
                email, name, html = self._in_json(person)
            elif "'" in name:
                html = escape(name)
            pieces, pick = named if name else nameless
            pieces[1::2] = pick((email, name, html, token, str(person.id)))
            yield "".join(pieces)

    def _in_json(self, person: Recipient) -> tuple[str, str, str]:
        """Address, name, and the name in HTML, as they stand between its quotes."""
        check_address(person)
        if self._newsletter.unsubscribe_by == "own":
            check_token(person)
        name = shown_name(person)
        return _quoted(person.email), _quoted(name), _quoted(escape(name))

    def _pattern(
        self, attempt: str, *, name: str, html: str
    ) -> tuple[list[str], Callable[[tuple[str, ...]], tuple[str, ...]]]:
        """A personalization in pieces, and what picks the values between them."""
        values = {
            Placeholder.READER_TEXT: greeting(name),
            Placeholder.READER_HTML: greeting(html),
        }
        for placeholder, page in pages(self._newsletter).items():
            values[placeholder] = f"{page}<token>"
        to = {"email": "<email>"}
        if name:
            to["name"] = name
        ids = {"dg_attempt": attempt, "dg_recipient": "<id>"}
        entry: dict[str, Any] = {"to": [to], "custom_args": ids}
        if url := values.get(Placeholder.UNSUBSCRIBE_URL):
            entry["headers"] = unsubscribe_headers(url)
        tags = self.email.tags.items()
        filled = {tag: values[each] for each, tag in tags if each in values}
        if filled:
            entry["substitutions"] = filled
        pieces = _SLOT.split(msgspec.json.encode(entry).decode())
        return pieces, itemgetter(*map(_SLOTS.index, pieces[1::2]))


def _quoted(text: str) -> str:
    return msgspec.json.encode(text)[1:-1].decode()


def _members(values: dict[str, Any]) -> bytes:
    """The inside of a JSON object."""
    return msgspec.json.encode(values)[1:-1]


def _moment(wave: Wave | None) -> bytes:
    """When it goes out, and with what; at once where nothing is said."""
    if wave is None:
        return b""
    at = int(wave.send_at.timestamp())
    return _members({"send_at": at, "batch_id": wave.id}) + b","


def _sender(newsletter: Newsletter) -> dict[str, Any]:
    name = one_line(newsletter.from_name or newsletter.name)
    sender: dict[str, Any] = {"from": {"email": newsletter.from_email, "name": name}}
    if newsletter.reply_to:
        sender["reply_to"] = {"email": newsletter.reply_to}
    return sender


def _content(
    email: Email, newsletter: Newsletter, sendgrid: SendGridSettings
) -> dict[str, Any]:
    """Subject and both parts, the plain one first, as SendGrid wants them."""
    text, html = inert(email.text), inert(email.html)
    tag = email.tags.get(Placeholder.UNSUBSCRIBE_URL)
    if tag and newsletter.unsubscribe_by == "sendgrid" and sendgrid.asm_group:
        text = text.replace(tag, GROUP_UNSUBSCRIBE)
        html = html.replace(tag, GROUP_UNSUBSCRIBE)
    return {
        "subject": inert(one_line(email.subject)),
        "content": [
            {"type": "text/plain", "value": text},
            {"type": "text/html", "value": html},
        ],
    }


def _tracking(
    email: Email, newsletter: Newsletter, sendgrid: SendGridSettings
) -> dict[str, Any]:
    """All of it said, for what is left out is as the account has it.

    Without a group, SendGrid's own unsubscribe page is that of its subscription
    tracking: it replaces the e-mail's tag by the person's URL and adds both
    List-Unsubscribe headers. The ASM tags are replaced only in mail with a group
    (sendgrid-nodejs#1178), and with a group this tag is not (sendgrid/docs#3644).
    """
    subscription: dict[str, Any] = {"enable": False}
    tag = email.tags.get(Placeholder.UNSUBSCRIBE_URL)
    if tag and newsletter.unsubscribe_by == "sendgrid" and not sendgrid.asm_group:
        subscription = {"enable": True, "substitution_tag": tag}
    return {
        "click_tracking": {
            "enable": sendgrid.tracking in ("clicks", "both"),
            "enable_text": False,
        },
        "open_tracking": {"enable": sendgrid.tracking in ("opens", "both")},
        "subscription_tracking": subscription,
        "ganalytics": {"enable": False},
    }


def _account(sendgrid: SendGridSettings) -> dict[str, Any]:
    account: dict[str, Any] = {}
    if sendgrid.asm_group:
        account["asm"] = {"group_id": sendgrid.asm_group}
    if sendgrid.categories:
        account["categories"] = list(sendgrid.categories)
    if sendgrid.ip_pool:
        account["ip_pool_name"] = sendgrid.ip_pool
    return account
