"""How a schedule's slots are led up to, and what becomes of them when nobody was there."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "schedule",
        sa.Column("options", sa.Text(), nullable=False, server_default="{}"),
    )
    op.add_column(
        "slot", sa.Column("told", sa.Text(), nullable=False, server_default="")
    )
    op.add_column(
        "slot", sa.Column("approval", sa.Text(), nullable=False, server_default="")
    )
