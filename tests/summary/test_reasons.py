"""Why a passage was taken or left, as values."""

from __future__ import annotations

import pytest

import digest
from digest.model import Article
from digest.sources import read_text
from digest.summary import Explanation, Reason
from digest.summary.languages import language
from digest.summary.roles import says_something

OPENING = (
    "The harbour of Lowmouth will be closed until the end of March, the council "
    "decided on Monday after a long debate.\n\n"
    "Ships will be sent to Highmouth, two hours away by road."
)
TITLE = "Lowmouth closes its harbour"


def explained(*paragraphs: str, characters: int = 110) -> Explanation:
    return digest.explain(story(*paragraphs), characters=characters)


def story(*paragraphs: str) -> Article:
    text = "\n\n".join([OPENING, *paragraphs])
    return read_text(text, id="reasons", title=TITLE, language="en")


def said(text: str, name: str = "Ada Quill") -> str:
    return f"“{text},” harbour master {name} said."


def the_reason(explanation: Explanation, begin: str) -> Reason:
    [reason] = [one for one in explanation.quotes if one.span.text.startswith(begin)]
    return reason


def test_a_sentence_says_why_it_is_in_the_lede() -> None:
    """The opening, and the first sentence that had no room."""
    opening, next_one = explained().lede
    assert opening.taken
    assert opening.because == (
        "opens the story",
        "shares 3 words with the headline",
    )
    assert not next_one.taken
    assert next_one.because == ("does not fit",)


def test_a_line_set_aside_says_so() -> None:
    """The headline again is no sentence of the story."""
    article = read_text(
        f"{TITLE} until the spring.\n\n{OPENING}",
        id="reasons",
        title=f"News: {TITLE} until the spring; ships must go to Highmouth",
        language="en",
    )
    first, *_ = digest.explain(article).lede
    assert (first.taken, first.because) == (False, ("the headline again",))


def test_a_key_quote_says_what_speaks_for_it() -> None:
    """Speaker, wholeness, length and place, in words."""
    quote = said("We close the quay before somebody from this town gets hurt")
    [reason] = explained(quote).quotes
    assert reason.taken
    assert {"whole sentence", "11 words", "personal"} <= set(reason.because)
    assert any(one.startswith("safe speaker") for one in reason.because)


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        (said("Old stones"), "too short: 2 words"),
        (
            said("Thank you all for coming to the harbour on a night like this"),
            "a greet",
        ),
        (said("Nobody gives a shit about the harbour until it falls down"), "coarse"),
        (
            said("Read all of it at https://example.com before you write to us"),
            "a link",
        ),
        (
            said("The council decided the harbour of Lowmouth will be closed"),
            "the lede",
        ),
    ],
)
def test_a_quote_that_no_editor_would_set_says_why(quote: str, why: str) -> None:
    """The first reason is the one that decided."""
    [reason] = explained(quote).quotes
    assert not reason.taken
    assert reason.because[0].startswith(why)


def test_an_interrupted_speaker_is_not_coarse() -> None:
    """Dashes behind "I" mask nothing, and Dick is a name."""
    quote = said("I--all of us, Dick and I--will miss the quay when the wall is gone")
    [reason] = explained(quote).quotes
    assert reason.taken


def test_what_is_in_the_lede_is_not_said_twice() -> None:
    """A quote within the lede says so."""
    quote = said("We close the quay before somebody from this town gets hurt")
    article = read_text(f"{quote} {OPENING}", id="reasons", language="en")
    [reason] = digest.explain(article).quotes
    assert reason.because == ("already in the lede",)


def test_a_quotation_left_out_of_the_lede_says_so() -> None:
    """It would fit, but is left for the key quotes, and is one then."""
    quote = said("We close the quay before somebody from this town gets hurt")
    found = explained(quote, characters=600)
    assert found.lede[-1].because == ("a quotation, left for the key quotes",)
    assert found.quotes[0].taken


def test_the_same_thought_names_the_other() -> None:
    """A quote beside a better one like it says which."""
    found = explained(
        said("Fishermen will lose three months of work and nobody pays them"),
        said("Fishermen lose three months of work, and nobody will pay", "Bo Hart"),
    )
    assert the_reason(found, "Fishermen lose").because[0] == (
        "same thought as “Fishermen will lose three …”"
    )


def test_an_article_is_no_role() -> None:
    """What stands before a name is its role only if it says something."""
    english = language("en")
    assert says_something("the harbour master", english)
    assert says_something("Gov.", english)
    for role in ("a", "the", "one", "J."):
        assert not says_something(role, english)
