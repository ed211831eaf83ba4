"""deciding

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from data.storage.columns import Instant

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_table('webhooks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('kinds', sa.JSON(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('secrets', sa.JSON(), server_default='{}', nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhooks')),
    sa.UniqueConstraint('name', name=op.f('uq_webhooks_name'))
    )
    op.create_table('absences',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('deputy_id', sa.Integer(), nullable=True),
    sa.Column('begins_at', Instant(), nullable=False),
    sa.Column('ends_at', Instant(), nullable=True),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.Column('opened_by', sa.Integer(), nullable=False),
    sa.Column('ended_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['deputy_id'], ['people.id'], name=op.f('fk_absences_deputy_id_people')),
    sa.ForeignKeyConstraint(['opened_by'], ['people.id'], name=op.f('fk_absences_opened_by_people')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_absences_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absences'))
    )
    op.create_index(op.f('ix_absences_person_id'), 'absences', ['person_id'], unique=False)
    op.create_table('calls',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('webhook_id', sa.Integer(), nullable=True),
    sa.Column('address', sa.Text(), server_default='', nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('next_try_at', Instant(), nullable=True),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('lease_owner', sa.Text(), nullable=True),
    sa.Column('lease_until', Instant(), nullable=True),
    sa.Column('done_at', Instant(), nullable=True),
    sa.Column('last_message', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['webhook_id'], ['webhooks.id'], name=op.f('fk_calls_webhook_id_webhooks')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calls'))
    )
    op.create_index(op.f('ix_calls_key'), 'calls', ['key'], unique=False)
    op.create_index(op.f('ix_calls_next_try_at'), 'calls', ['next_try_at'], unique=False)
    op.create_index(op.f('ix_calls_webhook_id'), 'calls', ['webhook_id'], unique=False)
    op.create_table('drills',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('brand_id', sa.Integer(), nullable=False),
    sa.Column('opened_by', sa.Integer(), nullable=False),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.Column('gate_closed_at', Instant(), nullable=True),
    sa.Column('drained_at', Instant(), nullable=True),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('ended_at', Instant(), nullable=True),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_drills_brand_id_brands')),
    sa.ForeignKeyConstraint(['opened_by'], ['people.id'], name=op.f('fk_drills_opened_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drills'))
    )
    op.create_table('identities',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('issuer', sa.Text(), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('email', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_identities_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identities')),
    sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_identities_issuer_subject'))
    )
    op.create_index(op.f('ix_identities_person_id'), 'identities', ['person_id'], unique=False)
    op.create_table('spent_proofs',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_spent_proofs'))
    )
    op.create_index(op.f('ix_spent_proofs_at'), 'spent_proofs', ['at'], unique=False)
    op.create_table('notices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('read_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_notices_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices')),
    sa.UniqueConstraint('person_id', 'key', name=op.f('uq_notices_person_id_key'))
    )
    op.create_index(op.f('ix_notices_at'), 'notices', ['at'], unique=False)
    op.create_index('ix_notices_unread', 'notices', ['person_id', 'read_at'], unique=False)
    op.create_index(op.f('ix_notices_person_id'), 'notices', ['person_id'], unique=False)
    op.create_table('refused_media',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('looks', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('lifted_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_refused_media_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refused_media')),
    sa.UniqueConstraint('sha256', name=op.f('uq_refused_media_sha256'))
    )
    op.create_table('shifts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('weekdays', sa.JSON(), nullable=False),
    sa.Column('start', sa.String(length=5), nullable=False),
    sa.Column('end', sa.String(length=5), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.Column('opened_by', sa.Integer(), nullable=False),
    sa.Column('ended_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['opened_by'], ['people.id'], name=op.f('fk_shifts_opened_by_people')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_shifts_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shifts'))
    )
    op.create_index(op.f('ix_shifts_person_id'), 'shifts', ['person_id'], unique=False)
    op.create_table('drill_answers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('drill_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('worker', sa.Text(), server_default='', nullable=False),
    sa.Column('told_at', Instant(), nullable=False),
    sa.Column('answered_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['drill_id'], ['drills.id'], name=op.f('fk_drill_answers_drill_id_drills')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_drill_answers_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drill_answers')),
    sa.UniqueConstraint('drill_id', 'person_id', 'worker', name=op.f('uq_drill_answers_drill_id_person_id_worker'))
    )
    op.create_index(op.f('ix_drill_answers_drill_id'), 'drill_answers', ['drill_id'], unique=False)
    op.create_table('rescorings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('opportunity_id', sa.Integer(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['opportunity_id'], ['opportunities.id'], name=op.f('fk_rescorings_opportunity_id_opportunities')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rescorings'))
    )
    op.create_index(op.f('ix_rescorings_opportunity_id'), 'rescorings', ['opportunity_id'], unique=False)
    op.create_table('draft_looks',
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('first_at', Instant(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['drafts.id'], name=op.f('fk_draft_looks_draft_id_drafts')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_draft_looks_person_id_people')),
    sa.PrimaryKeyConstraint('draft_id', 'person_id', 'number', name=op.f('pk_draft_looks'))
    )
    op.create_table('draft_words',
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('base_number', sa.Integer(), nullable=False),
    sa.Column('words', sa.JSON(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['drafts.id'], name=op.f('fk_draft_words_draft_id_drafts')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_draft_words_person_id_people')),
    sa.PrimaryKeyConstraint('draft_id', 'person_id', name=op.f('pk_draft_words'))
    )
    op.create_table('presence',
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('writing', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['drafts.id'], name=op.f('fk_presence_draft_id_drafts')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_presence_person_id_people')),
    sa.PrimaryKeyConstraint('draft_id', 'person_id', name=op.f('pk_presence'))
    )
    op.create_index(op.f('ix_presence_at'), 'presence', ['at'], unique=False)
    op.create_table('deletions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('publication_id', sa.Integer(), nullable=False),
    sa.Column('asked_by', sa.Integer(), nullable=False),
    sa.Column('asked_at', Instant(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('message', sa.Text(), server_default='', nullable=False),
    sa.Column('lease_owner', sa.Text(), nullable=True),
    sa.Column('lease_until', Instant(), nullable=True),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('done_at', Instant(), nullable=True),
    sa.Column('done_by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('reason_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['asked_by'], ['people.id'], name=op.f('fk_deletions_asked_by_people')),
    sa.ForeignKeyConstraint(['done_by'], ['people.id'], name=op.f('fk_deletions_done_by_people')),
    sa.ForeignKeyConstraint(['publication_id'], ['publications.id'], name=op.f('fk_deletions_publication_id_publications')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deletions')),
    sa.UniqueConstraint('publication_id', name=op.f('uq_deletions_publication_id'))
    )
    op.create_index(op.f('ix_deletions_state'), 'deletions', ['state'], unique=False)
    _add_reference('alerts', 'assigned_by', 'people')
    op.add_column('approvals', sa.Column('verdict_key', sa.String(length=64), server_default='', nullable=False))
    op.add_column('checklist_answers', sa.Column('verdict_key', sa.String(length=64), server_default='', nullable=False))
    op.add_column('checklist_decisions', sa.Column('verdict_key', sa.String(length=64), server_default='', nullable=False))
    op.add_column('draft_versions', sa.Column('place', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('hold_lifts', sa.Column('role', sa.String(length=40), server_default='', nullable=False))
    # Who had agreed so far did so without a role, and could not agree once more: a lone manager's word would be lost.
    op.execute('DELETE FROM hold_lifts WHERE hold_id IN (SELECT id FROM holds WHERE lifted_at IS NULL)')
    op.add_column('media', sa.Column('width', sa.Integer(), nullable=True))
    op.add_column('media', sa.Column('height', sa.Integer(), nullable=True))
    op.add_column('media', sa.Column('looks', sa.Text(), nullable=True))
    op.add_column('media', sa.Column('given_sha256', sa.String(length=64), nullable=True))
    op.add_column('media', sa.Column('searched_at', Instant(), nullable=True))
    op.add_column('media', sa.Column('search_note', sa.Text(), server_default='', nullable=False))
    op.add_column('media', sa.Column('rights_link', sa.Text(), server_default='', nullable=False))
    op.add_column('media', sa.Column('rights_on', sa.String(length=10), server_default='', nullable=False))
    op.add_column('media_previews', sa.Column('sha256', sa.String(length=64), server_default='', nullable=False))
    # Who looked before this release looked at the very bytes that are there: a file could not be replaced.
    op.execute('UPDATE media_previews SET sha256 = (SELECT sha256 FROM media WHERE media.id = media_previews.media_id)')
    _add_reference('media', 'searched_by', 'people')
    op.add_column('opportunities', sa.Column('waits_at_interest', sa.Float(), nullable=True))
    op.add_column('opportunities', sa.Column('asks_again_at', Instant(), nullable=True))
    op.add_column('people', sa.Column('email', sa.Text(), server_default='', nullable=False))
    op.add_column('people', sa.Column('mail_kinds', sa.JSON(), nullable=True))
    op.create_index('ix_people_email', 'people', ['email'], unique=True, sqlite_where=sa.text("email <> ''"), postgresql_where=sa.text("email <> ''"))
    _add_reference('people', 'same_as', 'people')
    op.add_column('sign_ins', sa.Column('method', sa.String(length=20), server_default='password', nullable=False))
    op.add_column('sign_ins', sa.Column('device', sa.Text(), server_default='', nullable=False))
    _build_walls()


# Nobody signs for a post who wrote any of it, and two accounts of one person are one.
_SIGNED_BY_OTHERS = """
    (SELECT COUNT(DISTINCT COALESCE(signer.same_as, signer.id))
       FROM approvals JOIN people AS signer ON signer.id = approvals.person_id
      WHERE approvals.draft_id = NEW.id AND approvals.content_hash = NEW.content_hash
        AND approvals.decision = 'approve' AND approvals.voided_at IS NULL
        AND COALESCE(signer.same_as, signer.id) NOT IN (
            SELECT COALESCE(author.same_as, author.id) FROM people AS author
             WHERE author.id = NEW.author_id
                OR author.id IN (SELECT author_id FROM draft_versions WHERE draft_id = NEW.id)))
"""
_AGREED_TO_LIFT = """
    (SELECT COUNT(DISTINCT COALESCE(people.same_as, people.id))
       FROM hold_lifts JOIN people ON people.id = hold_lifts.person_id
      WHERE hold_lifts.hold_id = NEW.id)
"""
# name, table, deed, when it is refused, what is said
_WALLS = (
    (
        'claim_needs_two', 'drafts', 'UPDATE OF state',
        f"NEW.state = 'publishing' AND OLD.state <> 'publishing' AND {_SIGNED_BY_OTHERS} < 2",
        'a post leaves only with the signatures of two people who did not write it',
    ),
    (
        'no_draft_begins_claimed', 'drafts', 'INSERT',
        "NEW.state IN ('publishing', 'by_hand', 'unknown')",
        'a draft does not begin on its way out',
    ),
    (
        'published_only_from_the_way_out', 'drafts', 'UPDATE OF state',
        "NEW.state = 'published' AND OLD.state NOT IN ('publishing', 'by_hand', 'unknown', 'published')",
        'a post is published only after it was claimed',
    ),
    (
        'no_claim_while_everything_is_held', 'drafts', 'UPDATE OF state',
        "NEW.state = 'publishing' AND OLD.state <> 'publishing' AND EXISTS "
        "(SELECT 1 FROM holds WHERE holds.scope_kind = 'everything' AND holds.lifted_at IS NULL)",
        'nothing leaves while everything is on hold',
    ),
    (
        'lift_needs_two', 'holds', 'UPDATE OF lifted_at',
        f'NEW.lifted_at IS NOT NULL AND OLD.lifted_at IS NULL AND {_AGREED_TO_LIFT} < 2',
        'a hold is lifted by two people',
    ),
    (
        'lift_needs_a_manager', 'holds', 'UPDATE OF lifted_at',
        "NEW.lifted_at IS NOT NULL AND OLD.lifted_at IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM hold_lifts WHERE hold_lifts.hold_id = NEW.id AND hold_lifts.role = 'manager')",
        'a manager is one of those who lift a hold',
    ),
    ('no_hold_is_forgotten', 'holds', 'DELETE', '', 'a hold is never deleted'),
    ('no_signature_is_forgotten', 'approvals', 'DELETE', '', 'a signature is never deleted'),
    (
        'signatures_stay', 'approvals',
        'UPDATE OF draft_id, content_hash, person_id, role, decision, reason, at, verdict_key', '',
        'a signature is never changed',
    ),
    (
        'void_stays_void', 'approvals', 'UPDATE OF voided_at', 'OLD.voided_at IS NOT NULL',
        'a signature that was voided stays void',
    ),
    (
        'versions_stay', 'draft_versions', 'UPDATE', '', 'a version of a draft is never changed',
    ),
    ('no_version_is_forgotten', 'draft_versions', 'DELETE', '', 'a version of a draft is never deleted'),
    ('scores_stay', 'assessments', 'UPDATE', '', 'scores are never changed'),
    ('no_score_is_forgotten', 'assessments', 'DELETE', '', 'scores are never deleted'),
)


def _build_walls() -> None:
    """The rules that no door may get around, kept by the database itself: for whoever calls no use case of ours."""
    postgres = op.get_bind().dialect.name == 'postgresql'
    for name, table, deed, when, said in _WALLS:
        if not postgres:
            condition = f'WHEN {when} ' if when else ''
            op.execute(f"CREATE TRIGGER {name} BEFORE {deed} ON {table} {condition}BEGIN SELECT RAISE(ABORT, '{said}'); END")
            continue
        # A condition with a query in it may not stand in WHEN there, so it stands in the function.
        back = 'OLD' if deed == 'DELETE' else 'NEW'
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {when or 'TRUE'} THEN RAISE EXCEPTION '{said}'; END IF; RETURN {back}; END $$"
        )
        op.execute(f'CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()')


def _add_reference(table: str, column: str, target: str) -> None:
    """A column in place: SQLite's usual way, a new table for the old, would drop what other tables name."""
    named = op.f(f'fk_{table}_{column}_{target}')
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(f'ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT {named} REFERENCES {target} (id)')
        return
    op.add_column(table, sa.Column(column, sa.Integer(), nullable=True))
    op.create_foreign_key(named, table, target, [column], ['id'])
