"""axe-core on a page in a browser: what it finds that keeps people out.

https://github.com/dequelabs/axe-core/blob/develop/doc/API.md
"""

from __future__ import annotations

from typing import Any

from tests.conftest import AXE


def barriers(page: Any) -> list[str]:
    """What is wrong on a page for people with a screen reader, a keyboard, weak eyes.

    The e-mail in a frame is looked at by `digest check`.
    """
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run({ iframes: false })")
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
