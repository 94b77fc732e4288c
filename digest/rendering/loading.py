"""Templates read from a folder, so that one that is no text is blamed itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, TemplateSyntaxError


class TextLoader(FileSystemLoader):
    """Reads templates in UTF-8; of one that is not, names the file and the line.

    Jinja2 would blame the template that includes it.
    """

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as error:
            raise TemplateSyntaxError(
                "it is not UTF-8: save it in that encoding",
                error.object[: error.start].count(b"\n") + 1,
                template,
                str(Path(self.searchpath[0], template)),
            ) from error
