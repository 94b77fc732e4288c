"""Every kind of source gives cards that can be read: title, link, text and picture."""

from __future__ import annotations

import json

import pytest

from digest.errors import SourceError
from digest.fetch import Fetched
from digest.issue.headline import headline
from digest.sources import read_feed
from digest.sources.opml import Outline, read_opml, write_opml
from digest.sources.sitemaps import read_sitemap
from digest.sources.web import feeds_of, read_answer
from digest.summary import summarize

SAID = "The council voted on Tuesday to close the old harbour bridge to lorries."

YOUTUBE = f"""<feed xmlns="http://www.w3.org/2005/Atom"
 xmlns:yt="http://www.youtube.com/xml/schemas/2015"
 xmlns:media="http://search.yahoo.com/mrss/"><title>Harbour TV</title><entry>
 <id>yt:video:dQw4w9WgXcQ</id><yt:videoId>dQw4w9WgXcQ</yt:videoId>
 <title>The bridge closes</title>
 <link rel="alternate" href="https://www.youtube.com/watch?v=dQw4w9WgXcQ"/>
 <author><name>Harbour TV</name></author>
 <published>2026-11-19T08:00:00+00:00</published>
 <media:group><media:title>The bridge closes</media:title>
 <media:content url="https://www.youtube.com/v/dQw4w9WgXcQ" type="text/html"/>
 <media:thumbnail url="https://i4.ytimg.com/vi/dQw4w9WgXcQ/hq.jpg" width="480"/>
 <media:description>{SAID}</media:description></media:group></entry></feed>"""

MASTODON = f"""<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>
 <title>Ada Berg</title><item>
 <guid isPermaLink="true">https://social.test/@ada/1</guid>
 <link>https://social.test/@ada/1</link>
 <pubDate>Thu, 19 Nov 2026 08:00:00 +0000</pubDate>
 <description>&lt;p&gt;{SAID}&lt;/p&gt;</description>
 <media:content url="https://files.social.test/a.png" type="image/png"
  fileSize="1" medium="image"/></item></channel></rss>"""

PODCAST = f"""<rss version="2.0"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>
 <title>Harbour Radio</title><item><title>Episode 7: The bridge</title>
 <guid isPermaLink="false">ep7</guid><itunes:duration>31:07</itunes:duration>
 <itunes:image href="https://radio.test/cover.jpg"/>
 <enclosure url="https://radio.test/7.mp3" length="1" type="audio/mpeg"/>
 <description>{SAID}</description></item></channel></rss>"""


@pytest.mark.parametrize(
    ("feed", "url", "image"),
    [
        (
            YOUTUBE,
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
            "https://i4.ytimg.com/vi/dQw4w9WgXcQ/hq.jpg",
        ),
        (MASTODON, "https://social.test/@ada/1", "https://files.social.test/a.png"),
        (PODCAST, "https://radio.test/7.mp3", "https://radio.test/cover.jpg"),
    ],
    ids=["YouTube", "Mastodon", "podcast"],
)
def test_a_card_of_its_own(feed: str, url: str, image: str) -> None:
    """Where it leads, what it shows, and a headline, though it may have no title."""
    (article,) = read_feed(feed.encode(), id="feed")
    assert article.url == url
    assert article.image is not None
    assert article.image.url == image
    assert [span.text for span in article.paragraphs] == [SAID]
    assert len(headline(article, summarize(article).lede)) > 10


def test_a_caption_is_the_picture_s_and_no_text() -> None:
    """feedparser takes media:description for the entry's own; of a film it is."""
    caption = "<media:description type='plain'>Ice on the quay</media:description>"
    picture = f"<media:content url='https://a.test/a.png' medium='image'>{caption}"
    feed = MASTODON.replace(
        "<media:content", f"{picture}</media:content><media:content"
    )
    (article,) = read_feed(feed.encode(), id="feed")
    assert article.text == SAID
    assert article.image is not None
    assert article.image.alt == "Ice on the quay"


@pytest.mark.parametrize(
    ("feed", "medium"), [(YOUTUBE, "video"), (MASTODON, "text"), (PODCAST, "audio")]
)
def test_what_an_entry_mainly_is(feed: str, medium: str) -> None:
    """By the address of a film, and the type of what is enclosed."""
    (article,) = read_feed(feed.encode(), id="feed")
    assert article.medium == medium


@pytest.mark.parametrize(
    ("item", "title"),
    [
        (
            "<enclosure url='https://a.test/a%20song.mp3' type='audio/mpeg'/>",
            "a song.mp3",
        ),
        ("<link>https://a.test/2026/the-bridge/</link>", "the-bridge"),
        ("<link>https://a.test/</link>", "a.test"),
        ("<description>Hm.</description>", "Hm."),
        ("<author>a</author>", "Post"),
    ],
)
def test_an_entry_without_a_title_is_called_something(item: str, title: str) -> None:
    """By what else it gives; never an empty card."""
    feed = f"<rss version='2.0'><channel><title>Post</title><item>{item}</item>"
    (article,) = read_feed(f"{feed}</channel></rss>".encode(), id="feed")
    assert (article.title or article.paragraphs[0].text) == title


@pytest.mark.parametrize("version", ["0.91", "0.92", "0.93", "0.94", "2.0"])
def test_every_rss(version: str) -> None:
    """From 0.91 to 2.0, and RDF below."""
    item = "<item><title>A</title><link>https://a.test/</link></item>"
    feed = f"<rss version='{version}'><channel>{item}</channel></rss>"
    assert [a.title for a in read_feed(feed.encode(), id="feed")] == ["A"]


@pytest.mark.parametrize(
    "namespace", ["http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"]
)
def test_rdf(namespace: str) -> None:
    """RSS 0.90 and 1.0 have their items beside the channel."""
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    item = "<item><title>A</title><link>https://a.test/</link></item>"
    head = f"<rdf:RDF xmlns:rdf='{rdf}' xmlns='{namespace}'><channel/>"
    feed = f"{head}{item}</rdf:RDF>"
    assert [a.title for a in read_feed(feed.encode(), id="feed")] == ["A"]


def test_relative_links_count_from_where_the_feed_is() -> None:
    """Of all kinds of feed, but where the feed says otherwise (xml:base)."""
    item = "<item><title>A</title><link>/a</link></item>"
    rss = f"<rss version='2.0'><channel>{item}</channel></rss>".encode()
    atom = (
        b"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://b.test/x/'>"
        b"<entry><title>A</title><link href='a'/></entry></feed>"
    )
    version = "https://jsonfeed.org/version/1.1"
    jsonfeed = json.dumps({"version": version, "items": [{"id": 1, "url": "a"}]})
    found = [
        read_feed(feed, id="feed", base="https://a.test/feeds/")[0].url
        for feed in (rss, atom, jsonfeed.encode())
    ]
    assert found == ["https://a.test/a", "https://b.test/x/a", "https://a.test/feeds/a"]


NEWS = """<?xml version="1.0"?><urlset
 xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
 <url><loc>https://a.test/bridge</loc><news:news><news:publication>
 <news:name>The Harbour Post</news:name><news:language>en</news:language>
 </news:publication><news:publication_date>2026-11-19T08:00:00+01:00
 </news:publication_date><news:title>The bridge closes</news:title></news:news></url>
 <url><loc>https://a.test/about</loc></url></urlset>"""


def test_a_news_sitemap() -> None:
    """Its news, with title, day and paper; other pages of it are no news."""
    (article,) = read_sitemap(NEWS.encode(), id="sitemap")
    assert (article.title, article.url) == (
        "The bridge closes",
        "https://a.test/bridge",
    )
    assert (article.source, article.language) == ("The Harbour Post", "en")
    assert article.published is not None
    assert article.published.isoformat() == "2026-11-19T07:00:00+00:00"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (
            "<sitemapindex><sitemap><loc>https://a.test/news.xml</loc></sitemap>"
            "</sitemapindex>",
            "give one of them: https://a.test/news.xml",
        ),
        ("<urlset><url><loc>https://a.test/</loc></url></urlset>", "names no news"),
        ("<urlset", "damaged|names no news"),
        (
            "<!DOCTYPE u [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><urlset>&x;</urlset>",
            "names no news",
        ),
    ],
)
def test_a_sitemap_without_news_is_told(data: str, told: str) -> None:
    """An index, a list of pages, half a file, and one that would read ours."""
    with pytest.raises(SourceError, match=told):
        read_sitemap(data.encode(), id="sitemap")


def page(head: str) -> Fetched:
    return Fetched(
        url="https://a.test/x/",
        final_url="https://a.test/x/",
        content_type="text/html",
        charset=None,
        body=f"<html><head>{head}</head><body><p>Hello</p></body></html>".encode(),
    )


def test_a_page_names_its_feeds() -> None:
    """Relative ones too, those of comments last, and nothing but feeds."""
    found = feeds_of(
        page(
            "<link rel='alternate' type='application/rss+xml' href='comments/feed'>"
            "<link rel=ALTERNATE type='application/atom+xml; charset=utf-8' href='/a'>"
            "<link rel='alternate' hreflang='de' href='/de'>"
            "<link rel='alternate' type='application/feed+json' href='https://b.test/'>"
            "<link rel='alternate' type='application/rss+xml' href='file:///etc/x'>"
        )
    )
    assert found == [
        "https://a.test/a",
        "https://b.test/",
        "https://a.test/x/comments/feed",
    ]


def test_a_selector_says_what_the_article_is() -> None:
    """Nothing is guessed then; one that chooses nothing is told."""
    told = "".join(f"<p>{SAID} {n}</p>" for n in range(4))
    body = f"<html><body><div>{told}</div><div id='b'><p>{SAID} B.</p></div></body>"
    answer = Fetched(
        url="https://a.test/",
        final_url="https://a.test/",
        content_type="text/html",
        charset=None,
        body=body.encode(),
    )
    (article,) = read_answer(answer, selector="#b").articles
    assert [span.text for span in article.paragraphs] == [f"{SAID} B."]
    with pytest.raises(SourceError, match="chooses nothing"):
        read_answer(answer, selector="#c")
    with pytest.raises(SourceError, match="selector"):
        read_answer(answer, selector="p[")


def test_opml_comes_back_as_it_went() -> None:
    """What we write we read, in folders by section."""
    outlines = [
        Outline(url="https://a.test/feed", title='A & "B"', section="World"),
        Outline(url="https://b.test/feed", title="B", section="World"),
        Outline(url="https://c.test/feed?a=1&b=2", title="https://c.test/feed?a=1&b=2"),
    ]
    assert read_opml(write_opml("The Post", outlines), id="opml") == outlines


def test_opml_of_any_depth_is_read() -> None:
    """A hundred thousand folders in each other are no feed, and no harm."""
    feed = "<outline xmlUrl='https://a.test/'/>"
    deep = f"<opml><body>{feed}{'<outline>' * 100_000}"
    assert [o.url for o in read_opml(deep.encode(), id="opml")] == ["https://a.test/"]
