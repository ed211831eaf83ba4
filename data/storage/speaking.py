"""The tables of speaking and measuring: the team's accounts on platforms, and what became of what was said there.

Part of the one metadata of `tables`, which names them too; apart from it, because that file is long enough.
Counts are what a platform says by now, never differences; null where it does not say.
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
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from data.storage.columns import at_column as _at
from data.storage.columns import id_column as _id
from data.storage.columns import json_column as _json
from data.storage.columns import metadata
from data.storage.columns import ref_column as _ref
from data.storage.columns import text_column as _text

# --- where the team speaks -------------------------------------------------------------------------------------

# An account on a platform; its posts say `drafts.channel` = "<kind>-<id>". Never deleted: posts refer to it.
channel_accounts = Table(
    "channel_accounts",
    metadata,
    _id(),
    Column("kind", String(60), nullable=False),
    Column("name", String(200), nullable=False, unique=True),
    _json("config"),
    # Sealed: readable only with the operator's key (data.storage.seal).
    Column("secrets", JSON, nullable=False, server_default="{}"),
    Column("enabled", Boolean, nullable=False),
    _at("created_at"),
    # Any change of what is above: a process that has the account open opens it anew.
    _at("changed_at"),
    # The last try to sign in there with the settings as they are, what came of it, and whether it worked.
    _at("checked_at", null=True),
    _text("check_message", default=""),
    Column("check_ok", Boolean, nullable=True),
    # The platform asked to be left alone until then; nothing is sent or read before.
    _at("limited_until", null=True),
)

# --- what became of it -----------------------------------------------------------------------------------------

# The work of reading a publication's figures back: when next, who is on it, and how it fares. One for each.
collections = Table(
    "collections",
    metadata,
    Column("publication_id", Integer, ForeignKey("publications.id"), primary_key=True, autoincrement=False),
    # None: no more is read (too old, gone, or of a channel that tells nothing).
    _at("next_at", null=True, index=True),
    _text("lease_owner", null=True),
    _at("lease_until", null=True),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    _at("collected_at", null=True),
    _text("message", default=""),
    # The platform shows it no longer.
    _at("gone_at", null=True),
    # When the platform says that it was posted, and changed since.
    _at("platform_at", null=True),
    _at("edited_at", null=True),
    # The platform's clock less ours, as its last answer told it.
    Column("skew_seconds", Integer, nullable=True),
)

# What a publication had reached at certain ages, kept so that posts are compared at the same age without a search
# through all snapshots. Written beside the snapshot that reached the age.
engagement_marks = Table(
    "engagement_marks",
    metadata,
    _ref("publication_id", "publications.id"),
    Column("age_minutes", Integer, nullable=False),
    Column("platform", String(60), nullable=False),
    # What kind of content it is: text, picture, reply or quote (workflow.rules.metrics).
    Column("kind", String(20), nullable=False),
    _at("published_at"),
    _at("at"),
    Column("impressions", BigInteger, nullable=True),
    Column("interactions", BigInteger, nullable=True),
    Column("shares", BigInteger, nullable=True),
    Column("replies", BigInteger, nullable=True),
    Column("audience", BigInteger, nullable=True),
    PrimaryKeyConstraint("publication_id", "age_minutes"),
)
# With everything that a mean needs: the Live page adds it up every few seconds, from the index alone.
Index(
    "ix_engagement_marks_like",
    engagement_marks.c.platform,
    engagement_marks.c.kind,
    engagement_marks.c.age_minutes,
    engagement_marks.c.published_at,
    engagement_marks.c.at,
    engagement_marks.c.publication_id,
    engagement_marks.c.interactions,
    engagement_marks.c.impressions,
    engagement_marks.c.audience,
)

# What people answered under a publication, judged like everything else that is read.
post_replies = Table(
    "post_replies",
    metadata,
    _id(),
    _ref("publication_id", "publications.id"),
    Column("external_id", String(500), nullable=False),
    _text("author", default=""),
    _text("text"),
    _text("address", default=""),
    _at("at"),
    _at("taken_in_at", index=True),
    Column("language", String(20), nullable=True),
    Column("sentiment", String(20), nullable=True),
    Column("negative", Float, nullable=True),
    Column("tragedy", String(20), nullable=True),
    _text("scored_by", null=True),
    _at("gone_at", null=True),
    UniqueConstraint("publication_id", "external_id"),
)
Index("ix_post_replies_publication_id_at", post_replies.c.publication_id, post_replies.c.at)

# What was said before Tact, or past it: imported so that there is something to compare with. Final figures.
past_posts = Table(
    "past_posts",
    metadata,
    _id(),
    Column("platform", String(60), nullable=False),
    Column("kind", String(20), nullable=False),
    _at("at"),
    Column("address", String(1000), nullable=False),
    _text("excerpt", default=""),
    Column("impressions", BigInteger, nullable=True),
    Column("interactions", BigInteger, nullable=True),
    Column("shares", BigInteger, nullable=True),
    Column("replies", BigInteger, nullable=True),
    Column("audience", BigInteger, nullable=True),
    Column("reactive", Boolean, nullable=True),
    _at("imported_at"),
    _ref("imported_by", "people.id"),
    UniqueConstraint("platform", "address"),
)
Index("ix_past_posts_like", past_posts.c.platform, past_posts.c.kind, past_posts.c.at)

# Money put behind a publication, and what it brought, as the platform's advertising page told somebody.
spends = Table(
    "spends",
    metadata,
    _id(),
    _ref("publication_id", "publications.id", index=True),
    # In hundredths of the currency.
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("interactions", BigInteger, nullable=True),
    Column("impressions", BigInteger, nullable=True),
    _text("note", default=""),
    _ref("person_id", "people.id"),
    _at("at"),
    # Entered wrongly: counts no more, stays for the record.
    _at("voided_at", null=True),
)

# What the first hour promised, kept to be held against what came.
forecasts = Table(
    "forecasts",
    metadata,
    _ref("publication_id", "publications.id"),
    Column("age_minutes", Integer, nullable=False),
    _at("made_at"),
    Column("model", String(40), nullable=False),
    # Of how many earlier posts; the figures are null where those were too few to speak.
    Column("history", Integer, nullable=False),
    Column("expected", Float, nullable=True),
    Column("low", Float, nullable=True),
    Column("high", Float, nullable=True),
    _json("detail"),
    PrimaryKeyConstraint("publication_id", "age_minutes"),
)

# --- what to do about it ---------------------------------------------------------------------------------------

# An answer to one of the guide's five questions that asks for something to be done, said once, and what became of it.
advices = Table(
    "advices",
    metadata,
    _id(),
    _ref("publication_id", "publications.id"),
    Column("question", String(20), nullable=False),
    _at("said_at", index=True),
    _text("text"),
    # The figure, the threshold and how sure.
    _json("figures"),
    Column("state", String(20), nullable=False),
    _ref("decided_by", "people.id", null=True),
    _at("decided_at", null=True),
    _text("note", default=""),
    UniqueConstraint("publication_id", "question"),
)

# From the channel that led to the next ones: each a draft of its own, with its own signatures.
cascade_steps = Table(
    "cascade_steps",
    metadata,
    _id(),
    _ref("lead_publication_id", "publications.id"),
    # 1: secondary, 2: the team's own channels (the guide's order).
    Column("step", Integer, nullable=False),
    Column("platform", String(60), nullable=False),
    Column("channel", String(60), nullable=False),
    _at("opens_at"),
    _at("closes_at"),
    Column("state", String(20), nullable=False),
    _ref("draft_id", "drafts.id", null=True, index=True),
    _at("prepared_at", null=True),
    _json("why"),
    _ref("decided_by", "people.id", null=True),
    _at("decided_at", null=True),
    UniqueConstraint("lead_publication_id", "platform"),
)

# --- what it is worth ------------------------------------------------------------------------------------------

# A random share of decided moments that is left alone, so that speaking can be compared with silence.
holdouts = Table(
    "holdouts",
    metadata,
    Column("opportunity_id", Integer, ForeignKey("opportunities.id"), primary_key=True, autoincrement=False),
    _at("at", index=True),
    # The share in force, and the number in [0, 1) that was drawn: silent where it is below.
    Column("share", Float, nullable=False),
    Column("draw", Float, nullable=False),
    Column("silent", Boolean, nullable=False),
    # Somebody spoke all the same; it still counts where it was drawn.
    _ref("overridden_by", "people.id", null=True),
    _at("overridden_at", null=True),
    _text("override_reason", default=""),
)

# One week in figures, with a person's words on top; frozen when it is sent.
weekly_reports = Table(
    "weekly_reports",
    metadata,
    _id(),
    _ref("brand_id", "brands.id"),
    # ISO week: 2026-W47.
    Column("week", String(8), nullable=False),
    _text("zone", default="UTC"),
    _at("since"),
    _at("until"),
    _json("figures"),
    _text("words", default=""),
    _ref("author_id", "people.id", null=True),
    _at("made_at"),
    _at("changed_at"),
    _at("sent_at", null=True),
    _ref("sent_by", "people.id", null=True),
    _json("recipients"),
    UniqueConstraint("brand_id", "week"),
)
