"""Key quotes: safe, whole, not twice the same, or none."""

from __future__ import annotations

from digest.sources import read_text
from digest.summary import explain, summarize

OPENING = (
    "The harbour of Lowmouth will be closed until the end of March, the council "
    "decided on Monday after a long debate. Harbour master Ada Quill had asked "
    "for it, and the mayor, Emil Tander, had spoken against it. Ships will be sent to "
    "Highmouth, which is two hours away by road, until the work is done. The quay "
    "was built in 1840 and has been repaired eleven times, the last time in 1996."
)


def key_quotes(*paragraphs: str, quotes: int = 2) -> list[str]:
    article = read_text("\n\n".join([OPENING, *paragraphs]), id="key", language="en")
    return [q.span.text for q in summarize(article, quotes=quotes).key_quotes]


LONG = "“The quay is older than all of us and it shows in every stone of it,” {} said."
OTHER = "“Fishermen will lose three months of work and nobody will pay them,” {} said."


def test_at_most_as_many_as_asked_for() -> None:
    """Two unless asked otherwise; none is none."""
    more = "“I have seen nine winters here and never a year without a flood,” {} said."
    given = [LONG.format("Quill"), OTHER.format("Tander"), more.format("Ada Quill")]
    assert len(key_quotes(*given)) == 2
    assert len(key_quotes(*given, quotes=3)) == 3
    assert key_quotes(*given, quotes=0) == []


def test_not_two_of_the_same_thought() -> None:
    """The same words twice are one key quote."""
    again = "“The quay is older than all of us, it shows in every stone,” Tander said."
    assert len(key_quotes(LONG.format("Quill"), again)) == 1


def test_not_what_the_lede_already_says() -> None:
    """A quote in the lede is not set apart again."""
    text = (
        "“We close the quay now before somebody gets hurt,” Ada Quill said on Monday."
    )
    assert not summarize(read_text(text, id="key", language="en")).key_quotes


def test_a_fragment_only_where_there_is_no_sentence() -> None:
    """Part of the reporter's sentence stands less well alone."""
    part = "Tander called the closing “a blow to everybody who lives from the sea.”"
    assert key_quotes(part, LONG.format("Quill")) == [
        "The quay is older than all of us and it shows in every stone of it,"
    ]


def test_nobody_is_named_who_is_not_safely_known() -> None:
    """Below the threshold a key quote has no speaker."""
    text = (
        OPENING + "\n\nTander met Finch and Lee at the quay with Bo Hart. "
        "“Nobody asked us whether we can live without the harbour for so long,” "
        "he said."
    )
    article = read_text(text, id="key", language="en")
    for quote in summarize(article).key_quotes:
        assert quote.attribution is None or quote.attribution.confidence >= 0.6


GOOD = "“Fishermen will lose three months of work and nobody will pay them,” {} said."


def better(worse: str) -> None:
    """A plain quote is chosen, though the worse one stands before it."""
    plain = GOOD.format("Ada Quill")
    [chosen] = key_quotes(worse, plain, quotes=1)
    assert chosen.startswith("Fishermen")


def test_not_the_answer_without_its_question() -> None:
    """A quote behind a question, or that begins as answers do, needs it."""
    better(
        "Who pays for it?\n\n“The council pays for the quay, all of it,” Quill said."
    )
    better("“Well, the council pays for the quay and for the ships,” Quill said.")


def test_not_what_points_at_something_outside() -> None:
    """“It” and “them” with nothing in the quote that they could stand for."""
    better("“It was always going to end like this for the harbour,” Quill said.")
    better("“We told them so nine winters ago at the town hall,” Quill said.")


def test_not_what_the_reporter_mended() -> None:
    """Brackets and dots are not how anybody speaks."""
    better(
        "“The harbour [of Lowmouth] … was never built for [such] ships,” Quill said."
    )


def test_not_a_heap_of_figures() -> None:
    """Figures are for a table."""
    better(
        "“We had 11 ships in 2014, 9 in 2015 and 4 in 2016 at the quay,” Quill said."
    )


def test_not_what_breaks_off() -> None:
    """The reporter's sentence goes on where the quotation ends."""
    better("“The harbour is the heart of Lowmouth and nobody” knows that, Quill said.")


def test_a_second_voice_before_the_first_again() -> None:
    """Of two quotes about as good, that of another person is the second."""
    first = LONG.format("Ada Quill")
    again = "“Masons mended the same wall of the harbour twice a year,” Quill said."
    other = "“Fishermen will lose three months of work and go unpaid,” Tander said."
    chosen = key_quotes(first, again, other)
    assert any(quote.startswith("Fishermen") for quote in chosen)


def test_a_quote_in_writing_without_spaces_has_words() -> None:
    """Two characters are counted as one: a Japanese sentence is not too short."""
    quote = "「この岸壁は誰よりも古く、石の一つ一つにそれが表れています」"
    text = f"港は三月末まで閉鎖される。\n\n{quote}と港長は語った。"
    [reason] = explain(read_text(text, id="ja", language="ja")).quotes
    assert not reason.because[0].startswith("too short")


def test_a_reason_is_said_once_and_in_the_right_number() -> None:
    """Neither "1 words" nor the doubt of a speaker twice."""
    said = "“Never,” Quill said. According to Bo, Lee said “we go home soon now”."
    for reason in explain(
        read_text(f"{OPENING}\n\n{said}", id="key", language="en")
    ).quotes:
        assert len(set(reason.because)) == len(reason.because)
        assert "1 words" not in " ".join(reason.because)
