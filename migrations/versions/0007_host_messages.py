"""Messages from hosts.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "host_message",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=140), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_host_message_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_host_message_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_message")),
        sa.UniqueConstraint("key", name=op.f("uq_host_message_key")),
    )
    with op.batch_alter_table("host_message") as batch:
        batch.create_index(op.f("ix_host_message_by_id"), ["by_id"])
        batch.create_index("ix_host_message_event_sent", ["event_id", "sent_at", "id"])


def downgrade() -> None:
    op.execute("DELETE FROM mailing WHERE audience IN ('waiting', 'pending', 'invited')")
    op.drop_table("host_message")
