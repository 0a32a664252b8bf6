"""How often documents were asked for from an address, of which nothing is kept."""

from alembic import op

from shared.limits import limits_ddl
from shared.migrations import app_role

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    for statement in limits_ddl(app_role()):
        op.execute(statement)
