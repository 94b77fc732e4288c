"""A page becomes the article on it, word for word, and nothing around it."""

from __future__ import annotations

import gzip
import time
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.sources import read_page

ONE = "The council voted on Tuesday to close the old harbour bridge to lorries."
TWO = "Work begins in spring, the mayor said, and will last for two whole years."
THREE = "“We have waited for ten years,” said Ida Holm, who owns a shop nearby."
FOUR = "Lorries are to take the ring road, which is eleven kilometres longer."

HEAD = """<title>Bridge to close - The Harbour Post</title>
<meta property="og:title" content="Bridge to close - The Harbour Post">
<meta property="og:site_name" content="The Harbour Post">
<meta property="og:image" content="https://img.test/bridge.jpg">
<meta name="author" content="Ada Berg">
<meta property="article:published_time" content="2024-03-05T06:07:00Z">"""


def page(body: str, head: str = HEAD, language: str = "en") -> bytes:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">{head}'
        f"</head><body>{body}</body></html>"
    ).encode()


def body_of(*middle: str) -> str:
    return f"""<header><nav><ul><li><a href="/">Home</a></li><li><a href="/s">Sport</a>
    </li></ul></nav></header><main><article><h1>Bridge to close</h1>
    <p class="byline">By Ada Berg</p>
    <div class="text"><p>{ONE}</p><p>{TWO}</p>{"".join(middle)}<p>{FOUR}</p></div>
    </article></main><footer><p>© 2024 The Harbour Post. All rights reserved.</p>
    </footer>"""


def paragraphs(html: bytes) -> list[str]:
    article = read_page(html, id="a")
    spans = sorted([*article.paragraphs, *article.boilerplate])
    assert all(span.text == article.text[span.start : span.end] for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    return [span.text for span in article.paragraphs]


def test_a_page_gives_its_article_and_what_is_known_of_it() -> None:
    """Title without the site's name, byline, day, picture, language."""
    article = read_page(
        page(body_of(f"<p>{THREE}</p>")), id="a", url="https://a.test/1"
    )
    assert [span.text for span in article.paragraphs] == [ONE, TWO, THREE, FOUR]
    assert article.title == "Bridge to close"
    assert article.byline == "Ada Berg"
    assert article.published == datetime(2024, 3, 5, 6, 7, tzinfo=UTC)
    assert article.image is not None
    assert article.image.url == "https://img.test/bridge.jpg"
    assert (article.language, article.source) == ("en", "The Harbour Post")
    assert article.url == "https://a.test/1"


@pytest.mark.parametrize(
    "between",
    [
        '<ul class="share"><li>Facebook</li><li>Twitter</li><li>RSS</li></ul>',
        "<p>Share on Facebook</p><p>Tweet</p>",
        "<p>Sign up for our free newsletter to get the news in your inbox.</p>",
        '<p><a href="/x">Ring road to be widened at last, ministry says</a></p>',
        "<p>Related: <a href='/x'>Ring road to be widened at last.</a></p>",
        "<figure><img src='b'><figcaption>The bridge in 2019.</figcaption></figure>",
        "<div class='caption'><p>The bridge in the year 2019, in heavy rain.</p></div>",
        "<p>The bridge. (Jane Doe/Getty Images)</p>",
        "<p class='wp-caption-text'>The bridge in the year 2019, in heavy rain.</p>",
        "<h2>A long wait</h2>",
        "<p><strong>A long wait</strong></p>",
        "<script>var a = 'not an article at all, but a script';</script>",
        "<p>Advertisement</p>",
    ],
)
def test_what_stands_between_the_paragraphs_is_none(between: str) -> None:
    """Share lists, promotions, captions, headings, scripts."""
    assert paragraphs(page(body_of(f"<p>{THREE}</p>{between}"))) == [
        ONE,
        TWO,
        THREE,
        FOUR,
    ]


def test_an_article_in_several_containers_is_read_to_its_end() -> None:
    """Pages part an article around advertisements; each part is of the same kind."""
    part = '<div class="body part"><p>{}</p><p>{}</p></div><div class="ad">Ad</div>'
    long = [f"{text} {text} {text}" for text in (ONE, TWO, THREE, FOUR)]
    html = page("<article>" + part.format(*long[:2]) + part.format(*long[2:]))
    assert paragraphs(html) == long


def test_lines_are_not_glued_together() -> None:
    """A card of links within a sentence is left out, and the sentence is whole."""
    card = (
        "<span><a href='/p'>Ida Holm</a><span class='block'><img src='i.jpg'>"
        "<a href='/1'>More about Ida Holm</a> <a href='/2'>Her shop burns down</a>"
        "</span></span>"
    )
    sentence = f"<p>The owner of the shop, {card}, has waited for ten long years.</p>"
    assert "The owner of the shop, Ida Holm, has waited for ten long years." in (
        paragraphs(page(body_of(sentence)))
    )


def test_a_line_break_ends_a_line() -> None:
    """Old pages part paragraphs by <br><br>."""
    html = page(
        body_of(f"{THREE}<br><br>It was built in 1931, of steel and stone.<br>")
    )
    assert paragraphs(html)[2:4] == [THREE, "It was built in 1931, of steel and stone."]


@pytest.mark.parametrize(
    "image",
    [
        "http://img.test/b.jpg",
        "data:image/png;base64,AA",
        "https://t.test/pixel.gif",
        "https://x.doubleclick.net/a.jpg",
        "/relative.jpg",
        "javascript:alert(1)",
        "https://[",
    ],
)
def test_a_picture_that_cannot_be_shown_is_left_out(image: str) -> None:
    """Only https, and no picture that counts readers."""
    head = f'<title>T</title><meta property="og:image" content="{image}">'
    assert read_page(page(body_of(), head), id="a").image is None


def test_a_title_on_several_lines_is_put_on_one() -> None:
    """What would end a header of the e-mail is gone from the title."""
    head = '<meta property="og:title" content="Bridge&#10;Bcc: a@b.test&#7;&#x202e;x">'
    assert read_page(page(body_of(), head), id="a").title == "Bridge Bcc: a@b.testx"


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ("Bridge to close | The Harbour Post", "Bridge to close"),
        ("Bridge to close – the harbour post", "Bridge to close"),
        ("Bridge to close - Harbour", "Bridge to close - Harbour"),
        ("Bridge - The Harbour Post looks back on 90 years", None),
        ("Ring-road opens", None),
    ],
)
def test_only_the_name_of_the_site_is_cut_off_a_title(
    given: str, title: str | None
) -> None:
    """What follows a dash may as well belong to the headline."""
    head = HEAD.replace("Bridge to close - The Harbour Post", given)
    assert read_page(page(body_of(), head), id="a").title == (title or given)


@pytest.mark.parametrize("author", ["The Harbour Post", "admin", "a@b.test"])
def test_a_byline_that_names_nobody_is_left_out(author: str) -> None:
    """The site's own name, an account, an address."""
    head = HEAD.replace("Ada Berg", author)
    html = page(body_of().replace("By Ada Berg", ""), head)
    assert read_page(html, id="a").byline is None


def test_a_page_without_an_article_is_told() -> None:
    """Empty, only a menu, no HTML, too big: one line with the page's name."""
    menu = page("<nav><a href='/'>Home</a></nav><ul><li>Facebook</li></ul>")
    packed = gzip.compress(b"<p>a</p>" * 3_000_000)
    for html in (b"", b"\x00\xff\x00", menu, b"a" * 6_000_000, packed, b"<", b"{}"):
        with pytest.raises(SourceError, match=r"^page 1: .*") as caught:
            read_page(html, id="page 1")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "html",
    [
        b"<div>" * 100_000 + ONE.encode(),
        b"<span>" * 100_000 + ONE.encode(),
        b"<span><img>" * 50_000,
        b"<p><b><i>" * 3_000 + ONE.encode() * 3,
        b"<table><tr><td>" * 20_000 + ONE.encode(),
        f"<p>{ONE}</p>".encode() * 2_000,
        b"<p>a <a href='x'>b</a> c" * 2_000,
        b"<p>a</p>" * 600_000,
        b"<a href='" * 50_000,
        b"<!--" * 100_000,
        b"<p>" + b"&lt;" * 100_000,
    ],
    ids=lambda html: str(html[:12]),
)
def test_a_hostile_page_ends_in_bounded_time(html: bytes) -> None:
    """Nesting and repetition end in an article or an error, not in a hang."""
    begun = time.process_time()
    with suppress(SourceError):
        read_page(html, id="a")
    assert time.process_time() - begun < 15


TAGS = "p div span b a li ul h2 td tr table blockquote br img figure script".split(" ")
PARTS = st.sampled_from(
    [f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS] + [ONE, TWO, "&amp;"]
)


@given(st.lists(PARTS | st.text(max_size=30), max_size=40).map("".join))
def test_any_markup_gives_an_article_or_an_error(markup: str) -> None:
    """However broken it is; and every span is where it says."""
    with suppress(SourceError):
        paragraphs(page(body_of(markup)))


@given(st.binary(max_size=300))
def test_any_bytes_give_an_article_or_an_error(data: bytes) -> None:
    """What is no HTML at all ends in no other error."""
    with suppress(SourceError):
        read_page(data, id="a")


STORY = [
    f"{ONE} A report had found cracks in two of its four piers.",
    f"{TWO} Buses are to use the ferry from the old quay.",
    f"{THREE} She sits on the harbour board of the town as well.",
    f"{FOUR} It passes two schools and a hospital on its way.",
]


def published(before: str, between: str, after: str) -> bytes:
    """A page with an article of four paragraphs, as a publisher's system makes it."""
    one, two, three, four = (f"<p>{text}</p>" for text in STORY)
    inside = f"{one}{two}{between}{three}{four}"
    return page(
        "<header><nav><a href='/'>Home</a></nav></header><main><article>"
        f"<h1>Bridge to close</h1>{before}<div class='text'>{inside}</div>{after}"
        "</article></main><footer>© 2024 The Harbour Post</footer>"
    )


@pytest.mark.parametrize(
    ("before", "between", "after"),
    [
        (
            "<div class='kicker'>Harbour</div><h2 class='dek'>Council shuts the bridge."
            " Buses are to take the ferry.</h2><div class='byline'>By <a>Ada Berg</a>"
            " and <a>Tom Reed</a>, Staff Writers | Updated 3:15 p.m.</div>",
            "<aside><a href='/1'>Bridge closed for a week after the storm of May</a>"
            "<p>The storm was the worst in living memory, the mayor said.</p></aside>",
            "<p>• This article was amended on 6 March 2024 to correct the year.</p>",
        ),
        (
            "<div class='entry-meta'>Posted on <time>March 5, 2024</time></div>",
            "<figure><img src='a'><figcaption>The bridge in the rain. Photograph:"
            " Jane Doe/Reuters</figcaption></figure>",
            "<div class='sharedaddy'><h3>Share this:</h3><ul><li><a href='t'>Click to"
            " share on Twitter (Opens in new window)</a></li></ul></div>"
            "<div id='comments'><h3>2 thoughts on “Bridge to close”</h3><ol><li><p>Tom"
            " Reed says: What a shame, I used it every day.</p></li></ol></div>",
        ),
        (
            "<div class='share'><a>Facebook</a> <a>Twitter</a></div>",
            "<div class='inline-newsletter'><h3>The Morning Tide</h3><p>All you need"
            " to know, every weekday morning, free of charge.</p></div>",
            "<div class='author-bio'><p>Ada Berg is a reporter at the Post. She lives"
            " in Marlhaven with two cats.</p></div>",
        ),
        (
            "<p class='date'>5 March 2024, 08:05 GMT</p>",
            "<blockquote class='pullquote'><p>We have waited</p></blockquote>",
            "<div class='paywall'><h2>Subscribe to continue reading</h2><p>Get"
            " unlimited access to everything we publish for €1 a week.</p></div>",
        ),
    ],
    ids=["paper", "blog", "magazine", "paywall"],
)
def test_what_publishers_put_around_an_article_is_none_of_it(
    before: str, between: str, after: str
) -> None:
    """Kicker, dek, byline, captions, sign-ups, share bars, comments, biographies."""
    assert paragraphs(published(before, between, after)) == STORY


@pytest.mark.parametrize(
    "span",
    [
        "<span class='sr-only'> (opens in a new window)</span>",
        "<span class='screen-reader-text'> (external link)</span>",
        "<span role='tooltip'>Built in 1931.</span>",
        "<span hidden> (not shown)</span>",
        "<span style='display: none'> (not shown)</span>",
    ],
)
def test_what_is_only_read_aloud_is_not_put_into_a_sentence(span: str) -> None:
    """Of a link, a touch or a template, amid the words of a paragraph."""
    html = published("", "", "").decode().replace("bridge to lorries", "bridge{} to")
    assert paragraphs(html.replace("{}", span).encode()) == [
        STORY[0].replace("bridge to lorries", "bridge to"),
        *STORY[1:],
    ]


def test_the_account_under_a_tweet_is_no_paragraph() -> None:
    """The tweet's words are kept, whose they are and when is not."""
    tweet = (
        "<blockquote class='twitter-tweet'><p>The bridge is done for, I fear.</p>"
        "— Jane Doe (@janedoe) <a href='https://t.test'>March 5, 2024</a></blockquote>"
    )
    assert paragraphs(published("", tweet, "")) == [
        *STORY[:2],
        "The bridge is done for, I fear.",
        *STORY[2:],
    ]


def test_lists_and_tables_within_an_article_are_of_it() -> None:
    """Headings are not."""
    between = (
        "<h2>What will change</h2><ul><li>Lorries take the ring road.</li></ul>"
        "<table><tr><th>Year</th><th>Lorries</th></tr>"
        "<tr><td>2019</td><td>12,000</td></tr></table>"
    )
    cells = ["Year", "Lorries", "2019", "12,000"]
    assert paragraphs(published("", between, "")) == [
        *STORY[:2],
        "Lorries take the ring road.",
        *cells,
        *STORY[2:],
    ]


def test_a_title_is_unescaped_once() -> None:
    """A headline about markup says what its page shows."""
    shown = "How to write &amp;amp; and &amp;lt;b&amp;gt; in a title, and why"
    story = "<p>The council of Aldport wrote its own pages for years. " * 3
    html = (
        f"<html><head><title>{shown}</title></head><body><article>"
        f"<h1>{shown}</h1>{story}</article></body></html>"
    )
    article = read_page(html.encode(), id="markup")
    assert article.title == "How to write &amp; and &lt;b&gt; in a title, and why"


def test_a_block_quotation_is_not_the_papers_own() -> None:
    """Without marks, over the name of who is cited, it is no paragraph."""
    cited = f"<blockquote><p>{LONG_AGO}</p><cite>Wilma Hart</cite></blockquote>"
    texts = paragraphs(page(body_of(cited)))
    assert LONG_AGO not in texts
    assert "Wilma Hart" not in texts


LONG_AGO = "We have waited for eleven years for this day and now it only rains."
