"""The outbox of letters: whose webhook was switched off is told so."""

from alembic import op

from shared.mail import mail_ddl
from shared.migrations import app_role

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the outbox; an erased person's letters go with the person."""
    role = app_role()
    for statement in mail_ddl(role):
        op.execute(statement)
    op.execute(f'GRANT DELETE ON mail TO "{role}"')
