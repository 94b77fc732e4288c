"""People, lists and consent: a library that knows no newsletter.

Its functions are handed a SQLAlchemy connection and never commit; `import_file` is
handed what opens a transaction, and commits each chunk.
"""

from subscribers.address import parse_address
from subscribers.audience import Members, audience, left_out, members, recipients
from subscribers.errors import (
    ImportFailed,
    InvalidAddress,
    InvalidName,
    InvalidSegment,
    ListExists,
    ListInUse,
    SegmentExists,
    SubscriberError,
    UnknownList,
    UnknownSegment,
)
from subscribers.importing import ImportReport, import_file
from subscribers.lists import add_list, find_list, lists, remove_list
from subscribers.model import (
    Address,
    Change,
    MailingList,
    Recipient,
    Subscriber,
    SubscriptionState,
    SuppressionReason,
)
from subscribers.segments import (
    Segment,
    add_segment,
    find_segment,
    remove_segment,
    segments,
)
from subscribers.subscriptions import add_subscriber, subscribers, unsubscribe
from subscribers.suppressions import is_suppressed, suppress

__all__ = [
    "Address",
    "Change",
    "ImportFailed",
    "ImportReport",
    "InvalidAddress",
    "InvalidName",
    "InvalidSegment",
    "ListExists",
    "ListInUse",
    "MailingList",
    "Members",
    "Recipient",
    "Segment",
    "SegmentExists",
    "Subscriber",
    "SubscriberError",
    "SubscriptionState",
    "SuppressionReason",
    "UnknownList",
    "UnknownSegment",
    "add_list",
    "add_segment",
    "add_subscriber",
    "audience",
    "find_list",
    "find_segment",
    "import_file",
    "is_suppressed",
    "left_out",
    "lists",
    "members",
    "parse_address",
    "recipients",
    "remove_list",
    "remove_segment",
    "segments",
    "subscribers",
    "suppress",
    "unsubscribe",
]
