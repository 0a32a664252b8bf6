"""What finds accesses, erasures and who sat where among the events, and what clears payloads of remarks."""

from alembic import op

from shared.log_tables import accesses_ddl, erasure_ddl
from shared.migrations import app_role

revision = "0004"
down_revision = "0003"

# UTF-8 is read the same for ever, which PostgreSQL does not promise of encodings in general.
_MEMBER = """
CREATE FUNCTION payload_member(payload bytea, member text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT convert_from(payload, 'UTF8')::jsonb ->> member $$
"""
_SEATS = """
CREATE INDEX event_seats ON event (payload_member(payload, 'person'))
WHERE type = 'assessment.reviewer-assigned'
"""


def upgrade() -> None:
    """Make the indexes, the table and the functions; a person's letters may be deleted."""
    role = app_role()
    for statement in (
        *accesses_ddl(["access.recorded", "payloads.erased", "assessment.reviewer-resolved"]),
        _MEMBER,
        _SEATS,
        *erasure_ddl(role, ["assessment.remark-made"]),
        f'GRANT DELETE ON mail TO "{role}"',
    ):
        op.execute(statement)
