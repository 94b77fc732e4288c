"""People, lists and consent: a library that knows no newsletter.

Its functions are handed a SQLAlchemy connection and never commit; `import_file` is
handed what opens a transaction, and commits each chunk.
"""

from subscribers.address import parse_address
from subscribers.audience import (
    Members,
    addresses,
    audience,
    left_out,
    members,
    not_reached,
    recipients,
)
from subscribers.choices import change_choices
from subscribers.confirming import confirm, confirmation_of, language_of
from subscribers.departures import Departure, depart
from subscribers.erasure import erase
from subscribers.errors import (
    ImportFailed,
    InvalidAddress,
    InvalidName,
    InvalidSegment,
    InvalidValue,
    ListExists,
    ListInUse,
    SegmentExists,
    SubscriberError,
    UnknownField,
    UnknownList,
    UnknownSegment,
    UnknownSubscriber,
)
from subscribers.exporting import FIELDS, Form, export_people
from subscribers.fields import Person
from subscribers.importing import Preview, import_file
from subscribers.lists import (
    add_list,
    find_list,
    list_titles,
    lists,
    remove_list,
    set_list,
)
from subscribers.magic_links import (
    MagicLink,
    ask_link,
    ask_move,
    find_link,
    language_of_link,
    move,
)
from subscribers.model import (
    Address,
    Answer,
    Asked,
    Attribute,
    Change,
    Choices,
    Letter,
    LetterKind,
    MailingList,
    Origin,
    Provider,
    Recipient,
    Subscriber,
    SubscriptionState,
    SuppressionReason,
)
from subscribers.opt_in import OPEN_FOR, ask, subscribe, unasked
from subscribers.person import PersonalData, personal_data
from subscribers.preferences import (
    BREAK,
    Preferences,
    change_preferences,
    chosen_topics,
    pause,
    preferences_of,
)
from subscribers.reading import Tally
from subscribers.runs import ImportReport
from subscribers.secret_key import SecretKey
from subscribers.segments import (
    Segment,
    add_segment,
    find_segment,
    remove_segment,
    segments,
)
from subscribers.subscriptions import (
    add_subscriber,
    leave,
    list_of,
    subscribers,
    unsubscribe,
)
from subscribers.suppressions import is_suppressed, suppress

__all__ = [
    "BREAK",
    "FIELDS",
    "OPEN_FOR",
    "Address",
    "Answer",
    "Asked",
    "Attribute",
    "Change",
    "Choices",
    "Departure",
    "Form",
    "ImportFailed",
    "ImportReport",
    "InvalidAddress",
    "InvalidName",
    "InvalidSegment",
    "InvalidValue",
    "Letter",
    "LetterKind",
    "ListExists",
    "ListInUse",
    "MagicLink",
    "MailingList",
    "Members",
    "Origin",
    "Person",
    "PersonalData",
    "Preferences",
    "Preview",
    "Provider",
    "Recipient",
    "SecretKey",
    "Segment",
    "SegmentExists",
    "Subscriber",
    "SubscriberError",
    "SubscriptionState",
    "SuppressionReason",
    "Tally",
    "UnknownField",
    "UnknownList",
    "UnknownSegment",
    "UnknownSubscriber",
    "add_list",
    "add_segment",
    "add_subscriber",
    "addresses",
    "ask",
    "ask_link",
    "ask_move",
    "audience",
    "change_choices",
    "change_preferences",
    "chosen_topics",
    "confirm",
    "confirmation_of",
    "depart",
    "erase",
    "export_people",
    "find_link",
    "find_list",
    "find_segment",
    "import_file",
    "is_suppressed",
    "language_of",
    "language_of_link",
    "leave",
    "left_out",
    "list_of",
    "list_titles",
    "lists",
    "members",
    "move",
    "not_reached",
    "parse_address",
    "pause",
    "personal_data",
    "preferences_of",
    "recipients",
    "remove_list",
    "remove_segment",
    "segments",
    "set_list",
    "subscribe",
    "subscribers",
    "suppress",
    "unasked",
    "unsubscribe",
]
