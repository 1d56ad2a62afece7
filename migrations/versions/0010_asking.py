"""Who was asked whether they still come.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SILENT = sa.text("answer = 'going' AND asked_at IS NOT NULL AND confirmed_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "asking",
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("released_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_asking_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_asking")),
    )
    with op.batch_alter_table("rsvp") as batch:
        batch.create_index(
            "ix_rsvp_silent", ["event_id", "name_folded", "id"], sqlite_where=SILENT, postgresql_where=SILENT
        )


def downgrade() -> None:
    with op.batch_alter_table("rsvp") as batch:
        batch.drop_index("ix_rsvp_silent")
    op.drop_table("asking")
