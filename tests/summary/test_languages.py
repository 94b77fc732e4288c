"""Each language we have a file for: recognised, its marks, its safe patterns."""

from __future__ import annotations

import pytest

from digest.sources import read_text
from digest.summary import summarize
from digest.summary.languages import codes, language, recognise

#: our own sentences: the article, and who says which quote with which role
ARTICLES = {
    "en": (
        "The harbour of Lowmouth will be closed for repairs until the end of March.\n\n"
        "“The quay is older than all of us and it shows,” said Ada Quill, the harbour "
        "master. “We close it now so that nobody gets hurt.”\n\n"
        "Quill told the council that the money is there: “We have saved for this for "
        "nine years.”",
        [
            ("The quay is older than all of us and it shows,", "Ada Quill"),
            ("We close it now so that nobody gets hurt.", "Ada Quill"),
            ("We have saved for this for nine years.", "Ada Quill"),
        ],
    ),
    "de": (
        "Der Hafen von Niederwasser wird für Bauarbeiten bis Ende März gesperrt.\n\n"
        "„Die Mauer ist älter als wir alle, und man sieht es ihr an“, sagte die "
        "Hafenmeisterin Ada Quast. „Wir schließen jetzt, damit niemand verletzt "
        "wird.“\n\n"
        "In Niederwasser erklärte Bürgermeister Emil Tander: „Das Geld haben wir seit "
        "neun Jahren zurückgelegt.“",
        [
            ("Die Mauer ist älter als wir alle, und man sieht es ihr an", "Ada Quast"),
            ("Wir schließen jetzt, damit niemand verletzt wird.", "Ada Quast"),
            ("Das Geld haben wir seit neun Jahren zurückgelegt.", "Emil Tander"),
        ],
    ),
    "fr": (
        "Le port de Basse-Eau sera fermé pour travaux jusqu'à la fin mars.\n\n"
        "« Le quai est plus vieux que nous tous et cela se voit », a déclaré Ada "
        "Quintin, la directrice du port. « Nous fermons pour que personne ne se "
        "blesse », a-t-elle ajouté.\n\n"
        "Selon le maire, Émile Tandré, « l'argent est là depuis plus de neuf ans ».",
        [
            ("Le quai est plus vieux que nous tous et cela se voit", "Ada Quintin"),
            ("Nous fermons pour que personne ne se blesse", "Ada Quintin"),
            ("l'argent est là depuis plus de neuf ans", "Émile Tandré"),
        ],
    ),
    "es": (
        "El puerto de Aguabaja estará cerrado por obras hasta el final de marzo.\n\n"
        "«El muelle es más viejo que todos nosotros y se nota», dijo la directora del "
        "puerto, Ada Quintana. «Lo cerramos para que nadie se haga daño», añadió.\n\n"
        "El alcalde, Emilio Tandero, explicó: «El dinero está ahorrado desde hace "
        "nueve años».",
        [
            ("El muelle es más viejo que todos nosotros y se nota", "Ada Quintana"),
            ("Lo cerramos para que nadie se haga daño", "Ada Quintana"),
            ("El dinero está ahorrado desde hace nueve años", "Emilio Tandero"),
        ],
    ),
    "it": (
        "Il porto di Acquabassa resterà chiuso per lavori fino alla fine di marzo.\n\n"
        "«Il molo è più vecchio di tutti noi e si vede», ha detto Ada Quintini, la "
        "direttrice del porto. «Lo chiudiamo perché nessuno si faccia male», ha "
        "aggiunto Quintini.\n\n"
        "Il sindaco Emilio Tanderi ha spiegato: «I soldi li abbiamo messi da parte da "
        "nove anni».",
        [
            ("Il molo è più vecchio di tutti noi e si vede", "Ada Quintini"),
            ("Lo chiudiamo perché nessuno si faccia male", "Ada Quintini"),
            ("I soldi li abbiamo messi da parte da nove anni", "Emilio Tanderi"),
        ],
    ),
    "nl": (
        "De haven van Laagwater gaat wegens werk dicht tot het einde van maart.\n\n"
        "“De kade is ouder dan wij allemaal en dat is te zien”, zei havenmeester Ada "
        "Kwint. “We sluiten nu zodat niemand gewond raakt”, aldus Kwint.\n\n"
        "Burgemeester Emiel Tander zegt: “Het geld hebben we in negen jaar gespaard.”",
        [
            ("De kade is ouder dan wij allemaal en dat is te zien", "Ada Kwint"),
            ("We sluiten nu zodat niemand gewond raakt", "Ada Kwint"),
            ("Het geld hebben we in negen jaar gespaard.", "Emiel Tander"),
        ],
    ),
    "pt": (
        "O porto de Aguabaixa vai ficar fechado para obras até ao fim de março.\n\n"
        "“O cais é mais velho do que todos nós e isso vê-se”, disse Ada Quintela, a "
        "diretora do porto. “Fechamos agora para que ninguém se magoe”, acrescentou "
        "Quintela.\n\n"
        "Segundo o presidente da câmara, Emílio Tandeiro, “o dinheiro está guardado "
        "há nove anos”.",
        [
            ("O cais é mais velho do que todos nós e isso vê-se", "Ada Quintela"),
            ("Fechamos agora para que ninguém se magoe", "Ada Quintela"),
            ("o dinheiro está guardado há nove anos", "Emílio Tandeiro"),
        ],
    ),
}


def test_every_language_has_an_article() -> None:
    """No file of words without a test of it."""
    assert sorted(ARTICLES) == list(codes())


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_it_is_recognised(code: str) -> None:
    """By its stop words, without a model."""
    assert recognise(ARTICLES[code][0]) == code


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_its_quotes_and_speakers(code: str) -> None:
    """The marks and the safe patterns of the language."""
    text, expected = ARTICLES[code]
    summary = summarize(read_text(text, id=code))
    said = [
        (quote.span.text, quote.attribution.speaker if quote.attribution else None)
        for quote in summary.quotes
    ]
    assert said == expected
    assert summary.language == code
    assert summary.lede.text.startswith(text[:40])


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_its_words_are_lower_case(code: str) -> None:
    """A word with a capital would never be found."""
    known = language(code)
    every = known.stopwords | known.openers | known.cues | known.titles | known.given
    assert not [word for word in every if word != word.lower()]


def test_another_language_has_quotes_without_speakers() -> None:
    """Finnish: the lede and the quotes, nobody named."""
    text = (
        "Matalan satama on kiinni maaliskuun loppuun asti korjausten vuoksi.\n\n"
        "”Laituri on vanhempi kuin me kaikki yhteensä”, sanoi Aada Kvintti."
    )
    summary = summarize(read_text(text, id="fi"))
    assert summary.language is None
    assert [quote.span.text for quote in summary.quotes] == [
        "Laituri on vanhempi kuin me kaikki yhteensä"
    ]
    assert summary.quotes[0].attribution is None
