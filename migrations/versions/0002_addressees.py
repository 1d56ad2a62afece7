"""What each mail address wants to get, and whether letters reach it.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "addressee",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("bounced_at", sa.DateTime(), nullable=True),
        sa.Column("bounce_reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addressee")),
        sa.UniqueConstraint("key", name=op.f("uq_addressee_key")),
        sa.UniqueConstraint("address", name=op.f("uq_addressee_address")),
    )
    with op.batch_alter_table("letter") as batch:
        batch.create_index("ix_letter_address", ["address", "id"])


def downgrade() -> None:
    op.execute("UPDATE letter SET state = 'due' WHERE state = 'waiting'")
    op.execute("UPDATE letter SET state = 'sent' WHERE state = 'digested'")
    with op.batch_alter_table("letter") as batch:
        batch.drop_index("ix_letter_address")
    op.drop_table("addressee")
