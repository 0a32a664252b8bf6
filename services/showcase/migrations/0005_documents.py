"""Documents of an edition: what was asked for, how far its making is, and the file."""

from alembic import op

from shared.migrations import app_role

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_DOCUMENT = """
CREATE TABLE document (
    document_id text PRIMARY KEY,
    region text NOT NULL,
    programme_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('pdf', 'xlsx')),
    submission bigint NOT NULL CHECK (submission >= 0),
    review bigint NOT NULL CHECK (review >= 0),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'working', 'done', 'failed')),
    done int NOT NULL DEFAULT 0,
    total int NOT NULL DEFAULT 1 CHECK (total > 0),
    tries int NOT NULL DEFAULT 0,
    leased_until timestamptz,
    asked_at timestamptz NOT NULL,
    made_at timestamptz,
    sha256 text,
    file bytea
)
"""


def upgrade() -> None:
    """Make the table; a PDF is compressed already, and so is a workbook."""
    op.execute(_DOCUMENT)
    op.execute("ALTER TABLE document ALTER COLUMN file SET STORAGE EXTERNAL")
    op.execute("CREATE INDEX document_open ON document (asked_at) WHERE state IN ('waiting', 'working')")
    op.execute("CREATE INDEX document_programme ON document (region, programme_id, submission DESC, review DESC)")
    op.execute("CREATE INDEX document_asked ON document (asked_at DESC)")
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON document TO "{app_role()}"')
