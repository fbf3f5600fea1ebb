"""Alembic's entry: the connection is handed over by datasources.store.migrate, which owns the transaction."""

from alembic import context

from datasources.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
