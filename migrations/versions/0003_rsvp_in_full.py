"""Rules for answers, offers of places, invitations.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OFFERED = sa.text("answer = 'offered'")


def upgrade() -> None:
    with op.batch_alter_table("event") as batch:
        batch.add_column(sa.Column("rsvp_rules", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "invitation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("account_id", BIG, nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=True),
        sa.Column("created_by_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("declined_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("used >= 0 AND used <= uses", name=op.f("ck_invitation_not_used_up")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_invitation_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_invitation_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["account.id"], name=op.f("fk_invitation_created_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("key", name=op.f("uq_invitation_key")),
        sa.UniqueConstraint("event_id", "email", name=op.f("uq_invitation_event_id_email")),
    )
    with op.batch_alter_table("invitation") as batch:
        batch.create_index(op.f("ix_invitation_email"), ["email"])
        batch.create_index(op.f("ix_invitation_account_id"), ["account_id"])
        batch.create_index("ix_invitation_event_created", ["event_id", "created_at", "id"])
    with op.batch_alter_table("tally") as batch:
        batch.add_column(sa.Column("held", sa.Integer(), nullable=False, server_default="0"))
        batch.create_check_constraint(op.f("ck_tally_held_is_taken"), "held >= 0 AND held <= taken")
    with op.batch_alter_table("rsvp") as batch:
        batch.add_column(sa.Column("offer_until", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("asked_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("confirmed_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("excused", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("invitation_id", BIG, nullable=True))
        batch.create_foreign_key(
            op.f("fk_rsvp_invitation_id_invitation"), "invitation", ["invitation_id"], ["id"], ondelete="SET NULL"
        )
        batch.create_check_constraint(op.f("ck_rsvp_offers_end"), "answer <> 'offered' OR offer_until IS NOT NULL")
        batch.create_index(op.f("ix_rsvp_invitation_id"), ["invitation_id"])
        batch.create_index("ix_rsvp_offer_until", ["offer_until"], sqlite_where=OFFERED, postgresql_where=OFFERED)


def downgrade() -> None:
    op.execute("UPDATE rsvp SET answer = 'waitlisted' WHERE answer = 'offered'")
    with op.batch_alter_table("rsvp") as batch:
        batch.drop_index("ix_rsvp_offer_until")
        batch.drop_index(op.f("ix_rsvp_invitation_id"))
        batch.drop_constraint(op.f("ck_rsvp_offers_end"), type_="check")
        batch.drop_constraint(op.f("fk_rsvp_invitation_id_invitation"), type_="foreignkey")
        for name in ("invitation_id", "excused", "late", "confirmed_at", "asked_at", "offer_until"):
            batch.drop_column(name)
    op.execute("UPDATE tally SET taken = taken - held")
    with op.batch_alter_table("tally") as batch:
        batch.drop_constraint(op.f("ck_tally_held_is_taken"), type_="check")
        batch.drop_column("held")
    op.drop_table("invitation")
    with op.batch_alter_table("event") as batch:
        batch.drop_column("rsvp_rules")
