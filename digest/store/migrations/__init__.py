"""The history of the tables; add a file to versions/, and name it here."""

#: the newest version, known without importing Alembic
HEAD = "0009"
