"""A break that somebody wants, and the links to what is kept about them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("subscriber", sa.Column("paused_until", MOMENT, nullable=True))
    op.create_table(
        "magic_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name="fk_magic_link_subscriber_id_subscriber",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_magic_link"),
        sa.UniqueConstraint("token_hash", name="uq_magic_link_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_magic_link_subscriber_id", "magic_link", ["subscriber_id"])
