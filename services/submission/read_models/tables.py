"""The tables that lists are read from. Every row belongs to one stream; a rebuild fills a schema beside this one."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Index, MetaData, String, Table
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
