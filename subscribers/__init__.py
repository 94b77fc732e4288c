"""People, lists and consent: a library that knows no newsletter.

Its functions are handed a SQLAlchemy connection and never commit; `import_file` is
handed what opens a transaction, and commits each chunk.
"""

from subscribers.address import parse_address
from subscribers.audience import audience, left_out, recipients
from subscribers.erasure import erase
from subscribers.errors import (
    ImportFailed,
    InvalidAddress,
    InvalidName,
    ListExists,
    ListInUse,
    SubscriberError,
    UnknownField,
    UnknownList,
)
from subscribers.exporting import FIELDS, Form, export_people
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
from subscribers.person import PersonalData, personal_data
from subscribers.subscriptions import add_subscriber, subscribers, unsubscribe
from subscribers.suppressions import is_suppressed, suppress

__all__ = [
    "FIELDS",
    "Address",
    "Change",
    "Form",
    "ImportFailed",
    "ImportReport",
    "InvalidAddress",
    "InvalidName",
    "ListExists",
    "ListInUse",
    "MailingList",
    "PersonalData",
    "Recipient",
    "Subscriber",
    "SubscriberError",
    "SubscriptionState",
    "SuppressionReason",
    "UnknownField",
    "UnknownList",
    "add_list",
    "add_subscriber",
    "audience",
    "erase",
    "export_people",
    "find_list",
    "import_file",
    "is_suppressed",
    "left_out",
    "lists",
    "parse_address",
    "personal_data",
    "recipients",
    "remove_list",
    "subscribers",
    "suppress",
    "unsubscribe",
]
