"""What each figure counts, in one sentence, and of whom it is a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    name: str
    of: str
    counts: str


#: the totals of an issue, in their order; each a part of another, or of the plan
TOTALS: Mapping[str, Words] = {
    "accepted": Words(
        "Accepted", "planned", "People whose copy the provider took from us."
    ),
    "handed_over": Words(
        "Gone out",
        "accepted",
        "People of the batches of which any event says that they have gone out.",
    ),
    "delivered": Words(
        "Delivered", "handed_over", "People whose mailbox has taken their copy."
    ),
    "bounced": Words(
        "Bounced",
        "handed_over",
        "People whose mailbox refused their copy, for good or for now; who got it "
        "after all counts as delivered, too.",
    ),
    "deferred": Words(
        "Deferred",
        "handed_over",
        "People whose mailbox put their copy off before it took or refused it.",
    ),
    "rejected": Words(
        "Rejected",
        "handed_over",
        "People whose copy SendGrid did not try, for what it knows of the address.",
    ),
    "opened": Words(
        "Opened",
        "delivered",
        "People who loaded the pictures of their copy; who reads without pictures is "
        "not seen.",
    ),
    "opened_by_machine": Words(
        "Opened by a program alone",
        "delivered",
        "People whose pictures only a program loaded, as Apple's Mail Privacy "
        "Protection does of every mail; whether they read it nobody knows.",
    ),
    "clicked": Words("Clicked", "delivered", "People who followed a link."),
    "clicked_by_machine": Words(
        "Clicked by a program alone",
        "delivered",
        "People whose links only a scanner followed: nearly all of them within ten "
        "seconds, just after the delivery.",
    ),
    "complained": Words("Complained", "delivered", "People who called it spam."),
    "unsubscribed": Words(
        "Unsubscribed at SendGrid",
        "delivered",
        "People who left by SendGrid's link; who left by ours is in the growth of "
        "lists.",
    ),
}

COUNTS: Mapping[str, str] = {
    "delivered_over_time": "People by when their mailbox took their copy; what took "
    "longer than 18 hours counts for the end of them.",
    "bounced_over_time": "People by when their mailbox first refused their copy.",
    "opened_over_time": "People by when they first opened it; of whom only a program "
    "was seen, by that.",
    "clicked_over_time": "People by when they first followed a link; of whom only a "
    "scanner was seen, by that.",
    "by_domain": "People by the domain of their address; opened and clicked count "
    "readers, not programs.",
    "by_link": "People by each link that they followed, once for each; programs are "
    "scanners of links.",
    "growth": "People by when they were confirmed on a list (joined), left it, or, "
    "still on it, were suppressed for ever; who was erased is in none of them.",
    "size": "People confirmed on the list at the end of each span, but for who is "
    "suppressed for ever.",
    "lists": "People who are on each list, and what changed in the last 30 days.",
    "issues": "Shares of the people that each issue was delivered to; opened and "
    "clicked count readers, not programs.",
}
