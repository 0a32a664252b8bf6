"""The rubrics that review has published: what a gate may name. They stand in review's national log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, select

from services.submission.incoming import RubricPublished
from shared.incoming import Received
from shared.projection import Projection, Write, put

metadata = MetaData()

rubric = Table(
    "rubric",
    metadata,
    Column("rubric_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("title", String, nullable=False),
)

RUBRICS = Projection("submission.rubrics", metadata, schema="submission_rubrics_v1")


@RUBRICS.on(RubricPublished)
def _published(event: RubricPublished, at: Received) -> Iterator[Write]:
    yield put(rubric, {"rubric_id": event.rubric_id, "version": event.version, "title": event.title})


@dataclass(frozen=True, kw_only=True)
class KnownRubric:
    """A published version of a rubric."""

    rubric_id: str
    version: int
    title: str


def rubrics(connection: Connection) -> Sequence[KnownRubric]:
    """Give the published versions, by title, the newest of each first; none until review's log was read: one query."""
    query = select(rubric).order_by(rubric.c.title, rubric.c.rubric_id, rubric.c.version.desc())
    return [KnownRubric(**row) for row in RUBRICS.reading(connection).execute(query).mappings()]
