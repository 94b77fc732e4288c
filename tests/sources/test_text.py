"""Plain text becomes paragraphs and boilerplate, every offset kept."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Article
from digest.sources import read_path, read_text

SHARED = Path("../shared/data")


def paragraphs(article: Article) -> list[str]:
    return [span.text for span in article.paragraphs]


def boilerplate(article: Article) -> list[str]:
    return [span.text for span in article.boilerplate]


LEAD = "The council voted on Tuesday to close the old harbour bridge to lorries."
NEXT = "Work begins in spring, the mayor said, and will last for two years."


@pytest.mark.needs("shared")
def test_the_seed_article_is_eight_paragraphs_and_five_share_links() -> None:
    """The article as it reaches us is parted from the links at its end."""
    (file,) = (SHARED / "articles").glob("*.txt")
    (article,) = read_path(file)
    assert article.text == file.read_text(encoding="utf-8")
    assert len(article.paragraphs) == 8
    assert boilerplate(article) == [
        "Facebook",
        "Twitter",
        "Instagram",
        "LinkedIn",
        "RSS",
    ]
    assert article.title is None


@pytest.mark.parametrize(
    "line",
    [
        "By Jane Doe",
        "Von Max Muster, Berlin",
        "Par Anne Dupont",
        "Staff Reports",
        "Published 14:11 EST, 25 October 2013",
        "Veröffentlicht am 3. März 2024 um 14.30 Uhr",
        "3 min read",
        "Lesezeit: 4 Minuten",
        "Share on Facebook",
        "Facebook Twitter WhatsApp",
        "Teilen auf Facebook",
        "Follow us on Twitter @thepaper",
        "Suivez-nous sur Facebook",
        "Follow Jane Doe on Twitter @janedoe.",
        "Sign up for our free daily newsletter to get the news in your inbox.",
        "Abonnieren Sie unseren Newsletter.",
        "© 2024 The Paper. All rights reserved.",
        "Todos los derechos reservados.",
        "Related: Bridge closed for a week after storm.",
        "Lees ook: Brug een week dicht na storm.",
        "Read more",
        "12 Comments",
        "Advertisement",
        "Photo: Jane Doe",
        "The bridge in 2019. (Jane Doe/Getty Images)",
        "Reporting by Jane Doe; Editing by John Roe",
        "Jane Doe contributed to this report.",
    ],
)
def test_a_line_of_boilerplate_is_kept_apart_wherever_it_stands(line: str) -> None:
    """Before, between and after the paragraphs, it is not read as the article."""
    text = f"{line}\n\n{LEAD}\n\n{line}\n\n{NEXT}\n\n{line}\n"
    article = read_text(text, id="a")
    assert paragraphs(article) == [LEAD, NEXT]
    assert boilerplate(article) == [line] * 3


@pytest.mark.parametrize(
    "paragraph",
    [
        "Facebook said on Tuesday that it would close its office in Dublin.",
        "Twitter and Facebook are to be fined, the commission said.",
        "“Follow us on Facebook,” the protesters shouted at the minister.",
        "Google, Facebook and Twitter shared the data with the police.",
        "The newsletter is read by four million people every week.",
        "Copyright law has to change, the court found.",
        "Credit card companies said they were looking into the matter.",
        "To get there, the team had to cross the whole of the desert.",
        "Published on Monday, the report blames the owners of the ship.",
        "Related companies must pay the same tax, the ministry says.",
        "More on Tuesday than on any other day, shops are broken into.",
        "Facebook teilte mit, es werde die Daten löschen.",
        "Share prices fell by 3% on Monday.",
        "By Tuesday the water had reached the second floor of the houses.",
        "Getty Images sued the firm in London over its use of photographs.",
        "Its privacy policy was changed last year, users complained.",
        "Meta changed its terms and privacy policy on Monday.",
        "Like many posts on Facebook, the claim was false.",
        "Powered by a two-litre engine, the car is slower than it looks.",
        "By clicking on the link, users let the thieves in.",
        "Email sent at midnight was read by nobody, the inquiry found.",
        "Something went wrong in the cockpit shortly before nine.",
        "The company is moderating hateful comments more strictly than before.",
        "He refused to share it with the police in his own town.",
        "Fotos von der Unfallstelle zeigen das Ausmaß der Zerstörung.",
        "Publié le 3 mai, le rapport met en cause le ministre.",
        "Cet article est contesté par l'opposition depuis des mois.",
        "Publicado el lunes, el informe culpa a los dueños del barco.",
        "Questo articolo è contrario alla legge, dice il giudice.",
        "Foto de familia con ausencias en la cumbre de Madrid, otra vez.",
    ],
)
def test_an_article_that_speaks_of_such_things_stays_whole(paragraph: str) -> None:
    """A sentence about Facebook, a newsletter or a share is not boilerplate."""
    article = read_text(f"{LEAD}\n\n{paragraph}\n\n{NEXT}", id="a")
    assert paragraphs(article) == [LEAD, paragraph, NEXT]
    assert paragraphs(read_text(f"{paragraph}\n{LEAD}", id="b")) == [paragraph, LEAD]


@pytest.mark.parametrize(
    "appeal",
    [
        "Want more of this? Our weekly newsletter brings it to you on Mondays.",
        "If you liked this, you will like what we send to subscribers' inbox.",
        "Wenn Sie mehr lesen wollen: Unser Newsletter kommt jeden Montag zu Ihnen.",
        "Pour ne rien manquer, la newsletter vous attend chaque lundi.",
    ],
)
def test_an_appeal_after_the_article_is_none_of_it(appeal: str) -> None:
    """At the end it is boilerplate; amid the article it may be meant."""
    body = [LEAD, NEXT, f"{LEAD} {NEXT}"]
    end = read_text("\n\n".join([*body, appeal]), id="a")
    assert paragraphs(end) == body
    middle = read_text("\n\n".join([*body, appeal, NEXT]), id="a")
    assert paragraphs(middle) == [*body, appeal, NEXT]


@pytest.mark.parametrize(
    "dateline",
    [
        "WASHINGTON (AP) —",
        "(CNN) --",
        "Beirut (CNN) --",
        "(Reuters) -",
        "DALLAS, Dec. 8 (UPI) —",
        "Berlin (dpa) -",
        "PARIS —",
        "NEW YORK, N.Y. —",
    ],
)
def test_a_dateline_is_parted_from_the_lead(dateline: str) -> None:
    """The place and the agency before the first sentence are boilerplate."""
    article = read_text(f"{dateline} {LEAD}\n{NEXT}", id="a")
    assert paragraphs(article) == [LEAD, NEXT]
    assert boilerplate(article) == [dateline]


def test_a_dash_alone_makes_no_dateline() -> None:
    """A sentence with a dash near its beginning is left whole."""
    sentence = "NATO members — all but two of them — agreed on the plan on Monday."
    for text in (sentence, "Paris — the city, not the hero — is full in May."):
        assert paragraphs(read_text(text, id="a")) == [text]


def test_a_headline_above_the_article_becomes_its_title() -> None:
    """A first line without a full stop is no paragraph, and it names the article."""
    article = read_text(f"Harbour bridge to close\nBy Jane Doe\n\n{LEAD}", id="a")
    assert article.title == "Harbour bridge to close"
    assert paragraphs(article) == [LEAD]
    assert boilerplate(article) == ["Harbour bridge to close", "By Jane Doe"]


@pytest.mark.parametrize("line", ["# Harbour bridge", "Title: Harbour bridge"])
def test_a_marked_title_is_taken_without_its_mark(line: str) -> None:
    """Markdown's "# …" and a "Title:" line give the title."""
    article = read_text(f"{line}\n\n{LEAD}\n", id="a")
    assert article.title == "Harbour bridge"
    assert paragraphs(article) == [LEAD]


def test_a_repeated_headline_is_no_lead_even_with_a_full_stop() -> None:
    """The known title in the first line is set apart."""
    title = "Council closes the old harbour bridge"
    article = read_text(f"{title}.\n\n{LEAD}\n", id="a", title=title)
    assert paragraphs(article) == [LEAD]


def test_a_heading_inside_the_article_is_no_paragraph() -> None:
    """A short line without a full stop between paragraphs is set apart."""
    article = read_text(f"{LEAD}\n\nA long wait\n\n{NEXT}", id="a")
    assert paragraphs(article) == [LEAD, NEXT]
    assert boilerplate(article) == ["A long wait"]


def test_wrapped_lines_are_one_paragraph() -> None:
    """Lines that a program broke are joined; the span keeps the line ends."""
    lead = (
        "The council voted on Tuesday to close the old\n"
        "harbour bridge to lorries, in a meeting that\n"
        "lasted until midnight."
    )
    after = (
        "Work begins in spring, the mayor said, and\n"
        "will last for two years at the very least."
    )
    text = f"{lead}\n\n{after}\n\nFacebook\nTwitter\n"
    article = read_text(text, id="a")
    assert paragraphs(article) == [lead, after]
    assert boilerplate(article) == ["Facebook", "Twitter"]
    assert paragraphs(read_text(f"{lead}\n{after}", id="b")) == [lead, after]


@pytest.mark.parametrize(
    "end", ["\n", "\n\n", "\r\n", "\r\n\r\n", "\f", "\r", "\u2029"]
)
def test_every_kind_of_line_end_parts_paragraphs(end: str) -> None:
    """Windows and old Mac line ends, form feeds and U+2029 are line ends."""
    article = read_text(f"\ufeff\xa0{LEAD}\xa0{end}  {NEXT}{end}", id="a")
    assert paragraphs(article) == [LEAD, NEXT]


def test_a_head_with_flattened_line_ends_is_parted() -> None:
    """ "By . Jane Doe . PUBLISHED: . …": line ends that became " . "."""
    head = (
        "By . Jane Doe . PUBLISHED: . 14:11 EST, 25 October 2013 . | . "
        "UPDATED: . 15:36 EST, 25 October 2013 ."
    )
    article = read_text(f"{head} {LEAD} {NEXT}", id="a")
    assert paragraphs(article) == [f"{LEAD} {NEXT}"]


@pytest.mark.parametrize(
    "tail", ["Read more", "Continue reading →", "Weiterlesen »", "[…] Read more."]
)
def test_a_link_at_the_end_of_a_paragraph_is_cut_off(tail: str) -> None:
    """Feeds end their summary in a link to the page."""
    article = read_text(f"{LEAD}\n\n{NEXT} {tail}", id="a")
    assert paragraphs(article) == [LEAD, NEXT]
    assert boilerplate(article) == [tail]


def test_a_byline_without_a_space_is_read() -> None:
    """Two words for the rules, one to whoever parts at white space."""
    assert read_text(f"By,Jane\n{LEAD}", id="a").paragraphs


def test_a_text_without_any_sentence_is_still_read() -> None:
    """Better a short line than nothing; but share links alone are no article."""
    assert paragraphs(read_text("Bridge closed until spring", id="a"))
    assert not read_text("Facebook\nTwitter\nRSS", id="b").paragraphs


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2_000_000,
        "“" * 1_000_000,
        "\n" * 1_000_000,
        " . " * 100_000,
        "." + '"' * 1_000_000,
        "By . " * 50_000,
        "A (" * 400_000,
        "a, " * 400_000,
        f"{LEAD}\n" * 15_000,
        f"{LEAD} " * 15_000,
        "Sign up for " * 100_000,
        "\ud800\x00\u202e" * 300_000,
        "Follow us on\n" * 50_000,
        "\xa0" * 1_000_000,
        "ABC DEF, " * 100_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_a_huge_text_is_read_in_linear_time(text: str) -> None:
    """A million marks, one line of megabytes: seconds at the most."""
    begun = time.process_time()
    article = read_text(text, id="a")
    assert time.process_time() - begun < 10
    assert all(span.text for span in (*article.paragraphs, *article.boilerplate))


def test_what_is_too_long_for_a_title_is_none() -> None:
    """A line of ten thousand characters names nothing."""
    assert read_text(f"{'a' * 10_000}\n{LEAD}", id="a").title is None
    assert read_text(f"# {'a' * 10_000}\n{LEAD}", id="a").title is None


@pytest.mark.parametrize(
    ("title", "lead"),
    [
        (
            "Clinton wins Democratic presidential primary in New York",
            "Hillary Clinton has won the Democratic presidential primary in New York.",
        ),
        (
            "Council to close harbour bridge to lorries",
            "The council is to close the harbour bridge to lorries.",
        ),
    ],
)
def test_a_lead_that_says_what_the_headline_says_is_the_lead(
    title: str, lead: str
) -> None:
    """News agencies write leads that come near the headline."""
    article = read_text(f"{title}\n\n{lead}\n\n{NEXT}", id="a", title=title)
    assert paragraphs(article) == [lead, NEXT]


LINES = st.sampled_from(
    [LEAD, NEXT, "Facebook", "By Jane Doe", "(CNN) -- ", " . ", "\xa0", "“", "Title: x"]
)
TEXTS = st.text() | st.lists(
    LINES | st.text(max_size=20) | st.sampled_from(["\n", "\r\n", "\n\n", "\f", " "])
).map("".join)


@given(text=TEXTS, title=st.none() | st.text(max_size=30) | st.just(LEAD))
def test_spans_are_exact_disjoint_and_in_order(text: str, title: str | None) -> None:
    """Of any text at all, every span is where it says, and none meets another."""
    article = read_text(text, id="a", title=title)
    assert article.text == text
    spans = sorted([*article.paragraphs, *article.boilerplate])
    assert all(span.text == text[span.start : span.end] for span in spans)
    assert all(span.text.strip() for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert list(article.paragraphs) == sorted(article.paragraphs)
    assert list(article.boilerplate) == sorted(article.boilerplate)
    between = "".join(
        text[a:b]
        for a, b in zip(
            [0, *(span.end for span in spans)],
            [*(span.start for span in spans), len(text)],
            strict=True,
        )
    )
    assert not any(c.isalnum() for c in between), "nothing of the text is lost"
