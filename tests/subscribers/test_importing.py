"""Imports: whatever the file, good rows come in, bad ones are named, nobody is lost."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digest.store import Database
from subscribers import (
    ImportFailed,
    ImportReport,
    InvalidName,
    SubscriptionState,
    SuppressionReason,
    UnknownList,
    add_list,
    audience,
    import_file,
    parse_address,
    suppress,
    unsubscribe,
)
from subscribers.audience import CONFIRMED, END_OF_PAGE, PAGE_OF
from subscribers.driver import fetch
from subscribers.importing import CHUNK
from tests.subscribers.importer import Importer, Secret


def test_whole_report(importer: Importer) -> None:
    """Each row is counted once, and the bad ones are named with their line."""
    report = importer.run(
        "email,name\n"
        "ann@example.org,Ann\n"
        "bob@,Bob\n"
        "\n"
        "carl@example.org,Carl\n"
        "ann@example.org,Ann Lee\n",
        rejects=importer.folder / "rejects.csv",
    )
    assert asdict(report) == {
        "rows": 4,
        "added": 2,
        "updated": 1,
        "unchanged": 0,
        "rejected": 1,
        "suppressed": 0,
        "duplicates": 1,
        "unconfirmed": 0,
        "skipped": 0,
        "suspicious": 0,
    }
    assert importer.people() == {
        "ann@example.org": "Ann Lee",
        "carl@example.org": "Carl",
    }
    assert importer.rejected() == [
        ["3", "bob@: there must be something after the @-sign", "bob@,Bob"]
    ]


def test_twice_is_once(importer: Importer) -> None:
    """The same file again changes nothing, and the numbers say so."""
    text = "email,name\n" + "".join(f"{n}@example.org,N {n}\n" for n in range(50))
    assert importer.run(text).added == 50
    again = importer.run(text)
    assert (again.rows, again.unchanged, again.added, again.updated) == (50, 50, 0, 0)


def test_several_rows_of_one_person(importer: Importer) -> None:
    """A row that gives a new person another name is an update; the same again none."""
    text = "email,name\nann@example.org,Ann\nANN@example.org,Ann Lee\n"
    first, again = importer.run(text), importer.run(text)
    assert (first.added, first.updated, first.unchanged) == (1, 1, 0)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    assert list(importer.people().values()) == ["Ann Lee"]


def test_rejected_rows_are_told(quick: Importer) -> None:
    """Whoever imports hears of each rejected row, with a file for them or without."""
    told: list[tuple[int, str]] = []
    for rejects in (None, quick.folder / "rejects.csv"):
        quick.run(
            "email\nx@\nann@example.org\n",
            rejects=rejects,
            rejected=lambda number, reason: told.append((number, reason)),
        )
    assert told == 2 * [(2, "x@: there must be something after the @-sign")]


def test_many_chunks(importer: Importer) -> None:
    """A file of several chunks comes in whole, and each chunk tells how far it is."""
    text = "email\n" + "".join(f"{n}@example.org\n" for n in range(12_000))
    seen: list[int] = []
    report = importer.run(text, progress=lambda so_far: seen.append(so_far.rows))
    assert report.added == len(importer.people()) == 12_000
    assert seen == list(range(CHUNK, 12_001, CHUNK))


def test_without_consent(importer: Importer) -> None:
    """Without a statement of consent nobody can be mailed, and the report says so."""
    report = importer.run("email\nann@example.org\nbob@example.org\n", consent=None)
    assert (report.added, report.unconfirmed) == (2, 2)
    assert importer.states() == {SubscriptionState.UNCONFIRMED}
    report = importer.run("email\nann@example.org\nbob@example.org\n")
    assert (report.updated, report.unconfirmed) == (2, 0)
    assert importer.states() == {SubscriptionState.CONFIRMED}


def test_nobody_comes_back(importer: Importer) -> None:
    """Who left or is suppressed stays so, with consent and in any spelling."""
    importer.run("email\nann@example.org\nbob@example.org\n")
    with importer.database.write() as connection:
        ann = next(audience(connection, ["readers"], now=importer.now))
        unsubscribe(connection, ann.token, source="test", now=importer.now)
        for address in ("bob@example.org", "carl@example.org"):
            reason = SuppressionReason.COMPLAINT
            key = parse_address(address)
            suppress(connection, key, reason, source="test", now=importer.now)
    report = importer.run(
        "email,name\nANN@example.org,A\nBob@example.org,B\nCarl@Example.ORG,C\n"
    )
    assert (report.rows, report.suppressed) == (3, 3)
    assert importer.people() == {"ann@example.org": "", "bob@example.org": ""}
    with importer.database.read() as connection:
        assert list(audience(connection, ["readers"], now=importer.now)) == []


def test_dry_run(importer: Importer) -> None:
    """A dry run counts as the real one will, and writes nobody."""
    importer.run("email,name\nann@example.org,Ann\n")
    text = "email,name\nann@example.org,Ann Lee\nbob@example.org,\nx@,\n"
    tried = importer.run(text, dry_run=True)
    assert importer.people() == {"ann@example.org": "Ann"}
    assert importer.run(text) == tried


ROWS = "ann@example.org", "Ann Lée"


@pytest.mark.parametrize(
    "data",
    [
        "email,name\nann@example.org,Ann Lée\n".encode(),
        "email,name\nann@example.org,Ann Lée\n".encode("utf-8-sig"),
        "email,name\nann@example.org,Ann Lée\n".encode("utf-16"),
        "email,name\nann@example.org,Ann Lée\n".encode("cp1252"),
        "email;name\r\nann@example.org;Ann Lée\r\n".encode(),
        "email\tname\rann@example.org\tAnn Lée\r".encode(),
        "\n\nE-Mail , Full Name\nann@example.org,Ann Lée".encode(),
        "First Name,Last Name,Email Address\nAnn,Lée,ann@example.org\n".encode(),
        b'"Name, as written";"id";"E-mail"\n;7;ann@example.org\n',
        'name,email\n"Ann\nLée",ann@example.org\n'.encode(),
        'name,email,x\n"Ann ""Lée""",ann@example.org\n'.replace('""', "").encode(),
        "email,name,tags\nann@example.org,Ann Lée,,,,\n,,\n".encode(),
        '{"email": "ann@example.org", "name": "Ann Lée"}\n'.encode(),
        '{"Name": "Ann Lée", "id": 7, "E-mail": "ann@example.org"}'.encode(),
        b'{"email": "ann@example.org", "name": "Ann L\\u00e9e", "x": {"y": []}}',
    ],
)
def test_forms(quick: Importer, data: bytes) -> None:
    """A list is read whatever its delimiter, encoding, header and line ends are."""
    for source in (
        quick.write(data),
        quick.write(gzip.compress(data, mtime=0)),
        io.BytesIO(data),
    ):
        report = quick.run(source)
        assert report.rows == 1
        assert report.rejected == 0
    name = "" if b"as written" in data else "Ann Lée"
    assert quick.people() == {"ann@example.org": name}


def test_stream_stays_open(quick: Importer) -> None:
    """Standard input is read to its end and left open."""
    stream = io.BytesIO(b"email\nann@example.org\n")
    quick.run(stream)
    assert not stream.closed
    assert stream.read() == b""


def test_mixed_encodings(quick: Importer) -> None:
    """Each line is read as what it is: files are put together from several."""
    quick.run(
        "email,name\nann@example.org,Zoë\n".encode()
        + "bob@example.org,Zoë\n".encode("cp1252")
    )
    assert set(quick.people().values()) == {"Zoë"}


def test_mapping(quick: Importer) -> None:
    """Columns that no name gives away are said by hand."""
    text = "contact,mail,who\nann@example.org,x,Ann\n"
    quick.run(text, mapping={"email": "contact", "name": "who"})
    assert quick.people() == {"ann@example.org": "Ann"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("bob@,Bob", "there must be something after the @-sign"),
        (",Bob", "must have an @-sign"),
        ("a@example.org,Lee, Ann", "has 3 columns, the header 2"),
        ("a@example.org,A\x00", "holds control characters"),
        ("a@example.org,\x1b[2J", "holds control characters"),
        ("a@example.org," + "A" * 201, "longer than 200"),
        ('"a@example.org,Ann', "opens a quote that is never closed"),
        ('a@example.org,"Ann', "opens a quote that is never closed"),
        ("a@example.org," + "x" * 140_000, "is not CSV: field larger"),
        ("a@example.org," + "," * 999_999, "the line is longer than 1,000,000"),
        ("=cmd|' /C calc'!A0,Bob", "must have an @-sign"),
        ("ann @example.org,Ann", "contains invalid characters"),
        ("Ann <a@example.org>,Ann", "must be a plain address|display name"),
        ('"""ann b""@example.org",Ann', "quoting the part"),
        ("ann@example.org.,Ann", "cannot end with a period"),
        ("ann.@example.org,Ann", "cannot end with a period|period"),
        ("a@" + "b" * 318 + ".org,Ann", "too long|after the @-sign"),
        ("x" * 300 + "@example.org,Ann", "too long"),
    ],
)
def test_bad_row(quick: Importer, row: str, reason: str) -> None:
    """A bad row is put aside with its reason, and the rows around it come in."""
    text = f"email,name\nbefore@example.org,B\n{row}\nafter@example.org,A\n"
    report = quick.run(text, rejects=quick.folder / "rejects.csv")
    assert (report.rows, report.added, report.rejected) == (3, 2, 1)
    ((line, why, shown),) = quick.rejected()
    assert line == "3"
    assert pytest.approx(len(shown), abs=1) == len(row) or len(shown) == 200
    assert any(each in why for each in reason.split("|"))


def test_undecodable_row(quick: Importer) -> None:
    """Bytes that are no text in either encoding are a bad row."""
    text = b"email,name\na@example.org,\x81\x8d\nb@example.org,B\n"
    report = quick.run(text, rejects=quick.folder / "rejects.csv")
    assert (report.added, report.rejected) == (1, 1)
    ((_, why, shown),) = quick.rejected()
    assert "neither UTF-8 nor Windows-1252" in why
    assert "\\x81" in shown


def test_open_quotes(quick: Importer) -> None:
    """A quote that is never closed costs its own row, and none of those after it."""
    rows = "".join(f"{n}@example.org,N\n" for n in range(200))
    text = f'email,name\na@example.org,"Ann\n{rows}"b@example.org,B\n{rows}'
    report = quick.run(text)
    assert len(quick.people()) == 200
    assert report.rejected == 2


def test_open_quotes_that_meet(quick: Importer) -> None:
    """A quote left open swallows no row up to the next one, and is named."""
    text = (
        'email,name\na@example.org,"Ann\nb@example.org,Bob\nc@example.org,Cee"\n'
        'd@example.org,"Dee\nof the Lower Quay"\n'
    )
    report = quick.run(text, rejects=quick.folder / "rejects.csv")
    assert (report.rows, report.added, report.rejected) == (4, 3, 1)
    assert quick.rejected()[0][:2] == ["2", "opens a quote that is never closed"]
    assert quick.people()["d@example.org"] == "Dee of the Lower Quay"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ('{"email": 7}', "not a text"),
        ('{"email": null}', "must have an @-sign"),
        ('{"name": "Ann"}', "has no column of addresses"),
        ('{"email": "a@example.org", "name": "\\u0000"}', "control characters"),
        ('{"email": "a@example.org", "name": ["Ann"]}', "not a text"),
        ('{"email": "a@example.org", "name": "\\ud800"}', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_bad_json_row(quick: Importer, row: str, reason: str) -> None:
    """A bad line of JSON is put aside, and the lines around it come in."""
    text = f'{{"email": "b@example.org"}}\n{row}\n{{"email": "c@example.org"}}\n'
    report = quick.run(text, rejects=quick.folder / "rejects.csv")
    assert (report.rows, report.added, report.rejected) == (3, 2, 1)
    ((line, why, shown),) = quick.rejected()
    assert (line, shown) == ("2", row)
    assert reason in why


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (b"", {}, "people.csv: is empty"),
        (b"\n \r\n,,\n", {}, "people.csv: is empty"),
        (b"name,city\nAnn,Ghent\n", {}, "has no column of addresses; say --map"),
        (b"ann@example.org\nbob@example.org\n", {}, "has no header; put a line above"),
        (b"email,e-mail\na@b.org,\n", {}, "could have its addresses in 'email', 'e-ma"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", {}, "is not a text file but binary"),
        (bytes(range(1, 256)) * 9, {}, "is not a text file but binary"),
        (b"PK\x03\x04\x14\0\x06\0", {}, "is a spreadsheet or a ZIP file; save it as"),
        (b"x" * 1_500_000, {}, "is not a list of people: the line is longer than"),
        (b"," * 500_000, {}, "is empty"),
        (b"c" + b",c" * 400_000, {}, "has no column of addresses"),
        (b'[{"email": "a@b.org"}]', {}, "is a JSON array; write one object a line"),
        (b'{"name": "Ann"}', {}, "has no column of addresses"),
        (gzip.compress(b"email\na@b.org\n", mtime=0)[:-9], {}, "is damaged or cut off"),
        (b"\x1f\x8b\x08\x00rubbish", {}, "is damaged or cut off"),
        ("email\na@b.org\n".encode("utf-16")[:-1], {}, "is damaged or cut off"),
        (b"email\n", {"mapping": {"email": "mail"}}, "has no column mail; there is"),
        (b"email\n", {"mapping": {"email": ""}}, "has no column of addresses; say"),
        (b"email\nx\n", {"mapping": {"x": "y"}}, "has no column y; there is 'email'"),
    ],
)
def test_no_list(
    quick: Importer, data: bytes, options: dict[str, Any], message: str
) -> None:
    """A file that cannot be a list of people is refused in one line that says why."""
    with pytest.raises(ImportFailed) as caught:
        quick.run(data, **options)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(quick.folder / "people.csv"))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


def test_no_file(quick: Importer) -> None:
    """A missing file and a folder are refused in one line."""
    with pytest.raises(ImportFailed, match=r"cannot be read: No such file"):
        quick.run(quick.folder / "nowhere.csv")
    with pytest.raises(ImportFailed, match=r"cannot be read: Is a directory"):
        quick.run(quick.folder)


def test_damaged_further_on(quick: Importer) -> None:
    """Of a file that breaks off, what comes before is taken, and the error says it."""
    text = "email\n" + "".join(f"{n}@example.org\n" for n in range(7000))
    packed = gzip.compress(text.encode(), mtime=0)
    with pytest.raises(ImportFailed, match=r"cut off: .+; the 7,000 rows before it"):
        quick.run(packed[:-4])
    assert len(quick.people()) == 7000


def test_unknown_list(quick: Importer) -> None:
    """A list that is not there is an error before the file is opened."""
    with pytest.raises(UnknownList, match="there is no list nope; there is readers"):
        import_file(
            quick.database.write,
            quick.folder / "nowhere.csv",
            "nope",
            consent=None,
            now=quick.now,
            secret=quick.secret,
        )


def test_unusable_statement(quick: Importer) -> None:
    """A statement of consent that cannot be kept as it is said is refused."""
    with pytest.raises(InvalidName, match="the statement of consent"):
        quick.run("email\nann@example.org\n", consent="by \x00 mail")
    assert quick.people() == {}


def test_rejects_elsewhere(quick: Importer) -> None:
    """The rejected rows need a place that can be written, and never the file itself."""
    file = quick.write("email\nann@example.org\n")
    for place in (file, quick.folder, quick.folder / "no" / "rejects.csv"):
        with pytest.raises(ImportFailed, match=r"file of their own|cannot be written"):
            quick.run(file, rejects=place)
    assert file.read_text() == "email\nann@example.org\n"
    assert quick.people() == {}


def test_no_rejects(quick: Importer) -> None:
    """Where no row was rejected the file says so, whatever an earlier run left."""
    rejects = quick.folder / "rejects.csv"
    quick.run("email\nx@\n", rejects=rejects)
    assert len(quick.rejected()) == 1
    quick.run("email\nann@example.org\n", rejects=rejects)
    assert quick.rejected() == []
    assert sorted(
        each.suffix for each in quick.folder.iterdir() if each.stem == "rejects"
    ) == [".csv"]


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Cs"]),
    max_size=20,
).map(lambda name: " ".join(name.split()))
PEOPLE = st.dictionaries(st.integers(0, 99).map("{}@example.org".format), NAMES)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PEOPLE, st.sampled_from([*",;\t", "json"]), st.sampled_from(["utf-8", "utf-16"]))
def test_round_trip(
    quick: Importer, people: dict[str, str], form: str, encoding: str
) -> None:
    """Whatever the names hold, a file written by the csv module comes in as it is."""
    out = io.StringIO()
    if form == "json":
        for email, name in people.items():
            out.write(json.dumps({"email": email, "name": name}) + "\n")
    else:
        writer = csv.writer(out, delimiter=form)
        writer.writerows([("email", "name"), *people.items()])
    report = _import_anew(quick, out.getvalue().encode(encoding))
    if report is None:
        assert not people
        assert form == "json"
    else:
        assert (report.rows, report.rejected) == (len(people), 0)
        found = quick.people()
        assert {email: found[email] for email in people if people[email]} == {
            email: name for email, name in people.items() if name
        }


def _import_anew(quick: Importer, data: bytes) -> ImportReport | None:
    try:
        return quick.run(io.BytesIO(data))
    except ImportFailed:
        return None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.booleans())
@example(data=b"{", with_header=False)
def test_any_bytes(quick: Importer, data: bytes, with_header: bool) -> None:
    """Whatever bytes come, each row is counted or the file is refused in one line."""
    message, parts = "", {"rows": 0, "unconfirmed": 0, "duplicates": 0}
    try:
        parts = asdict(quick.run(io.BytesIO(b"email,name\n" * with_header + data)))
    except ImportFailed as error:
        message = str(error)
    assert message.isprintable()
    del parts["unconfirmed"], parts["duplicates"]
    assert parts.pop("rows") == sum(parts.values())


@pytest.mark.needs("postgres")
def test_audience_after_an_import(
    postgres_database: Database, tmp_path: Path, now: datetime, secret: Secret
) -> None:
    """Right after an import PostgreSQL finds a page of the list by its index, and does
    not sort the list for it."""
    with postgres_database.write() as connection:
        add_list(connection, "readers", now)
    text = "email\n" + "".join(f"{n}@example.org\n" for n in range(12_000))
    Importer(postgres_database, tmp_path, now, secret).run(text)
    page = f"EXPLAIN {CONFIRMED}{PAGE_OF.format(segment='true')}"
    with postgres_database.read() as connection:
        end = str(fetch(connection, f"EXPLAIN {END_OF_PAGE}", 1, 0, 1000))
        plan = str(fetch(connection, page, 1, now, now, 0, 1000))
    assert "Sort" not in end
    assert "Seq Scan on subscription" not in end + plan


@pytest.mark.parametrize(
    "before",
    ["sep=;\n", '\ufeff"sep=;"\r\n', "# exported by hand; 2026\n\n#\n", "sep=,\n# x\n"],
)
def test_lines_before_the_header(quick: Importer, before: str) -> None:
    """What Excel and people write there is passed over; the line numbers stay true."""
    text = f"{before}email;name\nann@example.org;Ann\nbob@;Bob\n"
    report = quick.run(text, rejects=quick.folder / "rejects.csv")
    assert (report.added, report.rejected) == (1, 1)
    (bad,) = quick.rejected()
    assert int(bad[0]) == text.count("\n")


@pytest.mark.parametrize(
    ("header", "mapping"),
    [("#;Email", {}), ("#email;x", {}), ("#;Where", {"email": "Where"})],
)
def test_a_header_is_no_comment(
    quick: Importer, header: str, mapping: dict[str, str]
) -> None:
    """Though a column of it is called # or begins so."""
    cells = "ann@example.org;1" if header == "#email;x" else "1;ann@example.org"
    assert quick.run(f"{header}\n{cells}\n", mapping=mapping).added == 1
