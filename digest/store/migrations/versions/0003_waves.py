"""Staged campaigns: waves, leases by a clock nobody sets, batches that were split."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "wave",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("send_at", MOMENT, nullable=False),
        sa.Column("room", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("recalled_at", sa.Float(), nullable=True),
        sa.Column("recalled_epoch", sa.Text(), nullable=False),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name="fk_wave_campaign_id_campaign"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_wave"),
        sa.UniqueConstraint("provider_id", name="uq_wave_provider_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_wave_campaign_id", "wave", ["campaign_id"])
    text = {"nullable": False, "server_default": ""}
    for column in (
        sa.Column("mode", sa.Text(), nullable=False, server_default="direct"),
        sa.Column("send_at", MOMENT, nullable=True),
        sa.Column("segment", sa.Text(), **text),
        sa.Column("local_time", sa.Text(), **text),
    ):
        op.add_column("campaign", column)
    for column in (
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("send_at", MOMENT, nullable=True),
        sa.Column("canary", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("batch", column)
    op.create_index("ix_batch_parent_id", "batch", ["parent_id"])
    # made anew for the key to waves; nothing points at attempts
    kept = {"sqlite_autoincrement": True}
    with op.batch_alter_table("attempt", table_kwargs=kept) as attempt:
        attempt.add_column(sa.Column("wave_id", ID, nullable=True))
        attempt.add_column(sa.Column("token", sa.Text(), **text))
        attempt.add_column(
            sa.Column("people", sa.Integer(), nullable=False, server_default="0")
        )
        attempt.add_column(sa.Column("lease_epoch", sa.Text(), **text))
        attempt.add_column(
            sa.Column("lease_until", sa.Float(), nullable=False, server_default="0")
        )
        attempt.add_column(sa.Column("cursor", sa.Integer(), nullable=True))
        attempt.add_column(
            sa.Column("refused", sa.Text(), nullable=False, server_default="{}")
        )
        attempt.create_foreign_key(
            "fk_attempt_wave_id_wave", "wave", ["wave_id"], ["id"]
        )
    op.create_index("ix_attempt_wave_id", "attempt", ["wave_id"])
    op.create_index("ix_attempt_began_at", "attempt", ["began_at"])
