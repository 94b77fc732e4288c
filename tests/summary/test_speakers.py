"""Who says it: every order of quote, verb and name, in our own sentences."""

from __future__ import annotations

import pytest

from digest.model import Quote
from digest.sources import read_text
from digest.summary import summarize

INTRODUCTION = (
    "The council of Lowmouth voted on Monday to close the harbour. Harbour master "
    "Ada Quill and the mayor, Emil Tander, had asked for it.\n\n"
)
SAID = "The quay is older than all of us."


def quotes(text: str) -> tuple[Quote, ...]:
    article = read_text(INTRODUCTION + text, id="speakers", language="en")
    return summarize(article, quotes=0).quotes


def speakers(text: str) -> list[str | None]:
    return [q.attribution.speaker if q.attribution else None for q in quotes(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“The quay is older than all of us,” Quill said.", "Ada Quill"),
        ("“The quay is older than all of us,” said Quill.", "Ada Quill"),
        ("“The quay is older than all of us,” Ms. Quill told reporters.", "Ada Quill"),
        ("“The quay is older than all of us,” Quill, 61, said.", "Ada Quill"),
        (f"Quill said: “{SAID}”", "Ada Quill"),
        (f"Quill told the council on Monday, “{SAID}”", "Ada Quill"),
        (f"In a statement, Quill said, “{SAID}”", "Ada Quill"),
        (f"Speaking after the vote, Quill added: “{SAID}”", "Ada Quill"),
        (f"Quill has repeatedly said, “{SAID}”", "Ada Quill"),
        (f"Quill defended the vote, saying: “{SAID}”", "Ada Quill"),
        (f"According to Quill, “{SAID}”", "Ada Quill"),
        ("“The quay is older than all of us,” according to Quill.", "Ada Quill"),
        (f"Ada Quill: “{SAID}”", "Ada Quill"),
        (f"Asked by Emil Tander, Quill said: “{SAID}”", "Ada Quill"),
        ("“Is the quay older than all of us?” asked Quill.", "Ada Quill"),
        (
            "“The quay is older than all of us,” said Bo Finch, a fisherman.",
            "Bo Finch",
        ),
        (
            "“The quay is older than all of us,” Bo Finch, a spokesman for the "
            "Harbour Trust, said.",
            "Bo Finch",
        ),
        (
            "“The quay is older than all of us,” said the head of the Harbour Trust, "
            "Bo Finch.",
            "Bo Finch",
        ),
        (
            "“The quay is older than us all,” said Harbour Trust spokesman Bo Finch.",
            "Bo Finch",
        ),
        (
            "“The quay is older than all of us,” a spokesman for the trust said.",
            "a spokesman for the trust",
        ),
        ("“The quay is older than all of us,” the family said.", "the family"),
        (
            "“The quay is older than all of us,” the 40-year-old said.",
            "the 40-year-old",
        ),
        ("“The quay is older than all of us,” a voice over states.", "a voice over"),
        (
            "“Is the quay older than us?” a reporter could be heard asking Tander.",
            "a reporter",
        ),
        (f"A fisherman who spoke to Tander said Tuesday, “{SAID}”", "A fisherman"),
        (
            f"Quill, during a meeting in Oxbow, Kent, said: “{SAID}”",
            "Ada Quill",
        ),
        (f"It was a plan that Quill on Monday called “{SAID}”", "Ada Quill"),
        (f"Quill looked at the mayor's papers and said: “{SAID}”", "Ada Quill"),
        (f"Quill brushed off the mayor's comments, saying: “{SAID}”", "Ada Quill"),
        (f"Tander left early, with Quill stating: “{SAID}”", "Ada Quill"),
        (f"Said Quill, who grew up on the quay, “{SAID}”", "Ada Quill"),
        (
            f"Several owners of boats wrote to Tander, saying: “{SAID}”",
            "Several owners of boats",
        ),
        ("“The quay is older than all of us,” it said.", None),
        ("“The quay is older than all of us,” they said.", None),
    ],
)
def test_the_orders_of_quote_verb_and_name(text: str, expected: str | None) -> None:
    """The fullest name of whoever the verb of saying belongs to."""
    assert speakers(text) == [expected]


def test_a_paragraph_that_ends_in_a_colon_announces_the_next() -> None:
    """“Quill said in a statement:” stands in a paragraph of its own."""
    text = f"Tander was in Oxbow. Quill said in a statement:\n\n“{SAID}”"
    assert speakers(text) == ["Ada Quill"]
    behind = f"Quill turned to the hall:\n\n“{SAID[:-1]},” shouted Bo Finch."
    assert speakers(behind) == ["Bo Finch"]


def test_a_verb_behind_and_has_the_subject_ahead() -> None:
    """“…”, and told the police, “…”: both are hers."""
    text = (
        "Quill “walked to the end of the quay”, and told the police, “the quay is "
        "older than all of us”."
    )
    assert set(speakers(text)) == {"Ada Quill"}


def test_pronouns_go_by_gender() -> None:
    """She is the harbour master, he the mayor."""
    text = (
        "Quill met Tander at the quay. “We close it now for everybody,” she said. "
        "He did not agree.\n\n"
        "“We could have waited for the summer,” he said."
    )
    assert speakers(text) == ["Ada Quill", "Emil Tander"]


def test_a_pronoun_takes_up_who_has_no_name() -> None:
    """She is the spokeswoman who spoke last, not the last woman with a name."""
    text = (
        "Quill was not there. A spokeswoman for the trust said the work had begun. "
        "“You could hear it from the car park,” she said."
    )
    assert speakers(text) == ["A spokeswoman for the trust"]


def test_a_split_quotation_is_one_utterance() -> None:
    """“A,” she said. “B”: one speaker, one utterance."""
    text = "“We close it now,” Quill said. “Nobody shall get hurt.”"
    found = quotes(text)
    assert [quote.utterance for quote in found] == [0, 0]
    assert speakers(text) == ["Ada Quill", "Ada Quill"]


def test_a_quotation_over_paragraphs_is_one_utterance() -> None:
    """Reopened in each paragraph, closed in the last: one quote a paragraph."""
    text = (
        "Quill said: “We close it now, and we close it for good.\n\n"
        "“Nobody shall get hurt on my watch.”"
    )
    found = quotes(text)
    assert [quote.utterance for quote in found] == [0, 0]
    assert speakers(text) == ["Ada Quill", "Ada Quill"]


@pytest.mark.parametrize(
    "line",
    [
        f"“{SAID}” — Bo Finch",
        f"“{SAID[:-1]}” – Bo Finch, 44, fisherman",
        f"“{SAID}” (Bo Finch, fisherman)",
        f"“{SAID[:-1]}” (Bo Finch).",
        f"Bo Finch, 44, fisherman: “{SAID}”",
        f"Chief harbour pilot Bo Finch: “{SAID}”",
    ],
)
def test_a_signature_is_surer_than_the_paragraph_before(line: str) -> None:
    """A dash, a bracket or a label names who speaks, whoever spoke before."""
    text = f"“Where would we go?” asked Quill.\n\n{line}\n\nThe boats lay still."
    assert speakers(text) == ["Ada Quill", "Bo Finch"]


def test_what_follows_a_dash_may_be_no_signature() -> None:
    """A sentence that goes on behind a dash signs nothing."""
    text = f"“Where would we go?” asked Quill.\n\n“{SAID}” — Bo Finch was not there."
    assert speakers(text) == ["Ada Quill", "Ada Quill"]


@pytest.mark.parametrize(
    "text",
    [
        f"“We close it now,” said Quill. Tander smiled. “{SAID}”",
        f"“We close it now,” said Quill. Tander smiled.\n\n“{SAID}”",
        f"“We close it now,” said Quill.\n\n“{SAID}”\n\nBo Finch, a fisherman, "
        "was angry.",
    ],
)
def test_somebody_else_in_between_makes_a_speaker_less_sure(text: str) -> None:
    """A sentence about another person may give the next words to them."""
    sure = quotes(f"“We close it now,” said Quill. The hall was full. “{SAID}”")
    less = quotes(text)
    assert sure[1].attribution is not None
    assert less[1].attribution is not None
    assert less[1].attribution.confidence < sure[1].attribution.confidence


def test_a_name_on_a_network_speaks() -> None:
    """Not who stands in the sentence before."""
    text = f"Quill wrote one. “{SAID[:-1]},” wrote @quayfan88."
    assert speakers(text) == ["@quayfan88"]


def test_the_last_paragraph_of_an_utterance_may_name_its_speaker() -> None:
    """It is theirs from the first, whoever spoke in the paragraph before."""
    text = (
        "“We close it now,” said Tander.\n\n"
        "“We had no lights and no water.\n\n"
        "“The boats were all on the quay.\n\n"
        "“Nobody shall get hurt on my watch,” Quill said."
    )
    found = quotes(text)
    assert [quote.utterance for quote in found] == [0, 1, 1, 1]
    assert speakers(text) == ["Emil Tander", *["Ada Quill"] * 3]


def test_an_attribution_ends_a_quotation_that_was_never_closed() -> None:
    """The paragraph behind is another utterance; words of saying within are not."""
    text = (
        '"We close the quay for good, Quill said.\n\n"It is older than us," she said.'
    )
    found = quotes(text)
    assert [quote.span.text for quote in found] == [
        "We close the quay for good,",
        "It is older than us,",
    ]
    assert [quote.utterance for quote in found] == [0, 1]
    assert speakers(text) == ["Ada Quill", "Ada Quill"]
    [told, _] = quotes("“We heard what everybody in the town said.\n\n“It is old.”")
    assert told.span.text == "We heard what everybody in the town said."


def test_an_attribution_between_two_passages_is_of_one_utterance() -> None:
    """“A,” she said, “and B.” is one sentence of hers; “and added” begins another."""
    text = "“We close it now,” Quill said, “and we close it for good.”"
    assert [quote.utterance for quote in quotes(text)] == [0, 0]
    other = "“We close it now,” Quill said and Tander added: “We close it for good.”"
    assert [quote.utterance for quote in quotes(other)] == [0, 1]
    assert speakers(other) == ["Ada Quill", "Emil Tander"]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("“We close it now,” said Bo Finch, a fisherman from Lowmouth.",
         "a fisherman from Lowmouth"),
        ("“We close it now,” said fisheries minister Bo Finch.",
         "fisheries minister"),
        ("“We close it now,” said Judge Bo Finch.", "Judge"),
        ("“We close it now,” said Mr. Bo Finch.", None),
        ("“We close it now,” said Quill’s spokesman Bo Finch.", "Quill’s spokesman"),
        ("“We close it now,” said former U.S. Sen. Bo Finch.", "former U.S. Sen."),
        ("“We close it now,” said the club's spokesman, Bo Finch.", "spokesman"),
    ],
)  # fmt: skip
def test_the_role_in_the_articles_own_words(text: str, role: str | None) -> None:
    """An apposition or a title, never "Mr."."""
    [quote] = quotes(text)
    assert quote.attribution is not None
    assert quote.attribution.speaker == "Bo Finch"
    assert quote.attribution.role == role


@pytest.mark.parametrize(
    ("before", "role"),
    [
        ("Labour leader Ada Quill met Transport Secretary Bo Finch.",
         "Transport Secretary"),
        ("Opposition leader Ada Quill met Bo Finch.", None),
        ("President Ada Quill appointed Bo Finch as ambassador.", None),
        ("A court cleared nurse Bo Finch.", "nurse"),
        ("They came to defend Sergeant Bo Finch.", "Sergeant"),
        ("A vote went to the harbour's master, former Lowmouth Mayor Bo Finch.",
         "former Lowmouth Mayor"),
    ],
)  # fmt: skip
def test_neither_a_verb_nor_another_name_is_of_a_role(
    before: str, role: str | None
) -> None:
    """What may be the verb of another subject is no part of a title."""
    [quote] = quotes(f"{before} “We close it now for good,” Finch said.")
    assert quote.attribution is not None
    assert quote.attribution.role == role


@pytest.mark.parametrize(
    "behind",
    [
        "his younger brother",
        "now an engineer",
        "one of the three",
        "rival",
        "whose boss, Gil Wren, was away",
        "another engineer",
        "a reporter for U.S. News",
    ],
)
def test_what_makes_no_sense_far_from_its_article_is_no_role(behind: str) -> None:
    """A role stands under a quote where nobody knows whose brother it is."""
    [quote] = quotes(f"“We close it now for good,” said Bo Finch, {behind}.")
    assert quote.attribution is not None
    assert quote.attribution.role is None


@pytest.mark.parametrize(
    "text",
    [
        "Her book “The Quay and I” was sold out.",
        "He wore a “Save Our Quay” hat.",
        "The “old guard” was not there.",
        "It is a “work in progress” for all.",
        "Finch is now host of “The Quay Show With Bo Finch.”",
        "Finch, known from “Parks and Quays” and “Keepers of the Quay,” posted it.",
    ],
)
def test_titles_and_scare_quotes_are_no_quotes(text: str) -> None:
    """Works, signs and single words that nobody said."""
    assert quotes(text) == ()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("fr", "Le roman « Les ponts de la rivière », paru en mai, dit la vie."),
        ("es", "La novela «Los puentes del río gris sobre el mar» salió en mayo."),
        ("pl", "Powieść „Mosty nad rzeką nocą” ukazała się w maju."),
    ],
)
def test_titles_without_capitals_are_no_quotes(code: str, text: str) -> None:
    """Behind the word for a work, or, without words, in the flow of a sentence."""
    article = read_text(text, id="works", language=code)
    assert summarize(article, quotes=0).quotes == ()


@pytest.mark.parametrize(
    "text",
    [
        "„Nie ma już pieniędzy”, mówi Anna.",
        "Anna mówi: „Nie ma już pieniędzy”.",
        "„Nie ma już pieniędzy” – mówi Anna.",
        "„Nie ma już pieniędzy.” Anna jest zła.",
    ],
)
def test_speech_is_set_off_where_no_words_are_known(text: str) -> None:
    """A comma, a colon, a dash or the end of a sentence tells it from a title."""
    article = read_text(text, id="speech", language="pl")
    [quote] = summarize(article, quotes=0).quotes
    assert quote.span.text.startswith("Nie ma już pieniędzy")


def test_every_attribution_says_why_and_how_sure() -> None:
    """The rule and its measured share of right answers."""
    [quote] = quotes("“The quay is older than all of us,” Quill said.")
    assert quote.attribution is not None
    assert quote.attribution.rule == "after-sv/name"
    assert quote.attribution.cue == "said"
    assert quote.attribution.confidence > 0.95


def test_hearsay_is_less_sure() -> None:
    """What somebody is said to have said is no key quote with a name."""
    [quote] = quotes(
        "“The quay is older than all of us,” Quill said, according to the Gazette."
    )
    assert quote.attribution is not None
    assert quote.attribution.confidence < 0.5


@pytest.mark.parametrize(
    "opening",
    ["On Twitter Finch", "In Lowmouth Finch", "Outside Lowmouth Town Hall Finch"],
)
def test_a_place_before_a_surname_is_no_part_of_the_name(opening: str) -> None:
    """What follows an opening preposition is cut, if the rest is a known surname."""
    text = f"Bo Finch was angry. {opening} said: “We close it now for good.”"
    assert speakers(text) == ["Bo Finch"]
    assert speakers(text.replace("Bo Finch was", "He was")) != ["Bo Finch"]
    kept = "Eva Finch left. With Bo Finch away, Bo Finch said: “We close it for good.”"
    assert speakers(kept) == ["Bo Finch"]


@pytest.mark.parametrize(
    ("named", "name", "role"),
    [
        ("Surgeon Ola Finch", "Ola Finch", "Surgeon"),
        ("Lowmouth MP Dev Finch", "Dev Finch", "Lowmouth MP"),
        ("Detective Inspector Moira Finch", "Moira Finch", "Detective Inspector"),
        ("Inmate Robin", "Robin", "Inmate"),
        ("Don Finch", "Don Finch", None),
        ("Mary Baker Finch", "Mary Baker Finch", None),
    ],
)
def test_what_somebody_does_is_no_part_of_the_name(
    named: str, name: str, role: str | None
) -> None:
    """Before two names it is a title; behind a given name it is a name."""
    [quote] = quotes(f"“We close it now for good,” said {named}.")
    assert quote.attribution is not None
    assert quote.attribution.speaker == name
    assert quote.attribution.role == role


def test_a_particle_with_a_capital_begins_the_same_surname() -> None:
    """“Van den Broek” at the start of a sentence is Dele van den Broek."""
    text = "Dele van den Broek came. “We close it now,” Van den Broek added."
    assert speakers(text) == ["Dele van den Broek"]


@pytest.mark.parametrize(
    ("behind", "name"),
    [
        ("Finch's father, Bill", "Bill"),
        ("her idol, the late Carla Wren", "Carla Wren"),
        ("the captain, Friday or not", "the captain"),
    ],
)
def test_the_name_behind_what_somebody_is(behind: str, name: str) -> None:
    """A given name is enough, and "the late" may stand before it."""
    assert speakers(f"“We close it now for good,” said {behind}.") == [name]
