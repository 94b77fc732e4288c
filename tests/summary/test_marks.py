"""Quotations under all kinds of marks, well and badly closed."""

from __future__ import annotations

import pytest

from digest.model import Span
from digest.summary.languages import language
from digest.summary.marks import quotations


def quoted(text: str) -> list[str]:
    """What stands in quotation marks; each line is a paragraph."""
    spans, at = [], 0
    for line in text.split("\n"):
        spans.append(Span.of(text, at, at + len(line)))
        at += len(line) + 1
    return [text[q.start : q.end] for q in quotations(text, spans)]


@pytest.mark.parametrize(
    "text",
    [
        "She said “we go home now” and went.",
        'She said "we go home now" and went.',
        "She said ‘we go home now’ and went.",
        "She said 'we go home now' and went.",
        "She said ``we go home now'' and went.",
        "She said ''we go home now'' and went.",
        "She said «we go home now» and went.",
        "She said « we go home now » and went.",
        "She said «\u00a0we go home now\u00a0» and went.",
        "She said »we go home now« and went.",
        "She said „we go home now“ and went.",
        "She said „we go home now” and went.",
        "She said ‚we go home now‘ and went.",
        "She said ”we go home now” and went.",
        'She said “we go home now" and went.',
        'She said "we go home now” and went.',
        "She said「we go home now」and went.",
        "She said『we go home now』and went.",
        "She said ‹we go home now› and went.",
    ],
)
def test_all_marks(text: str) -> None:
    """Whatever the marks, the words between them."""
    assert quoted(text) == ["we go home now"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # apostrophes and inches are no marks
        ("It's the boys' ball, isn't it? He's 5'10\" tall.", []),
        ("O'Neill's \"only way\" is 'Tis.", ["only way"]),
        # nested: the outermost
        ("“He said ‘go home’ to us,” she said.", ["He said ‘go home’ to us,"]),
        ("'She told me \"no\" twice,' he said.", ['She told me "no" twice,']),
        # the closing mark of a nested quote and then ours
        ("\"He said 'go home,' \" she said.", ["He said 'go home,'"]),
        # nested within the same marks
        ("‘We had ‘a ghost’ here, yes,’ she said.", ["We had ‘a ghost’ here, yes,"]),
        ("'We had 'a ghost' here,' she said.", ["We had 'a ghost' here,"]),
        ('"The so-called "ghost" ate," she said.', ['The so-called "ghost" ate,']),
        ("“The so-called “ghost” ate,” she said.", ["The so-called “ghost” ate,"]),
        ('"A "b" c "d"," she said.', ['A "b" c "d",']),
        # a forgotten mark, a clipped word are no nesting
        ('"A and B, he said. "C and D," she said.', ["C and D,"]),
        ("'Get 'em,' said the boys' coach.", ["Get 'em,"]),
        ("‘Get ‘em,’ he said. ‘Go.’", ["Get ‘em,", "Go."]),
        # an odd number: to the end of the paragraph, no further
        ('"A and B" and "C\nno quote here', ["A and B", "C"]),
        # reopened in each paragraph
        ("“One.\n“Two.\n“Three.” End.", ["One.", "Two.", "Three."]),
        # going on in the next paragraph without being reopened
        ('"One\nand two," she said.', ["One", "and two,"]),
        # closed by the same mark as it was opened, and by its opening sibling
        ("called “the island“ by all", ["the island"]),
        # markup is no quotation
        ('<a href="http://x.example/" rel="nofollow">', []),
        # empty marks
        ('"" and “” and « »', []),
    ],
)
def test_hard_cases(text: str, expected: list[str]) -> None:
    """Apostrophes, nesting, odd numbers of marks, quotations over paragraphs."""
    assert quoted(text) == expected


def test_a_reopened_quotation_is_known_as_continued() -> None:
    """Paragraphs of one utterance are told from new ones."""
    text = "“One.\n“Two.”\n“Three.”"
    spans = [Span.of(text, 0, 5), Span.of(text, 6, 12), Span.of(text, 13, 21)]
    assert [q.continued for q in quotations(text, spans)] == [False, True, False]


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("es", "—Ven aquí —dijo Ana—. No tardes.", ["Ven aquí", "No tardes."]),
        ("es", "—¿Vienes? —preguntó Ana.", ["¿Vienes?"]),
        ("pt", "— Vem cá — disse Ana.", ["Vem cá"]),
        ("pt", "— Primeiro. Segundo.", []),
        ("fr", "— Où irons-nous ? demande Ana.", ["Où irons-nous ?"]),
        ("fr", "— Je ne sais pas, dit-elle.", ["Je ne sais pas,"]),
        ("it", "– Vieni qui – ha detto Ana. – Ora.", ["Vieni qui", "Ora."]),
        ("en", "— We go home now, said Ana.", ["We go home now,"]),
        ("en", "– We go home now – Ana said.", ["We go home now"]),
        ("pl", "– Nie mamy tu pieniędzy – mówi Anna.", ["Nie mamy tu pieniędzy"]),
        # an item of a list, a sentence with a dash
        ("en", "– Apples – red and green ones.", []),
        ("en", "– Pears, plums and cherries.", []),
        ("fr", "– Des pommes – rouges et vertes.", []),
        ("it", "– Mele – rosse e verdi.", []),
        ("pl", "– Jabłka – czerwone i zielone.", []),
    ],
)
def test_dialogue_dashes(code: str, text: str, expected: list[str]) -> None:
    """A dash opens direct speech if who speaks is told; an item of a list is none."""
    span = Span.of(text, 0, len(text))
    found = quotations(text, [span], language(code))
    assert [text[q.start : q.end] for q in found] == expected
