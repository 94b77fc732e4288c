"""Jinja2 with conditions that can be watched, and turned (`branches`).

`{% if story.image %}` and `{{ a if b else c }}` are compiled as calls that are given
their place and what they would be.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator

from digest.rendering.branches import asked


class _Asking(CodeGenerator):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._counts: dict[int, int] = {}

    def visit_If(self, node: nodes.If, frame: Any) -> None:  # noqa: N802
        for each in (node, *node.elif_):
            each.test = self._ask(each.test, each.lineno)
        super().visit_If(node, frame)

    def visit_CondExpr(self, node: nodes.CondExpr, frame: Any) -> None:  # noqa: N802
        node.test = self._ask(node.test, node.lineno)
        super().visit_CondExpr(node, frame)

    def _ask(self, test: nodes.Node, line: int) -> nodes.Expr:
        nth = self._counts[line] = self._counts.get(line, 0) + 1
        place = f"{self.name}:{line}" + (f".{nth}" if nth > 1 else "")
        call = nodes.Call(
            nodes.EnvironmentAttribute("asked", lineno=line),
            [nodes.Const(place, lineno=line), test],
            [],
            None,
            None,
            lineno=line,
        )
        call.set_environment(self.environment)
        return call


class AskingEnvironment(Environment):
    """Jinja2's, but for that."""

    code_generator_class = _Asking
    asked = staticmethod(asked)
