"""speaking

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from data.storage.columns import Instant

revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    op.create_table('channel_accounts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('config', sa.JSON(), nullable=False),
    sa.Column('secrets', sa.JSON(), server_default='{}', nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('changed_at', Instant(), nullable=False),
    sa.Column('checked_at', Instant(), nullable=True),
    sa.Column('check_message', sa.Text(), server_default='', nullable=False),
    sa.Column('check_ok', sa.Boolean(), nullable=True),
    sa.Column('limited_until', Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel_accounts')),
    sa.UniqueConstraint('name', name=op.f('uq_channel_accounts_name'))
    )
    op.create_table('past_posts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('platform', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('address', sa.String(length=1000), nullable=False),
    sa.Column('excerpt', sa.Text(), server_default='', nullable=False),
    sa.Column('impressions', sa.BigInteger(), nullable=True),
    sa.Column('interactions', sa.BigInteger(), nullable=True),
    sa.Column('shares', sa.BigInteger(), nullable=True),
    sa.Column('replies', sa.BigInteger(), nullable=True),
    sa.Column('audience', sa.BigInteger(), nullable=True),
    sa.Column('reactive', sa.Boolean(), nullable=True),
    sa.Column('imported_at', Instant(), nullable=False),
    sa.Column('imported_by', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['imported_by'], ['people.id'], name=op.f('fk_past_posts_imported_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_past_posts')),
    sa.UniqueConstraint('platform', 'address', name=op.f('uq_past_posts_platform_address'))
    )
    op.create_index('ix_past_posts_like', 'past_posts', ['platform', 'kind', 'at'], unique=False)
    op.create_table('weekly_reports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('brand_id', sa.Integer(), nullable=False),
    sa.Column('week', sa.String(length=8), nullable=False),
    sa.Column('zone', sa.Text(), server_default='UTC', nullable=False),
    sa.Column('since', Instant(), nullable=False),
    sa.Column('until', Instant(), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('words', sa.Text(), server_default='', nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('made_at', Instant(), nullable=False),
    sa.Column('changed_at', Instant(), nullable=False),
    sa.Column('sent_at', Instant(), nullable=True),
    sa.Column('sent_by', sa.Integer(), nullable=True),
    sa.Column('recipients', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['people.id'], name=op.f('fk_weekly_reports_author_id_people')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_weekly_reports_brand_id_brands')),
    sa.ForeignKeyConstraint(['sent_by'], ['people.id'], name=op.f('fk_weekly_reports_sent_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_weekly_reports')),
    sa.UniqueConstraint('brand_id', 'week', name=op.f('uq_weekly_reports_brand_id_week'))
    )
    op.create_table('holdouts',
    sa.Column('opportunity_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('share', sa.Float(), nullable=False),
    sa.Column('draw', sa.Float(), nullable=False),
    sa.Column('silent', sa.Boolean(), nullable=False),
    sa.Column('overridden_by', sa.Integer(), nullable=True),
    sa.Column('overridden_at', Instant(), nullable=True),
    sa.Column('override_reason', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['opportunity_id'], ['opportunities.id'], name=op.f('fk_holdouts_opportunity_id_opportunities')),
    sa.ForeignKeyConstraint(['overridden_by'], ['people.id'], name=op.f('fk_holdouts_overridden_by_people')),
    sa.PrimaryKeyConstraint('opportunity_id', name=op.f('pk_holdouts'))
    )
    op.create_index(op.f('ix_holdouts_at'), 'holdouts', ['at'], unique=False)
    op.create_table('advices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('publication_id', sa.Integer(), nullable=False),
    sa.Column('question', sa.String(length=20), nullable=False),
    sa.Column('said_at', Instant(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', Instant(), nullable=True),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_advices_decided_by_people')),
    sa.ForeignKeyConstraint(['publication_id'], ['publications.id'], name=op.f('fk_advices_publication_id_publications')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_advices')),
    sa.UniqueConstraint('publication_id', 'question', name=op.f('uq_advices_publication_id_question'))
    )
    op.create_index(op.f('ix_advices_said_at'), 'advices', ['said_at'], unique=False)
    op.create_table('cascade_steps',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('lead_publication_id', sa.Integer(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('platform', sa.String(length=60), nullable=False),
    sa.Column('channel', sa.String(length=60), nullable=False),
    sa.Column('opens_at', Instant(), nullable=False),
    sa.Column('closes_at', Instant(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=True),
    sa.Column('prepared_at', Instant(), nullable=True),
    sa.Column('why', sa.JSON(), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_cascade_steps_decided_by_people')),
    sa.ForeignKeyConstraint(['draft_id'], ['drafts.id'], name=op.f('fk_cascade_steps_draft_id_drafts')),
    sa.ForeignKeyConstraint(['lead_publication_id'], ['publications.id'], name=op.f('fk_cascade_steps_lead_publication_id_publications')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cascade_steps')),
    sa.UniqueConstraint('lead_publication_id', 'platform', name=op.f('uq_cascade_steps_lead_publication_id_platform'))
    )
    op.create_index(op.f('ix_cascade_steps_draft_id'), 'cascade_steps', ['draft_id'], unique=False)
    op.create_table('collections',
    sa.Column('publication_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('next_at', Instant(), nullable=True),
    sa.Column('lease_owner', sa.Text(), nullable=True),
    sa.Column('lease_until', Instant(), nullable=True),
    sa.Column('fence', sa.Integer(), server_default='0', nullable=False),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('collected_at', Instant(), nullable=True),
    sa.Column('message', sa.Text(), server_default='', nullable=False),
    sa.Column('gone_at', Instant(), nullable=True),
    sa.Column('platform_at', Instant(), nullable=True),
    sa.Column('edited_at', Instant(), nullable=True),
    sa.Column('skew_seconds', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['publication_id'], ['publications.id'], name=op.f('fk_collections_publication_id_publications')),
    sa.PrimaryKeyConstraint('publication_id', name=op.f('pk_collections'))
    )
    op.create_index(op.f('ix_collections_next_at'), 'collections', ['next_at'], unique=False)
    op.create_table('engagement_marks',
    sa.Column('publication_id', sa.Integer(), nullable=False),
    sa.Column('age_minutes', sa.Integer(), nullable=False),
    sa.Column('platform', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('published_at', Instant(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('impressions', sa.BigInteger(), nullable=True),
    sa.Column('interactions', sa.BigInteger(), nullable=True),
    sa.Column('shares', sa.BigInteger(), nullable=True),
    sa.Column('replies', sa.BigInteger(), nullable=True),
    sa.Column('audience', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['publication_id'], ['publications.id'], name=op.f('fk_engagement_marks_publication_id_publications')),
    sa.PrimaryKeyConstraint('publication_id', 'age_minutes', name=op.f('pk_engagement_marks'))
    )
    op.create_index('ix_engagement_marks_like', 'engagement_marks', ['platform', 'kind', 'age_minutes', 'published_at', 'at', 'publication_id', 'interactions', 'impressions', 'audience'], unique=False)
    op.create_table('forecasts',
    sa.Column('publication_id', sa.Integer(), nullable=False),
    sa.Column('age_minutes', sa.Integer(), nullable=False),
    sa.Column('made_at', Instant(), nullable=False),
    sa.Column('model', sa.String(length=40), nullable=False),
    sa.Column('history', sa.Integer(), nullable=False),
    sa.Column('expected', sa.Float(), nullable=True),
    sa.Column('low', sa.Float(), nullable=True),
    sa.Column('high', sa.Float(), nullable=True),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['publication_id'], ['publications.id'], name=op.f('fk_forecasts_publication_id_publications')),
    sa.PrimaryKeyConstraint('publication_id', 'age_minutes', name=op.f('pk_forecasts'))
    )
    op.create_table('post_replies',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('publication_id', sa.Integer(), nullable=False),
    sa.Column('external_id', sa.String(length=500), nullable=False),
    sa.Column('author', sa.Text(), server_default='', nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), server_default='', nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('taken_in_at', Instant(), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=True),
    sa.Column('sentiment', sa.String(length=20), nullable=True),
    sa.Column('negative', sa.Float(), nullable=True),
    sa.Column('tragedy', sa.String(length=20), nullable=True),
    sa.Column('scored_by', sa.Text(), nullable=True),
    sa.Column('gone_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['publication_id'], ['publications.id'], name=op.f('fk_post_replies_publication_id_publications')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post_replies')),
    sa.UniqueConstraint('publication_id', 'external_id', name=op.f('uq_post_replies_publication_id_external_id'))
    )
    op.create_index('ix_post_replies_publication_id_at', 'post_replies', ['publication_id', 'at'], unique=False)
    op.create_index(op.f('ix_post_replies_taken_in_at'), 'post_replies', ['taken_in_at'], unique=False)
    op.create_table('spends',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('publication_id', sa.Integer(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('interactions', sa.BigInteger(), nullable=True),
    sa.Column('impressions', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('voided_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_spends_person_id_people')),
    sa.ForeignKeyConstraint(['publication_id'], ['publications.id'], name=op.f('fk_spends_publication_id_publications')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_spends'))
    )
    op.create_index(op.f('ix_spends_publication_id'), 'spends', ['publication_id'], unique=False)
    op.add_column('draft_versions', sa.Column('answering', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('engagement_snapshots', sa.Column('quotes', sa.BigInteger(), nullable=True))
    op.add_column('engagement_snapshots', sa.Column('saves', sa.BigInteger(), nullable=True))
    op.add_column('engagement_snapshots', sa.Column('audience', sa.BigInteger(), nullable=True))
    op.add_column('engagement_snapshots', sa.Column('origin', sa.String(length=20), server_default='collected', nullable=False))
    op.add_column('engagement_snapshots', sa.Column('raw', sa.JSON(), server_default='{}', nullable=False))
    op.create_index('ix_engagement_snapshots_publication_id_at', 'engagement_snapshots', ['publication_id', 'at'], unique=False)
    op.add_column('scheduled_posts', sa.Column('prepared', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('scheduled_posts', sa.Column('begun', sa.Integer(), server_default='0', nullable=False))
    # What an older release had claimed may have left: nobody wrote down whether its request had begun.
    op.execute('UPDATE scheduled_posts SET begun = fence WHERE closed_at IS NULL')
    op.add_column('scheduled_posts', sa.Column('first_begun_at', Instant(), nullable=True))
    op.add_column('scheduled_posts', sa.Column('next_try_at', Instant(), nullable=True))
    op.add_column('scheduled_posts', sa.Column('said', sa.Text(), server_default='', nullable=False))
