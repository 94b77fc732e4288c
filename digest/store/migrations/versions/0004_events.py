"""What comes back of what was sent: events, and evidence of each attempt."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("attempt_id", ID, nullable=False),
        sa.Column("processed", sa.LargeBinary(), nullable=False),
        sa.Column("gone_out", sa.LargeBinary(), nullable=False),
        sa.Column("dropped", sa.LargeBinary(), nullable=False),
        sa.Column("delivered", sa.LargeBinary(), nullable=False),
        sa.Column("gone_out_people", sa.Integer(), nullable=False),
        sa.Column("delivered_people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_evidence_attempt_id_attempt"
        ),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_evidence"),
    )
    op.create_table(
        "event",
        sa.Column("id", ID, nullable=False),
        sa.Column("sg_event_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("attempt_id", ID, nullable=True),
        sa.Column("subscriber_id", ID, nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asm_group", sa.Integer(), nullable=True),
        sa.Column("machine", sa.Boolean(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("sg_event_id", name="uq_event_sg_event_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_event_campaign_id_event_event_event_subscriber_id",
        "event",
        ["campaign_id", "event", "subscriber_id"],
    )
    op.create_index(
        "ix_event_attempt_id_event_subscriber_id",
        "event",
        ["attempt_id", "subscriber_id"],
    )
    op.create_index("ix_event_key", "event", ["key"])
    op.create_index("ix_event_subscriber_id", "event", ["subscriber_id"])
    op.create_table(
        "bad_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bad_event"),
        sa.UniqueConstraint("hash", name="uq_bad_event_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bad_event_key", "bad_event", ["key"])
