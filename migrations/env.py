"""How Alembic reaches the application's database and tables."""

import logging
from typing import Any

from alembic import context
from flask import current_app

from organizer import features
from organizer.core.db import Model, db

features.load_models()
logging.getLogger("alembic").setLevel(logging.WARNING)


def render(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our own column types as the plain types that they store: a migration outlives the code."""
    if kind == "type" and type(item).__name__ == "UtcDateTime":
        return "sa.DateTime()"
    return False


def run() -> None:
    """Run migrations on the application's engine, in one transaction where the database allows it."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Batch mode copies tables; foreign keys may only be off outside a transaction.
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        arguments = dict(current_app.extensions["migrate"].configure_args)
        context.configure(connection=connection, target_metadata=Model.metadata, render_item=render, **arguments)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if connection.dialect.name == "sqlite":
            connection.rollback()
            connection.invalidate()  # comes back with foreign keys on


run()
