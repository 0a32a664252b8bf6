"""What finds accesses and erasures among the events, and what clears payloads: no type of submission is erasable."""

from alembic import op

from shared.log_tables import accesses_ddl, erasure_ddl
from shared.migrations import app_role

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the index, the table and the function."""
    for statement in (
        *accesses_ddl(["access.recorded", "payloads.erased", "person.erased"]),
        *erasure_ddl(app_role(), []),
    ):
        op.execute(statement)
