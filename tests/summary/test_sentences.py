"""Where sentences end and where they only seem to."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.summary.languages import language
from digest.summary.sentences import sentence_ends


def split(text: str, code: str = "en") -> list[str]:
    ends = sentence_ends(text, language(code), 0, len(text))
    return [
        text[start:end].strip() for start, end in zip([0, *ends], ends, strict=False)
    ]


@pytest.mark.parametrize(
    "parts",
    [
        ["The ship left.", "Nobody waved."],
        ["Dr. Quill met Mr. Tander on Jan. 5 in St. Mary.", "They shook hands."],
        ["She moved to the U.S. Army base.", "It was small."],
        ["He lives in the U.S.", "The rest is known."],
        ["J. R. Quill paid $3.50 for it.", "Was it worth it?", "No!"],
        ["“Is it gone?”", "She nodded."],
        ["They came at 5 p.m. on Monday.", "Nobody was there."],
        ["He waited … and waited.", "Then he left..."],
        ["“We go,” she said.", "“We stay.”"],
        ["See fig. 3 for more.", "It shows all."],
    ],
)
def test_english(parts: list[str]) -> None:
    """Abbreviations, initials and numbers end no sentence."""
    assert split(" ".join(parts)) == parts


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("de", ["Am 3. Oktober kam Dr. Quast z. B. nach Ulm.", "Es war kalt."]),
        ("fr", ["M. Tandré est venu av. Foch.", "Il faisait froid."]),
        ("es", ["El Sr. Tandero llegó tarde.", "¿Por qué?", "Nadie lo sabe."]),
        ("nl", ["Mevr. Kwint kwam om 3 uur.", "Het was koud."]),
        ("it", ["Il dott. Tanderi è arrivato.", "Faceva freddo."]),
        ("pt", ["O Sr. Tandeiro chegou.", "Fazia frio."]),
    ],
)
def test_other_languages(code: str, parts: list[str]) -> None:
    """Each language with its own abbreviations."""
    assert split(" ".join(parts), code) == parts


def test_tokenised_text_without_capitals() -> None:
    """A full stop that stands alone ends the sentence."""
    text = "the ship left . nobody waved ."
    assert split(text) == ["the ship left .", "nobody waved ."]


def test_scripts_without_spaces() -> None:
    """An ideographic full stop needs no space behind it."""
    assert split("船は出た。誰もいない。", "xx") == ["船は出た。", "誰もいない。"]


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("pl", ["Statek odpłynął np. wczoraj.", "Nikt nie machał."]),
        ("sv", ["Båten gick.", "”Den är borta”, sade T. Berg.", "Ingen kom."]),
        ("sv", ["Ada kom t.ex. i går.", "”Ja”, sade hon."]),
        ("tr", ["Gemi gitti.", "Prof. Dr. Kaya 3. sınıfta."]),
        ("ru", ["Корабль ушёл.", "А. Иванов сказал: «Да. Нет».", "Тихо."]),
        ("el", ["Το πλοίο έφυγε.", "Ποιος ξέρει;", "Κανείς."]),
        ("ar", ["غادرت السفينة.", "لا أحد؟", "نعم."]),
    ],
)
def test_languages_without_a_file(code: str, parts: list[str]) -> None:
    """sentencex splits them; a small letter never begins a sentence."""
    assert split(" ".join(parts), code) == parts


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("ja", ["船は出た。", "誰もいない！"]),
        ("zh", ["船走了。", "没有人吗？", "没有。"]),
    ],
)
def test_languages_without_spaces(code: str, parts: list[str]) -> None:
    """Japanese and Chinese."""
    assert split("".join(parts), code) == parts


@given(
    text=st.text() | st.text(alphabet=" .。?!“”\"'aA\ud800\n\x00", max_size=3000),
    code=st.sampled_from(["en", "de", "", "pl", "ja", "xx"]),
)
def test_the_ends_are_in_order_and_cover_the_text(text: str, code: str) -> None:
    """Any text at all, half characters and long runs of marks included."""
    ends = sentence_ends(text, language(code), 0, len(text))
    assert ends == sorted(set(ends))
    assert ends[-1] == len(text)
    assert not any(text[end - 1].isspace() for end in ends[:-1])


def test_what_is_cut_for_the_library_is_no_end() -> None:
    """A passage without an end mark stays whole, however long it is."""
    text = "“" * 5000
    assert sentence_ends(text, language("pl"), 0, len(text)) == [5000]


def test_the_library_is_imported_when_it_is_needed() -> None:
    """Not for an article in English."""
    code = (
        "import sys; from digest.sources import read_text; "
        "from digest.summary import summarize; "
        "summarize(read_text('The ship left the harbour in the night. It is gone.',"
        "id='a')); sys.exit('sentencex' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
