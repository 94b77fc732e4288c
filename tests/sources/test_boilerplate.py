"""Lines that are not the article, and sentences that only look like them.

Each line is put before, into and after an article of three paragraphs.
"""

from __future__ import annotations

import pytest

from digest.model import Article
from digest.sources import read_text

LEAD = "The council voted on Tuesday to close the old harbour bridge to lorries."
NEXT = "Work begins in spring, the mayor said, and will last for two years."
LAST = "Lorries are to take the ring road, which is eleven kilometres longer."
BODY = [LEAD, NEXT, LAST]

# fmt: off
BYLINES = (
    "By Jane Doe and John Roe, Staff Writers | Updated 3:15 p.m.",
    "By JANE DOE",
    "by Jane Doe",
    "By Jane Doe, The Harbour Post",
    "By Jane Doe | Staff Writer",
    "By Jane Doe, Special to The Harbour Post",
    "By Jane Doe • March 3, 2024",
    "By: Jane Doe",
    "BY JANE DOE AND JOHN ROE",
    "By Jane Doe, John Roe and Ida Holm",
    "By Jane Doe in Berlin",
    "By Dr. Jane van der Doe-Smith",
    "Words by Jane Doe, photographs by John Roe",
    "Jane Doe, Staff Writer",
    "Jane Doe and John Roe",
    "Jane Doe | March 3, 2024",
    "Jane Doe, Science Correspondent",
    "Associated Press",
    "Reuters Staff",
    "Reuters",
    "AFP, Berlin",
    "From our own correspondent",
)
TIMES = (
    "Posted by Jane Doe on March 3, 2024 at 4:15 PM",
    "Posted Mar 3, 2024",
    "Posted at 6:12 PM, Mar 03, 2024 and last updated 8:01 AM, Mar 04, 2024",
    "Published: Mar. 3, 2024 at 6:12 PM CST|Updated: 2 hours ago",
    "Updated 8:05 AM ET, Tue March 5, 2024",
    "Last updated on: March 5, 2024 / 8:05 AM",
    "March 5, 2024 / 8:05 AM / CBS News",
    "Tuesday, 5 March 2024",
    "2024-03-05T08:05:00Z",
    "2024-03-05",
    "05/03/2024 08:05",
    "5 March 2024, 08:05 GMT",
    "5 hours ago",
    "Just now",
    "First published on Tue 5 Mar 2024 08.05 GMT",
    "Last modified on Wed 6 Mar 2024 09.15 GMT",
    "5 min read",
    "5-minute read",
    "Reading time: 4 minutes",
    "Est. reading time: 4 mins",
    "4 minutes read",
    "Read time: 3 min",
    "Listen to this article · 6:42 min",
    "Listen • 3:51",
)
SHARING = (
    "Share",
    "Share this article",
    "Share this story",
    "Share full article",
    "Share on Facebook Share on Twitter",
    "Share on X (Opens in new window)",
    "Click to share on Twitter (Opens in new window)",
    "Click to email a link to a friend (Opens in new window)",
    "Share via Email",
    "Email this article",
    "Print this article",
    "Copy Link",
    "Link copied!",
    "Tweet",
    "Facebook | Twitter | LinkedIn | Email",
    "Facebook, X, Instagram and YouTube",
)
FOLLOWING = (
    "Jetzt Newsletter bestellen und nichts mehr verpassen!",
    "Follow us on Facebook, Twitter and Instagram.",
    "Follow Jane Doe on Twitter: @janedoe",
    "Follow @janedoe on Twitter",
    "Follow The Harbour Post on Google News",
    "Follow her on X at @janedoe.",
    "Follow live updates here.",
    "Twitter: @janedoe",
    "@janedoe",
    "jane.doe@harbourpost.test",
    "Email: jane.doe@harbourpost.test",
    "Email Jane Doe at jane.doe@harbourpost.test",
    "E-mail: jane.doe@harbourpost.test",
    "Contact Jane Doe at 555-0100 or jane.doe@harbourpost.test.",
    "Reach Jane Doe at jane.doe@harbourpost.test",
    "Jane Doe can be reached at jane.doe@harbourpost.test.",
    "Have a tip? E-mail us",
    "Have a tip? Email us at tips@harbourpost.test.",
    "Got a tip? Contact our newsroom.",
    "Do you know more? Write to tips@harbourpost.test",
    "Send your story ideas to news@harbourpost.test",
)
OFFERS = (
    "Sign up for our newsletter",
    "Sign up for The Morning Tide, our free daily newsletter.",
    "Get the Morning Tide newsletter in your inbox every weekday.",
    "Get the day's top stories delivered to your inbox.",
    "Enter your email address",
    "Your email address",
    "Thanks for subscribing!",
    "You have successfully subscribed.",
    "By signing up, you agree to our Terms of Service and Privacy Policy.",
    "This site is protected by reCAPTCHA and the Google Privacy Policy applies.",
    "Subscribe to The Harbour Post",
    "Subscribe to unlock this article",
    "Subscribe to continue reading",
    "To continue reading this article, subscribe today.",
    "This article is for subscribers only.",
    "This content is for subscribers only.",
    "This is a premium article.",
    "Already a subscriber? Log in",
    "Already have an account? Sign in",
    "You have 3 free articles remaining this month.",
    "You have reached your limit of free articles.",
    "Support independent journalism from £1 a month.",
    "Support our journalism. Subscribe today.",
    "Become a member",
    "Create a free account to continue reading.",
    "Register for free to continue reading.",
    "Unlimited access for $1 a week.",
)
RIGHTS = (
    "© 2024 The Harbour Post",
    "© 2024 The Harbour Post. All rights reserved.",
    "This material may not be published, broadcast, rewritten or redistributed.",
    "Copyright 2024 The Harbour Post. All rights reserved.",
    "Copyright © The Harbour Post Ltd.",
    "(c) 2024 The Harbour Post",
)
LINKS = (
    "Related",
    "Related:",
    "Related Articles",
    "Related: Harbour bridge closed for a week",
    "RELATED | Harbour bridge closed for a week",
    "READ MORE: Harbour bridge closed for a week",
    "Read More: Harbour bridge closed for a week",
    "Read also: Harbour bridge closed for a week",
    "READ NEXT: Harbour bridge closed for a week",
    "Read next",
    "Read more",
    "Read more »",
    "Read More...",
    "Read the full story here.",
    "Read the full report here.",
    "Read full story",
    "More on this story",
    "More on this story:",
    "More from Harbour Post",
    "More from The Harbour Post:",
    "More stories",
    "More news",
    "More in Politics",
    "See also: Harbour bridge closed for a week",
    "WATCH: Mayor explains the bridge plan",
    "Watch: Mayor explains the bridge plan",
    "Watch the interview below.",
    "Watch the ad above.",
    "WATCH LIVE",
    "LISTEN: The bridge podcast",
    "Listen to the podcast here.",
    "PHOTOS: The harbour bridge through the years",
    "OPINION: Why the bridge must stay",
    "MORE: Harbour bridge closed for a week",
    "Also read: Harbour bridge closed for a week",
    "Don't miss: Harbour bridge closed for a week",
    "You may also like",
    "What to read next",
    "Recommended",
    "Most read",
    "Most Popular",
    "Trending",
    "Popular now",
    "Top Stories",
    "Up next",
    "Next article",
    "Previous article",
    "Next story",
)
COMMENTS = (
    "0 Comments",
    "12 comments",
    "No comments",
    "1 Comment",
    "View comments (12)",
    "Show comments",
    "Comments (12)",
    "Leave a comment",
    "Leave a Reply Cancel reply",
    "Join the conversation",
    "Comments are closed.",
    "Log in to comment",
    "What do you think? Let us know in the comments.",
    "Have your say in the comments below.",
    "Tell us what you think in the comments section below.",
    "Please read our comment policy before commenting.",
    "Your email address will not be published. Required fields are marked *",
)
COOKIES = (
    "We use cookies to improve your experience.",
    "This website uses cookies to ensure you get the best experience.",
    "By continuing to use this site you agree to our use of cookies.",
    "Accept cookies",
    "Accept all cookies",
    "Manage cookies",
    "Cookie settings",
    "Cookie Policy",
    "Privacy Policy | Terms of Service",
    "Do Not Sell My Personal Information",
)
ADVERTISEMENTS = (
    "Advertisement",
    "ADVERTISEMENT",
    "Advertisement - story continues below",
    "Advertisement. Scroll to continue reading.",
    "Article continues below this ad",
    "Story continues after advertisement",
    "Sponsored",
    "Sponsored by Harbour Bank",
    "Paid content",
    "Promoted content",
)
NOTES = (
    "This article was amended on 5 March 2024 to correct the length of the bridge.",
    "This article was updated on March 5, 2024, to add a comment from the mayor.",
    "This story has been updated.",
    "This story was updated at 5:45 p.m. to add a comment.",
    "This post has been updated with comments from the mayor's office.",
    "This story has been corrected to show that the bridge is 90 years old.",
    "This piece was originally published in The Harbour Post.",
    "This article first appeared in The Harbour Post.",
    "This post first appeared on The Harbour Blog.",
    "An earlier version of this article misstated the age of the bridge.",
    "A previous version of this story gave the wrong year.",
    "A version of this article appears in print on March 5, 2024, on Page A1.",
    "Correction: An earlier version of this article misstated the age of the bridge.",
    "CORRECTION: The bridge is 90 years old, not 80.",
    "Editor's note: This story was first published on Monday.",
    "Editor’s Note: Jane Doe wrote this in May. The views expressed are her own.",
    "Note: This story contains affiliate links.",
    "We may earn a commission from links on this page.",
    "The opinions expressed in this commentary are solely those of the author.",
    "Jane Doe contributed to this report.",
    "Jane Doe in Berlin and John Roe in Paris contributed reporting.",
    "Contributing: John Roe",
    "Contributing: John Roe, The Associated Press",
    "Reporting by Jane Doe; editing by John Roe",
    "(Reporting by Jane Doe in Berlin; Editing by John Roe)",
    "Additional reporting by John Roe",
    "With files from The Canadian Press",
    "With reporting from John Roe",
    "With reporting by John Roe in Paris.",
)
CREDITS = (
    "Photo by Jane Doe",
    "Photo: Jane Doe",
    "Photo: Jane Doe/Getty Images",
    "Photograph: Jane Doe/The Guardian",
    "Photo credit: Jane Doe",
    "Photo courtesy of the port authority",
    "Image: Jane Doe / Unsplash",
    "Image credit: Jane Doe",
    "Image source, Getty Images",
    "Image caption, The bridge in 2019",
    "Image: The bridge in 2019",
    "Credit: Jane Doe",
    "Credit...Jane Doe for The Harbour Post",
    "Illustration by Jane Doe",
    "Jane Doe/Getty Images",
    "Jane Doe / AP",
    "AP Photo/Jane Doe",
    "(Jane Doe / For The Harbour Post)",
    "(Photo by Jane Doe/Getty Images)",
    "(AP Photo/Jane Doe, File)",
    "The bridge in 2019. Jane Doe/Reuters",
    "The bridge in 2019. (AP Photo/Jane Doe)",
    "The bridge is to close to lorries. Photograph: Jane Doe/AFP/Getty Images",
    "FILE - The harbour bridge is seen on March 5, 2019. (AP Photo/Jane Doe, File)",
    "FILE PHOTO: The bridge is seen, March 5, 2019. REUTERS/Jane Doe/File Photo",
    "Video by Jane Doe",
    "Play video",
    "Video Player is loading.",
    "This video can not be played",
    "Caption",
    "Getty Images",
)
REST = (
    "Tags: bridge, harbour, traffic",
    "Topics: Bridge, Harbour",
    "Topics",
    "Filed Under: Bridge, Harbour",
    "Filed under:",
    "Categories: News, Harbour",
    "Posted in News",
    "Tagged: bridge, harbour",
    "About the author",
    "Jump to comments",
    "Back to top",
    "Skip to main content",
    "Skip Ad",
    "Home > News > Harbour",
    "Home / News / Harbour",
    "Home » News » Harbour bridge to close",
    "Loading...",
    "Please enable JavaScript to view the comments powered by Disqus.",
    "pic.twitter.com/abcd1234",
    "View this post on Instagram",
    "A post shared by Jane Doe (@janedoe)",
    "— Jane Doe (@janedoe) March 5, 2024",
    "The post Harbour bridge to close appeared first on The Harbour Post.",
    "The post Harbour bridge to close first appeared on The Harbour Post.",
    "Continue reading Harbour bridge to close",
    "Continue reading “Harbour bridge to close”",
    "Source: The Harbour Post",
    "Source: Reuters",
    "Via The Harbour Post",
    "[…]",
    "* * *",
    "___",
    "###",
    "---",
    "(END)",
    "-30-",
    "ENDS",
    "Download our app",
    "Download the Harbour Post app for breaking news alerts.",
    "Turn on notifications",
    "Enable notifications",
    "Help us improve. Was this article helpful?",
    "Was this article helpful?",
    "Thank you for reading.",
    "Report a typo",
    "Report an error",
    "Order reprints",
    "Get 3 months free",
    "Follow our coverage of the bridge.",
    "For more information, visit harbourpost.test.",
    "For more on this story, visit harbourpost.test",
    "Click here to read more.",
    "Click here for more on the bridge.",
    "Click here to subscribe.",
    "Tap here to read more",
)
# What an article may say of such things.
SENTENCES = (
    "Sources: the plan of the town hall, and whoever can read it.",
    "Sign up for a newsletter and you will be asked for your shoe size, Tom Roe says.",
    "All rights reserved is what it says below every poem, too.",
    "“Share this with your doctor,” he said, and handed her the letter.",
    "Share this with your doctor, he told his patients at the end of each visit.",
    "Share this burden with us, the mayor begged the neighbouring towns.",
    "Share prices fell by four percent on Tuesday after the news broke.",
    "Facebook said on Monday it would remove the page.",
    "Twitter, Facebook and YouTube refused to comment.",
    "Twitter and Facebook declined to comment on the ruling.",
    "Instagram followed suit a day later.",
    "Follow the money, the old reporter used to say to his students.",
    "Follow-up tests showed that the water was safe.",
    "Cookies are small files that a website stores in the browser.",
    "We use cookies to bribe the children, the teacher admitted with a laugh.",
    "The website uses cookies to track its visitors, the regulator found.",
    "The newsletter goes out to 40,000 people each Friday, she said.",
    "Subscribers to the newsletter rose to 40,000 in a year.",
    "Subscribe to a newspaper, and you help to pay for its reporters, she argues.",
    "The copyright law of 1911 was replaced by a new one on Monday.",
    "Copyright holders are entitled to damages, the court ruled.",
    "Copyright law protects the form, not the idea.",
    "Comments on social media were harsh, and she deleted her account.",
    "Comments by the mayor on Tuesday angered the union.",
    "A comment by the mayor on Tuesday angered the union.",
    "No comments were made by the ministry.",
    "Advertisement revenue fell by a third, the paper said.",
    "Advertisements for tobacco are to be banned from June.",
    "By Tuesday, the water had reached the church.",
    "By Jane's own account, the bridge had never been safe.",
    "By 2030, the city wants to be free of cars.",
    "By closing the bridge, the city hopes to save money.",
    "By March 2024 the work was done.",
    "By the end of the night, Jane Doe had won.",
    "By John's reckoning the bridge will stand for a century.",
    "Photos from the scene showed the bridge in flames.",
    "Photo by photo, the archive tells the story of the town.",
    "Video showed the officer running across the bridge.",
    "Video by a neighbour shows the officer running across the bridge.",
    "Images of the bridge went around the world.",
    "Image is everything in this business, she said.",
    "Related costs will be paid by the county.",
    "Related species live in the lakes to the north.",
    "Read more and you will live longer, a study claims.",
    "More on this was to come in the autumn, he promised.",
    "More than 200 people signed the letter.",
    "More from the North is needed, said the minister.",
    "More stories of abuse came out in the following days.",
    "Updated rules take effect on March 5, 2024.",
    "Published in 1931, the novel sold two million copies.",
    "Posted on Facebook on Tuesday, the video drew two million views.",
    "Last updated in 1998, the law says nothing of electric bikes.",
    "First published in 1931, the novel is still read in schools.",
    "Reporting by the newspaper led to three arrests.",
    "Editing by hand takes a week, the engineers found.",
    "Listen to the river, she told the children, and they fell silent.",
    "Watch the river, she told the children, and they fell silent.",
    "Watch dogs barked all night in the village.",
    "Click on the link and you have let the thieves in, the police warn.",
    "Get the vaccine, the minister urged everyone over 60.",
    "Register by Friday or you cannot vote, the office reminds citizens.",
    "Download speeds fell in all but two counties.",
    "Become a member of the family, the advertisement promised.",
    "Support the strike or stay at home, the union told its members.",
    "Thank you for your service, the general told them.",
    "The article was amended by parliament on 5 March 2024.",
    "This article of the constitution protects the press.",
    "This story has no happy end.",
    "This story begins in 1931, when the bridge was built.",
    "This post was vacant for two years before she took it.",
    "This site was once a shipyard.",
    "This content was removed by the platform after a complaint from the mayor.",
    "An earlier version of the law had failed in the upper house.",
    "A previous version of the drug caused liver damage.",
    "The post was deleted an hour later.",
    "Correction of the error will take a year, the company said.",
    "Sources close to the minister said she would resign.",
    "Source code of the program was published on Monday.",
    "Tags on the turtles showed how far they swim.",
    "Topics ranged from fishing rights to the price of fuel.",
    "Filed in a federal court on Monday, the suit asks for damages.",
    "Contributing to the delay was a lack of steel.",
    "Credit is hard to come by in the valley.",
    "Caption writers have little time, she said.",
    "You have three weeks to leave, the landlord wrote.",
    "You have reached the end of the road, the sign says.",
    "Your email address is worth money to thieves, he warned.",
    "Enter your email address and you may win a car, the fraudsters promised.",
    "Privacy policy has become a campaign theme, pollsters say.",
    "Cookie sales pay for most of the scouts' summer camp.",
    "Accept cookies from strangers and you may regret it, her mother used to say.",
    "Join the conversation about race, she told the students.",
    "Leave a comment, he said, and I will answer it.",
    "What do you think will happen to the bridge now?",
    "Do you know more than your doctor? Many patients think they do.",
    "Tell us what happened, the judge said to the boy.",
    "Jane Doe and John Roe were married in Marlhaven in 1931.",
    "Jane Doe, a staff writer at the magazine, was arrested on Monday.",
    "Jane Doe, who wrote the report, said it would change nothing.",
    "Getty Images sued the company in March.",
    "Reuters could not verify the account.",
    "Reuters reported on Monday that the bridge would close.",
    "AP reporters saw two bodies near the bridge.",
    "Home prices rose by a tenth.",
    "Loading the ships took two days.",
    "Thanks for subscribing to that theory, he joked.",
    "Turn on notifications, the app pleads every morning, and he never does.",
    "Unlimited access to the files was granted to her lawyers.",
    "Paid content is hard to tell from news, the study found.",
    "Sponsored by the port, the festival draws 20,000 people a year.",
    "Sponsored posts on Instagram must be marked as such, the court said.",
    "Note the date: on May 3 everything changed.",
    "Note: the bridge is closed on Sundays, the sign said.",
    "Editor Jane Doe resigned on Monday.",
    "Have a tip? Call the police, the poster says.",
    "Trending topics are chosen by a program, not by people.",
    "Print is dead, the publisher told his staff in 2009.",
    "Email is still the way most people get their news.",
    "Email the mayor and you will get an answer, residents say.",
    "Contact with the ship was lost at 3:15 a.m.",
    "Play was stopped at 3:15 p.m. because of the rain.",
    "Just now the harbour is quiet.",
    "Opinion in the town is divided.",
    "Opinions expressed in the letter were shared by most.",
    "The views expressed by voters had changed little.",
    "Copy and paste is not research, the professor says.",
    "Link roads to the harbour will be widened.",
    "Pinterest shares fell by 9 percent.",
    "Shares in Pinterest fell by 9 percent.",
    "Shares of Facebook and Twitter fell.",
    "Facebook and Google dominate online advertising.",
    "Facebook is free.",
    "Tweets by the minister were deleted.",
    "Skip the queue and pay more: that is the new rule at the ferry.",
    "Next story: the minister resigned, the paper collapsed, and nobody was charged.",
    "Five minutes later he was dead.",
    "It was 3:15 p.m. on a Tuesday.",
    "He read for 5 minutes.",
    "Five hours ago, the harbour was still open.",
)
# fmt: on
KINDS = {
    "byline": BYLINES,
    "time": TIMES,
    "share": SHARING,
    "follow": FOLLOWING,
    "offer": OFFERS,
    "rights": RIGHTS,
    "link": LINKS,
    "comments": COMMENTS,
    "cookies": COOKIES,
    "advertisement": ADVERTISEMENTS,
    "note": NOTES,
    "credit": CREDITS,
    "rest": REST,
}


def paragraphs(article: Article) -> list[str]:
    return [span.text for span in article.paragraphs]


def placed(line: str, at: int) -> list[str]:
    return [*BODY[:at], line, *BODY[at:]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", [0, 1, 3], ids=["first", "within", "last"])
def test_lines_around_an_article_are_none_of_it(kind: str, at: int) -> None:
    """Wherever it stands, the line is kept as boilerplate, and whole."""
    for line in KINDS[kind]:
        article = read_text("\n\n".join(placed(line, at)), id="a")
        assert paragraphs(article) == BODY, line
        assert [span.text for span in article.boilerplate] == [line]


@pytest.mark.parametrize("at", [0, 1, 3], ids=["first", "within", "last"])
def test_a_sentence_that_begins_like_one_is_of_the_article(at: int) -> None:
    """An article may be about Facebook, cookies, newsletters or copyright."""
    for line in SENTENCES:
        article = read_text("\n\n".join(placed(line, at)), id="a")
        assert paragraphs(article) == placed(line, at), line
        assert not article.boilerplate


@pytest.mark.parametrize(
    ("headline", "kept"),
    [
        ("Reporter arrested at the harbour bridge", True),
        ("Police arrest a reporter", True),
        ("Editor resigns over bridge", True),
        ("Jane Doe, Staff Writer", False),
        ("Reuters Staff", False),
    ],
)
def test_a_headline_about_a_reporter_is_no_byline(headline: str, kept: bool) -> None:
    """Only names stand beside what an author is called."""
    article = read_text(f"{headline}\n\n{LEAD}\n\n{NEXT}", id="a")
    assert article.title == (headline if kept else None)


@pytest.mark.parametrize(
    "signed",
    [
        "“Four lorries too few and one mayor too many.” — Wim Stoll",
        "“Four lorries too few and one mayor too many.” (Joan Petty, baker)",
        "»Vier Laster zu wenig und ein Bürger zu viel.« – Olga Reim, 44",
        "“Four lorries too few and one mayor too many.”\n\nHamid Noor, teacher",
    ],
)
def test_a_quotation_at_the_end_is_kept_with_who_said_it(signed: str) -> None:
    """In brackets, behind a dash or on the line below, though no full stop ends it."""
    body = [*BODY, *signed.split("\n\n")]
    assert paragraphs(read_text("\n\n".join(body), id="a")) == body


@pytest.mark.parametrize(
    "biography",
    [
        "Ida Holm is the author of two books on bridges.",
        "Ida van Holm is a freelance journalist based in Marlhaven.",
        "*Ida Holm is a professor of engineering at the University of Marlhaven.*",
        "Ida Holm covers the harbour for this paper.",
        "Ida Holm ist Autorin zweier Bücher über Brücken.",
    ],
)
def test_what_is_said_of_the_author_at_the_end_is_no_paragraph(biography: str) -> None:
    """A name of which the article did not speak, and what that person does."""
    article = read_text("\n\n".join([*BODY, biography]), id="a")
    assert paragraphs(article) == BODY


def test_the_byline_tells_who_the_author_is() -> None:
    """Whatever is said at the end of somebody whom a byline names."""
    about = "John Roe lives in Marlhaven with two cats."
    head = "Bridge to close\nBy Jane Doe and John Roe"
    article = read_text("\n\n".join([head, *BODY, about]), id="a")
    assert paragraphs(article) == BODY
    known = read_text("\n\n".join([*BODY, about]), id="b", byline="Jane Doe, John Roe")
    assert paragraphs(known) == BODY


@pytest.mark.parametrize(
    ("before", "last"),
    [
        (
            "Ida Holm fought the plan.",
            "Ida Holm is the author of two books on bridges.",
        ),
        (LAST, "Ida Holm is the first woman to lead the port."),
        (LAST, "Ida Holm, a staff writer at the magazine, was arrested on Monday."),
    ],
)
def test_an_article_may_end_in_a_sentence_about_a_person(
    before: str, last: str
) -> None:
    """Of whom it spoke before, or of whom it gives news."""
    body = [LEAD, NEXT, before, last]
    assert paragraphs(read_text("\n\n".join(body), id="a")) == body


@pytest.mark.parametrize(
    "tail",
    [
        "[...]",
        "[…]",
        "Read more...",
        "Continue reading Harbour bridge to close →",
        "The post Harbour bridge to close to lorries from May on appeared first on "
        "The Harbour Post.",
        "The post Bridge “to close” first appeared on The Harbour Post.",
    ],
)
def test_what_a_feed_adds_to_its_last_sentence_is_cut_off(tail: str) -> None:
    """On the same line or on its own, with its exact place."""
    for between in (" ", "\n\n"):
        article = read_text(f"{LEAD} {NEXT}{between}{tail}", id="a")
        assert paragraphs(article) == [f"{LEAD} {NEXT}"]
        assert [span.text for span in article.boilerplate] == [tail]


@pytest.mark.parametrize(
    "last",
    [
        "It all began on Feb. 8.",
        "Three in ten agreed, or 1/3.",
        "He left the room. “Share this with your doctor,” he said.",
    ],
)
def test_the_last_words_of_an_article_stay(last: str) -> None:
    """A number or what somebody says is no link."""
    assert paragraphs(read_text(f"{LEAD}\n\n{last}", id="a")) == [LEAD, last]


@pytest.mark.parametrize(
    "end",
    [
        "Related\n\nBridge closed for a week\n\nWill it ever open again?",
        "You may also like:\n\nThe ferry is to run at night from May.",
        "3 Comments\n\nTom Reed says:\n\nWhat a shame.\n\nReply",
    ],
)
def test_what_comes_after_the_end_is_none_of_the_article(end: str) -> None:
    """Teasers and comments, even when they are whole sentences."""
    article = read_text("\n\n".join([*BODY, end]), id="a")
    assert paragraphs(article) == BODY


def test_an_article_goes_on_after_related_links_within_it() -> None:
    """The heading ends an article only where little and short text comes after."""
    long = f"{LEAD} {NEXT} {LAST}"
    for rest in ([long], [LEAD, NEXT], ["“Wait,” he said.", NEXT]):
        text = "\n\n".join([*BODY, "Related", "Bridge closed for a week", *rest])
        assert paragraphs(read_text(text, id="a")) == [*BODY, *rest]


@pytest.mark.parametrize(
    "dateline",
    [
        "WASHINGTON (AP) —",
        "BERLIN, March 3 (Reuters) -",
        "Berlin (dpa/AFP) -",
        "ST. PAUL, Minn. (AP) —",
        "COX'S BAZAR, Bangladesh (AP) —",
        "PARIS, Mar. 3, 2024 /PRNewswire/ --",
        "New York (CNN Business)",
        "Madrid, 3 mar (EFE).-",
        "BUENA PARK, Calif. -",
        "LONDON -",
        "(Bloomberg) --",
        "Tolby, May 3:",
        "Neu Tolbach, 3. Mai –",
        "11:02 pm —",
    ],
)
def test_a_dateline_is_kept_apart_from_the_lead(dateline: str) -> None:
    """As agencies and papers write it."""
    article = read_text(f"{dateline} {LEAD}\n\n{NEXT}", id="a")
    assert paragraphs(article) == [LEAD, NEXT]
    assert [span.text for span in article.boilerplate] == [dateline]


@pytest.mark.parametrize(
    "sentence",
    [
        "NATO — an alliance of 32 — met in Paris.",
        "JANE DOE: What did the mayor know of it?",
        "NEW: The bridge is closed.",
        "At 11:02 — Lorries had gone — it was closed.",
        "The Hague (Netherlands) is a quiet city.",
        "The result: The bridge is closed.",
    ],
)
def test_a_sentence_that_begins_like_a_dateline_is_whole(sentence: str) -> None:
    """A dash or a colon is not enough."""
    text = f"{sentence}\n\n{NEXT}\n\n{LAST}"
    assert paragraphs(read_text(text, id="a")) == [sentence, NEXT, LAST]


def test_lists_within_an_article_are_of_it() -> None:
    """With bullets or numbers, and the line that leads to them."""
    for one, two in (("- Lorries", "- Buses"), ("1. Lorries", "2. Buses")):
        body = [LEAD, "What will change:", one, two, NEXT]
        assert paragraphs(read_text("\n\n".join(body), id="a")) == body


def test_the_head_of_an_article_is_parted_from_it() -> None:
    """Headline, dek, byline, reading time, dateline, and the lines at the end."""
    head = [
        "Harbour bridge to close to lorries",
        "The bridge of 1931 has carried more than it was made for",
        "By Jane Doe and John Roe, Staff Writers | Updated 3:15 p.m.",
        "5 min read",
    ]
    end = ["Jane Doe is a staff writer.", "Have a tip? E-mail us"]
    text = "\n".join(head) + f"\n\nMARLHAVEN (AP) — {LEAD}\n\n{NEXT}\n\n{LAST}"
    article = read_text("\n\n".join([text, *end]), id="a")
    assert paragraphs(article) == BODY
    found = [span.text for span in article.boilerplate]
    assert found == [*head, "MARLHAVEN (AP) —", *end]
    assert article.title == head[0]
