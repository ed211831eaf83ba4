"""Alembic runs inside the connection that `data.storage.engine.upgrade` opened: one transaction, all or nothing."""

from alembic import context

from data.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
