"""The line of an inbox: what clients take for the preview text, and where they cut."""

from __future__ import annotations

import pytest

from digest.web.preview.inbox import INBOXES, Cut, rows, snippet_of


@pytest.mark.parametrize(
    ("html", "snippet"),
    [
        ("<body><p>One</p><p>two</p></body>", "One two"),
        ("<body><div style='display:none'>Hidden</div> seen</body>", "Hidden seen"),
        ("<body><!-- no --><style>p{}</style>One <b>two</b> 3</body>", "One two 3"),
        ("<body>One\u200b two&nbsp;three</body>", "One two three"),
        ("<body>Before" + "\u2007\ufeff\u034f " * 20 + "Masthead</body>", "Before"),
        ("<body></body>", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_how_the_body_begins(html: str, snippet: str) -> None:
    """Hidden or not; blanks that fill up the line end it."""
    assert snippet_of(html) == snippet


def test_a_text_is_cut_where_there_is_no_room() -> None:
    """With room for an ellipsis; what fits is whole."""
    assert Cut.at("twelve marks", 12) == Cut(shown="twelve marks", rest="")
    assert Cut.at("twelve  marks and", 12) == Cut(shown="twelve mark", rest="s and")


def test_each_inbox_shows_as_much_as_was_counted() -> None:
    """And says who counted."""
    found = rows("S" * 400, "U" * 400, f"<body>{'P' * 400}</body>")

    assert [row.inbox for row in found] == list(INBOXES)
    for row in found:
        assert len(row.sender.shown) == row.inbox.sender - 1
        assert len(row.subject.shown) == row.inbox.subject - 1
        assert len(row.snippet.shown) == row.inbox.snippet - 1
        assert row.inbox.source
