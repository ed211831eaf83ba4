"""Databases of every released schema open in this program, with what people had in them (promise R15)."""

from __future__ import annotations

from datetime import UTC, datetime

from alembic import command
from sqlalchemy import Engine, select, text

from data.storage.engine import APPLICATION_ID, _engine, alembic_config, open_store
from data.storage.tables import alert_topics, alerts, hour_counts, monitors

RAISED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
# What a team had under the first schema: a brand, a monitor with its topic, three minutes in two hours, an alert.
FIRST = (
    "INSERT INTO brands (id, name, profile, settings, created_at) VALUES (1, 'Northwind', '{}', '{}', :at)",
    (
        "INSERT INTO monitors (id, brand_id, name, kind, terms, exclusions, floor, enabled) "
        "VALUES (1, 1, 'us', 'brand', '[\"northwind\"]', '[]', 20, true)"
    ),
    "INSERT INTO topics (id, folded, label, monitor_id, first_seen_at) VALUES (1, 'us', 'us', 1, :at)",
    (
        "INSERT INTO sources (id, kind, name, config, interval_seconds, enabled, next_poll_at, cursor) "
        "VALUES (1, 'rss', 'feed', '{}', 60, true, :at, '{}')"
    ),
    (
        "INSERT INTO counts (topic_id, source_id, minute, count) "
        "VALUES (1, 1, :early, 4), (1, 1, :late, 5), (1, 1, :at, 7)"
    ),
    (
        "INSERT INTO alerts (id, brand_id, topic_id, raised_at, onset_at, window_start, window_end, count, baseline, "
        "ratio, why, state) VALUES (1, 1, 1, :at, :at, :early, :at, 16, 2.0, 8.0, '{}', 'open')"
    ),
)


def _at_revision(url: str, revision: str) -> Engine:
    engine = _engine(url)
    with engine.connect().execution_options(tact_write=True) as conn, conn.begin():
        if conn.dialect.name == "sqlite":
            conn.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
        config = alembic_config()
        config.attributes["connection"] = conn
        command.upgrade(config, revision)
    return engine


def test_a_database_of_the_first_schema_keeps_its_counts_and_its_alerts(database_url: str) -> None:
    engine = _at_revision(database_url, "0001")
    zone = "" if engine.dialect.name == "sqlite" else "+00"
    at = {"at": "09:30", "early": "08:58", "late": "08:59"}
    with engine.begin() as conn:
        for statement in FIRST:
            conn.execute(text(statement), {name: f"2026-03-02 {hour}:00.000000{zone}" for name, hour in at.items()})
    engine.dispose()
    store = open_store(database_url)
    with store.read() as tx:
        hours = {row["hour"].hour: row["count"] for row in tx.rows(select(hour_counts))}
        alert = tx.row(select(alerts))
        joined = tx.row(select(alert_topics))
        languages = tx.value(select(monitors.c.languages))
    store.close()
    assert hours == {8: 9, 9: 7}
    assert alert is not None
    assert joined is not None
    assert (alert["kind"], alert["delivered_at"], joined["topic_id"], joined["count"]) == ("spike", RAISED, 1, 16)
    assert languages == []
