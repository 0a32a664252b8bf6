"""Endpoints of webhooks, how far each log was delivered to each, and what became of every attempt."""

from alembic import op

from shared.migrations import app_role

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ENDPOINT = """
CREATE TABLE endpoint (
    endpoint_id text PRIMARY KEY,
    regions text[] NOT NULL CHECK (cardinality(regions) > 0),
    url text NOT NULL,
    description text NOT NULL,
    types text[] NOT NULL,
    readable_types text[],
    secret text NOT NULL,
    former_secret text,
    former_until timestamptz,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
    reason text CHECK (reason IN ('gone', 'exhausted')),
    slow boolean NOT NULL DEFAULT false,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    request_hash bytea NOT NULL,
    rotated_by bytea
)
"""

_LOG = """
CREATE TABLE endpoint_log (
    endpoint_id text NOT NULL REFERENCES endpoint ON DELETE CASCADE,
    region text NOT NULL,
    source text NOT NULL,
    line text NOT NULL DEFAULT 'live',
    epoch int NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    until bigint,
    tries int NOT NULL DEFAULT 0,
    failing_since timestamptz,
    next_try timestamptz,
    lease uuid,
    leased_until timestamptz,
    taken_at timestamptz,
    PRIMARY KEY (endpoint_id, region, source, line)
)
"""

_DELIVERY = """
CREATE TABLE delivery (
    delivery_id uuid PRIMARY KEY,
    endpoint_id text NOT NULL REFERENCES endpoint ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('live', 'resend', 'test')),
    region text NOT NULL,
    source text,
    position bigint,
    type text NOT NULL,
    webhook_id text NOT NULL,
    at timestamptz NOT NULL,
    milliseconds int NOT NULL,
    try int NOT NULL,
    url text NOT NULL,
    headers jsonb NOT NULL,
    status int,
    error text,
    answer text NOT NULL
)
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(_ENDPOINT)
    op.execute("CREATE INDEX endpoint_newest ON endpoint (created_at DESC, endpoint_id)")
    op.execute(_LOG)
    op.execute("CREATE INDEX endpoint_log_leased ON endpoint_log (leased_until) WHERE leased_until IS NOT NULL")
    op.execute(_DELIVERY)
    op.execute("CREATE INDEX delivery_newest ON delivery (endpoint_id, at DESC, delivery_id DESC)")
    op.execute("CREATE INDEX delivery_event ON delivery (region, source, position)")
    op.execute("CREATE INDEX delivery_at ON delivery (at)")
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON endpoint, endpoint_log, delivery TO "{app_role()}"')
