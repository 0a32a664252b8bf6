"""The copy of the producers' logs, outside the read model's schemas."""

from alembic import op

from shared.migrations import app_role

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COPIED_EVENT = """
CREATE TABLE copied_event (
    region text NOT NULL,
    source text NOT NULL,
    position bigint NOT NULL CHECK (position > 0),
    epoch int NOT NULL,
    stream text NOT NULL,
    type text NOT NULL,
    type_version int NOT NULL,
    event_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    wire bytea NOT NULL,
    PRIMARY KEY (region, source, position)
)
"""

# What an event was caused by stands second in its envelope, whose members are in canonical order; an index on it finds
# what an event has caused, in whichever log. The expression is that of `history.log`.
_CAUSE = r"""substring(encode(substring(wire from 1 for 200), 'escape')
                       from '^\{"actor":"[^"]*","causationid":"([^"]*)"')"""


def upgrade() -> None:
    """Make the table."""
    op.execute(_COPIED_EVENT)
    op.execute("CREATE INDEX copied_event_recorded ON copied_event (region, recorded_at)")
    op.execute("CREATE INDEX copied_event_stream ON copied_event (region, stream)")
    op.execute("CREATE INDEX copied_event_type ON copied_event (region, source, type, position)")
    # Not through SQLAlchemy's texts, in which a colon before a word would be a parameter.
    op.get_bind().exec_driver_sql(
        f"CREATE INDEX copied_event_cause ON copied_event (({_CAUSE})) WHERE {_CAUSE} IS NOT NULL"
    )
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON copied_event TO "{app_role()}"')
