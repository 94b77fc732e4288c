"""Where sentences end and where they only seem to."""

from __future__ import annotations

import pytest

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
