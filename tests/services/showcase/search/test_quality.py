"""How well the search finds what people mean: a table of queries with what they should find, over real innovations."""

from collections.abc import Iterator

import pytest

from services.showcase import gallery
from services.showcase.queries import Model
from shared.cursors import Cursors
from tests.services.showcase.search.world import QUERIES, record, rows
from tests.services.showcase.site import Running

FLOOR = 0.95
FIRST = 10


@pytest.fixture(scope="module")
def model(running: Running) -> Iterator[Model]:
    record(running.submission)
    running.catch_up()
    with running.service.kernel.engine.connect() as connection:
        yield Model(connection, "showcase_v1")


def found(model: Model, query: str) -> list[str]:
    asked = gallery.Filter(q=query)
    page = gallery.page(model, asked, Cursors("secret"), gallery.search(model, asked.words), limit=FIRST)
    return [row.title for row in page.rows]


def test_the_mean_reciprocal_rank_of_the_table_stays_above_its_floor(model: Model) -> None:
    table = [row for row in rows(QUERIES) if row["expected"]]
    ranks, missed = [], []
    for row in table:
        titles, expected = found(model, row["query"]), row["expected"].split("|")
        rank = next((at for at, title in enumerate(titles, start=1) if title in expected), None)
        ranks.append(1 / rank if rank else 0.0)
        if rank != 1:
            missed.append(f"  {row['kind']}: {row['query']} → {rank} {titles[:4]}")
    mean = sum(ranks) / len(ranks)
    print(f"\nmean reciprocal rank {mean:.3f} over {len(ranks)} queries; not first:", *missed, sep="\n")
    assert len(table) >= 60
    assert mean >= FLOOR


def test_what_is_not_there_is_not_found(model: Model) -> None:
    queries = [row["query"] for row in rows(QUERIES) if not row["expected"]]
    assert {query: found(model, query) for query in queries} == {query: [] for query in queries}
