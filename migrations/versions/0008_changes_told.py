"""moves may be held back and have a word; who added a host; what hosts did"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DEEDS = ("move held", "move told", "cancelled", "restored", "host added", "host removed", "host left")


def upgrade() -> None:
    with op.batch_alter_table("event_move") as table:
        table.add_column(sa.Column("old_all_day", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("old_online_url", sa.String(length=500), nullable=False, server_default=""))
        table.add_column(sa.Column("word", sa.String(length=500), nullable=False, server_default=""))
        table.add_column(sa.Column("told_at", sa.DateTime(), nullable=True))
    # Until now every move was told at once.
    op.execute(
        "UPDATE event_move SET told_at = moved_at, "
        "old_all_day = (SELECT all_day FROM event WHERE event.id = event_move.event_id), "
        "old_online_url = (SELECT online_url FROM event WHERE event.id = event_move.event_id)"
    )
    with op.batch_alter_table("event_host") as table:
        table.add_column(sa.Column("added_by_id", BigInt, nullable=True))
        table.add_column(sa.Column("added_at", sa.DateTime(), nullable=True))
        table.create_foreign_key(
            op.f("fk_event_host_added_by_id_account"), "account", ["added_by_id"], ["id"], ondelete="SET NULL"
        )
        table.create_index(op.f("ix_event_host_added_by_id"), ["added_by_id"])
    op.create_table(
        "event_log",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("event_id", BigInt, nullable=False),
        sa.Column("deed", sa.Enum(*DEEDS, name="deed", native_enum=False, length=20), nullable=False),
        sa.Column("by_id", BigInt, nullable=True),
        sa.Column("about_id", BigInt, nullable=True),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_log_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_event_log_by_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["about_id"], ["account.id"], name=op.f("fk_event_log_about_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_log")),
    )
    op.create_index("ix_event_log_event_id", "event_log", ["event_id", "id"])
    op.create_index(op.f("ix_event_log_by_id"), "event_log", ["by_id"])
    op.create_index(op.f("ix_event_log_about_id"), "event_log", ["about_id"])


def downgrade() -> None:
    op.drop_table("event_log")
    with op.batch_alter_table("event_host") as table:
        table.drop_index(op.f("ix_event_host_added_by_id"))
        table.drop_constraint(op.f("fk_event_host_added_by_id_account"), type_="foreignkey")
        table.drop_column("added_at")
        table.drop_column("added_by_id")
    with op.batch_alter_table("event_move") as table:
        for name in ("told_at", "word", "old_online_url", "old_all_day"):
            table.drop_column(name)
