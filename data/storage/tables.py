"""The tables: the whole life of a moment, from the item that began it to the engagement that ended it.

One metadata for SQLite and PostgreSQL; `columns` has what all tables share, `deciding` the tables around people and
holds. Every instant is stored as UTC and comes back timezone-aware (`Instant`).
Identifiers are integers; states are short words (their allowed moves live in `workflow.rules`, not here).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)

from data.storage.columns import Instant as Instant
from data.storage.columns import at_column as _at
from data.storage.columns import id_column as _id
from data.storage.columns import json_column as _json
from data.storage.columns import metadata as metadata
from data.storage.columns import ref_column as _ref
from data.storage.columns import text_column as _text

# What people decide by, and how they are reached: the rest of the same metadata.
from data.storage.deciding import absences as absences
from data.storage.deciding import calls as calls
from data.storage.deciding import deletions as deletions
from data.storage.deciding import draft_looks as draft_looks
from data.storage.deciding import draft_words as draft_words
from data.storage.deciding import drill_answers as drill_answers
from data.storage.deciding import drills as drills
from data.storage.deciding import identities as identities
from data.storage.deciding import notices as notices
from data.storage.deciding import presence as presence
from data.storage.deciding import refused_media as refused_media
from data.storage.deciding import rescorings as rescorings
from data.storage.deciding import shifts as shifts
from data.storage.deciding import spent_proofs as spent_proofs
from data.storage.deciding import webhooks as webhooks

# Where the team speaks, and what became of it: the same.
from data.storage.speaking import advices as advices
from data.storage.speaking import cascade_steps as cascade_steps
from data.storage.speaking import channel_accounts as channel_accounts
from data.storage.speaking import collections as collections
from data.storage.speaking import engagement_marks as engagement_marks
from data.storage.speaking import forecasts as forecasts
from data.storage.speaking import holdouts as holdouts
from data.storage.speaking import past_posts as past_posts
from data.storage.speaking import post_replies as post_replies
from data.storage.speaking import spends as spends
from data.storage.speaking import weekly_reports as weekly_reports

# --- who -----------------------------------------------------------------------------------------------------

brands = Table(
    "brands",
    metadata,
    _id(),
    Column("name", String(200), nullable=False, unique=True),
    _json("profile"),
    _json("settings"),
    _text("zone", default="UTC"),
    _at("created_at"),
)

people = Table(
    "people",
    metadata,
    _id(),
    Column("username", String(100), nullable=False, unique=True),
    _text("display_name"),
    Column("role", String(40), nullable=False),
    _text("zone", default="UTC"),
    _text("password_hash"),
    Column("active", Boolean, nullable=False),
    Column("failed_sign_ins", Integer, nullable=False, server_default="0"),
    _at("locked_until", null=True),
    _at("created_at"),
    # Folded; empty while nobody gave one. Two accounts never share an address.
    _text("email", default=""),
    # Which kinds of notice also go to that address; None: the urgent ones.
    Column("mail_kinds", JSON, nullable=True),
    # The account of the same human being that came first: one person is one person, however many doors they come by.
    _ref("same_as", "people.id", null=True),
    Index(
        "ix_people_email", "email", unique=True, sqlite_where=text("email <> ''"), postgresql_where=text("email <> ''")
    ),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    _id(),
    _ref("person_id", "people.id", index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    _at("created_at"),
    _at("seen_at"),
    _at("fresh_at"),
    _at("revoked_at", null=True),
    # How identity was proved: password or oidc; and what the browser called itself.
    Column("method", String(20), nullable=False, server_default="password"),
    _text("device", default=""),
)

# --- what is watched -----------------------------------------------------------------------------------------

monitors = Table(
    "monitors",
    metadata,
    _id(),
    _ref("brand_id", "brands.id"),
    Column("name", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    _json("terms"),
    _json("exclusions"),
    Column("floor", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    # Two-letter codes; empty: every language. A text whose language is unknown always counts.
    Column("languages", JSON, nullable=False, server_default="[]"),
    Column("cooldown_minutes", Integer, nullable=True),
    UniqueConstraint("brand_id", "name"),
)

sources = Table(
    "sources",
    metadata,
    _id(),
    Column("kind", String(60), nullable=False),
    Column("name", String(200), nullable=False, unique=True),
    _json("config"),
    Column("interval_seconds", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    _at("next_poll_at", index=True),
    _text("lease_owner", null=True),
    _at("lease_until", null=True),
    Column("fence", Integer, nullable=False, server_default="0"),
    _text("etag", null=True),
    _text("last_modified", null=True),
    _json("cursor"),
    _at("polled_at", null=True),
    _at("succeeded_at", null=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    _text("last_message", default=""),
    # Sealed: readable only with the operator's key (data.storage.seal).
    Column("secrets", JSON, nullable=False, server_default="{}"),
    # The first failure of those that are counted in `failures`.
    _at("failing_since", null=True),
    # Set when the product itself switched the source off, and says why; a person who switches it off leaves it empty.
    _at("switched_off_at", null=True),
    _text("switched_off_why", default=""),
    # Age of the newest item when it was taken in.
    Column("lag_seconds", Integer, nullable=True),
)

topics = Table(
    "topics",
    metadata,
    _id(),
    Column("folded", String(200), nullable=False, unique=True),
    _text("label"),
    _ref("monitor_id", "monitors.id", null=True, index=True),
    _at("first_seen_at"),
)

items = Table(
    "items",
    metadata,
    _id(),
    _ref("source_id", "sources.id"),
    Column("external_id", String(500), nullable=False),
    Column("kind", String(20), nullable=False),
    _text("text"),
    _text("url", default=""),
    _text("author", default=""),
    _text("language", null=True),
    _text("region", null=True),
    _at("published_at", index=True),
    _at("taken_in_at", index=True),
    Column("weight", BigInteger, nullable=False),
    Column("fingerprint", String(64), nullable=False, index=True),
    _json("extra"),
    _text("sentiment", null=True),
    _text("tragedy", null=True),
    Column("probability", Float, nullable=True),
    # Which scorer gave the three above; another scorer reads the item anew.
    _text("scored_by", null=True),
    UniqueConstraint("source_id", "external_id"),
    Index("ix_items_kind_published_at", "kind", "published_at"),
    # By hash on PostgreSQL: an address may be longer than an ordered index there can hold.
    Index("ix_items_url", "url", postgresql_using="hash"),
)

item_topics = Table(
    "item_topics",
    metadata,
    _ref("item_id", "items.id"),
    _ref("topic_id", "topics.id"),
    PrimaryKeyConstraint("item_id", "topic_id"),
    # A topic's items in the order in which they came in: its newest are read without touching the rest.
    Index("ix_item_topics_topic_id_item_id", "topic_id", "item_id"),
)

counts = Table(
    "counts",
    metadata,
    _ref("topic_id", "topics.id"),
    _ref("source_id", "sources.id"),
    _at("minute"),
    Column("count", BigInteger, nullable=False),
    # The minute before the source: a topic's series and its first minute are read from the key alone.
    PrimaryKeyConstraint("topic_id", "minute", "source_id"),
    # Covers the tick: the last hour of all topics, summed from the index alone.
    Index("ix_counts_minute_topic_id_count", "minute", "topic_id", "count"),
)

# The same uses by the hour, written beside the minutes and kept when those are gone.
hour_counts = Table(
    "hour_counts",
    metadata,
    _ref("topic_id", "topics.id"),
    _ref("source_id", "sources.id"),
    _at("hour"),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("topic_id", "hour", "source_id"),
    sqlite_with_rowid=False,
)

# What was usual at a topic's newest judged hour, so that a tick need not read history again.
baselines = Table(
    "baselines",
    metadata,
    Column("topic_id", Integer, ForeignKey("topics.id"), primary_key=True, autoincrement=False),
    _at("hour"),
    Column("level", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("hours", Integer, nullable=False),
    _json("detail"),
)

# How a topic is spoken of, by the hour: `negative` of `scored` texts.
tone_hours = Table(
    "tone_hours",
    metadata,
    _ref("topic_id", "topics.id"),
    _at("hour", index=True),
    Column("scored", Integer, nullable=False),
    Column("negative", Integer, nullable=False),
    PrimaryKeyConstraint("topic_id", "hour"),
)

readings = Table(
    "readings",
    metadata,
    _id(),
    _ref("topic_id", "topics.id", index=True),
    _ref("source_id", "sources.id"),
    _at("at", index=True),
    Column("count", BigInteger, nullable=False),
    Column("baseline", Float, nullable=True),
    _at("window_start"),
    _at("window_end"),
    _json("titles"),
    _text("url", default=""),
)

# What came in by webhook, taken or refused. `accepted_key` is set on those taken: one delivery has effect once.
deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _ref("source_id", "sources.id", index=True),
    Column("delivery_id", String(200), nullable=False),
    Column("accepted_key", String(64), nullable=True, unique=True),
    _at("received_at", index=True),
    _at("sent_at", null=True),
    Column("state", String(20), nullable=False, index=True),
    _text("reason", default=""),
    _text("body", default=""),
    Column("items", Integer, nullable=False, server_default="0"),
)

# How often words that nobody configured are used, in slots of some minutes; only those that are used at all widely.
term_counts = Table(
    "term_counts",
    metadata,
    Column("term", String(200), nullable=False),
    _at("slot", index=True),
    _ref("source_id", "sources.id"),
    Column("uses", Integer, nullable=False),
    Column("authors", Integer, nullable=False),
    # The term as it was written, when first, a post with it, and hashes of who used it.
    _json("detail"),
    PrimaryKeyConstraint("term", "slot", "source_id"),
)

# Topics that the product proposes because they rise steeply, and what people made of it.
proposals = Table(
    "proposals",
    metadata,
    _id(),
    Column("folded", String(200), nullable=False, unique=True),
    _text("label"),
    Column("state", String(20), nullable=False, index=True),
    _at("proposed_at"),
    _at("last_seen_at"),
    Column("uses", Integer, nullable=False),
    Column("authors", Integer, nullable=False),
    Column("rise", Float, nullable=False),
    _ref("first_source_id", "sources.id", null=True),
    _at("first_seen_at"),
    _json("why"),
    _ref("decided_by", "people.id", null=True),
    _at("decided_at", null=True),
)

# --- what was noticed and judged -----------------------------------------------------------------------------

alerts = Table(
    "alerts",
    metadata,
    _id(),
    _ref("brand_id", "brands.id"),
    _ref("topic_id", "topics.id", index=True),
    _at("raised_at", index=True),
    _at("onset_at"),
    _at("window_start"),
    _at("window_end"),
    Column("count", BigInteger, nullable=False),
    Column("baseline", Float, nullable=True),
    Column("ratio", Float, nullable=True),
    _json("why"),
    Column("state", String(20), nullable=False),
    _ref("claimed_by", "people.id", null=True),
    _at("claimed_at", null=True),
    _at("snoozed_until", null=True),
    _text("dismissed_reason", null=True),
    Column("kind", String(20), nullable=False, server_default="spike"),
    Column("escalations", Integer, nullable=False, server_default="0"),
    _at("escalated_at", null=True),
    # When people were told: later than `raised_at` in quiet hours, empty while those last.
    _at("delivered_at", null=True),
    # Who gave it to `claimed_by`; empty where they took it themselves.
    _ref("assigned_by", "people.id", null=True),
)

# The topics whose spikes are one moment: the alert's own among them.
alert_topics = Table(
    "alert_topics",
    metadata,
    _ref("alert_id", "alerts.id"),
    _ref("topic_id", "topics.id", index=True),
    _at("joined_at"),
    Column("count", BigInteger, nullable=False),
    Column("baseline", Float, nullable=True),
    Column("ratio", Float, nullable=True),
    _text("why", default=""),
    # The count that people were last told of: twice this is news again.
    Column("told", BigInteger, nullable=False),
    # Set when a person said that this is another moment: it never joins again.
    _at("split_at", null=True),
    PrimaryKeyConstraint("alert_id", "topic_id"),
)

alert_notes = Table(
    "alert_notes",
    metadata,
    _id(),
    _ref("alert_id", "alerts.id", index=True),
    _ref("person_id", "people.id"),
    _at("at"),
    _text("text"),
)

# A mute hides one kind of alert on one topic; nothing else.
mutes = Table(
    "mutes",
    metadata,
    _id(),
    _ref("topic_id", "topics.id", index=True),
    Column("kind", String(20), nullable=False, server_default="spike"),
    _at("opened_at"),
    _ref("opened_by", "people.id"),
    _text("why"),
    _at("until", null=True),
    _at("lifted_at", null=True, index=True),
    _ref("lifted_by", "people.id", null=True),
)

verdicts = Table(
    "verdicts",
    metadata,
    _id(),
    _ref("alert_id", "alerts.id", index=True),
    _at("at"),
    _text("scorer"),
    _json("sentiment"),
    Column("tragedy", String(20), nullable=False),
    Column("probability", Float, nullable=False),
    _json("reasons"),
    Column("relevance", Float, nullable=False),
    _text("relevance_why"),
    Column("interest", Float, nullable=False),
    _text("interest_why"),
    Column("quadrant", String(60), nullable=False),
    Column("decision", String(40), nullable=False),
    Column("category", String(60), nullable=False),
    _text("subcategory", default=""),
    _text("category_why", default=""),
    # Which of the guide's six situations in which a brand had better stay out this is: [{"key", "why"}].
    Column("wrong_approaches", JSON, nullable=False, server_default="[]"),
    # The guide's context check: {"read", "dark", "share", "uses": [{"text", "darkness", "dark"}], "says"}.
    Column("context", JSON, nullable=False, server_default="{}"),
)

corrections = Table(
    "corrections",
    metadata,
    _id(),
    # What the machine said something about: an alert's verdict, or one text (kept here: items are tidied away).
    _ref("alert_id", "alerts.id", null=True, index=True),
    Column("item_id", Integer, nullable=True),
    _text("text", default=""),
    # tragedy, sentiment or category
    Column("aspect", String(20), nullable=False),
    Column("machine", String(60), nullable=False),
    Column("person", String(60), nullable=False),
    Column("probability", Float, nullable=True),
    _text("scorer"),
    _text("reason"),
    _ref("person_id", "people.id"),
    _at("at", index=True),
)

opportunities = Table(
    "opportunities",
    metadata,
    _id(),
    Column("alert_id", Integer, ForeignKey("alerts.id"), nullable=False, unique=True),
    Column("state", String(20), nullable=False),
    Column("round", Integer, nullable=False),
    Column("relevance", Float, nullable=True),
    Column("interest", Float, nullable=True),
    _text("quadrant", null=True),
    _text("decision", null=True),
    Column("category", String(60), nullable=False),
    # The person who chose the category; None while it is the machine's suggestion.
    _ref("category_by", "people.id", null=True),
    _at("opened_at"),
    _at("decided_at", null=True),
    # A conditional go: the interest that it was decided at, and since when it is time to score afresh.
    Column("waits_at_interest", Float, nullable=True),
    _at("asks_again_at", null=True),
)

assessments = Table(
    "assessments",
    metadata,
    _id(),
    _ref("opportunity_id", "opportunities.id"),
    Column("round", Integer, nullable=False),
    _ref("person_id", "people.id"),
    Column("relevance", Integer, nullable=False),
    Column("interest", Integer, nullable=False),
    _text("note", default=""),
    _at("at"),
    UniqueConstraint("opportunity_id", "round", "person_id"),
)

discussions = Table(
    "discussions",
    metadata,
    _ref("opportunity_id", "opportunities.id"),
    Column("round", Integer, nullable=False),
    _ref("person_id", "people.id"),
    _text("note"),
    _at("at"),
    PrimaryKeyConstraint("opportunity_id", "round"),
)

# --- what is written and agreed ------------------------------------------------------------------------------

drafts = Table(
    "drafts",
    metadata,
    _id(),
    _ref("brand_id", "brands.id"),
    _ref("opportunity_id", "opportunities.id", null=True, index=True),
    _ref("author_id", "people.id"),
    Column("channel", String(60), nullable=False),
    Column("platform", String(60), nullable=False),
    Column("reactive", Boolean, nullable=False),
    Column("promotional", Boolean, nullable=False),
    _text("topic", null=True),
    _json("hashtags"),
    _json("regions"),
    Column("state", String(20), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    _at("created_at"),
    _at("updated_at"),
)

draft_versions = Table(
    "draft_versions",
    metadata,
    _id(),
    _ref("draft_id", "drafts.id"),
    Column("number", Integer, nullable=False),
    _ref("author_id", "people.id"),
    _at("at"),
    _text("text"),
    _json("links"),
    _json("media"),
    _text("template", null=True),
    _json("fields"),
    _at("planned_for", null=True),
    _text("zone", default="UTC"),
    Column("content_hash", String(64), nullable=False),
    # Where it would go and what it says of itself, as `drafts` had it then; {} in versions older than this column.
    Column("place", JSON, nullable=False, server_default="{}"),
    # The post that this one answers: {"kind": "reply" or "quote", "address", "author", "text"}; {}: it stands alone.
    Column("answering", JSON, nullable=False, server_default="{}"),
    UniqueConstraint("draft_id", "number"),
)

media = Table(
    "media",
    metadata,
    _id(),
    Column("sha256", String(64), nullable=False, unique=True),
    _text("name"),
    Column("kind", String(20), nullable=False),
    _text("mime"),
    Column("content", LargeBinary, nullable=False),
    _text("origin", null=True),
    _text("reverse_image_search", null=True),
    _text("rights_note", null=True),
    _ref("uploaded_by", "people.id"),
    _at("at"),
    # Pixels; None for what is no picture.
    Column("width", Integer, nullable=True),
    Column("height", Integer, nullable=True),
    # How it looks, 64 hexadecimal digits for each scene that an animation shows: near for pictures that look alike.
    _text("looks", null=True),
    # SHA-256 of the file as it was handed in, before it was written anew.
    Column("given_sha256", String(64), nullable=True),
    _ref("searched_by", "people.id", null=True),
    _at("searched_at", null=True),
    _text("search_note", default=""),
    # Where the permission of `rights_note` can be read, and the day it was given (YYYY-MM-DD).
    _text("rights_link", default=""),
    Column("rights_on", String(10), nullable=False, server_default=""),
)

media_previews = Table(
    "media_previews",
    metadata,
    _ref("media_id", "media.id"),
    _ref("person_id", "people.id"),
    _at("at"),
    # Of the bytes that were looked at; a look at others counts for nothing.
    Column("sha256", String(64), nullable=False, server_default=""),
    PrimaryKeyConstraint("media_id", "person_id"),
)

checklist_answers = Table(
    "checklist_answers",
    metadata,
    _id(),
    _ref("draft_id", "drafts.id"),
    Column("content_hash", String(64), nullable=False),
    Column("item", String(60), nullable=False),
    Column("value", String(10), nullable=False),
    _text("note", default=""),
    _ref("person_id", "people.id"),
    _at("at"),
    # What the judge said then (`workflow.verdict_key`); answers given to another verdict count no longer.
    Column("verdict_key", String(64), nullable=False, server_default=""),
    UniqueConstraint("draft_id", "content_hash", "item"),
)

checklist_decisions = Table(
    "checklist_decisions",
    metadata,
    _id(),
    _ref("draft_id", "drafts.id"),
    Column("content_hash", String(64), nullable=False),
    Column("go", Boolean, nullable=False),
    _text("reason"),
    _ref("person_id", "people.id"),
    _at("at"),
    Column("verdict_key", String(64), nullable=False, server_default=""),
)

approvals = Table(
    "approvals",
    metadata,
    _id(),
    _ref("draft_id", "drafts.id", index=True),
    Column("content_hash", String(64), nullable=False),
    _ref("person_id", "people.id"),
    Column("role", String(40), nullable=False),
    Column("decision", String(20), nullable=False),
    _text("reason", default=""),
    _at("at"),
    _at("voided_at", null=True),
    Column("verdict_key", String(64), nullable=False, server_default=""),
)

# --- what stops and what goes --------------------------------------------------------------------------------

holds = Table(
    "holds",
    metadata,
    _id(),
    _ref("brand_id", "brands.id"),
    Column("scope_kind", String(20), nullable=False),
    _text("scope_value", default=""),
    Column("origin", String(10), nullable=False),
    _json("reasons"),
    _text("note", default=""),
    _ref("opened_by", "people.id", null=True),
    _at("opened_at"),
    _at("planned_end", null=True),
    _at("lifted_at", null=True, index=True),
)

hold_lifts = Table(
    "hold_lifts",
    metadata,
    _ref("hold_id", "holds.id"),
    _ref("person_id", "people.id"),
    _at("at"),
    _text("why"),
    # The role that the person had when they agreed.
    Column("role", String(40), nullable=False, server_default=""),
    PrimaryKeyConstraint("hold_id", "person_id"),
)

scheduled_posts = Table(
    "scheduled_posts",
    metadata,
    _id(),
    _ref("draft_id", "drafts.id", index=True),
    Column("content_hash", String(64), nullable=False),
    _at("publish_at", index=True),
    _text("zone", default="UTC"),
    _text("wall_clock"),
    _json("refusals"),
    _text("lease_owner", null=True),
    _at("lease_until", null=True),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("idempotency_key", String(64), nullable=False, unique=True),
    _at("created_at"),
    _at("closed_at", null=True),
    # What the channel chose before its first request (a record's key), so that each attempt means the same post.
    Column("prepared", JSON, nullable=False, server_default="{}"),
    # Requests that have begun and may have been done: one that certainly was not is taken off again. And when the first
    # of all began.
    Column("begun", Integer, nullable=False, server_default="0"),
    _at("first_begun_at", null=True),
    # Not before then: the platform asked for patience, or could not be reached. What it said, in plain words.
    _at("next_try_at", null=True),
    _text("said", default=""),
)

publications = Table(
    "publications",
    metadata,
    _id(),
    Column("scheduled_post_id", Integer, ForeignKey("scheduled_posts.id"), nullable=False, unique=True),
    _ref("draft_id", "drafts.id"),
    Column("channel", String(60), nullable=False),
    _at("at", index=True),
    _text("address", default=""),
    _json("payload"),
    Column("content_hash", String(64), nullable=False),
    _ref("person_id", "people.id", null=True),
)

engagement_snapshots = Table(
    "engagement_snapshots",
    metadata,
    _id(),
    _ref("publication_id", "publications.id", index=True),
    _at("at"),
    Column("impressions", BigInteger, nullable=True),
    Column("likes", BigInteger, nullable=True),
    # Passed on as it is; with words of their own it is a quote.
    Column("shares", BigInteger, nullable=True),
    Column("replies", BigInteger, nullable=True),
    Column("clicks", BigInteger, nullable=True),
    Column("quotes", BigInteger, nullable=True),
    Column("saves", BigInteger, nullable=True),
    # Who follows the account by then.
    Column("audience", BigInteger, nullable=True),
    # collected, imported, or typed by a person
    Column("origin", String(20), nullable=False, server_default="collected"),
    # What the platform said, by its own names.
    Column("raw", JSON, nullable=False, server_default="{}"),
    Index("ix_engagement_snapshots_publication_id_at", "publication_id", "at"),
)

# --- what happened -------------------------------------------------------------------------------------------

events = Table(
    "events",
    metadata,
    _id(),
    _at("at", index=True),
    _ref("actor_id", "people.id", null=True),
    _text("actor"),
    Column("kind", String(60), nullable=False, index=True),
    Column("subject", String(40), nullable=False),
    Column("subject_id", Integer, nullable=True),
    _text("before", null=True),
    _text("after", null=True),
    _text("why", default=""),
    Column("content_hash", String(64), nullable=True),
    _json("detail"),
    Column("previous_hash", String(64), nullable=False, unique=True),  # a chain that forks is refused at the fork
    Column("hash", String(64), nullable=False, unique=True),
)

Index("ix_events_subject", events.c.subject, events.c.subject_id)
