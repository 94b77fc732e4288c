"""The lede: what fits, whole sentences, and what the story is about."""

from __future__ import annotations

import pytest

from digest.model import Span
from digest.sources import read_text
from digest.summary import summarize
from digest.summary.headline import Headline
from digest.summary.languages import language
from digest.summary.lede import set_aside

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


ANECDOTE = (
    "Ada Quill was eight when she fell into the water for the first time.\n\n"
    "Her father, a fisherman, pulled her out by the hair and never spoke of it.\n\n"
    "Now the harbour of Lowmouth, which she runs, will be closed for repairs."
)
REPAIRS = "Lowmouth closes its harbour for repairs"


def test_a_row_keeps_what_the_story_is_about() -> None:
    """A lede made for a hero and cut for a row does not lose its nut graf."""
    article = read_text(ANECDOTE, id="lede", title=REPAIRS, language="en")
    hero = summarize(article, characters=400).lede
    assert len(hero.sentences) == 3
    row = hero.within(160)
    assert row == summarize(article, characters=160).lede
    assert row.text.startswith("Ada Quill was eight")
    assert row.text.endswith("will be closed for repairs.")


def test_where_both_are_far_too_long_the_anecdote_goes() -> None:
    """One sentence that says what the story is about is better than an anecdote."""
    found = lede(ANECDOTE, title=REPAIRS, characters=75)
    assert found.startswith("Now the harbour of Lowmouth")


def test_it_does_not_say_the_headline_again() -> None:
    """A second line of the headline at the top of the text is no sentence."""
    text = "Ships go to Highmouth until spring.\n\n" + STORY
    title = "Lowmouth closes its harbour; Ships go to Highmouth until spring"
    assert lede(text, title=title).startswith("The harbour of Lowmouth")


def test_it_does_not_end_with_a_colon() -> None:
    """What leads on to a list or a quotation is no end."""
    text = "The harbour will be closed until March. This is what we know so far:"
    assert lede(text) == "The harbour will be closed until March."


def test_labels_and_credits_are_no_sentences() -> None:
    """Nor are embedded posts."""
    text = f"Obituary.\n\nImage: The council.\n\n<post id='1'><post/>.\n\n{STORY}"
    assert lede(text).startswith("The harbour of Lowmouth")


@pytest.mark.parametrize(
    "first",
    [
        "By Friday the whole harbour was frozen.",
        "Published in 1931, the book sold nine copies.",
        "Posted to Malta, he learned to cook.",
        "Updated plans show a second line.",
        "10:30 was too early for him.",
        "Silence.",
    ],
)
def test_a_sentence_that_begins_like_a_byline_is_one(first: str) -> None:
    """It goes on in words, and a byline only in names and dates."""
    assert lede(f"{first} {STORY}").startswith(first)


@pytest.mark.parametrize(
    "label",
    [
        "By Ada Quill and Bo Hart",
        "Published: 3 March, late in the evening",
        "Updated 12:03 EST",
        "10:30 a.m. on Monday",
        "ABSTRACT.",
    ],
)
def test_a_byline_is_no_sentence(label: str) -> None:
    """Nor are a time and a label, wherever the sources have left them."""
    span = Span.of(label, 0, len(label))
    assert set_aside(span, Headline("", language("en")))


def test_a_quotation_is_not_cut() -> None:
    """A sentence with a quotation of several sentences stays whole."""
    text = "“We close it now. It is old. It is done,” said Ada Quill. Nobody spoke."
    assert lede(text, characters=20) == (
        "“We close it now. It is old. It is done,” said Ada Quill."
    )


CALM = "“The ponies were calmer than we were all night long,” said Bo Hart."
THREE = "“At about three the water came over the quay and stood still,” Hart said."
TIDE = "Then the tide turned, and the harbour of Lowmouth was closed for repairs."


def test_quotations_are_left_for_key_quotes() -> None:
    """Once the story is told, a lede ends before them, though they would fit."""
    text = f"The council closes the harbour of Lowmouth. {CALM} {THREE}"
    article = read_text(text, id="lede", title=REPAIRS, language="en")
    summary = summarize(article)
    assert summary.lede.text == "The council closes the harbour of Lowmouth."
    assert summary.key_quotes


def test_an_opening_has_one_quotation_and_what_it_is_about() -> None:
    """Not a run of them, whether the headline's words are in them or not."""
    text = f"{CALM}\n\n{THREE}\n\n{TIDE}"
    assert lede(text, title=REPAIRS) == f"{CALM} {TIDE}"
    assert lede(text, title="A night of storm") == f"{CALM} {TIDE}"


def test_a_quotation_with_no_room_makes_room_for_the_story() -> None:
    """However it speaks of what the headline does: it goes, and the nut graf stays."""
    long = f"“The harbour of Lowmouth is {'old and ' * 20}tired,” said Ada Quill."
    text = f"{long}\n\nShe smiled.\n\n{TIDE}"
    article = read_text(text, id="lede", title=REPAIRS, language="en")
    for found in (
        summarize(article, characters=150).lede,
        summarize(article).lede.within(150),
    ):
        assert found.text == TIDE


def test_a_post_of_others_is_not_told_by_the_paper() -> None:
    """It has no marks, only who wrote it below."""
    post = "The glitter should be ashamed.\n\n— Dot Finch (@dotfinch) March 5, 2024"
    text = f"The harbour of Lowmouth is closed.\n\n{post}\n\n{TIDE}"
    assert lede(text) == f"The harbour of Lowmouth is closed. {TIDE}"


def test_no_text_has_no_lede() -> None:
    """An article of nothing gives a summary of nothing."""
    summary = summarize(read_text("", id="empty"))
    assert summary.lede.sentences == ()
    assert summary.quotes == ()


def test_a_sentence_without_spaces_is_no_label() -> None:
    """Japanese and Chinese write none."""
    text = "港は三月末まで閉鎖される。船は隣の町へ向かう。"
    article = read_text(text, id="lede", language="ja")
    assert summarize(article).lede.sentences[0].text == "港は三月末まで閉鎖される。"
