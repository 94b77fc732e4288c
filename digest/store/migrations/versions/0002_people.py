"""What is known of people: choices, imports, confirmations, suppressions in full."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _new_tables()
    _new_columns()
    _suppressions_by_list()


def _new_tables() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("list_id", ID, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("rejects", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["list_id"], ["mailing_list.id"], name="fk_import_run_list_id_mailing_list"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "confirmation",
        sa.Column("id", ID, nullable=False),
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("choices", sa.Text(), nullable=False, server_default="{}"),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name="fk_confirmation_subscription_id_subscription",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_confirmation"),
        sa.UniqueConstraint("token_hash", name="uq_confirmation_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_confirmation_subscription_id", "confirmation", ["subscription_id"]
    )
    op.create_table(
        "erased",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("list_id", ID, nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("hash", "list_id", "reason", name="pk_erased"),
    )
    op.create_table(
        "outgoing",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outgoing_state_outgoing_due_at", "outgoing", ["state", "due_at"]
    )
    op.create_index("ix_outgoing_key", "outgoing", ["key"])
    op.create_table(
        "segment",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_segment"),
        sa.UniqueConstraint("name", name="uq_segment_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_mark"),
    )


def _new_columns() -> None:
    for name in ("zone", "language", "frequency"):
        _add_text("subscriber", name)
    _add_text("subscriber", "topics", "[]")
    _add_text("subscriber", "attributes", "{}")
    op.add_column("mailing_list", sa.Column("asm_group", sa.Integer(), nullable=True))
    op.add_column(
        "mailing_list",
        sa.Column(
            "confirmed_opt_in", sa.Boolean(), nullable=False, server_default=sa.true()
        ),
    )
    # SQLite takes a foreign key with a new column, but Alembic doesn't write it so
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE consent ADD COLUMN import_id {kind} "
        "CONSTRAINT fk_consent_import_id_import_run REFERENCES import_run (id)"
    )
    for name in ("ip", "user_agent", "wording"):
        _add_text("consent", name)
    by_web = sa.text("(ip <> '' OR user_agent <> '')")
    op.create_index(
        "ix_consent_at", "consent", ["at"], sqlite_where=by_web, postgresql_where=by_web
    )


def _add_text(table: str, name: str, default: str = "") -> None:
    op.add_column(
        table, sa.Column(name, sa.Text(), nullable=False, server_default=default)
    )


def _suppressions_by_list() -> None:
    """Each by its list and its reason; those that are there are for all lists."""
    op.rename_table("suppression", "suppression_before")
    if op.get_bind().dialect.name != "sqlite":  # there the name would be taken
        op.drop_constraint("pk_suppression", "suppression_before")
    op.create_table(
        "suppression",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("list_id", ID, nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "list_id", "reason", name="pk_suppression"),
    )
    op.execute(
        "INSERT INTO suppression (key, list_id, reason, at, source) "
        "SELECT key, 0, reason, at, source FROM suppression_before"
    )
    op.drop_table("suppression_before")
