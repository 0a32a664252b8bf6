"""The tables of the public read model, in a versioned schema (`showcase_v1`, `showcase_v2`, …) outside Alembic.

No row depends on a clock, a serial or the order in which streams or sources arrive: each table is written by the
events of one kind of stream, rows carry the log's positions, and what belongs together is joined when it is read.
A table of review's events stands apart from those of submission's for the same reason.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

metadata = MetaData()

# -- submission: units ------------------------------------------------------------------------------------------

unit = Table(
    "unit",
    metadata,
    Column("region", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("short_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("aliases", JSONB, nullable=False),
    Column("civil_servants", Integer, comment="null until they were counted"),
    Column("counted_on", Date),
    Column("position", BigInteger, nullable=False, comment="of the last event that changed the row"),
    PrimaryKeyConstraint("region", "unit_id"),
)

# -- submission: programmes -------------------------------------------------------------------------------------

programme = Table(
    "programme",
    metadata,
    Column("region", Text, nullable=False),
    Column("programme_id", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("coordinator_office", Text, nullable=False),
    Column("requested_on", Date, nullable=False),
    Column("note", Text, nullable=False),
    Column("mou_number", Text),
    Column("signed_on", Date, comment="null until LAN and the region agreed"),
    Column("valid_until", Date),
    Column("parties", JSONB),
    Column("scope", JSONB),
    Column("labels", JSONB, nullable=False, comment="stage → the region's own label"),
    Column("stalled_on", Date, comment="null while it goes on"),
    Column("stalled_reason", Text),
    Column("closed_on", Date),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "programme_id"),
)

programme_stage = Table(
    "programme_stage",
    metadata,
    Column("region", Text, nullable=False),
    Column("programme_id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("opens_on", Date, comment="as planned"),
    Column("closes_on", Date, comment="as planned"),
    Column("opened_on", Date),
    Column("completed_on", Date),
    PrimaryKeyConstraint("region", "programme_id", "stage"),
)

session = Table(
    "session",
    metadata,
    Column("region", Text, nullable=False),
    Column("programme_id", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("venue", Text, nullable=False),
    Column("unit_ids", JSONB, comment="of the units that came, each once; null until attendance was recorded"),
    Column("attendance_position", BigInteger),
    Column("remark", Text),
    PrimaryKeyConstraint("region", "programme_id", "session_id"),
)

target = Table(
    "target",
    metadata,
    Column("region", Text, nullable=False),
    Column("programme_id", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("measure", Text, nullable=False),
    Column("value", Integer, nullable=False),
    Column("unit_id", Text),
    Column("due_on", Date),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("region", "programme_id", "position"),
)

commitment = Table(
    "commitment",
    metadata,
    Column("region", Text, nullable=False),
    Column("programme_id", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("signed_on", Date, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "programme_id", "unit_id"),
)

stated_count = Table(
    "stated_count",
    metadata,
    Column("region", Text, nullable=False),
    Column("programme_id", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("stated_by", Text, nullable=False),
    Column("innovations", Integer, nullable=False),
    Column("units", Integer),
    Column("stated_on", Date, nullable=False),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("region", "programme_id", "position"),
)

# -- submission: innovations ------------------------------------------------------------------------------------

innovation = Table(
    "innovation",
    metadata,
    Column("region", Text, nullable=False),
    Column("innovation_id", Text, nullable=False),
    Column("programme_id", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("meaning", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("initiator", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("adapted_from", Text, comment="an innovation, perhaps of another region"),
    Column("is_example", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("proposed_on", Date, nullable=False),
    Column("year", SmallInteger, nullable=False, comment="of proposed_on"),
    Column("stage", Text, nullable=False),
    Column("status", Text, nullable=False, comment="active | withdrawn | retired"),
    Column("awaiting", Text, comment="the stage whose gate it waits at"),
    Column("returned", Boolean, nullable=False, comment="it was sent back and has not moved on since"),
    Column("launched_on", Date),
    Column("displayed_on", Date),
    Column("asked_on", Date, comment="when its unit was last asked whether it still runs"),
    Column("confirmed_on", Date, comment="when its unit last said that it does"),
    Column("ended_on", Date, comment="when it was withdrawn or retired"),
    Column("end_reason", Text),
    Column("first_position", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, comment="of the event at `position`"),
    PrimaryKeyConstraint("region", "innovation_id"),
    Index("innovation_newest", "proposed_on", "innovation_id"),
    Index("innovation_adapted", "adapted_from", postgresql_where="adapted_from IS NOT NULL"),
)

# Beside `innovation`, since a row whose stage changes must not carry the weight of its texts and their index.
innovation_text = Table(
    "innovation_text",
    metadata,
    Column("region", Text, nullable=False),
    Column("innovation_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("meaning", Text, nullable=False),
    Column("idea", Text, nullable=False),
    Column("public_summary", Text, nullable=False),
    Column("replication_notes", Text, nullable=False),
    Column("video_url", Text),
    Column("shown_indicators", JSONB, comment="those that the unit chose to show; null until it chose"),
    # What follows was written for the region; pages show it from stage display on, and not before.
    Column("diagnosis", JSONB),
    Column("design", JSONB),
    Column("indicators", JSONB, comment="of the design"),
    Column(
        "vector",
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('indonesian', title), 'A') || setweight(to_tsvector('indonesian', meaning), 'B')"
            " || setweight(to_tsvector('indonesian', public_summary), 'C')"
            " || setweight(to_tsvector('indonesian', idea), 'D')",
            persisted=True,
        ),
    ),
    Column("words", Text, Computed("lower(title || ' ' || meaning)", persisted=True)),
    PrimaryKeyConstraint("region", "innovation_id"),
    Index("innovation_vector", "vector", postgresql_using="gin"),
    Index("innovation_words", "words", postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"}),
)

transition = Table(
    "transition",
    metadata,
    Column("region", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("innovation_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("from_stage", Text),
    Column("to_stage", Text),
    Column("happened_on", Date, nullable=False),
    Column("note", Text, comment="only what was recorded for everybody"),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("region", "position"),
    Index("transition_innovation", "region", "innovation_id", "position"),
    Index("transition_newest", "recorded_at", "region", "position"),
)

measurement = Table(
    "measurement",
    metadata,
    Column("region", Text, nullable=False),
    Column("innovation_id", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("indicator_id", Text, nullable=False),
    Column("value", Numeric, nullable=False),
    Column("measured_on", Date, nullable=False),
    Column("source", Text, nullable=False),
    PrimaryKeyConstraint("region", "innovation_id", "position"),
)

# -- submission: what citizens say ------------------------------------------------------------------------------

feedback = Table(
    "feedback",
    metadata,
    Column("region", Text, nullable=False),
    Column("feedback_id", Text, nullable=False),
    Column("innovation_id", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="confirmation | rating | complaint"),
    Column("stars", SmallInteger, comment="1 to 5 of a rating"),
    Column("worded", Boolean, nullable=False),
    Column("given_on", Date, nullable=False),
    Column("state", Text, nullable=False, comment="given | published | withheld | withdrawn; only the first two count"),
    Column("answered_on", Date, comment="of the first answer"),
    Column("first_position", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "feedback_id"),
    Index("feedback_innovation", "region", "innovation_id", "first_position"),
)

# Words apart, one row for each event that held some: an erasure names positions, and what it names goes.
feedback_words = Table(
    "feedback_words",
    metadata,
    Column("region", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("feedback_id", Text, nullable=False),
    Column("by", Text, nullable=False, comment="citizen | unit; the newest of each is what is shown"),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("region", "position"),
    Index("feedback_words_of", "region", "feedback_id"),
)

# -- submission: festivals --------------------------------------------------------------------------------------

festival = Table(
    "festival",
    metadata,
    Column("region", Text, nullable=False),
    Column("festival_id", Text, nullable=False),
    Column("programme_id", Text),
    Column("title", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("venue", Text, nullable=False),
    Column("innovation_ids", JSONB, nullable=False, comment="chosen, in their order; perhaps of other regions"),
    Column("slots", JSONB, nullable=False, comment="on, begins, ends, title, place, innovation_id"),
    Column("cancelled_on", Date),
    Column("cancel_reason", Text),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "festival_id"),
)

festival_top = Table(
    "festival_top",
    metadata,
    Column("region", Text, nullable=False),
    Column("festival_id", Text, nullable=False),
    Column("category", Text, nullable=False, comment="innovation | display"),
    Column("innovation_ids", JSONB, nullable=False, comment="first place first"),
    Column("grounds", Text, nullable=False),
    Column("named_on", Date, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "festival_id", "category"),
)

# -- review -----------------------------------------------------------------------------------------------------

assessment = Table(
    "assessment",
    metadata,
    Column("region", Text, nullable=False),
    Column("assessment_id", Text, nullable=False),
    Column("innovation_id", Text, nullable=False),
    Column("to_stage", Text, nullable=False),
    Column("state", Text, nullable=False, comment="open | scored | concluded | cancelled"),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("concluded_on", Date),
    Column("opened_position", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "assessment_id"),
    Index("assessment_innovation", "region", "innovation_id"),
)
