"""The list of all regions: narrowed down to a province, with the map that says the same."""

import re

import pytest

from tests.services.showcase.logs import programme, proposed
from tests.services.showcase.site import Running

BANTEN, CENTRAL_JAVA = ("36.71", "36.74"), ("33.27",)
BEGUN = "36.73"  # in Banten, a programme and no innovation


@pytest.fixture(scope="module")
def site(running: Running) -> Running:
    """Innovations in two regions of one province and in one of another, and a region that only began."""
    for region in (*BANTEN, *CENTRAL_JAVA):
        each = proposed(region, 1)
        running.submission.record(region, f"innovation/{each.innovation_id}", each)
    running.submission.record(BEGUN, f"programme/{BEGUN}-2020", programme(BEGUN))
    running.catch_up()
    return running


def listed(page: str) -> list[str]:
    """Give the codes of the regions in the table, in its order."""
    return re.findall(r'<th scope="row"><span><a href="/regions/([\d.]+)"', page)


def on_the_map(page: str) -> list[str]:
    """Give the codes of the regions that have a disc on the map, which leads to their pages."""
    return re.findall(r'<a tabindex="-1" href="/regions/([\d.]+)">', page)


def test_a_province_shows_its_own_in_the_table_and_on_the_map(site: Running) -> None:
    every, banten = site.page("/regions"), site.page("/regions?province=36")
    assert sorted(listed(every)) == sorted((*BANTEN, BEGUN, *CENTRAL_JAVA))
    assert sorted(on_the_map(every)) == sorted((*BANTEN, *CENTRAL_JAVA))
    assert sorted(listed(banten)) == sorted((*BANTEN, BEGUN))
    assert sorted(on_the_map(banten)) == sorted(BANTEN)
    assert ["Peta Banten: inovasi aktif menurut daerah" in each for each in (every, banten)] == [False, True]
    assert ["Daerah di Banten" in each for each in (every, banten)] == [False, True]
    assert ['href="/regions/36"' in each for each in (every, banten)] == [False, True]
    # The map of the country leads to that of a province.
    assert ['href="/regions?province=36"' in each for each in (every, banten)] == [True, False]


def test_a_province_in_which_nobody_has_begun_says_so(site: Running) -> None:
    page = site.page("/regions?province=51")
    assert (listed(page), on_the_map(page)) == ([], [])
    assert "Belum ada daerah di provinsi ini yang memulai." in page


def test_what_is_no_province_is_refused(site: Running) -> None:
    codes = ("36.74", "99", "x")
    assert [site.client.get(f"/regions?province={each}").status_code for each in codes] == [422] * 3


def test_narrowing_down_takes_no_further_statement(site: Running) -> None:
    site.page("/regions?n=0")
    assert [site.statements(f"/regions?province={each}&n=1") for each in (36, 51)] == [1, 1]
