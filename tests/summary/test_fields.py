"""The order of German and Dutch sentences, French and Italian elisions."""

from __future__ import annotations

import pytest

from digest.sources import read_text
from digest.summary import summarize

QUOTE = {
    "de": "„Wir haben lange gewartet, und jetzt fangen wir an.“",
    "nl": "“We hebben lang gewacht en nu gaan we beginnen.”",
}


def speaker(text: str, code: str) -> str | None:
    """Who says the last quote of a text."""
    quotes = summarize(read_text(text, id="a", language=code), quotes=0).quotes
    said = quotes[-1].attribution
    return said.speaker if said else None


@pytest.mark.parametrize(
    ("code", "before", "said_by"),
    [
        ("de", "Den Plan erläuterte Ada Quast:", "Ada Quast"),
        ("de", "Dem Rat sagte Emil Tander:", "Emil Tander"),
        ("de", "Am Freitag sagte dazu Emil Tander:", "Emil Tander"),
        ("de", "Emil Tander hat in der Sitzung am Abend gesagt:", "Emil Tander"),
        ("de", "In der Sitzung hatte Emil Tander noch erklärt:", "Emil Tander"),
        ("de", "Es war der Satz, den Emil Tander zum Abschied schrieb:", "Emil Tander"),
        ("de", "Ada Quast wartete nicht, wie Emil Tander betonte:", "Emil Tander"),
        ("de", "Die Kritik des Rates wies Ada Quast zurück:", "Ada Quast"),
        ("de", "Der Sprecher des Hafens sagte:", "Der Sprecher des Hafens"),
        ("nl", "In Laagwater zei burgemeester Emiel Tander:", "Emiel Tander"),
        ("nl", "Emiel Tander heeft na de vergadering gezegd:", "Emiel Tander"),
        ("nl", "Daarover zei Ada Kwint:", "Ada Kwint"),
    ],
)
def test_the_subject_by_the_order_of_the_sentence(
    code: str, before: str, said_by: str
) -> None:
    """Before the verb, behind it, or behind the word that opens the clause."""
    assert speaker(f"{before} {QUOTE[code]}", code) == said_by


def test_a_pronoun_behind_the_verb_is_its_subject() -> None:
    """What stands before is then the object, whatever its article."""
    text = (
        "Emil Tander kam spät. Die Arbeit der Hafenmeisterin lobte er mit den "
        f"Worten: {QUOTE['de']}"
    )
    assert speaker(text, "de") == "Emil Tander"


def test_who_hands_on_a_quote_has_not_said_it() -> None:
    """It is told at second hand, so nobody is printed as its speaker."""
    text = f"{QUOTE['de'][:-2]}“, zitiert die Zeitung den Minister Emil Tander."
    [quote] = summarize(read_text(text, id="a", language="de")).quotes
    assert not quote.selected


@pytest.mark.parametrize(
    ("code", "text", "said_by"),
    [
        (
            "fr",
            "« Le quai est plus vieux que nous », a déclaré l’avocate d’Anne Tandré.",
            "l’avocate d’Anne Tandré",
        ),
        (
            "fr",
            "D’après l’ingénieure Maëlle d’Orsan, « la digue tiendra cent ans ».",
            "Maëlle d’Orsan",
        ),
        (
            "it",
            "«Il molo è più vecchio di noi», ha detto l'avvocata Ada D'Ambra.",
            "Ada D'Ambra",
        ),
        (
            "it",
            "Il presidente dell'Unione, Emilio Tanderi, ha detto: «La diga resta qui».",
            "Emilio Tanderi",
        ),
    ],
)
def test_elisions(code: str, text: str, said_by: str) -> None:
    """An article without its vowel is parted from its noun, a name keeps it."""
    assert speaker(text, code) == said_by


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("nl", "‘De kade is ouder dan wij allemaal’, zei Ada Kwint."),
        ("nl", "„De kade is ouder dan wij allemaal”, zei Ada Kwint."),
        ("fr", "« Le quai est plus vieux que nous tous », dit Ada Kwint."),
        ("fr", "“Le quai est plus vieux que nous tous”, dit Ada Kwint."),
        ("de", "»Die Mauer ist älter als wir alle«, sagte Ada Kwint."),
        ("de", "›Die Mauer ist älter als wir alle‹, sagte Ada Kwint."),
        ("es", "“El muelle es más viejo que nosotros”, dijo Ada Kwint."),
        ("es", "—El muelle es más viejo que nosotros —dijo Ada Kwint—. Y se nota."),
        ("pt", "— O cais é mais velho do que nós — disse Ada Kwint."),
        ("pt", "«O cais é mais velho do que nós», disse Ada Kwint."),
        ("it", "“Il molo è più vecchio di tutti noi”, ha detto Ada Kwint."),
    ],
)
def test_the_marks_of_each_language(code: str, text: str) -> None:
    """Guillemets both ways, with fixed spaces or none, low marks, dashes."""
    assert speaker(text, code) == "Ada Kwint"
