"""an event may hide its address from who is not going"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Not in batch mode: both engines add and drop columns in place, and no table with all its answers is copied.


def upgrade() -> None:
    op.add_column("event", sa.Column("hides_address", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("event_move", sa.Column("old_city", sa.String(length=120), server_default="", nullable=False))
    op.add_column("event_move", sa.Column("old_hid_address", sa.Boolean(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("event_move", "old_hid_address")
    op.drop_column("event_move", "old_city")
    op.drop_column("event", "hides_address")
