"""Why somebody is named is said in words, and shown in the article."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from digest.model import Attribution
from digest.sources import read_text
from digest.summary import explain
from digest.summary.rules import how_sure, in_words

TEXT = """\
The ferry stays, the council said on Monday, after a long night of talks.

“We will not let it go,” Mara Lindqvist said. “Not this winter, and not the next one.”

She added: “I take it myself every day to work.”

“Quite so,” nodded the harbour, and nobody was known to have said it.
"""


def test_every_measured_rule_has_words() -> None:
    """No name of the program's is left in them."""
    data = files("digest.summary").joinpath("confidence.toml").read_text("utf-8")
    for rule in tomllib.loads(data)["all"]:
        said = in_words(rule)
        assert said.endswith(".")
        for part in ("-any", "-far", "-hearsay", "-other", "-sv", "/"):
            assert part not in said


@pytest.mark.parametrize(
    ("confidence", "rule", "said"),
    [
        (0.991, "after-sv/name", "Very sure: right 99 times in 100"),
        (0.85, "after-sv/nominal", "Sure: right 85 times"),
        (0.71, "after-sv/pronoun", "Likely: right 71 times"),
        (0.2, "after-sv-hearsay/name", "A guess: right 20 times"),
        (0.5, "after-dash/name", "Unsure: this rule was too rare to be measured"),
    ],
)
def test_how_sure_it_is(confidence: float, rule: str, said: str) -> None:
    """A share that was not measured is not told as if it were."""
    given = Attribution(speaker="Jane Doe", rule=rule, confidence=confidence)
    assert how_sure(given).startswith(said)


def test_the_article_is_shown_to_say_so() -> None:
    """Who speaks, by name or by "She", and the verb; nothing where nothing says so."""
    article = read_text(TEXT, id="ferry", language="en")
    explanation = explain(article)
    told = {
        quote.span.text[:5]: [span.text for span in reason.told]
        for quote, reason in zip(
            explanation.summary.quotes, explanation.quotes, strict=True
        )
    }
    assert told["We wi"] == told["Not t"] == ["Mara Lindqvist", "said"]
    assert told["I tak"] == ["She", "added"]
    for reason in explanation.quotes:
        for span in reason.told:
            assert article.text[span.start : span.end] == span.text
