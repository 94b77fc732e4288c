"""What is known of sources, and by what an item is known again."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TEXTS = {"guid": "", "url": "", "content": "", "standing": "open"}


def upgrade() -> None:
    op.create_table(
        "source",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_source"),
    )
    for name, default in TEXTS.items():
        op.add_column(
            "item", sa.Column(name, sa.Text(), nullable=False, server_default=default)
        )
    op.add_column(
        "item",
        sa.Column("page", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_item_url", "item", ["url"])
    op.create_index("ix_item_source_item_guid", "item", ["source", "guid"])
    op.create_index("ix_item_source_item_content", "item", ["source", "content"])
    _name_addresses()


def _name_addresses() -> None:
    """Addresses were kept whole; they are known again by host, path and query."""
    item = sa.table("item", sa.column("id"), sa.column("key"), sa.column("url"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(item.c.id, item.c.key)).all():
        if re.match("https?://", row.key):
            url = re.sub(r"^https?://(?:www\.)?", "//", row.key.partition("#")[0])
            connection.execute(
                sa.update(item).where(item.c.id == row.id).values(url=url.rstrip("/"))
            )
