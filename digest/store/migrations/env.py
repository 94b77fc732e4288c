"""What Alembic runs: the migrations, on the connection that it is handed."""

from alembic import context

import digest.store.tables  # noqa: F401  (adds its tables to the metadata)
from subscribers.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
