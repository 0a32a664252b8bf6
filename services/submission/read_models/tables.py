"""The tables that lists are read from. Every row belongs to one stream; a rebuild fills a schema beside this one."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
)
from sqlalchemy.dialects.postgresql import ARRAY

metadata = MetaData()

unit = Table(
    "unit",
    metadata,
    Column("region", String, primary_key=True),
    Column("unit_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("short_name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("aliases", ARRAY(String), nullable=False),
    Column("civil_servants", Integer, comment="null where nobody counted them"),
    Column("counted_on", Date),
)

programme = Table(
    "programme",
    metadata,
    Column("region", String, primary_key=True),
    Column("programme_id", String, primary_key=True),
    Column("edition", String, nullable=False),
    Column("title", String, nullable=False),
    Column("coordinator_office", String, nullable=False),
    Column("requested_on", Date, nullable=False),
    Column("agreed_on", Date),
    Column("stalled_on", Date),
    Column("stall_reason", String),
    Column("closed_on", Date),
)

programme_stage = Table(
    "programme_stage",
    metadata,
    Column("region", String, primary_key=True),
    Column("programme_id", String, primary_key=True),
    Column("stage", String, primary_key=True),
    Column("opens_on", Date),
    Column("closes_on", Date),
    Column("opened_on", Date),
    Column("completed_on", Date),
)

innovation = Table(
    "innovation",
    metadata,
    Column("region", String, primary_key=True),
    Column("innovation_id", String, primary_key=True),
    Column("programme_id", String, nullable=False),
    Column("unit_id", String, nullable=False),
    Column("title", String, nullable=False),
    Column("folded", String, nullable=False, comment="the title as it is compared and searched"),
    Column("sector", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("status", String, nullable=False, comment="active | withdrawn | retired"),
    Column("waiting", Boolean, nullable=False, comment="for a panel's decision"),
    Column("returned", Boolean, nullable=False, comment="something must change before it goes on"),
    Column("since", Date, nullable=False, comment="of its newest transition"),
    Column("proposed_on", Date, nullable=False),
    Column("launched_on", Date),
    Column("displayed_on", Date),
    Column("asked_on", Date, comment="whether it still runs"),
    Column("confirmed_on", Date, comment="to run"),
    Column("is_example", Boolean, nullable=False),
    Column("position", BigInteger, nullable=False, comment="of its newest event in the region's log"),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Index("innovation_unit", "region", "unit_id"),
    Index("innovation_programme", "region", "programme_id"),
    Index(
        "innovation_folded",
        "folded",
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    ),
)

# One row each: they may be recorded in another order than they were made.
measurement = Table(
    "measurement",
    metadata,
    Column("region", String, primary_key=True),
    Column("innovation_id", String, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("measured_on", Date, nullable=False),
)

festival = Table(
    "festival",
    metadata,
    Column("region", String, primary_key=True),
    Column("festival_id", String, primary_key=True),
    Column("programme_id", String),
    Column("title", String, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("venue", String, nullable=False),
    Column("innovations", Integer, nullable=False, comment="how many are chosen"),
    Column("slots", Integer, nullable=False, comment="how many items the schedule has"),
    Column("cancelled_on", Date),
)

feedback = Table(
    "feedback",
    metadata,
    Column("region", String, primary_key=True),
    Column("feedback_id", String, primary_key=True),
    Column("innovation_id", String, nullable=False),
    Column("kind", String, nullable=False, comment="confirmation | rating | complaint"),
    Column("stars", SmallInteger, comment="1 to 5 of a rating"),
    Column("worded", Boolean, nullable=False),
    Column("given_on", Date, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
    Column("state", String, nullable=False, comment="given | published | withheld | withdrawn"),
    Column("grounds", String, comment="why it is withheld"),
    Column("answered_on", Date, comment="of the first answer"),
    Column("position", BigInteger, nullable=False, comment="of its newest event in the region's log"),
    Index("feedback_region", "region", "given_at"),
    Index("feedback_newest", "given_at", "region", "feedback_id"),
)
