"""watching

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from data.storage.tables import Instant

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    op.create_table('deliveries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('delivery_id', sa.String(length=200), nullable=False),
    sa.Column('accepted_key', sa.String(length=64), nullable=True),
    sa.Column('received_at', Instant(), nullable=False),
    sa.Column('sent_at', Instant(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('body', sa.Text(), server_default='', nullable=False),
    sa.Column('items', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['sources.id'], name=op.f('fk_deliveries_source_id_sources')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries')),
    sa.UniqueConstraint('accepted_key', name=op.f('uq_deliveries_accepted_key'))
    )
    op.create_index(op.f('ix_deliveries_received_at'), 'deliveries', ['received_at'], unique=False)
    op.create_index(op.f('ix_deliveries_source_id'), 'deliveries', ['source_id'], unique=False)
    op.create_index(op.f('ix_deliveries_state'), 'deliveries', ['state'], unique=False)
    op.create_table('proposals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('folded', sa.String(length=200), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('proposed_at', Instant(), nullable=False),
    sa.Column('last_seen_at', Instant(), nullable=False),
    sa.Column('uses', sa.Integer(), nullable=False),
    sa.Column('authors', sa.Integer(), nullable=False),
    sa.Column('rise', sa.Float(), nullable=False),
    sa.Column('first_source_id', sa.Integer(), nullable=True),
    sa.Column('first_seen_at', Instant(), nullable=False),
    sa.Column('why', sa.JSON(), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_proposals_decided_by_people')),
    sa.ForeignKeyConstraint(['first_source_id'], ['sources.id'], name=op.f('fk_proposals_first_source_id_sources')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposals')),
    sa.UniqueConstraint('folded', name=op.f('uq_proposals_folded'))
    )
    op.create_index(op.f('ix_proposals_state'), 'proposals', ['state'], unique=False)
    op.create_table('term_counts',
    sa.Column('term', sa.String(length=200), nullable=False),
    sa.Column('slot', Instant(), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('uses', sa.Integer(), nullable=False),
    sa.Column('authors', sa.Integer(), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['sources.id'], name=op.f('fk_term_counts_source_id_sources')),
    sa.PrimaryKeyConstraint('term', 'slot', 'source_id', name=op.f('pk_term_counts'))
    )
    op.create_index(op.f('ix_term_counts_slot'), 'term_counts', ['slot'], unique=False)
    op.create_table('baselines',
    sa.Column('topic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('hour', Instant(), nullable=False),
    sa.Column('level', sa.Float(), nullable=False),
    sa.Column('low', sa.Float(), nullable=False),
    sa.Column('high', sa.Float(), nullable=False),
    sa.Column('hours', sa.Integer(), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_baselines_topic_id_topics')),
    sa.PrimaryKeyConstraint('topic_id', name=op.f('pk_baselines'))
    )
    op.create_table('hour_counts',
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('hour', Instant(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['sources.id'], name=op.f('fk_hour_counts_source_id_sources')),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_hour_counts_topic_id_topics')),
    sa.PrimaryKeyConstraint('topic_id', 'hour', 'source_id', name=op.f('pk_hour_counts')),
    sqlite_with_rowid=False
    )
    op.create_table('mutes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), server_default='spike', nullable=False),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.Column('opened_by', sa.Integer(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('until', Instant(), nullable=True),
    sa.Column('lifted_at', Instant(), nullable=True),
    sa.Column('lifted_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['lifted_by'], ['people.id'], name=op.f('fk_mutes_lifted_by_people')),
    sa.ForeignKeyConstraint(['opened_by'], ['people.id'], name=op.f('fk_mutes_opened_by_people')),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_mutes_topic_id_topics')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mutes'))
    )
    op.create_index(op.f('ix_mutes_lifted_at'), 'mutes', ['lifted_at'], unique=False)
    op.create_index(op.f('ix_mutes_topic_id'), 'mutes', ['topic_id'], unique=False)
    op.create_table('tone_hours',
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('hour', Instant(), nullable=False),
    sa.Column('scored', sa.Integer(), nullable=False),
    sa.Column('negative', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_tone_hours_topic_id_topics')),
    sa.PrimaryKeyConstraint('topic_id', 'hour', name=op.f('pk_tone_hours'))
    )
    op.create_index(op.f('ix_tone_hours_hour'), 'tone_hours', ['hour'], unique=False)
    op.create_table('alert_notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('alert_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['alert_id'], ['alerts.id'], name=op.f('fk_alert_notes_alert_id_alerts')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_alert_notes_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert_notes'))
    )
    op.create_index(op.f('ix_alert_notes_alert_id'), 'alert_notes', ['alert_id'], unique=False)
    op.create_table('alert_topics',
    sa.Column('alert_id', sa.Integer(), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('joined_at', Instant(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.Column('baseline', sa.Float(), nullable=True),
    sa.Column('ratio', sa.Float(), nullable=True),
    sa.Column('why', sa.Text(), server_default='', nullable=False),
    sa.Column('told', sa.BigInteger(), nullable=False),
    sa.Column('split_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['alert_id'], ['alerts.id'], name=op.f('fk_alert_topics_alert_id_alerts')),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_alert_topics_topic_id_topics')),
    sa.PrimaryKeyConstraint('alert_id', 'topic_id', name=op.f('pk_alert_topics'))
    )
    op.create_index(op.f('ix_alert_topics_topic_id'), 'alert_topics', ['topic_id'], unique=False)
    op.add_column('alerts', sa.Column('kind', sa.String(length=20), server_default='spike', nullable=False))
    op.add_column('alerts', sa.Column('escalations', sa.Integer(), server_default='0', nullable=False))
    op.add_column('alerts', sa.Column('escalated_at', Instant(), nullable=True))
    op.add_column('alerts', sa.Column('delivered_at', Instant(), nullable=True))
    op.drop_index(op.f('ix_counts_minute'), table_name='counts')
    op.create_index('ix_counts_minute_topic_id_count', 'counts', ['minute', 'topic_id', 'count'], unique=False)
    op.add_column('monitors', sa.Column('languages', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('monitors', sa.Column('cooldown_minutes', sa.Integer(), nullable=True))
    op.add_column('sources', sa.Column('secrets', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('sources', sa.Column('failing_since', Instant(), nullable=True))
    op.add_column('sources', sa.Column('switched_off_at', Instant(), nullable=True))
    op.add_column('sources', sa.Column('switched_off_why', sa.Text(), server_default='', nullable=False))
    op.add_column('sources', sa.Column('lag_seconds', sa.Integer(), nullable=True))
    _carry_over()


def _carry_over() -> None:
    """What the first schema knew, in the words of this one: hours from minutes, and alerts that were told at once."""
    hour = (
        "date_trunc('hour', minute AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"
        if op.get_bind().dialect.name == "postgresql"
        else "strftime('%Y-%m-%d %H:00:00.000000', minute)"
    )
    op.execute(f"""
        INSERT INTO hour_counts (topic_id, source_id, hour, count)
        SELECT topic_id, source_id, {hour}, SUM(count) FROM counts GROUP BY 1, 2, 3
    """)
    op.execute("UPDATE alerts SET delivered_at = raised_at")
    op.execute("""
        INSERT INTO alert_topics (alert_id, topic_id, joined_at, count, told, baseline, ratio)
        SELECT id, topic_id, raised_at, count, count, baseline, ratio FROM alerts
    """)
