"""Your own templates say what they mean, in MJML that is read as such.

warning: an unknown, misplaced or unclosed element, a wrong attribute or value, a
missing alt text → correct the file at the line that is named
"""

from __future__ import annotations

from collections.abc import Iterator

from digest.checks.examined import Examined
from digest.model import Finding


def check(examined: Examined) -> Iterator[Finding]:
    """What the linter found where the templates were filled: digest.rendering.lint."""
    yield from examined.template
