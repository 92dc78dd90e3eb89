"""Alembic's entry: runs the migrations on the connection the store hands over."""

from alembic import context

import geodata.models  # noqa: F401  (fills the metadata)
from geodata.base import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
