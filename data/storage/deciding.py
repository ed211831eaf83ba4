"""The tables of deciding and stopping: who is on duty, what each person was told and has seen, and drills.

Part of the one metadata of `tables`, which names them too; apart from it, because that file is long enough.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
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

# --- who, and when ---------------------------------------------------------------------------------------------

# Who somebody is to a company's own sign-in (OIDC): its issuer and their subject there, never their e-mail alone.
identities = Table(
    "identities",
    metadata,
    _id(),
    _ref("person_id", "people.id", index=True),
    _text("issuer"),
    Column("subject", String(255), nullable=False),
    _text("email", default=""),
    _at("created_at"),
    UniqueConstraint("issuer", "subject"),
)

# What a provider said about somebody who came back from it, as a hash: it signs in once and never again.
spent_proofs = Table(
    "spent_proofs",
    metadata,
    Column("key", String(64), primary_key=True),
    _at("at", index=True),
)

# The rota: on these weekdays (0 is Monday) from `start` to `end` ("HH:MM") in `zone`; past midnight where end <= start.
shifts = Table(
    "shifts",
    metadata,
    _id(),
    _ref("person_id", "people.id", index=True),
    _json("weekdays"),
    Column("start", String(5), nullable=False),
    Column("end", String(5), nullable=False),
    _text("zone"),
    _at("opened_at"),
    _ref("opened_by", "people.id"),
    _at("ended_at", null=True),
)

# Out of office: from, until (None: open), and the deputy, somebody of the same role.
absences = Table(
    "absences",
    metadata,
    _id(),
    _ref("person_id", "people.id", index=True),
    _ref("deputy_id", "people.id", null=True),
    _at("begins_at"),
    _at("ends_at", null=True),
    _text("note", default=""),
    _at("opened_at"),
    _ref("opened_by", "people.id"),
    _at("ended_at", null=True),
)

# --- what people are told --------------------------------------------------------------------------------------

# One thing that one person is told, once for each `key`; their inbox in the console.
notices = Table(
    "notices",
    metadata,
    _id(),
    _ref("person_id", "people.id", index=True),
    _at("at", index=True),
    Column("kind", String(40), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("subject_id", Integer, nullable=True),
    _text("text"),
    Column("key", String(200), nullable=False),
    _at("read_at", null=True),
    UniqueConstraint("person_id", "key"),
)

# The bell counts them every few seconds on every open page.
Index("ix_notices_unread", notices.c.person_id, notices.c.read_at)

# Where else to tell: another program's address (chat, pager, an external scheduler) and which kinds it wants to hear.
webhooks = Table(
    "webhooks",
    metadata,
    _id(),
    Column("name", String(200), nullable=False, unique=True),
    _text("url"),
    _json("kinds"),
    Column("enabled", Boolean, nullable=False),
    # Sealed: the key that signs what is sent.
    Column("secrets", JSON, nullable=False, server_default="{}"),
    _at("created_at"),
)

# What is to be told outside: by webhook, or by e-mail (no webhook) to `address`. Claimed with a lease, tried again.
calls = Table(
    "calls",
    metadata,
    _id(),
    _ref("webhook_id", "webhooks.id", null=True, index=True),
    _text("address", default=""),
    Column("kind", String(40), nullable=False),
    # Of the notice it goes with: one thing is told once at each address.
    Column("key", String(200), nullable=False, index=True),
    _json("body"),
    _at("created_at"),
    _at("next_try_at", null=True, index=True),
    Column("tries", Integer, nullable=False, server_default="0"),
    _text("lease_owner", null=True),
    _at("lease_until", null=True),
    _at("done_at", null=True),
    _text("last_message", default=""),
)

# --- one draft, several people ---------------------------------------------------------------------------------

# Who has a draft open, and whether they are writing in it.
presence = Table(
    "presence",
    metadata,
    _ref("draft_id", "drafts.id"),
    _ref("person_id", "people.id"),
    _at("at", index=True),
    Column("writing", Boolean, nullable=False),
    PrimaryKeyConstraint("draft_id", "person_id"),
)

# A person's words that are not a version yet: kept by themselves, so that a closed tab loses nothing.
draft_words = Table(
    "draft_words",
    metadata,
    _ref("draft_id", "drafts.id"),
    _ref("person_id", "people.id"),
    Column("base_number", Integer, nullable=False),
    _json("words"),
    _at("at"),
    PrimaryKeyConstraint("draft_id", "person_id"),
)

# Which version of a draft somebody who may sign has had before their eyes, and when last.
draft_looks = Table(
    "draft_looks",
    metadata,
    _ref("draft_id", "drafts.id"),
    _ref("person_id", "people.id"),
    Column("number", Integer, nullable=False),
    _at("first_at"),
    _at("at"),
    PrimaryKeyConstraint("draft_id", "person_id", "number"),
)

# Pictures that the team never wants to see in a post again, by their bytes and by how they look.
refused_media = Table(
    "refused_media",
    metadata,
    _id(),
    Column("sha256", String(64), nullable=False, unique=True),
    _text("looks", null=True),
    _text("name"),
    _text("reason"),
    _ref("person_id", "people.id"),
    _at("at"),
    _at("lifted_at", null=True),
)

# How relevance and interest moved after two people had decided: what the machine saw, and what came of it.
rescorings = Table(
    "rescorings",
    metadata,
    _id(),
    _ref("opportunity_id", "opportunities.id", index=True),
    _at("at"),
    Column("round", Integer, nullable=False),
    _json("before"),
    _json("after"),
    _text("why"),
)

# --- stopping --------------------------------------------------------------------------------------------------

# Taking back what is out: asked for at once, done by the channel or by hand, the reason given afterwards.
deletions = Table(
    "deletions",
    metadata,
    _id(),
    Column("publication_id", Integer, ForeignKey("publications.id"), nullable=False, unique=True),
    _ref("asked_by", "people.id"),
    _at("asked_at"),
    Column("state", String(20), nullable=False, index=True),
    _text("message", default=""),
    _text("lease_owner", null=True),
    _at("lease_until", null=True),
    Column("tries", Integer, nullable=False, server_default="0"),
    _at("done_at", null=True),
    _ref("done_by", "people.id", null=True),
    _text("reason", default=""),
    _at("reason_at", null=True),
)

# A practice pause: nothing stops, everything is measured.
drills = Table(
    "drills",
    metadata,
    _id(),
    _ref("brand_id", "brands.id"),
    _ref("opened_by", "people.id"),
    _at("opened_at"),
    _at("gate_closed_at", null=True),
    _at("drained_at", null=True),
    # The scope that was practised, and what it would have stopped.
    _json("detail"),
    _at("ended_at", null=True),
    _text("note", default=""),
)

# Who answered a drill, and when: a person who was told, or a worker that saw the gate closed (`person_id` empty).
drill_answers = Table(
    "drill_answers",
    metadata,
    _id(),
    _ref("drill_id", "drills.id", index=True),
    _ref("person_id", "people.id", null=True),
    _text("worker", default=""),
    _at("told_at"),
    _at("answered_at", null=True),
    UniqueConstraint("drill_id", "person_id", "worker"),
)
