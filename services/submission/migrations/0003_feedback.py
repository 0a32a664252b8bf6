"""What counts how often an address speaks, and what finds and clears the words of citizens and of answers to them."""

from alembic import op

from shared.limits import limits_ddl
from shared.migrations import app_role

revision = "0003"
down_revision = "0002"

# UTF-8 is read the same for ever, which PostgreSQL does not promise of encodings in general.
_MEMBER = """
CREATE FUNCTION leaf_member(leaf bytea, member text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT convert_from(leaf, 'UTF8')::jsonb ->> member $$
"""
_ANSWERS = """
CREATE INDEX event_answers ON event (leaf_member(leaf, 'actor')) WHERE type = 'feedback.answer-worded'
"""


def upgrade() -> None:
    """Make the table, the function and the index; two types are erasable."""
    for statement in (
        *limits_ddl(app_role()),
        "INSERT INTO erasable (type) VALUES ('feedback.worded'), ('feedback.answer-worded')",
        _MEMBER,
        _ANSWERS,
    ):
        op.execute(statement)
