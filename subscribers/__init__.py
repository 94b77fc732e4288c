"""People, lists and consent: a library that knows no newsletter.

Its functions are handed a SQLAlchemy connection and never commit; `import_file` is
handed what opens a transaction, and commits each chunk.
"""

from subscribers.address import parse_address
from subscribers.audience import audience, left_out, recipients
from subscribers.choices import change_choices
from subscribers.errors import (
    ImportFailed,
    InvalidAddress,
    InvalidChoice,
    InvalidName,
    ListExists,
    ListInUse,
    SubscriberError,
    UnknownList,
)
from subscribers.importing import ImportReport, import_file
from subscribers.lists import add_list, find_list, lists, remove_list
from subscribers.model import (
    Address,
    Change,
    Choices,
    MailingList,
    Origin,
    Provider,
    Recipient,
    Subscriber,
    SubscriptionState,
    SuppressionReason,
)
from subscribers.subscriptions import add_subscriber, subscribers, unsubscribe
from subscribers.suppressions import is_suppressed, suppress
from subscribers.telling import group_of

__all__ = [
    "Address",
    "Change",
    "Choices",
    "ImportFailed",
    "ImportReport",
    "InvalidAddress",
    "InvalidChoice",
    "InvalidName",
    "ListExists",
    "ListInUse",
    "MailingList",
    "Origin",
    "Provider",
    "Recipient",
    "Subscriber",
    "SubscriberError",
    "SubscriptionState",
    "SuppressionReason",
    "UnknownList",
    "add_list",
    "add_subscriber",
    "audience",
    "change_choices",
    "find_list",
    "group_of",
    "import_file",
    "is_suppressed",
    "left_out",
    "lists",
    "parse_address",
    "recipients",
    "remove_list",
    "subscribers",
    "suppress",
    "unsubscribe",
]
