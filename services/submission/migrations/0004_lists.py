"""The lists got other columns and tables: those of the first release go, and the new ones are filled from the log."""

from alembic import op

from services.submission.read_models import LISTS

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Forget how far the old lists had come, so that the new ones begin at the first event."""
    op.execute('DROP SCHEMA IF EXISTS "submission_lists_v1" CASCADE')
    for table in ("checkpoint", "parked"):
        op.execute(f"DELETE FROM {table} WHERE consumer = '{LISTS.name}'")
