"""Databases of every released schema open in this program, with what people had in them (promise R15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from alembic import command
from sqlalchemy import Engine, select, text

from data.storage.engine import APPLICATION_ID, _engine, alembic_config, open_store
from data.storage.store import Store
from data.storage.tables import (
    alert_topics,
    alerts,
    approvals,
    assessments,
    checklist_answers,
    draft_versions,
    drafts,
    engagement_snapshots,
    hold_lifts,
    hour_counts,
    item_topics,
    media_previews,
    monitors,
    people,
    scheduled_posts,
    sign_ins,
    verdicts,
)
from data.storage.tables import items as item_rows
from data.storage.tables import opportunities as opportunity_rows

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
# What it had besides under the second: people, a headline, and a judged moment that was scored and written about.
SECOND = (
    (
        "INSERT INTO people (id, username, display_name, role, zone, password_hash, active, failed_sign_ins, "
        "created_at) VALUES (1, 'ada', 'Ada', 'manager', 'UTC', '', true, 0, :at)"
    ),
    FIRST[0],
    FIRST[2].replace("'us', 1,", "'us', NULL,"),
    FIRST[3],
    (
        "INSERT INTO items (id, source_id, external_id, kind, text, url, author, published_at, taken_in_at, weight, "
        "fingerprint, extra, tragedy) VALUES (1, 1, 'a', 'news', 'A flood', '', '', :at, :at, 1, 'f', '{}', 'hold')"
    ),
    "INSERT INTO item_topics (item_id, topic_id) VALUES (1, 1)",
    (
        "INSERT INTO alerts (id, brand_id, topic_id, raised_at, onset_at, window_start, window_end, count, baseline, "
        "ratio, why, state, kind, escalations) "
        "VALUES (1, 1, 1, :at, :at, :early, :at, 16, 2.0, 8.0, '{}', 'open', 'spike', 0)"
    ),
    (
        "INSERT INTO verdicts (id, alert_id, at, scorer, sentiment, tragedy, probability, reasons, relevance, "
        "relevance_why, interest, interest_why, quadrant, decision, category) "
        "VALUES (1, 1, :at, 'lexicon-1', '{}', 'review', 0.5, '[]', 5, '', 5, '', 'q', 'd', 'news')"
    ),
    (
        "INSERT INTO opportunities (id, alert_id, state, round, category, opened_at) "
        "VALUES (1, 1, 'assessing', 1, 'news', :at)"
    ),
    (
        "INSERT INTO assessments (id, opportunity_id, round, person_id, relevance, interest, note, at) "
        "VALUES (1, 1, 1, 1, 7, 8, '', :at)"
    ),
    (
        "INSERT INTO drafts (id, brand_id, opportunity_id, author_id, channel, platform, reactive, promotional, "
        "hashtags, regions, state, number, content_hash, created_at, updated_at) "
        "VALUES (1, 1, 1, 1, 'dry_run', 'x', true, false, '[]', '[]', 'writing', 1, 'h', :at, :at)"
    ),
)
# And under the third: a sign-in, answers to the checklist and a signature.
THIRD = (
    *SECOND,
    (
        "INSERT INTO sign_ins (id, person_id, token_hash, created_at, seen_at, fresh_at) "
        "VALUES (1, 1, 't', :at, :at, :at)"
    ),
    (
        "INSERT INTO checklist_answers (id, draft_id, content_hash, item, value, note, person_id, at) "
        "VALUES (1, 1, 'h', 'facts_verified', 'yes', '', 1, :at)"
    ),
    (
        "INSERT INTO approvals (id, draft_id, content_hash, person_id, role, decision, reason, at) "
        "VALUES (1, 1, 'h', 1, 'manager', 'approve', '', :at)"
    ),
    (
        "INSERT INTO holds (id, brand_id, scope_kind, origin, reasons, opened_at, lifted_at) "
        "VALUES (1, 1, 'everything', 'person', '[]', :at, :at), (2, 1, 'everything', 'person', '[]', :at, NULL)"
    ),
    "INSERT INTO hold_lifts (hold_id, person_id, at, why) VALUES (1, 1, :at, 'calm'), (2, 1, :at, 'calm')",
    (
        "INSERT INTO media (id, sha256, name, kind, mime, content, uploaded_by, at) "
        "VALUES (1, 'abc', 'a.png', 'image', 'image/png', 'x', 1, :at)"
    ),
    "INSERT INTO media_previews (media_id, person_id, at) VALUES (1, 1, :at)",
)
# And under the fourth: a post that left, with its version, its place on the schedule and what it had brought.
FOURTH = (
    *SECOND,
    (
        "INSERT INTO draft_versions (id, draft_id, number, author_id, at, text, links, media, fields, content_hash) "
        "VALUES (1, 1, 1, 1, :at, 'Tea for all.', '[]', '[]', '{}', 'h')"
    ),
    (
        "INSERT INTO scheduled_posts (id, draft_id, content_hash, publish_at, wall_clock, refusals, idempotency_key, "
        "created_at) VALUES (1, 1, 'h', :at, '09:30', '[]', 'k', :at)"
    ),
    (
        "INSERT INTO publications (id, scheduled_post_id, draft_id, channel, at, payload, content_hash) "
        "VALUES (1, 1, 1, 'dry_run', :at, '{}', 'h')"
    ),
    "INSERT INTO engagement_snapshots (id, publication_id, at, likes) VALUES (1, 1, :at, 7)",
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


def _brought_up(url: str, revision: str, statements: Sequence[str]) -> Store:
    """A database of that schema with these rows, opened by the program of today."""
    engine = _at_revision(url, revision)
    zone = "" if engine.dialect.name == "sqlite" else "+00"
    at = {"at": "09:30", "early": "08:58", "late": "08:59"}
    with engine.begin() as conn:
        for statement in statements:
            conn.execute(text(statement), {name: f"2026-03-02 {hour}:00.000000{zone}" for name, hour in at.items()})
    engine.dispose()
    return open_store(url)


def test_a_database_of_the_first_schema_keeps_its_counts_and_its_alerts(database_url: str) -> None:
    store = _brought_up(database_url, "0001", FIRST)
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


def test_a_database_of_the_second_schema_keeps_its_moments_and_what_people_did_on_them(database_url: str) -> None:
    store = _brought_up(database_url, "0002", SECOND)
    with store.read() as tx:
        moment = tx.row(select(opportunity_rows))
        verdict = tx.row(select(verdicts))
        headline = tx.row(select(item_rows))
        scored_on = tx.value(select(assessments.c.opportunity_id))
        written_on = tx.value(select(drafts.c.opportunity_id))
        linked = tx.value(select(item_topics.c.item_id).where(item_topics.c.topic_id == 1))
    store.close()
    assert moment is not None
    assert verdict is not None
    assert headline is not None
    assert (moment["category"], moment["category_by"]) == ("news", None)
    assert (verdict["tragedy"], verdict["context"], verdict["wrong_approaches"]) == ("review", {}, [])
    assert (headline["tragedy"], headline["scored_by"]) == ("hold", None)
    assert (scored_on, written_on, linked) == (1, 1, 1)


def test_a_database_of_the_third_schema_keeps_its_people_and_what_they_signed(database_url: str) -> None:
    store = _brought_up(database_url, "0003", THIRD)
    with store.read() as tx:
        person = tx.row(select(people))
        signature = tx.row(select(approvals))
        answer = tx.row(select(checklist_answers))
        alert = tx.row(select(alerts))
        moment = tx.row(select(opportunity_rows))
        signed_in = tx.row(select(sign_ins))
        lifts, looked = tx.rows(select(hold_lifts)), tx.rows(select(media_previews))
    store.close()
    # Agreements to lift a hold that is on are asked for anew: they had no role, and nobody could give them twice.
    assert [(row["hold_id"], row["role"]) for row in lifts] == [(1, "")]
    assert [row["sha256"] for row in looked] == ["abc"]
    assert person is not None
    assert signature is not None
    assert answer is not None
    assert alert is not None
    assert moment is not None
    assert signed_in is not None
    assert (person["username"], person["email"], person["same_as"]) == ("ada", "", None)
    assert (signature["decision"], signature["verdict_key"], answer["verdict_key"]) == ("approve", "", "")
    assert (alert["assigned_by"], moment["waits_at_interest"], moment["asks_again_at"]) == (None, None, None)
    assert (signed_in["method"], signed_in["device"]) == ("password", "")


def test_a_database_of_the_fourth_schema_keeps_what_was_said_and_what_it_brought(database_url: str) -> None:
    store = _brought_up(database_url, "0004", FOURTH)
    with store.read() as tx:
        version, post = tx.row(select(draft_versions)), tx.row(select(scheduled_posts))
        snapshot = tx.row(select(engagement_snapshots))
    store.close()
    assert version is not None
    assert post is not None
    assert snapshot is not None
    assert (version["text"], version["answering"]) == ("Tea for all.", {})
    assert (post["begun"], post["prepared"], post["next_try_at"], post["said"]) == (0, {}, None, "")
    assert (snapshot["likes"], snapshot["quotes"], snapshot["origin"], snapshot["raw"]) == (7, None, "collected", {})
