"""However large the nation, a page takes the same statements: counted with few innovations and with many."""

import pytest

from services.showcase.model import ReadModel
from shared.http import today
from tests.services.showcase.site import Running
from tests.services.showcase.wandering import REGIONS, Wandering
from tests.support import counting

REGION = REGIONS[1]
FIRST = f"{REGION}-{1:032x}"
# What a page may take at most: round trips are what a first visit waits for.
BOUND = 12
PAGES = (
    *("/", "/?show=outcomes", "/innovations", "/innovations?q=inovasi", "/innovations?sector=health&stage=design"),
    *(f"/innovations/{FIRST}", f"/regions/{REGION}", f"/regions/{REGIONS[0]}", f"/programmes/{REGION}-2025"),
    *(f"/units/{REGION}-u1", "/regions", "/board", "/board?sort=momentum", "/festivals", "/api/innovations"),
    *(f"/api/innovations/{FIRST}", "/api/regions", f"/api/regions/{REGION}", "/api/suggest?q=inov"),
)


def statements(running: Running) -> dict[str, int]:
    """Count the statements of each page."""
    found = {}
    with counting(running.service.kernel.engine) as sent:
        for page in PAGES:
            before = sent()
            running.page(page)
            found[page] = sent() - before
    return found


def test_a_page_takes_the_same_statements_with_few_innovations_and_with_many(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What was counted before is counted anew, so that each page has all its statements.
    monkeypatch.setattr(ReadModel, "fact", lambda self, key, state, find, **how: find())
    wandering = Wandering(running.submission, today(), seed=7)
    wandering.record(2)
    running.catch_up()
    few = statements(running)
    wandering.go_on(3, 15)
    running.catch_up()
    assert statements(running) == few
    assert {page: count for page, count in few.items() if count > BOUND} == {}
