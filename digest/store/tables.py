"""The tables of articles, issues, sending and schedules, beside those of people.

They share the MetaData of `subscribers.tables`, and one Alembic history.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from subscribers.tables import Id, UtcDateTime, metadata

#: a finished edition; `content` is the whole Issue as JSON
issue = Table(
    "issue",
    metadata,
    Column("id", Id, primary_key=True),
    Column("series", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("built_at", UtcDateTime, nullable=False),
    Column("content", Text, nullable=False),
    UniqueConstraint("series", "number"),
    sqlite_autoincrement=True,
)

#: an Article as collected; that the row is there means that it was seen
item = Table(
    "item",
    metadata,
    Column("id", Id, primary_key=True),
    #: what of the three below tells it from all others
    Column("key", Text, nullable=False, unique=True),
    #: as its feed names it; like the next two empty where that tells nothing
    Column("guid", Text, nullable=False, server_default=""),
    #: its canonical address: `digest.store.identity`
    Column("url", Text, nullable=False, server_default="", index=True),
    #: a hash of what it said when it was last seen
    Column("content", Text, nullable=False, server_default=""),
    #: url or path of the [[source]] it came from
    Column("source", Text, nullable=False),
    Column("section", Text, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    #: open, passed or held
    Column("standing", Text, nullable=False, server_default="open"),
    #: whether `article` is what its page says, not its feed
    Column("page", Boolean, nullable=False, server_default=false()),
    Column("article", Text, nullable=False),
    Index(None, "source", "guid"),
    Index(None, "source", "content"),
    sqlite_autoincrement=True,
)

#: what is known of a [[source]] that is asked over the network
source = Table(
    "source",
    metadata,
    #: its url as digest.toml has it
    Column("place", Text, primary_key=True),
    #: the rest of a SourceState, as JSON
    Column("state", Text, nullable=False),
)

#: which issue of a series used an item: a daily does not empty the weekly
item_use = Table(
    "item_use",
    metadata,
    Column("series", Text, primary_key=True),
    Column("item_id", ForeignKey(item.c.id), primary_key=True),
    Column("issue_id", ForeignKey(issue.c.id), nullable=False),
)

#: the sending of one issue; `email` is the stored Email as JSON
campaign = Table(
    "campaign",
    metadata,
    Column("id", Id, primary_key=True),
    Column("issue_id", ForeignKey(issue.c.id), nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("transport", Text, nullable=False),
    #: every list it was sent to so far, as a JSON array: who is on none of them
    #: any more is left out at the check before a hand-over
    Column("lists", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    #: `direct` or `staged`
    Column("mode", Text, nullable=False, server_default="direct"),
    #: when it goes out; NULL for at once
    Column("send_at", UtcDateTime),
    #: who of the lists was meant, as text; empty for all of them
    Column("segment", Text, nullable=False, server_default=""),
    #: HH:MM in each subscriber's own zone; empty for one moment
    Column("local_time", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

#: batches under one `batch_id` of SendGrid's, which lets them out together and takes
#: them back together; append-only but for its state
wave = Table(
    "wave",
    metadata,
    Column("id", Id, primary_key=True),
    Column("campaign_id", ForeignKey(campaign.c.id), nullable=False, index=True),
    Column("provider_id", Text, nullable=False, unique=True),
    Column("send_at", UtcDateTime, nullable=False),
    #: how many batches belong in it
    Column("room", Integer, nullable=False),
    Column("state", Text, nullable=False),
    #: why it is taken back
    Column("reason", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    #: by the steady clock of leases: when `cancelling` was committed
    Column("recalled_at", Float),
    Column("recalled_epoch", Text, nullable=False),
    #: SendGrid's Date of the answer that proves it
    Column("cancelled_at", UtcDateTime),
    sqlite_autoincrement=True,
)

#: at most 1,000 recipients by their exact ids, packed as delta varints
batch = Table(
    "batch",
    metadata,
    Column("id", Id, primary_key=True),
    Column("campaign_id", ForeignKey(campaign.c.id), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("recipients", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    #: the batch that was split into this one
    Column("parent_id", Id, index=True),
    #: when it is to go out; NULL for at once
    Column("send_at", UtcDateTime),
    #: goes out first and directly, for the others to wait and see
    Column("canary", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("campaign_id", "seq"),
    Index(None, "campaign_id", "state"),
    sqlite_autoincrement=True,
)

#: append-only: each hand-over of a batch; committed before its first byte leaves
attempt = Table(
    "attempt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("batch_id", ForeignKey(batch.c.id), nullable=False),
    Column("n", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("message_id", Text),
    #: who was in the plan but left before this hand-over: {"reason": [ids]}
    Column("excluded", Text, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("wave_id", ForeignKey(wave.c.id), index=True),
    #: random: with the id, the attempt's name at the provider
    Column("token", Text, nullable=False, server_default=""),
    #: how many it was handed over for
    Column("people", Integer, nullable=False, server_default="0"),
    #: by a clock that nobody sets: `digest.ledger.times`
    Column("lease_epoch", Text, nullable=False, server_default=""),
    Column("lease_until", Float, nullable=False, server_default="0"),
    #: how many mails were begun, where they go person by person; NULL elsewhere
    Column("cursor", Integer),
    #: who was refused for themselves meanwhile: {"reason": [ids]}
    Column("refused", Text, nullable=False, server_default="{}"),
    Index(None, "began_at"),
    UniqueConstraint("batch_id", "n"),
    sqlite_autoincrement=True,
)

#: what came back of one attempt, person by person: a place in each of these is that of
#: the person in the batch's rising ids. Seven million people are fourteen million
#: events `processed` and `delivered`, so these have no rows
evidence = Table(
    "evidence",
    metadata,
    Column("attempt_id", ForeignKey(attempt.c.id), primary_key=True),
    #: bits, the lowest first: the provider has it
    Column("processed", LargeBinary, nullable=False),
    #: bits: a mailbox or a reader has said something, so it has gone out
    Column("gone_out", LargeBinary, nullable=False),
    #: bits: the provider drops it for what it knows of the address
    Column("dropped", LargeBinary, nullable=False),
    #: two bytes each: seconds until it was delivered, and one; 0 where it was not
    Column("delivered", LargeBinary, nullable=False),
    #: how many are set of two of them, so that a campaign is summed up by SQL
    Column("gone_out_people", Integer, nullable=False),
    Column("delivered_people", Integer, nullable=False),
)

#: what the provider says of one copy, but for `processed` and `delivered`; `raw` is the
#: whole event as it came. Of who was erased only the numbers are left
event = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("sg_event_id", Text, nullable=False, unique=True),
    #: in django-anymail's words
    Column("event", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    #: whose copy of which attempt; NULL where it is of no mail of a campaign of ours
    Column("campaign_id", Id),
    Column("attempt_id", Id),
    Column("subscriber_id", Id),
    #: the address's key
    Column("key", Text, nullable=False),
    #: the link, of a click
    Column("url", Text, nullable=False),
    #: of a bounce its class, of a rejection why
    Column("reason", Text, nullable=False),
    #: the provider's unsubscribe group
    Column("asm_group", Integer),
    #: opened or clicked by a program, as far as that can be told
    Column("machine", Boolean, nullable=False),
    Column("raw", Text, nullable=False),
    Index(None, "campaign_id", "event", "subscriber_id"),
    Index(None, "attempt_id", "subscriber_id"),
    Index(None, "key"),
    Index(None, "subscriber_id"),
    sqlite_autoincrement=True,
)

#: what came as an event and could not be taken for one
bad_event = Table(
    "bad_event",
    metadata,
    Column("id", Id, primary_key=True),
    #: BLAKE2b of the bytes, for what comes again
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    #: the address's key, where one could be read
    Column("key", Text, nullable=False),
    #: as it came, but for what is no text
    Column("raw", Text, nullable=False),
    Index(None, "key"),
    sqlite_autoincrement=True,
)

schedule = Table(
    "schedule",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("every", Text, nullable=False),
    Column("zone", Text, nullable=False),
    #: names of lists, as a JSON array
    Column("lists", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    #: a Schedule's own as JSON: what is not there is as by default
    Column("options", Text, nullable=False, server_default="{}"),
    sqlite_autoincrement=True,
)

#: a due time of a schedule, by its local wall time as text; once each
slot = Table(
    "slot",
    metadata,
    Column("schedule_id", ForeignKey(schedule.c.id), primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("issue_id", ForeignKey(issue.c.id)),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    #: the state and reason that the editor was last told of
    Column("told", Text, nullable=False, server_default=""),
    #: of its approval: empty, the hash of the token that was mailed, or `given`
    Column("approval", Text, nullable=False, server_default=""),
)
