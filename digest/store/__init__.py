"""The one database: SQLite by default, PostgreSQL by URL.

Transactions are short, and writers take their lock at once (BEGIN IMMEDIATE), so
that none finds out at its end that another was first.
"""

from digest.store.database import Database, open_database
from digest.store.migrations import HEAD

__all__ = ["HEAD", "Database", "open_database"]
