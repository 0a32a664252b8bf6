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
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

metadata = MetaData()

# Letters with accents and what they are searched as. `unaccent` may not be used in a generated column.
ACCENTED, PLAIN = "áàâäãåéèêëíìîïóòôöõúùûüñç", "aaaaaaeeeeiiiiooooouuuunc"


def _words(column: str) -> str:
    """Give the expression for a text's words: lower case, without accents and signs."""
    return f"btrim(regexp_replace(translate(lower({column}), '{ACCENTED}', '{PLAIN}'), '[^[:alnum:]]+', ' ', 'g'))"


def _initials(column: str) -> str:
    """Give the expression for the first letters of a text's words, by which long names are known."""
    words = rf"regexp_replace(lower({column}), '\m(dan|di|ke|dari|yang|untuk|dengan)\M', '', 'g')"
    return rf"regexp_replace({words}, '(\w)\w*|\W', '\1', 'g')"


def _plain(words: str, weight: str) -> str:
    return f"setweight(to_tsvector('simple', {words}), '{weight}')"


def _stems(words: str, weight: str) -> str:
    return f"setweight(to_tsvector('indonesian', {words}), '{weight}')"


def _generated(*parts: str) -> Computed:
    return Computed(" || ".join(parts), persisted=True)


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
    # A: short name, aliases, initials; B: the words of the name; C: their stems.
    Column(
        "vector",
        TSVECTOR,
        _generated(
            _plain(_words("short_name || ' ' || aliases::text"), "A"),
            _plain(_initials("name"), "A"),
            _plain(_words("name"), "B"),
            _stems("name", "C"),
        ),
    ),
    Column("words", Text, _generated(_words("short_name || ' ' || name || ' ' || aliases::text"))),
    Column("civil_servants", Integer, comment="null until they were counted"),
    Column("counted_on", Date),
    Column("counted_position", BigInteger, comment="of the record of that count"),
    Column("position", BigInteger, nullable=False, comment="of the last event that changed the row"),
    PrimaryKeyConstraint("region", "unit_id"),
    Index("unit_vector", "vector", postgresql_using="gin"),
    Index("unit_words", "words", postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"}),
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

# How the gallery sorts; its statements spell them alike, so that these indexes serve it.
DISPLAYED = "coalesce(displayed_on, DATE '0001-01-01')"
ALPHABETICAL = "left(lower(title), 100)"

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
    Column("form", Text, comment="of the design: for the region until it is displayed"),
    Column("types", ARRAY(Text), comment="as the form"),
    Column("ended_on", Date, comment="when it was withdrawn or retired"),
    Column("end_reason", Text),
    Column("first_position", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, comment="of the event at `position`"),
    PrimaryKeyConstraint("region", "innovation_id"),
    Index("innovation_unit", "region", "unit_id"),
    Index("innovation_sector", "sector", "proposed_on", "innovation_id"),
    Index("innovation_newest", "proposed_on", "innovation_id"),
    Index("innovation_displayed", text(DISPLAYED), "innovation_id"),
    Index("innovation_alphabetical", text(ALPHABETICAL), "innovation_id"),
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
    Column("title_words", Text, _generated(_words("title"))),
    # As written. A: words of the title, and all of them run together; B: words of the meaning; C: initials of both.
    Column(
        "plain",
        TSVECTOR,
        _generated(
            _plain(_words("title"), "A"),
            _plain(f"left(replace({_words('title')}, ' ', ''), 200)", "A"),
            _plain(_words("meaning"), "B"),
            _plain(f"left({_initials('title')}, 40) || ' ' || left({_initials('meaning')}, 40)", "C"),
        ),
    ),
    Column(
        "stems",
        TSVECTOR,
        _generated(
            _stems("title", "A"),
            _stems("meaning", "B"),
            _stems("public_summary", "C"),
            _stems("idea", "D"),
        ),
    ),
    Column("words", Text, _generated("' '", _words("title || ' ' || meaning"), "' '")),
    PrimaryKeyConstraint("region", "innovation_id"),
    Index("innovation_plain", "plain", postgresql_using="gin"),
    Index("innovation_stems", "stems", postgresql_using="gin"),
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
