"""The outbox of letters and reminders, and the versions of their templates."""

from alembic import op

from shared.mail import mail_ddl
from shared.migrations import app_role

revision = "0003"
down_revision = "0002"

TEMPLATES = """
CREATE TABLE letter_template (
    letter_id text NOT NULL,
    language text NOT NULL,
    version integer NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    published_by uuid NOT NULL,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (letter_id, language, version)
)
"""


def upgrade() -> None:
    """Make the tables."""
    role = app_role()
    for statement in mail_ddl(role):
        op.execute(statement)
    op.execute(TEMPLATES)
    op.execute(f'GRANT SELECT, INSERT ON letter_template TO "{role}"')
