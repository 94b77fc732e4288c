"""The bytes that go to SendGrid: what its schema, its package and its limits say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from benchmarks.request_builder import mail_object
from digest.config import Config
from digest.delivery import request_body
from digest.delivery.personal import WORD_JOINER
from digest.delivery.request import GROUP_UNSUBSCRIBE, TOGETHER, Requests
from digest.delivery.transport import Wave
from digest.errors import DeliveryError
from digest.model import Email, Placeholder
from subscribers.model import Recipient
from tests.delivery.conftest import OPENAPI
from tests.delivery.reference import personalization
from tests.delivery.samples import (
    ADDRESSES,
    CONFIG,
    EMAIL,
    TAG,
    handover,
    person,
    settings,
)

BY_SENDGRID = replace(
    CONFIG, newsletter=replace(CONFIG.newsletter, unsubscribe="sendgrid")
)
BY_GROUP = replace(BY_SENDGRID, sendgrid=replace(CONFIG.sendgrid, asm_group=17))
EVERYTHING = settings(
    "sendgrid",
    asm_group=17,
    ip_pool="news",
    categories=("weekly", "news"),
    tracking="both",
)
ALL = {
    "own": CONFIG,
    "by sendgrid": BY_SENDGRID,
    "by group": BY_GROUP,
    "everything": EVERYTHING,
}


def _validator() -> Any:
    document = json.loads(Path(OPENAPI).read_text("utf-8"))
    components = document["components"]
    content = components["requestBodies"]["PostMailSend"]["content"]
    schema = {**content["application/json"]["schema"], "components": components}
    return jsonschema_rs.Draft202012Validator(schema)


VALIDATOR = _validator()


def built(*people: Recipient, config: Config = CONFIG, email: Email = EMAIL) -> Any:
    body = request_body(handover(*people, email=email), config)
    return json.loads(body)


def message(**parts: Any) -> Email:
    return replace(EMAIL, **parts)


@pytest.mark.parametrize("config", ALL.values(), ids=ALL)
def test_sendgrids_schema_accepts_it(config: Config) -> None:
    """Every shape that the settings can give is valid by SendGrid's description."""
    people = [person(1, "Zoë"), person(2)]
    assert [*VALIDATOR.iter_errors(built(*people, config=config))] == []


def test_the_schema_refuses_what_is_wrong() -> None:
    """The schema is not one that takes anything."""
    request = built(person(1))
    request["personalizations"][0]["substitutions"]["x"] = 1
    assert not VALIDATOR.is_valid(request)


@pytest.mark.parametrize("config", ALL.values(), ids=ALL)
def test_it_equals_sendgrids_own_json(config: Config) -> None:
    """The package's Mail object gives the same JSON, personalizations in reverse."""
    people = [person(1, "Zoë Ångström"), person(2), person(3, "O'Neill-Smith")]
    theirs = mail_object(handover(*people), config).get()
    theirs["personalizations"].reverse()
    ours = built(*people, config=config)
    if config is BY_GROUP:  # the package leaves the text to its user
        for content in theirs["content"]:
            content["value"] = content["value"].replace(TAG, GROUP_UNSUBSCRIBE)
    assert ours == theirs


#: every placeholder of an issue, with tags as they are made
GREETING = replace(
    EMAIL,
    tags={
        **EMAIL.tags,
        Placeholder.PREFERENCES_URL: "-dg7f3a9c52-",
        Placeholder.READER_TEXT: "-dg7f3a9c53-",
        Placeholder.READER_HTML: "-dg7f3a9c54-",
    },
)
#: plain ones, which are most, and what could be taken for JSON, markup or a slot
NAMES = st.one_of(
    st.text(max_size=40),
    st.text("aZ09_'.- ", max_size=20),
    st.text("aé'\"\\\\/<>%&;,\x00\n\x7f\u2028\ud800\U0001f600 ", max_size=20),
    st.sampled_from(["<name>", "<token>", "%(id)s", "\\u0000", "[unsubscribe]", " a"]),
    st.sampled_from(["a ", "a  b", " ", "a\n", "\n", "a b", "'", "a'b"]),
)
TOKENS = st.text("aZ09_.~-", min_size=1, max_size=40)
PEOPLE = st.lists(
    st.builds(
        Recipient, id=st.integers(1, 2**63), email=ADDRESSES, name=NAMES, token=TOKENS
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("config", ALL.values(), ids=ALL)
@given(people=PEOPLE)
def test_each_person_is_what_the_reference_says(
    config: Config, people: list[Recipient]
) -> None:
    """Whatever people are called: put together or of objects, it is the same JSON."""
    given_to = handover(*people, email=GREETING)
    request = json.loads(request_body(given_to, config))
    assert request["personalizations"] == [
        personalization(given_to, each, config) for each in people
    ]
    assert VALIDATOR.is_valid(request)


def test_a_kept_template_is_the_same() -> None:
    """What a transport keeps serves all batches of an e-mail, and no other one."""
    requests = Requests(CONFIG)
    other = message(subject="Another one")
    for batch in (
        handover(person(1), attempt="1"),
        handover(person(2), person(3), attempt="2"),
        handover(person(4), attempt="3", email=other),
        handover(person(5), attempt="4"),
    ):
        assert requests.body(batch) == request_body(batch, CONFIG)


@pytest.mark.parametrize("size", [1, TOGETHER, TOGETHER + 1, 2 * TOGETHER])
def test_nobody_is_lost_between_the_pieces(size: int) -> None:
    """However people are put together, they are all there, in their order."""
    request = built(*map(person, range(size)))
    ids = [each["custom_args"]["dg_recipient"] for each in request["personalizations"]]
    assert ids == [str(number) for number in range(size)]


def test_a_wave_is_said_once() -> None:
    """What goes out together has SendGrid's id of it and one moment, in whole seconds.

    Neither is said where mail goes out at once.
    """
    at = datetime(2026, 11, 30, 7, 0, 0, 900_000, tzinfo=UTC)
    wave = Wave(id="YzBiMmE0-1", send_at=at)
    request = json.loads(
        request_body(replace(handover(person(1)), wave=wave), EVERYTHING)
    )
    assert VALIDATOR.is_valid(request)
    assert (request["batch_id"], request["send_at"]) == ("YzBiMmE0-1", 1_796_022_000)
    assert not {"batch_id", "send_at"} & set(built(person(1)))


@given(name=st.text(max_size=80), subject=st.text(max_size=80))
def test_any_name_and_subject_is_one_line(name: str, subject: str) -> None:
    """Names lose what SendGrid refuses, and neither can break out of its line."""
    request = built(person(1, name), email=message(subject=f"Subject {subject}"))
    assert VALIDATOR.is_valid(request)
    shown = request["personalizations"][0]["to"][0].get("name", "")
    assert not re.search(r"[;,\x00-\x1f\x7f\u2028]|<%", shown)
    assert shown == shown.strip()
    assert "".join(request["subject"].split()).startswith("Subject")
    assert not re.search(r"[\x00-\x1f\x7f\u2028]|<%", request["subject"])


@pytest.mark.parametrize("name", ["[unsubscribe]", "Ada [UNSUBSCRIBE] Byron", "<%x%>"])
def test_a_name_is_no_tag_of_sendgrids(name: str) -> None:
    """Whoever calls themselves `[unsubscribe]` is greeted so, without a link."""
    email = message(tags={**EMAIL.tags, Placeholder.READER_TEXT: "-dgreader-"})
    (entry,) = built(person(1, name), email=email)["personalizations"]
    for said in (entry["to"][0]["name"], *entry["substitutions"].values()):
        assert "[unsubscribe]" not in said.lower()
        assert "<%" not in said


def test_only_ids_are_kept_at_sendgrid() -> None:
    """custom_args hold our two ids as text, and nothing of the person."""
    request = built(person(42, "Zoë"))
    (entry,) = request["personalizations"]
    assert entry["custom_args"] == {"dg_attempt": "7", "dg_recipient": "42"}
    assert "custom_args" not in request


def test_each_person_has_one_click() -> None:
    """Own page: address, headers and text carry the same link, each their own."""
    for entry, token in zip(
        built(person(1), person(2))["personalizations"],
        (person(1).token, person(2).token),
        strict=True,
    ):
        url = f"https://news.example.org/weekly/u/{token}"
        assert entry["headers"] == {
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        assert entry["substitutions"] == {TAG: url}


def test_the_page_of_sendgrids_subscription_tracking() -> None:
    """Without a group our tag is SendGrid's to fill; nobody has values of their own."""
    request = built(person(1), config=BY_SENDGRID)
    assert set(request["personalizations"][0]) == {"to", "custom_args"}
    assert request["tracking_settings"]["subscription_tracking"] == {
        "enable": True,
        "substitution_tag": TAG,
    }
    assert all(TAG in content["value"] for content in request["content"])


def test_the_page_of_a_group() -> None:
    """With a group its ASM tag stands raw in both parts, and tracking is off."""
    request = built(person(1), config=BY_GROUP)
    assert request["asm"] == {"group_id": 17}
    assert request["tracking_settings"]["subscription_tracking"] == {"enable": False}
    for content in request["content"]:
        assert GROUP_UNSUBSCRIBE in content["value"]
        assert TAG not in content["value"]


@pytest.mark.parametrize(
    ("tracking", "clicks", "opens"),
    [
        ("off", False, False),
        ("clicks", True, False),
        ("opens", False, True),
        ("both", True, True),
    ],
)
def test_tracking_is_always_said(tracking: str, clicks: bool, opens: bool) -> None:
    """What is left out would be as the account has it, so nothing is."""
    config = settings("sendgrid", tracking=tracking)
    said = built(person(1), config=config)["tracking_settings"]
    assert said["click_tracking"] == {"enable": clicks, "enable_text": False}
    assert said["open_tracking"] == {"enable": opens}
    assert said["ganalytics"] == {"enable": False}


def test_plain_text_comes_first() -> None:
    """SendGrid refuses the HTML before the text."""
    kinds = [content["type"] for content in built(person(1))["content"]]
    assert kinds == ["text/plain", "text/html"]


@pytest.mark.parametrize("config", ALL.values(), ids=ALL)
def test_an_articles_words_stay_words(config: Config) -> None:
    """What looks like a tag in an article is read as it was written."""
    words = "{{7*7}} -name- <%asm_global_unsubscribe_raw_url%> [unsubscribe]"
    html = words.replace("<", "&lt;").replace(">", "&gt;")
    email = message(
        subject=words,
        text=f"{words} {EMAIL.text}",
        html=f'<p title="{words}">{html}</p>{EMAIL.html}',
    )
    request = built(person(1), config=config, email=email)
    text, page = (content["value"] for content in request["content"])
    for part in (request["subject"], text, unescape(page)):
        assert words in part.replace(WORD_JOINER, "")
        assert "<%asm_global" not in part
    (entry,) = request["personalizations"]
    assert all("<%" not in value for value in entry.get("headers", {}).values())


@pytest.mark.parametrize(
    ("section", "values", "words"),
    [
        ("newsletter", {"from_email": ""}, "newsletter.from_email is not set"),
        ("newsletter", {"from_email": "me"}, "'me' is not an address"),
        ("newsletter", {"reply_to": "a@b, c@d"}, "newsletter.reply_to"),
        ("newsletter", {"postal_address": ""}, "newsletter.postal_address is not set"),
        ("newsletter", {"base_url": "", "unsubscribe": "own"}, "base_url is not set"),
        ("newsletter", {"base_url": "ftp://x"}, "is not an https address"),
        ("newsletter", {"base_url": "https://x/?a=1&b"}, "a plain address"),
        ("sendgrid", {"categories": tuple("abcdefghijk")}, "at most 10"),
        ("sendgrid", {"categories": ("a", "a")}, "each only once"),
        ("sendgrid", {"categories": ("a" * 256,)}, "1 to 255 characters"),
        ("sendgrid", {"ip_pool": "x"}, "2 to 64 characters"),
        ("sendgrid", {"ip_pool": "x" * 65}, "2 to 64 characters"),
        ("sendgrid", {"asm_group": -1}, "sendgrid.asm_group"),
    ],
)
def test_settings_that_sendgrid_refuses(
    section: str, values: dict[str, Any], words: str
) -> None:
    """Each limit on settings is held before anything leaves, in one line."""
    with pytest.raises(DeliveryError, match=re.escape(words)) as caught:
        built(person(1), config=settings(section, **values))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("part", ["subject", "html", "text"])
def test_an_empty_part(part: str) -> None:
    """The schema wants at least a character in each."""
    with pytest.raises(DeliveryError, match=f"{part} is empty"):
        built(person(1), email=message(**{part: " \n"}))


def test_a_request_of_30_megabytes() -> None:
    """Too large is known before it is sent."""
    with pytest.raises(DeliveryError, match=r"30\.0 MB"):
        built(person(1), email=message(html="x" * 30_000_000))


@pytest.mark.parametrize("email", ["", "nobody", "a b@example.org", "a@b@c", "a@b,c@d"])
def test_an_address_that_is_none(email: str) -> None:
    """What cannot be an address stops before it costs 999 others a refusal."""
    with pytest.raises(DeliveryError, match=r"subscriber 9: .* is not an address"):
        built(structs.replace(person(9), email=email))


@pytest.mark.parametrize("token", ["", 'x"y', "x&y", "a b", "x" * 501])
def test_a_token_that_means_more_than_itself(token: str) -> None:
    """A link's token reads the same in HTML, in text and in a header, or is refused."""
    with pytest.raises(DeliveryError, match="subscriber 9: the token"):
        built(structs.replace(person(9), token=token))


@pytest.mark.parametrize("field", ["name", "token"])
def test_a_value_cannot_be_a_tag(field: str) -> None:
    """Nothing of a person is taken for a tag of the e-mail."""
    values: dict[str, Any] = {field: f"x{TAG}"}
    with pytest.raises(DeliveryError, match="subscriber 9 holds the tag"):
        built(structs.replace(person(9), **values))
