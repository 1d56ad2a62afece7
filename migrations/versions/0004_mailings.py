"""Letters to many in portions, kinds of letters that a community does not want, and what is about to begin or has ended.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PUBLISHED, OPEN = sa.text("state = 'published'"), sa.text("done_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "mailing",
        sa.Column("id", BIG, nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("answered_before", sa.DateTime(), nullable=True),
        sa.Column("starts_at", sa.DateTime(), nullable=True),
        sa.Column("after_id", BIG, nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_mailing_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
        sa.UniqueConstraint("once", name=op.f("uq_mailing_once")),
    )
    with op.batch_alter_table("mailing") as batch:
        batch.create_index(op.f("ix_mailing_event_id"), ["event_id"])
        batch.create_index("ix_mailing_open", ["id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "muted_letter",
        sa.Column("community_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("muted_by_id", BIG, nullable=True),
        sa.Column("muted_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_muted_letter_community_id_community"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["muted_by_id"], ["account.id"], name=op.f("fk_muted_letter_muted_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("community_id", "kind", name=op.f("pk_muted_letter")),
    )
    with op.batch_alter_table("event") as batch:
        for name, column in (("ix_event_published_start", "starts_at"), ("ix_event_published_end", "ends_at")):
            batch.create_index(name, [column, "id"], sqlite_where=PUBLISHED, postgresql_where=PUBLISHED)


def downgrade() -> None:
    with op.batch_alter_table("event") as batch:
        batch.drop_index("ix_event_published_end")
        batch.drop_index("ix_event_published_start")
    op.drop_table("muted_letter")
    op.drop_table("mailing")
