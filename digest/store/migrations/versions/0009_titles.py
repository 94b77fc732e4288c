"""What readers see a list called."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    title = sa.Column("title", sa.Text(), server_default="", nullable=False)
    op.add_column("mailing_list", title)
