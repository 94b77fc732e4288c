"""The rules for speakers in words: what in the article says who spoke, and how surely.

A rule's name is `WHERE[-SUFFIX…]/WHOM`, as `speakers` builds it.
"""

from __future__ import annotations

from digest.model import Attribution
from digest.summary.confidence import is_measured

#: where the article says who speaks
_WHERE = {
    "after-sv": "right behind the quotation stands who speaks, then the verb",
    "after-vs": "right behind the quotation stands the verb, then who speaks",
    "after-by": "behind the quotation stands by whom it was said",
    "after-according": "behind the quotation stands “according to”, then who speaks",
    "after-bracket": "the quotation is signed in brackets",
    "after-dash": "the quotation is signed behind a dash",
    "after-loose": "a short sentence behind the quotation says who speaks",
    "after": "right behind the quotation stands somebody",
    "ahead": "the next quotation says who speaks",
    "before": "the sentence that leads to the quotation says who speaks",
    "before-according": "before the quotation stands “according to”, then who speaks",
    "before-colon": "before the quotation stands who speaks, and a colon",
    "before-comma": "before the quotation stands who speaks, and a comma",
    "continued": "the quotation goes on from the paragraph before",
    "label": "before the quotation stands only who speaks, and a colon",
    "paragraph-before": "whoever spoke in the paragraph before speaks on",
    "same-paragraph": "whoever spoke last in the paragraph speaks on",
    "sentence-before": "the sentence before the quotation says who speaks",
    "split": "the quotation is split by the words that say who speaks",
}
#: what makes it less sure
_SUFFIXES = {
    "-any": "there is no verb of saying",
    "-far": "the verb stands farther away",
    "-hearsay": "somebody else may only be passing it on",
    "-other": "somebody else is named between",
}
#: how the person is named there
_WHOM = {
    "name": "",
    "namesake": "several people in the article share the name",
    "nominal": "they are not named, only described",
    "pronoun": "it says only “he”, “she” or “they”, which was taken for who was meant",
    "pronoun-sole": "it says only “he”, “she” or “they”, and one person fits",
}
#: from which share of right attributions on it is how sure
_SURE = ((0.95, "Very sure"), (0.82, "Sure"), (0.6, "Likely"), (0.4, "Unsure"))


def in_words(rule: str) -> str:
    """What the rule goes by, in one sentence."""
    where, _, whom = rule.partition("/")
    weak: list[str] = []
    while where not in _WHERE and (
        suffix := next((s for s in _SUFFIXES if where.endswith(s)), "")
    ):
        where = where.removesuffix(suffix)
        weak.insert(0, _SUFFIXES[suffix])
    parts = [_WHERE.get(where, where), *weak, _WHOM.get(whom, whom)]
    said = "; ".join(filter(None, parts))
    return f"{said[:1].upper()}{said[1:]}."


def how_sure(said: Attribution) -> str:
    """How sure it is who spoke: one or two words, and what they were measured by."""
    sure = next((word for least, word in _SURE if said.confidence >= least), "A guess")
    if not is_measured(said.rule):
        return f"{sure}: this rule was too rare to be measured"
    right = round(100 * said.confidence)
    return f"{sure}: right {right} times in 100 where people had marked who spoke"
