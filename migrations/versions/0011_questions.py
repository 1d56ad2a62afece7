"""Questions of hosts, and what people say to them.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = sa.Enum("text", "choice", "several", "yes-no", name="kind", native_enum=False, length=20)


def upgrade() -> None:
    # Below an event's address this word is now a page of its own.
    op.execute("UPDATE event SET slug = 'questions-event' WHERE slug = 'questions'")
    op.create_table(
        "question",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("help", sa.String(length=300), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("per_guest", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("keep_days BETWEEN 1 AND 365", name=op.f("ck_question_keep_days")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_question_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("key", name=op.f("uq_question_key")),
    )
    op.create_index("ix_question_event_position", "question", ["event_id", "position", "id"])
    op.create_table(
        "reply",
        sa.Column("id", BIG, nullable=False),
        sa.Column("rsvp_id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("guest", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(length=200), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("guest >= 0", name=op.f("ck_reply_guest")),
        sa.ForeignKeyConstraint(["rsvp_id"], ["rsvp.id"], name=op.f("fk_reply_rsvp_id_rsvp"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_reply_question_id_question"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
        sa.UniqueConstraint("rsvp_id", "question_id", "guest", name=op.f("uq_reply_rsvp_id_question_id_guest")),
    )
    op.create_index("ix_reply_question_answered", "reply", ["question_id", "answered_at", "id"])


def downgrade() -> None:
    op.drop_table("reply")
    op.drop_table("question")
