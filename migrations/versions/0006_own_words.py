"""A community's own words in letters.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "own_words",
        sa.Column("community_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=140), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("changed_by_id", BIG, nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_own_words_community_id_community"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["account.id"], name=op.f("fk_own_words_changed_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("community_id", "kind", "locale", name=op.f("pk_own_words")),
    )


def downgrade() -> None:
    op.drop_table("own_words")
