"""An issue set as an e-mail: Jinja2 → MJML → our CSS inlined → HTML, and text."""

from digest.rendering.confirmation import confirmation
from digest.rendering.render import lint_templates, render
from digest.rendering.templates import copy_templates

__all__ = ["confirmation", "copy_templates", "lint_templates", "render"]
