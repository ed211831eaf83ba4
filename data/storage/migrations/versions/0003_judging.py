"""judging

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from data.storage.tables import Instant

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    op.create_table('corrections',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('alert_id', sa.Integer(), nullable=True),
    sa.Column('item_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), server_default='', nullable=False),
    sa.Column('aspect', sa.String(length=20), nullable=False),
    sa.Column('machine', sa.String(length=60), nullable=False),
    sa.Column('person', sa.String(length=60), nullable=False),
    sa.Column('probability', sa.Float(), nullable=True),
    sa.Column('scorer', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['alert_id'], ['alerts.id'], name=op.f('fk_corrections_alert_id_alerts')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_corrections_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_corrections'))
    )
    op.create_index(op.f('ix_corrections_alert_id'), 'corrections', ['alert_id'], unique=False)
    op.create_index(op.f('ix_corrections_at'), 'corrections', ['at'], unique=False)
    op.add_column('items', sa.Column('scored_by', sa.Text(), nullable=True))
    op.add_column('verdicts', sa.Column('subcategory', sa.Text(), server_default='', nullable=False))
    op.add_column('verdicts', sa.Column('category_why', sa.Text(), server_default='', nullable=False))
    op.add_column('verdicts', sa.Column('wrong_approaches', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('verdicts', sa.Column('context', sa.JSON(), server_default='{}', nullable=False))
    op.drop_index(op.f('ix_item_topics_topic_id'), table_name='item_topics')
    op.create_index('ix_item_topics_topic_id_item_id', 'item_topics', ['topic_id', 'item_id'], unique=False)
    _who_chose_the_category()


def _who_chose_the_category() -> None:
    """A column in place: SQLite's usual way, a new table for the old, would drop what assessments and drafts name."""
    if op.get_bind().dialect.name == 'sqlite':
        named = op.f('fk_opportunities_category_by_people')
        op.execute(
            f'ALTER TABLE opportunities ADD COLUMN category_by INTEGER CONSTRAINT {named} REFERENCES people (id)'
        )
        return
    op.add_column('opportunities', sa.Column('category_by', sa.Integer(), nullable=True))
    op.create_foreign_key(op.f('fk_opportunities_category_by_people'), 'opportunities', 'people', ['category_by'], ['id'])
