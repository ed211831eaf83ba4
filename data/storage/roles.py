"""The role that console and worker sign in to PostgreSQL with: it writes event rows and can never change one.

A trigger refuses changes too, but whoever owns the table can switch a trigger off. So one role owns the schema and
migrates it (`python -m app migrate`), another runs the product with no more rights than it needs. SQLite has no roles:
whoever can write the file can do anything, and only a head that is kept elsewhere shows it.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from data.errors import BadInput
from data.storage.store import Store

APPEND_ONLY = "events"
_SCHEMA = "alembic_version"


def grant_to(store: Store, role: str) -> int:
    """Give an existing PostgreSQL role what the product needs on today's tables; how many tables.

    BadInput on SQLite, for a role that is not there, and for one that could do more anyhow: the owner of the events,
    or a superuser.
    """
    if not store.is_postgres:
        raise BadInput("Roles are PostgreSQL's. An SQLite file is guarded by its permissions: chmod 600.")
    with store.write() as tx:
        _refuse_role(tx.conn, role)
        name = tx.conn.dialect.identifier_preparer.quote(role)
        tables = inspect(tx.conn).get_table_names()
        for table in tables:
            tx.conn.execute(text(f"REVOKE ALL ON {table} FROM {name}"))
            tx.conn.execute(text(f"GRANT {_rights(table)} ON {table} TO {name}"))
        tx.conn.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}"))
        return len(tables)


def can_rewrite(store: Store) -> bool:
    """Whether the role behind this store could change event rows if it tried. Always so on SQLite."""
    if not store.is_postgres:
        return True
    with store.read() as tx:
        return bool(tx.value(text(f"SELECT has_table_privilege(current_user, '{APPEND_ONLY}', 'UPDATE')")))


def _rights(table: str) -> str:
    return {APPEND_ONLY: "SELECT, INSERT", _SCHEMA: "SELECT"}.get(table, "SELECT, INSERT, UPDATE, DELETE")


def _refuse_role(conn: Connection, role: str) -> None:
    found = conn.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = :role"), {"role": role}).first()
    if found is None:
        raise BadInput(f"PostgreSQL has no role {role!r}. Make it first: CREATE ROLE {role} LOGIN PASSWORD '…'.")
    owns = conn.execute(
        text("SELECT pg_has_role(:role, relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass(:table)"),
        {"role": role, "table": APPEND_ONLY},
    ).scalar()
    if found[0] or owns:
        raise BadInput(f"{role} owns the tables or is a superuser, so nothing can be kept from it. Name another role.")
