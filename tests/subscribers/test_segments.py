"""Segments: what can be written, what it means on both databases, what is kept."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, select

from digest.store import Database
from subscribers import (
    InvalidName,
    InvalidSegment,
    SegmentExists,
    SubscriberError,
    UnknownList,
    UnknownSegment,
    add_list,
    add_segment,
    find_list,
    find_segment,
    members,
    remove_segment,
    segments,
)
from subscribers.driver import fetch
from subscribers.segments import Expression, condition, formatted, in_words, parse
from subscribers.segments.expression import Ago, Unit
from subscribers.segments.parsing import DEEPEST, LONGEST
from subscribers.tables import mailing_list, segment, subscriber, subscription
from tests.subscribers.segment_reference import (
    EXPRESSIONS,
    LISTS,
    NOW,
    PEOPLE,
    Somebody,
    means,
)


class Undone(Exception):
    """Takes back what an example did, so that the next finds nothing of it."""


def write(connection: Connection, people: Sequence[Somebody]) -> None:
    """Put people into the database, with ids from 1."""
    for name in LISTS:
        add_list(connection, name, NOW)
    ids = {name: find_list(connection, name).id for name in LISTS}
    for number, person in enumerate(people, 1):
        row = {
            "id": number,
            "key": f"{number} {person.email}",
            "email": person.email,
            "name": person.name,
            "zone": person.tz,
            "language": person.language,
            "frequency": person.frequency,
            "topics": json.dumps(person.topics, ensure_ascii=False),
            "attributes": json.dumps(person.attributes, ensure_ascii=False),
            "created_at": person.joined,
            "paused_until": person.paused_until,
        }
        connection.execute(insert(subscriber).values(row))
        for name in LISTS:
            state = "confirmed" if name in person.lists else "unsubscribed"
            on_it = {"list_id": ids[name], "subscriber_id": number, "state": state}
            on_it |= {"secret": bytes(12), "since": NOW}
            connection.execute(insert(subscription).values(on_it))


def found(connection: Connection, expression: Expression) -> list[int]:
    """The ids of the people of a segment."""
    where = condition(connection, expression, now=NOW)
    sql = f"SELECT s.id FROM subscriber s WHERE {where.sql} ORDER BY s.id"
    return [number for (number,) in fetch(connection, sql, *where.values)]


# --- What it means -----------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, asked=st.lists(EXPRESSIONS, min_size=1, max_size=6))
def test_the_same_people_on_both_databases(
    database: Database, people: list[Somebody], asked: list[Expression]
) -> None:
    """Whatever is asked, the database finds whom the plain evaluator finds; and
    `not` of it finds all the others."""
    with contextlib.suppress(Undone), database.write() as connection:
        write(connection, people)
        for expression in asked:
            expected = [
                number
                for number, person in enumerate(people, 1)
                if means(expression, person, NOW)
            ]
            assert found(connection, expression) == expected, formatted(expression)
        raise Undone


ANN = Somebody(
    email="Ann.Lee@Mail.example.org",
    name="Ann Élise",
    tz="Europe/Brussels",
    language="nl-BE",
    frequency="Weekly",
    topics=('Arts & "Letters"', "NATO"),
    attributes={
        "city": "Ghent",
        "zip": "09000",
        "visits": 12,
        "paid": "7.50",
        "vip": True,
        "share": "100%",
        "newsletter": "yes",
        "note": "",
    },
    joined=NOW.replace(day=17),
    lists=frozenset({"daily"}),
)


@pytest.mark.parametrize(
    "text",
    [
        "tz:Europe/*",
        "TZ:europe/brussels AND zone = Europe/Brussels",
        "tz:Europe and tz = europe and not tz:Euro",
        "language = nl and language:NL-* and not language:nl-*-*",
        "language != nl-NL",
        'name:"ann *" and name has "N É" and not name has "N é"',
        "email:*@mail.example.org and email = ann.lee@mail.example.org",
        "domain = mail.example.org and domain:*.example.org and not domain:example.org",
        "frequency = weekly and frequency exists",
        'topics has nato and topics has "arts & \\"letters\\""',
        "not topics has nat and topics exists",
        "city = ghent and attr.city:gh* and city has hen and city < Ghosts",
        'zip = "09000" and zip = 09000 and not zip = 9000',
        "visits < 1e10 and visits > 1.1e1 and visits < 1.3E+1 and not visits = 1.2e1",
        "visits = 12.0 and visits > 5 and visits <= 12 and not visits = '12'",
        "paid = 7.5 and paid > 7 and paid < 10 and paid = '7.50'",
        "vip = true and vip != false and not vip = 1 and not vip = yes",
        'share = "100%" and share:*% and not share:"1\\*"',
        "not note exists and not note = x and not note != x",
        "not hobby = x and not hobby != x and not hobby exists and not hobby < x",
        "joined < 90d and joined > 2d and joined >= 24h and not joined < 3d",
        "joined >= 2026-11-17 and joined <= 2026-11-17 and joined < 1mo",
        "not joined > 2026-11-17 and not joined < 2026-11-17",
        'joined > "2026-11-17T09:29:59+01:00" and joined <= "2026-11-17T08:30"',
        "list has daily and list exists and not list has weekly",
        "city = x and city = y or city = Ghent",
        "not city = x and (city = y or city = Ghent)",
        "not (city = Ghent and visits = 5)",
    ],
)
def test_what_ann_is(database: Database, text: str) -> None:
    """All of it is true of one person, and the plain evaluator says so too."""
    with database.write() as connection:
        write(connection, [ANN])
        assert found(connection, parse(text)) == [1]
    assert means(parse(text), ANN, NOW)


def test_a_month_ago() -> None:
    """A month before the 31st is the last day of a shorter month."""
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    before = {1: (2026, 2, 28), 2: (2026, 1, 31), 25: (2024, 2, 29), 27: (2023, 12, 31)}
    for months, (year, month, day) in before.items():
        meant = datetime(year, month, day, 12, tzinfo=UTC)
        assert Ago(months, Unit.MONTHS).before(now) == meant


@pytest.mark.parametrize(
    "text",
    [
        " or ".join(["a=1"] * (LONGEST // 7)),
        " and ".join(["tz:a"] * (LONGEST // 9)),
        "(" * (DEEPEST - 1) + "a=1 or b!=2" + ")" * (DEEPEST - 1),
        "not " * (DEEPEST - 1) + "topics has x",
        f'name:"{"*a" * 900}"',
    ],
    ids=lambda text: text[:12],
)
def test_as_much_as_can_be_asked(database: Database, text: str) -> None:
    """The longest and the deepest are no more than a database can take."""
    with database.read() as connection:
        found(connection, parse(text))


def test_nothing_of_a_text_becomes_sql(database: Database) -> None:
    """Names, values and patterns are all bound, whatever is in them."""
    evil = "x'); DROP TABLE subscriber; --"
    text = f'attr."{evil}" = "{evil}" or name:"{evil}*" or topics has "{evil}"'
    with database.write() as connection:
        where = condition(connection, parse(text), now=NOW)
        assert "DROP" not in where.sql
        assert (
            sum("DROP" in str(value) or "drop" in str(value) for value in where.values)
            == 4
        )
        assert found(connection, parse(text)) == []
        assert connection.scalar(select(func.count()).select_from(subscriber)) == 0


# --- What can be written --------------------------------------------------------------


@given(EXPRESSIONS)
def test_written_and_read(expression: Expression) -> None:
    """What is written the usual way is read as the same, and has words."""
    text = formatted(expression)
    if len(text) <= LONGEST:
        assert parse(text) == expression
    assert in_words(expression)


SNIPPETS = st.sampled_from(
    "tz : = != < > <= has exists and or not ( ) \" ' \\ * city attr. attr.x 90d -5 1.5 "
    "true joined topics list has 2026-01-31 “ \x00 \ud800 \u2028 \n , ; == <>".split(
        " "
    )
)


@given(st.text() | st.lists(SNIPPETS).map(" ".join) | st.lists(SNIPPETS).map("".join))
@example("a=" + "9" * 1000)
@example("joined < " + "9" * 500 + "d")
@example("(" * 2000)
@example("not " * 500)
@example("joined < 0000-00-00")
@example("joined > 9999-12-31T23:59:59-23:59")
def test_any_text(text: str) -> None:
    """Any text is an expression, or an error that is one line."""
    try:
        expression = parse(text)
    except InvalidSegment as raised:
        error = str(raised)
    else:
        assert parse(formatted(expression)) == expression
        return
    assert error.isprintable()
    assert len(error) < 300


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("a=1 or b=2 and not c=3", "attr.a = 1 or attr.b = 2 and not attr.c = 3"),
        ("(a=1 or b=2) and c=3", "(attr.a = 1 or attr.b = 2) and attr.c = 3"),
        ("((a=1)) and (b=2 and c=3)", "attr.a = 1 and attr.b = 2 and attr.c = 3"),
        ("NOT(not a=1)", "not not attr.a = 1"),
        ("not (a=1 or b=2)", "not (attr.a = 1 or attr.b = 2)"),
        ("zone:Europe/*", "tz:Europe/*"),
        ("tz :\n\t'Europe/*'", "tz:Europe/*"),
        ("name:**a**", "name:*a*"),
        (r'name:"\* \"*"', r'name:"\* \"*"'),
        ('city has "and"', 'attr.city has "and"'),
        ('attr."Favourite colour" = Red', 'attr."Favourite colour" = "Red"'),
        ("joined<90D", "joined < 90d"),
        ("vip = TRUE", "attr.vip = true"),
    ],
)
def test_the_usual_way(text: str, normal: str) -> None:
    """not binds before and, and that before or; brackets that say nothing go."""
    assert formatted(parse(text)) == normal


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "a segment cannot be empty; write one like tz:Europe/*"),
        ("timezone = x", "unknown term 'timezone' at 1; did you mean tz?"),
        (
            "tz:x and langage = en",
            "unknown term 'langage' at 10; did you mean language?",
        ),
        (
            "tz",
            "an operator is needed, not the end at 3; there can be :, =, !=, has or ",
        ),
        (
            "topics = nato",
            "an operator is needed, not '=' at 8; there can be has or exist",
        ),
        ("topics haz nato", "an operator is needed, not 'haz' at 8; did you mean has?"),
        ("city is x", "an operator is needed, not 'is' at 6; did you mean =?"),
        ("city == x", "an operator is needed, not '==' at 6; did you mean =?"),
        ("city =", "a value is needed, not the end at 7"),
        (
            "city = and",
            "a value is needed, not 'and' at 8; a text of such a word stands",
        ),
        ("city = ''", "a value cannot be empty at 8; ask: not city exists"),
        ("a = 1 && b = 2", "unexpected '&&' at 7; did you mean and?"),
        ("a = 1 b = 2", "unexpected 'b' at 7; there can be and or or"),
        ("(a = 1", "the bracket at 1 is still open before the end at 7"),
        ("a = 1)", "unexpected ')' at 6"),
        ("and a = 1", "a term is needed, not 'and' at 1"),
        ('a = "x', 'the quote " is never closed at 5'),
        ("a = “x”", 'unexpected “ at 5; write "'),
        ("a = x\\y", r"unexpected '\\' at 6; put what holds such a sign in quotes"),
        (r'a = "\n"', r"\n means nothing at 6; a backslash is \\"),
        ("tz = Europe/*", "= compares the whole text at 6; a pattern follows :"),
        ("a < true", "nothing is < true at 5; compare with ="),
        ("a > 1e15", "a number has at most 15 digits at 5"),
        ("a = 1234567890123456", "a number has at most 15 digits at 5"),
        ("joined < 90", "'90' is no time at 10; write 90d, 12h, 3w, 6mo or 2026-01-31"),
        ("joined < 2026-02-30", "'2026-02-30' is no time at 10"),
        ("joined > 0001-01-01", "'0001-01-01' is no year of ours at 10"),
        ("attr. = 1", "attr. needs the name of an attribute at 1"),
        ("a = x\0", r"'\x00' cannot stand in a segment at 6"),
        ("not " * 60 + "a=1", "brackets and `not` go deeper than 50 at 201"),
        ("a" * 3000, "a segment is at most 2,000 characters long"),
    ],
)
def test_what_is_wrong(text: str, error: str) -> None:
    """An error says what is wrong, at which character, and what could be meant."""
    with pytest.raises(InvalidSegment) as raised:
        parse(text)
    assert str(raised.value).startswith(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'tz:Europe/* and topics has "nato" and not joined < 90d',
            'time zone is like Europe/*, and chose the topic "nato", '
            "and not (joined less than 90 days ago)",
        ),
        (
            "(visits >= 5 or vip = true) and city != Ghent",
            '(visits is at least 5, or vip is true), and city is known and not "Ghent"',
        ),
        ("list has weekly", 'confirmed on the list "weekly"'),
        ("topics exists and list exists", "chose a topic, and confirmed on a list"),
        ("joined >= 1w", "joined at least 1 week ago"),
        ("joined > 2026-01-31", "joined after 2026-01-31 (UTC)"),
        ("joined <= '2026-01-31T08:00'", "joined 2026-01-31 08:00:00 UTC or before"),
        ("name exists", "name is known"),
    ],
)
def test_in_words(text: str, words: str) -> None:
    """What was understood can be read by who doesn't know the language."""
    assert in_words(parse(text)) == words


# --- What is kept ---------------------------------------------------------------------


def test_a_segment_with_a_name(database: Database, now: datetime) -> None:
    """It is kept, found by its name, listed and taken away."""
    with database.write() as connection:
        added = add_segment(connection, "new", "joined<90d or attr.vip = true", now=now)
        add_segment(connection, "europe", "zone:Europe/*", now=now)
        assert find_segment(connection, "new") == added
        assert str(added) == "new"
        assert formatted(added.expression) == "joined < 90d or attr.vip = true"
        assert [each.name for each in segments(connection)] == ["europe", "new"]
        with pytest.raises(SegmentExists, match="digest segments remove new"):
            with connection.begin_nested():
                add_segment(connection, "new", "joined<1d", now=now)
        assert remove_segment(connection, "new") == "new"
        with pytest.raises(UnknownSegment, match="no segment new; there is europe"):
            find_segment(connection, "new")
        with pytest.raises(UnknownSegment):
            remove_segment(connection, "new")


def test_the_longest_is_kept(sqlite_database: Database, now: datetime) -> None:
    """What can be written can be kept, and is read again."""
    text = " or ".join(["attr.a=x"] * (LONGEST // 12))
    assert len(formatted(parse(text))) > LONGEST
    with sqlite_database.write() as connection:
        added = add_segment(connection, "long", text, now=now)
        assert find_segment(connection, "long") == added
        assert segments(connection) == [added]


def test_an_expression_needs_no_name(database: Database, now: datetime) -> None:
    """What is no single word is read as an expression."""
    with database.read() as connection:
        given = find_segment(connection, " joined < 90d ")
        assert (given.name, str(given)) == ("", "joined < 90d")
        for text in ("", " ", "\ud800", "a b", "x\0"):
            with pytest.raises(InvalidSegment):
                find_segment(connection, text)
        with pytest.raises(UnknownSegment, match="there are none yet; make one with"):
            find_segment(connection, "newcomers")


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("", "joined < 1d", InvalidName),
        ("two words", "joined < 1d", InvalidName),
        ("a=1", "joined < 1d", InvalidName),
        ("new", "joined", InvalidSegment),
        ("new", "list has nobody", UnknownList),
        ("new", "colour = red", InvalidSegment),
    ],
)
def test_what_is_not_kept(
    database: Database,
    now: datetime,
    name: str,
    text: str,
    error: type[SubscriberError],
) -> None:
    """A name that could be an expression, and what asks for what isn't there."""
    with database.write() as connection:
        with pytest.raises(error):
            add_segment(connection, name, text, now=now)
        assert connection.scalar(select(func.count()).select_from(segment)) == 0


def test_an_attribute_that_nobody_has(database: Database) -> None:
    """A bare name is taken for a slip where nobody has it; attr.NAME is meant."""
    with database.write() as connection:
        write(connection, [ANN])
        with pytest.raises(InvalidSegment) as raised:
            find_segment(connection, "tz:x or citty = Ghent")
        assert str(raised.value) == (
            "unknown attribute 'citty' at 9; did you mean city? "
            "if somebody will have it, write attr.citty"
        )
        with pytest.raises(InvalidSegment, match="at 1; there is city, newsletter, "):
            find_segment(connection, "colour = red")
        with pytest.raises(InvalidSegment, match="unknown attribute 'note'"):
            find_segment(connection, "note exists")  # an empty text is not known
        find_segment(connection, "city = Ghent or attr.colour = red")


def test_a_list_that_went_away(database: Database, now: datetime) -> None:
    """Where a segment's list is gone nobody is found, rather than everybody."""
    with database.write() as connection:
        add_list(connection, "daily", now)
        kept = add_segment(connection, "rest", "not list has daily", now=now)
        connection.execute(mailing_list.delete())
        with pytest.raises(UnknownList, match="there is no list daily"):
            members(connection, kept, now=now)
