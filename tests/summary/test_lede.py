"""The lede: what fits, whole sentences, and what the story is about."""

from __future__ import annotations

from digest.sources import read_text
from digest.summary import summarize

STORY = (
    "The harbour of Lowmouth will be closed until the end of March, the council "
    "decided. Dr. Ada Quill, the harbour master, had asked for it. Ships go to "
    "Highmouth until then.\n\n"
    "The quay was built in 1840. It has been repaired eleven times."
)


def lede(text: str, *, title: str | None = None, characters: int = 400) -> str:
    article = read_text(text, id="lede", title=title, language="en")
    return summarize(article, characters=characters).lede.text


def test_it_ends_with_a_sentence_that_fits() -> None:
    """Neither after an abbreviation nor in the middle."""
    assert lede(STORY, characters=150).endswith("had asked for it.")
    assert lede(STORY, characters=100).endswith("the council decided.")


def test_the_first_sentence_is_always_there() -> None:
    """Even where nothing fits."""
    assert lede(STORY, characters=10).endswith("the council decided.")


def test_as_many_sentences_as_asked_for() -> None:
    """`sentences` counts, whatever their length."""
    article = read_text(STORY, id="lede", language="en")
    assert len(summarize(article, sentences=4).lede.sentences) == 4


def test_an_anecdote_is_joined_with_the_nut_graf() -> None:
    """An opening that says nothing of the headline, then what it is about."""
    text = (
        "Ada Quill was eight when she fell into the water for the first time.\n\n"
        "Her father pulled her out by the hair.\n\n"
        "Now the harbour of Lowmouth, which she runs, will be closed for repairs."
    )
    found = lede(text, title="Lowmouth closes its harbour for repairs", characters=160)
    assert found == (
        "Ada Quill was eight when she fell into the water for the first time. "
        "Now the harbour of Lowmouth, which she runs, will be closed for repairs."
    )


def test_a_quotation_is_not_cut() -> None:
    """A sentence with a quotation of several sentences stays whole."""
    text = "“We close it now. It is old. It is done,” said Ada Quill. Nobody spoke."
    assert lede(text, characters=20) == (
        "“We close it now. It is old. It is done,” said Ada Quill."
    )


def test_no_text_has_no_lede() -> None:
    """An article of nothing gives a summary of nothing."""
    summary = summarize(read_text("", id="empty"))
    assert summary.lede.sentences == ()
    assert summary.quotes == ()
