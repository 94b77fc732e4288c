"""What an import takes of each person, and in which state they come in."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

import subscribers as people
from subscribers import (
    Change,
    Preview,
    Provider,
    SecretKey,
    SuppressionReason,
    add_list,
    add_subscriber,
    find_list,
    is_suppressed,
    parse_address,
    suppress,
)
from subscribers.columns import TABLE, find_columns, plain
from subscribers.errors import KeyMissing, SubscriberError
from subscribers.fields import clean_moment, person_of
from subscribers.rows import GUARD
from subscribers.tables import erased, outgoing, subscriber, suppression
from tests.subscribers.importer import Importer

FIELDS_OF_ALL = (
    "email,name,zone,language,frequency,topics,attributes,joined,Town\n"
    'ann@example.org,Ann,europe/amsterdam,pt_br,daily,b|a|b,"{""vip"":true,""age"":7}",'
    "2026-01-31,Ghent\n"
)


def test_every_field(importer: Importer) -> None:
    """All that a file says of a person is kept, in one form."""
    importer.run(FIELDS_OF_ALL, mapping={"city": "Town"})
    assert importer.known("ann@example.org") == {
        "name": "Ann",
        "zone": "Europe/Amsterdam",
        "language": "pt-BR",
        "frequency": "daily",
        "topics": '["a","b"]',
        "attributes": '{"age":7,"city":"Ghent","vip":true}',
    }
    with importer.database.read() as connection:
        joined = connection.scalar(select(subscriber.c.created_at))
    assert str(joined) == "2026-01-31 00:00:00+00:00"


def test_what_is_empty_stays(importer: Importer) -> None:
    """A later file changes what it says, attributes by name, and leaves the rest."""
    importer.run(FIELDS_OF_ALL, mapping={"city": "Town"})
    text = (
        "email,name,zone,topics,attributes,joined\n"
        'ann@example.org,Ann Lee,  ,,"{""age"": 8.5}",\n'
    )
    assert importer.run(text).updated == 1
    assert importer.known("ann@example.org") == {
        "name": "Ann Lee",
        "zone": "Europe/Amsterdam",
        "language": "pt-BR",
        "frequency": "daily",
        "topics": '["a","b"]',
        "attributes": '{"age":8.5,"city":"Ghent","vip":true}',
    }
    assert importer.run(text).unchanged == 1
    assert importer.run("email,joined\nann@example.org,2020-01-01\n").updated == 1
    assert importer.run("email,joined\nann@example.org,2020-01-01\n").unchanged == 1


def test_rows_of_one_person_add_up(importer: Importer) -> None:
    """What several rows say of one person is all kept; the later wins."""
    text = "email,name,zone,a\nx@example.org,X,Asia/Tokyo,1\nx@example.org,Y,,2\n"
    for _ in range(2):
        report = importer.run(text, mapping={"a": "a"})
    assert (report.unchanged, report.duplicates) == (2, 1)
    known = importer.known("x@example.org")
    assert (known["name"], known["zone"]) == ("Y", "Asia/Tokyo")
    assert known["attributes"] == '{"a":"2"}'


def test_types_of_json(importer: Importer) -> None:
    """Values of JSON lines keep their type; a column of one's own is an attribute."""
    row = {
        "email": "ann@example.org",
        "topics": ["b", "a|c"],
        "attributes": {"n": 1, "x": 0.5, "yes": False, "t": "Lée", "gone": None},
        "Age": 41,
    }
    importer.run(json.dumps(row), mapping={"age": "Age", "city": "City"})
    known = importer.known("ann@example.org")
    assert known["topics"] == '["a|c","b"]'
    assert known["attributes"] == '{"age":41,"n":1,"t":"Lée","x":0.5,"yes":false}'


MAILCHIMP = (
    '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,'
    "GMTOFF,TIMEZONE,LEID,NOTES,TAGS\n"
    'ann@example.org,Ann,Lee,2,"2018-01-02 03:04:05","2019-01-02 03:04:05",1,'
    'Europe/Brussels,7,,"""news"",""sport, local"""\n'
)
LISTMONK = (
    "uuid,email,name,attributes,status,created_at,updated_at\n"
    '9,ann@example.org,Ann Lee,"{""city"": ""Ghent""}",enabled,'
    "2019-01-02 03:04:05.123456789 +0000 UTC,2019-01-02 03:04:05.1 +0000 UTC\n"
)
SUBSTACK = (
    "email,active_subscription,expiry,plan,email_disabled,created_at\n"
    "ann@example.org,false,,other,false,2019-01-02T03:04:05.000Z\n"
)
GHOST = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,"
    "created_at,deleted_at,labels,tiers\n"
    '6,ann@example.org,Ann Lee,,true,,,2019-01-02T03:04:05.000Z,,"news, sport",\n'
)
EXPORTS = {"mailchimp": MAILCHIMP, "listmonk": LISTMONK, "substack": SUBSTACK}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MAILCHIMP, {"name": "Ann Lee", "zone": "Europe/Brussels"}),
        (MAILCHIMP, {"topics": '["news","sport, local"]', "attributes": "{}"}),
        (LISTMONK, {"name": "Ann Lee", "attributes": '{"city":"Ghent"}'}),
        (SUBSTACK, {"name": "", "attributes": "{}"}),
        (GHOST, {"name": "Ann Lee", "topics": '["news","sport"]'}),
    ],
)
def test_exports_of_others(
    quick: Importer, text: str, expected: dict[str, str]
) -> None:
    """The exports of other programs need no mapping."""
    assert quick.run(text).added == 1
    known = quick.known("ann@example.org")
    assert known == known | expected
    assert quick.standing() == {"ann@example.org": "confirmed"}
    with quick.database.read() as connection:
        joined = connection.scalar(select(subscriber.c.created_at))
    assert str(joined).startswith("2019-01-02 03:04:05")


@pytest.mark.parametrize(
    ("text", "standing", "suppressed"),
    [
        (MAILCHIMP.replace("TAGS", "UNSUB_TIME"), "unsubscribed", {}),
        (MAILCHIMP.replace("TAGS", "CLEAN_TIME"), None, "bounce"),
        (LISTMONK.replace("enabled", "disabled"), "unsubscribed", {}),
        (LISTMONK.replace("enabled", "blocklisted"), None, "manual"),
        (SUBSTACK.replace("other,false", "other,true"), "unsubscribed", {}),
        (GHOST.replace(",true,", ",false,"), "unsubscribed", {}),
    ],
)
def test_who_left_elsewhere(
    quick: Importer, text: str, standing: str | None, suppressed: str
) -> None:
    """Whoever left or bounced in another program gets no mail from this one."""
    report = quick.run(text)
    assert (report.rows, report.suppressed) == (1, 1)
    assert quick.standing().get("ann@example.org") == standing
    assert quick.suppressed().get("ann@example.org", {}) == suppressed


@pytest.mark.parametrize(
    ("word", "consent", "standing", "suppressed"),
    [
        ("", "form", "confirmed", None),
        ("Subscribed", "form", "confirmed", None),
        ("active", None, "unconfirmed", None),
        ("confirmed", None, "unconfirmed", None),
        ("pending", "form", "unconfirmed", None),
        ("Opted Out", "form", "unsubscribed", None),
        ("unsubscribed", None, "unsubscribed", None),
        ("cleaned", "form", None, "bounce"),
        ("Spam Complaint", "form", None, "complaint"),
        ("banned", "form", None, "manual"),
    ],
)
def test_state(
    importer: Importer,
    word: str,
    consent: str | None,
    standing: str | None,
    suppressed: str | None,
) -> None:
    """A column of states is believed, but for a consent that nobody states."""
    text = f"email,status\nann@example.org,{word}\n"
    first = importer.run(text, consent=consent)
    assert importer.standing().get("ann@example.org") == standing
    assert importer.suppressed().get("ann@example.org") == suppressed
    again = importer.run(text, consent=consent)
    assert first.suppressed == again.suppressed == (first.added == 0)
    assert again.unchanged == first.added


def test_file_takes_people_off(importer: Importer) -> None:
    """Who is on the list and has left by the file is off it, and the log says so."""
    importer.run("email\nann@example.org\n")
    importer.run("email,name,status\nann@example.org,Ann,unsubscribed\n")
    assert importer.standing() == {"ann@example.org": "unsubscribed"}
    assert [row.state for row in importer.consent()] == ["confirmed", "unsubscribed"]
    assert importer.run("email,status\nann@example.org,active\n").suppressed == 1
    assert importer.standing() == {"ann@example.org": "unsubscribed"}


def test_unconfirmed_lowers_nobody(importer: Importer) -> None:
    """Who is confirmed stays so, though a file has them as pending."""
    importer.run("email\nann@example.org\n")
    assert importer.run("email,status\nann@example.org,pending\n").unchanged == 1
    assert importer.standing() == {"ann@example.org": "confirmed"}


def test_expired_suppression(importer: Importer) -> None:
    """A suppression that is over keeps nobody out; that of another list neither."""
    addresses = [parse_address(f"{name}@example.org") for name in "abc"]
    with importer.database.write() as connection:
        other = add_list(connection, "other", importer.now)
        here = find_list(connection, "readers")
        for address, on, days in zip(
            addresses, (None, other, here), (-1, None, None), strict=True
        ):
            until = importer.now + timedelta(days=days) if days else None
            suppress(
                connection,
                address,
                SuppressionReason.BOUNCE,
                source="test",
                now=importer.now,
                on=on,
                until=until,
            )
    report = importer.run("email\na@example.org\nb@example.org\nc@example.org\n")
    assert (report.added, report.suppressed) == (2, 1)


def test_soft_suppression_becomes_hard(importer: Importer) -> None:
    """What a file says of a bounce is for ever; the first of its kind stays."""
    address = parse_address("ann@example.org")
    later = importer.now + timedelta(days=30)
    with importer.database.write() as connection:
        reason = SuppressionReason.BOUNCE
        suppress(connection, address, reason, source="t", now=importer.now, until=later)
    text = "email,status\nann@example.org,bounced\n"
    importer.run(text)
    importer.run(text)
    with importer.database.read() as connection:
        rows = connection.execute(select(suppression)).all()
        assert is_suppressed(connection, address, now=later + timedelta(days=1))
    assert len(rows) == 1
    assert rows[0].source.startswith("import: ")


def test_nobody_comes_back_who_was_erased(importer: Importer, tmp_path: Path) -> None:
    """Only the key tells who was erased; nothing of them is written again."""
    key = SecretKey(tmp_path / "digest.key")
    text = "email,status\nann@example.org,active\nann@example.org,bounced\nb@b.org,\n"
    key.make(b"k" * 32)
    with importer.database.write() as connection:
        key.agree(connection)
        row = {"hash": key.hash("ann@example.org"), "list_id": 0, "at": importer.now}
        connection.execute(insert(erased).values(reason="complaint", **row))
    with pytest.raises(KeyMissing):
        importer.run(text)
    report = importer.run(text, key=key)
    assert (report.rows, report.suppressed, report.added) == (3, 2, 1)
    assert importer.people() == {"b@b.org": ""}
    assert importer.suppressed() == {}
    with importer.database.write() as connection:
        change = add_subscriber(
            connection,
            "readers",
            "Ann@example.org",
            consent="asked",
            source="test",
            now=importer.now,
            secret=importer.secret,
            key=key,
        )
    assert change is Change.SUPPRESSED


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("zone", "Mars/Base", "there is no time zone 'Mars/Base'; write one like Euro"),
        ("zone", "../../etc/passwd", "there is no time zone"),
        ("language", "English", "'English' is no language; write a tag like en"),
        ("joined", "31/01/2026", "'31/01/2026' is no date; write one like 2026-01-31"),
        ("joined", "0001-01-01T00:00:00+14:00", "is no date"),
        ("joined", "1989-12-31", "nobody joined on 1989-12-31"),
        ("joined", "2026-11-22", "nobody joined on 2026-11-22"),
        ("joined", "2026-01-02 13:04:05 PM", "is no date"),
        ("joined", "2026-01-02 0:04 AM", "is no date"),
        ("state", "California", "its state 'California' is not known; write confirmed"),
        ("topics", '"[1]"', "its topics are no list of texts"),
        ("topics", "a\x1bb", "control characters"),
        ("frequency", "x" * 201, "longer than 200"),
        ("attributes", "[1]", "its attributes are no JSON object"),
        ("attributes", '"{""a"": ""\\u0000""}"', "control characters"),
        ("Town", "x" * 2001, "longer than 2,000"),
    ],
)
def test_bad_value(quick: Importer, column: str, cell: str, reason: str) -> None:
    """A value that cannot be what it should rejects its row, and says why."""
    text = f"email,{column}\na@example.org,{cell}\nb@example.org,\n"
    mapping = {"town": column} if column == "Town" else {}
    report = quick.run(text, rejects=quick.folder / "rejects.csv", mapping=mapping)
    assert (report.added, report.rejected) == (1, 1)
    assert reason in quick.rejected()[0][1]
    assert quick.people() == {"b@example.org": ""}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"zone": 7}, "its time zone is not a text"),
        ({"joined": 2026}, "its date of joining is not a text"),
        ({"topics": {"a": 1}}, "its topics are no list of texts"),
        ({"tags": [7]}, "its topics are no list of texts"),
        ({"attributes": "x"}, "its attributes are no JSON object"),
        ({"state": ["confirmed", "x"]}, "its state \"['confirmed', 'x']\" is not kno"),
    ],
)
def test_bad_json_value(quick: Importer, row: dict[str, Any], reason: str) -> None:
    """So does a value of JSON of another type."""
    text = json.dumps({"email": "a@example.org"} | row)
    report = quick.run(text, rejects=quick.folder / "rejects.csv")
    assert report.rejected == 1
    assert reason in quick.rejected()[0][1]


NAMES = [names[0] for key in ("fields", "marks") for names in TABLE[key].values()]


@given(st.text(max_size=40), st.sampled_from(NAMES))
def test_any_cell(cell: str, name: str) -> None:
    """Whatever stands in a cell, the row is taken, or rejected in one line."""
    names = ["id", name] if name == "email" else ["email", name]
    message = ""
    try:
        person_of(["a@example.org", cell], find_columns(names, {}))
    except SubscriberError as error:
        message = str(error)
    assert message.isprintable()


def test_mapping_of_fields(quick: Importer) -> None:
    """A field is said by any of its names; an empty column is none."""
    text = "email,State,Stadt,Kontakt\nann@example.org,California,Ghent,Ann\n"
    mapping = {"status": "", "city": "Stadt", "Full Name": "Kontakt"}
    quick.run(text, mapping=mapping)
    known = quick.known("ann@example.org")
    assert (known["name"], known["attributes"]) == ("Ann", '{"city":"Ghent"}')
    mapping = {"us_state": "State"}
    quick.run(text, mapping=mapping)
    assert '"us_state":"California"' in quick.known("ann@example.org")["attributes"]


def test_guarded_cells(quick: Importer) -> None:
    """The apostrophe that keeps spreadsheets from running a cell is taken off again."""
    rows = {
        "'=1+1": "=1+1",
        "''@x": "'@x",
        "'-": "-",
        "'tis": "'tis",
        "O'Neill": "O'Neill",
        "'": "'",
    }
    people = "".join(f"{n}@example.org,{name}\n" for n, name in enumerate(rows))
    quick.run(f"email,name\n{people}'+a@example.org,Plus\n")
    assert list(quick.people().values()) == [*rows.values(), "Plus"]
    assert "+a@example.org" in quick.people()
    quick.run('{"email": "j@example.org", "name": "\'=1"}')
    assert quick.people()["j@example.org"] == "'=1"


@given(st.text("'=+-@\t\rab", max_size=5))
def test_guard_is_taken_off(cell: str) -> None:
    """Of every cell that the export guards, one apostrophe is taken off."""
    guarded = f"'{cell}" if cell.lstrip("'")[:1] in set("=+-@\t\r") else cell
    assert (guarded[1:] if GUARD.match(guarded) else guarded) == cell


def test_consent_rests_on_the_run(importer: Importer) -> None:
    """Each consent points at its import: the file and its hash, statement, operator."""
    file = importer.write("email\nann@example.org\nbob@example.org\n")
    importer.run(file, operator="ann")
    (run,) = importer.runs()
    assert (run.file, run.statement, run.operator) == (
        str(file),
        "signed up on paper",
        "ann",
    )
    assert run.file_hash == importer.hash_of(file)
    assert json.loads(run.mapping) == {"email": "email"}
    assert (run.done, run.ended_at) == (2, importer.now)
    for row in importer.consent():
        assert (row.import_id, row.statement, row.state) == (run.id, "", "confirmed")
        assert row.source == f"import: {file}"
    importer.run(io.BytesIO(file.read_bytes()))
    assert importer.runs()[1].file_hash == run.file_hash


def test_preview(quick: Importer) -> None:
    """A preview tells what each column is taken for, and the first ten people."""
    people = "".join(f"{n}@example.org;N;Ghent\r\n" for n in range(20))
    text = f"E-mail;Näme;Ort\r\nx@;;\r\n{people}"
    shown: list[Preview] = []
    report = quick.run(
        text.encode("cp1252"),
        mapping={"name": "Näme"},
        dry_run=True,
        preview=shown.append,
    )
    (preview,) = shown
    assert (preview.delimiter, preview.encoding) == (";", "Windows-1252")
    assert preview.columns == (
        ("E-mail", "email"),
        ("Näme", "name"),
        ("Ort", "ignored"),
    )
    assert [each.address.key for each in preview.people] == [
        f"{n}@example.org" for n in range(10)
    ]
    assert (report.rows, report.added, report.rejected) == (21, 20, 1)
    assert quick.people() == {}
    assert quick.runs() == []


def test_table_of_columns() -> None:
    """Names are written as they are compared, and each means one thing."""
    words = [
        word
        for section in ("fields", "marks")
        for names in TABLE[section].values()
        for word in names
    ]
    assert words == [plain(word) for word in words]
    assert len(words) == len(set(words))
    states = [word for words in TABLE["states"].values() for word in words]
    assert states == [plain(word) for word in states]
    assert len(states) == len(set(states))


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("unsubscribed", [{"email": "ann@example.org", "group": 7}]),
        ("complained", [{"email": "ann@example.org", "group": None}]),
        ("blocklisted", [{"email": "ann@example.org", "group": None}]),
        ("bounced", []),
        ("pending", []),
    ],
)
def test_the_provider_is_told(
    importer: Importer, status: str, told: list[dict[str, object]]
) -> None:
    """Of those who got mail until now, once; of strangers it holds no mail."""
    importer.run("email\nann@example.org\n")
    text = f"email,status\nann@example.org,{status}\nbob@example.org,{status}\n"
    for _ in range(2):
        importer.run(text, provider=Provider(group=7))
    with importer.database.read() as connection:
        rows = connection.scalars(select(outgoing.c.payload)).all()
    assert [json.loads(row) for row in rows] == told


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-01-02 3:04:05 PM", 15),
        ("2026-01-02 03:04:05 pm", 15),
        ("2026-01-02T03:04:05 a.m.", 3),
        ("2026-01-02 12:04:05 AM", 0),
        ("2026-01-02 12:04:05PM", 12),
        ("2026-01-02 03:04:05 +0000 UTC", 3),
    ],
)
def test_clocks_of_twelve_hours(text: str, hour: int) -> None:
    """AM and PM are no names of zones."""
    moment = clean_moment(text)
    assert (moment.hour, moment.minute, moment.second) == (hour, 4, 5)


def test_nested_attributes_are_left_out(importer: Importer) -> None:
    """The person comes in with all the others; how many were left out is counted."""
    rows = (
        {"email": "ann@example.org", "attributes": {"a": {"b": 1}, "c": 2, "d": None}},
        {"email": "bob@example.org", "attribs": {"a": [1], "b": {}}},
    )
    report = importer.run("\n".join(map(json.dumps, rows)))
    assert (report.added, report.skipped) == (2, 3)
    assert importer.known("ann@example.org")["attributes"] == '{"c":2}'
    assert importer.known("bob@example.org")["attributes"] == "{}"


MAILCHIMP_RECORD = (
    "Email Address,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP\n"
    "ann@example.org,2020-01-02 03:04:05,192.0.2.1,2020-01-02 03:09:05,192.0.2.2\n"
    "bob@example.org,,,2021-01-02 03:04:05,not one\n"
    "cy@example.org,,,,\n"
)


def test_a_record_of_consent(importer: Importer) -> None:
    """What Mailchimp noted of each goes before what we note, once."""
    for _ in range(2):
        importer.run(MAILCHIMP_RECORD)
    log = [
        (row.subscription_id, row.state, row.at.isoformat()[:16], row.ip)
        for row in importer.consent()
    ]
    now = importer.now.isoformat()[:16]
    assert sorted(log) == sorted(
        [
            (1, "unconfirmed", "2020-01-02T03:04", "192.0.2.1"),
            (1, "confirmed", "2020-01-02T03:09", "192.0.2.2"),
            (2, "confirmed", "2021-01-02T03:04", ""),
            *((number, "confirmed", now, "") for number in (1, 2, 3)),
        ]
    )
    newest = {row.subscription_id: row.at for row in importer.consent()}
    assert set(newest.values()) == {importer.now}
    with importer.database.read() as connection:
        ann = next(people.subscribers(connection))
    assert ann.joined.isoformat() == "2020-01-02T03:09:05+00:00"


@pytest.mark.parametrize(
    ("address", "suspicious"),
    [
        ("p\N{CYRILLIC SMALL LETTER A}ul@example.org", True),
        ("ann@ex\N{CYRILLIC SMALL LETTER A}mple.org", True),
        ("ann@\N{GREEK SMALL LETTER OMICRON}ffice.org", True),
        ("ann@example.org", False),
        ("ann@münchen.example.org", False),
        ("анна@почта.example.org", False),
        ("ann@почта.example.org", False),
        ("info@東京タワーa.example.org", False),
    ],
)
def test_look_alikes(importer: Importer, address: str, suspicious: bool) -> None:
    """Two alphabets of one look in a label are counted; their people come in."""
    report = importer.run(f"email\n{address}\n")
    assert (report.added, report.suspicious) == (1, suspicious)


def test_names_turn_nothing_around(importer: Importer) -> None:
    """Marks that turn the direction of what follows are taken out of a name."""
    importer.run("email,name\nann@example.org,\u202eAnn \u2066Lee\u2069 \u202c\n")
    assert importer.people() == {"ann@example.org": "Ann Lee"}
