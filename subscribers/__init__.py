"""People, lists and consent: a library that knows no newsletter.

Its functions are handed a SQLAlchemy connection and never commit; `import_file` is
handed what opens a transaction, and commits each chunk.
"""

from subscribers.address import parse_address
from subscribers.audience import audience, left_out, recipients
from subscribers.errors import (
    ImportFailed,
    InvalidAddress,
    InvalidName,
    InvalidValue,
    ListExists,
    ListInUse,
    SubscriberError,
    UnknownList,
)
from subscribers.fields import Person
from subscribers.importing import Preview, import_file
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
from subscribers.reading import Tally
from subscribers.runs import ImportReport
from subscribers.secret_key import SecretKey
from subscribers.subscriptions import add_subscriber, subscribers, unsubscribe
from subscribers.suppressions import is_suppressed, suppress

__all__ = [
    "Address",
    "Change",
    "ImportFailed",
    "ImportReport",
    "InvalidAddress",
    "InvalidName",
    "InvalidValue",
    "ListExists",
    "ListInUse",
    "MailingList",
    "Person",
    "Preview",
    "Recipient",
    "SecretKey",
    "Subscriber",
    "SubscriberError",
    "SubscriptionState",
    "SuppressionReason",
    "Tally",
    "UnknownList",
    "add_list",
    "add_subscriber",
    "audience",
    "find_list",
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
