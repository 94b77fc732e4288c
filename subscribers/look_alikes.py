"""Addresses that may be made to be taken for another: pаypal.com with a Cyrillic а.

A label (what is between dots and the @) with letters of two alphabets that look alike
is suspicious. This is the idea of a single script in UTS 39, section 5, made small:
alphabets that look like none of these may stand beside them, as they do in Japan.
https://www.unicode.org/reports/tr39/#Restriction_Level_Detection
"""

from __future__ import annotations

import re
import unicodedata

#: as the names of their letters begin
ALPHABETS = frozenset(
    {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"}
)


def is_suspicious(address: str) -> bool:
    """Whether a label of an address, as it is displayed, mixes such alphabets."""
    if address.isascii():
        return False
    return any(len(_alphabets(label)) > 1 for label in re.split("[.@]", address))


def _alphabets(label: str) -> set[str]:
    names = (unicodedata.name(each, "") for each in label if each.isalpha())
    return {name.partition(" ")[0] for name in names} & ALPHABETS
