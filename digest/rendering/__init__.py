"""An issue set as an e-mail: Jinja2 → MJML → our CSS inlined → HTML, and text."""

from digest.rendering.branches import Condition
from digest.rendering.confirmation import confirmation
from digest.rendering.render import branches, lint_templates, render
from digest.rendering.templates import copy_templates

__all__ = [
    "Condition",
    "branches",
    "confirmation",
    "copy_templates",
    "lint_templates",
    "render",
]
