"""A reviewer's draft of a scorecard and private notes: the reviewer's alone, never an event and never in a list."""

from alembic import op

from shared.migrations import app_role

revision = "0002"
down_revision = "0001"

_DRAFT = """
CREATE TABLE draft (
    person uuid NOT NULL,
    assessment_id text NOT NULL,
    round_no integer NOT NULL,
    marks jsonb,
    summary text NOT NULL,
    reason text NOT NULL,
    note text NOT NULL,
    version integer NOT NULL,
    writer text NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (person, assessment_id, round_no)
)
"""


def upgrade() -> None:
    """Make the table; `marks` is NULL where only the note is left, `writer` is the form that saved last."""
    op.execute(_DRAFT)
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON draft TO "{app_role()}"')
