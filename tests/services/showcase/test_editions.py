"""Regions, units and editions: each number equals what the records hold, and opens it."""

import html
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.submission.domain import events as submission
from services.submission.domain.vocabulary import Sector, Stage, TargetMeasure
from shared.domain import Event
from tests.services.showcase.logs import advanced, programme, proposed, shown, target, unit
from tests.services.showcase.site import Running

REGION, OTHER = "33.03", "33.04"
PROGRAMME = f"{REGION}-2020"
DAY = date(2021, 6, 30)
HOSTILE = '"><script>alert(1)</script>'


def session(name: str, on: date, title: str = "") -> submission.SessionScheduled:
    """Give a session."""
    return submission.SessionScheduled(
        programme_id=PROGRAMME,
        session_id=name,
        stage=Stage.DRUM_UP,
        title=title or f"Sesi {name}",
        starts_on=on,
        ends_on=on,
        venue="Aula",
        mentors=(),
    )


def came(name: str, *codes: str) -> submission.AttendanceRecorded:
    """Give the attendance of a session."""
    units = tuple(f"{REGION}-{code}" for code in codes)
    return submission.AttendanceRecorded(programme_id=PROGRAMME, session_id=name, unit_ids=units, remark="")


def signed(code: str, on: date) -> submission.CommitmentSigned:
    """Give a unit's commitment."""
    return submission.CommitmentSigned(
        programme_id=PROGRAMME, unit_id=f"{REGION}-{code}", signatory_office="Kepala", signed_on=on
    )


def staff(code: str, number: int) -> submission.StaffCounted:
    """Give a count of a unit's civil servants."""
    return submission.StaffCounted(
        unit_id=f"{REGION}-{code}", civil_servants=number, counted_on=date(2020, 5, 1), source="BKPSDM"
    )


def journey(number: int, code: str, *steps: tuple[Stage, date], **changes: Any) -> list[Event]:
    """Give an innovation of a unit with its steps."""
    first = proposed(REGION, number, unit_id=f"{REGION}-{code}", title=f"Inovasi {number}", **changes)
    return [first, *(advanced(first.innovation_id, stage, on) for stage, on in steps)]


@pytest.fixture(scope="module")
def site(running: Running) -> Running:
    """The site with one laboratory of which everything is known by heart, and a copy of it elsewhere."""
    log = running.submission
    for code, name in (("a", "Dinas A"), ("b", "Dinas B"), ("c", f"Dinas C {HOSTILE}"), ("d", "Dinas D")):
        log.record(REGION, f"unit/{REGION}-{code}", unit(REGION, code, name))
    log.record(REGION, f"unit/{REGION}-a", staff("a", 9), staff("a", 3))
    log.record(REGION, f"unit/{REGION}-b", staff("b", 4))
    log.record(
        REGION,
        f"programme/{PROGRAMME}",
        programme(REGION),
        session("s1", date(2020, 2, 1)),
        session("s2", date(2020, 3, 1), HOSTILE),
        session("s3", date(2020, 4, 1)),
        came("s1", "a", "b", "c"),
        came("s2", "b"),
        came("s1", "a", "d"),
        *(
            signed(code, on)
            for code, on in (("a", date(2020, 2, 1)), ("c", date(2020, 2, 1)), ("d", date(2021, 12, 1)))
        ),
        target(REGION, TargetMeasure.UNITS_REACHED, 2),
        target(REGION, TargetMeasure.INNOVATIONS, 9),
        target(REGION, TargetMeasure.INNOVATIONS, 3),
        target(REGION, TargetMeasure.PER_UNIT, 2),
        target(REGION, TargetMeasure.PER_CIVIL_SERVANT, 1),
    )
    launch = {"place": "", "remark": ""}
    for events in (
        journey(1, "a", (Stage.DIAGNOSE, date(2020, 3, 12)), (Stage.DESIGN, date(2020, 4, 1)), sector=Sector.HEALTH),
        journey(2, "a", (Stage.DIAGNOSE, date(2020, 3, 5)), sector=Sector.HEALTH),
        journey(3, "b", (Stage.DIAGNOSE, date(2020, 3, 22))),
        journey(4, "c", on=date(2021, 12, 1)),
    ):
        log.record(REGION, f"innovation/{events[0].innovation_id}", *events)  # type: ignore[attr-defined]  # a proposal
    first = proposed(REGION, 1).innovation_id
    log.record(
        REGION,
        f"innovation/{first}",
        submission.InnovationReturned(
            innovation_id=first,
            from_stage=Stage.DESIGN,
            to_stage=Stage.DIAGNOSE,
            required_changes="",
            returned_on=date(2020, 4, 11),
            assessment_id=None,
        ),
        submission.InnovationLaunched(innovation_id=first, launched_on=date(2020, 6, 1), **launch),
        shown(first),
        *(
            submission.OutcomeMeasured(
                innovation_id=first, indicator_id="waktu", value=Decimal(value), measured_on=on, source="loket"
            )
            for value, on in (("3.5", date(2021, 1, 1)), ("9", date(2020, 12, 1)), ("12", date(2022, 1, 1)))
        ),
    )
    copied = proposed(OTHER, 1, adapted_from=first, on=date(2021, 1, 1))
    log.record(OTHER, f"innovation/{copied.innovation_id}", copied)
    running.catch_up()
    running.copy()
    return running


def plain(page: str) -> str:
    """Give the text of a page with single blanks."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def rows(page: str) -> int:
    """Count the rows of the tables' bodies of a page."""
    bodies = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    return sum(body.count("<tr>") - body.count("table__empty") for body in bodies)


# The same numbers out of the events, by nothing but their data.
_EVENTS = """
WITH e AS (SELECT position, type, convert_from(wire, 'UTF8')::jsonb -> 'data' AS data FROM copied_event
           WHERE region = %(region)s AND source = 'submission')
"""
_INDEPENDENT = {
    "committed": "SELECT count(DISTINCT data ->> 'unit_id') FROM e WHERE type = 'programme.commitment-signed'"
    " AND data ->> 'signed_on' <= %(day)s",
    "attended": "SELECT jsonb_array_length(data -> 'unit_ids') FROM e WHERE type = 'programme.attendance-recorded'"
    " AND data ->> 'session_id' = 's1' ORDER BY position DESC LIMIT 1",
    "reached": "SELECT count(DISTINCT data ->> 'unit_id') FROM e WHERE type = 'innovation.proposed'"
    " AND data ->> 'proposed_on' <= %(day)s",
    "staff": "SELECT sum(n) FROM (SELECT DISTINCT ON (data ->> 'unit_id') (data ->> 'civil_servants')::int AS n FROM e"
    " WHERE type = 'unit.staff-counted' ORDER BY data ->> 'unit_id', position DESC) x",
    "stays": "SELECT count(*) FROM e WHERE type = 'innovation.stage-advanced' AND data ->> 'from_stage' = 'drum-up'",
    "came": "SELECT count(DISTINCT data ->> 'innovation_id') FROM e WHERE type = 'innovation.stage-advanced'"
    " AND data ->> 'to_stage' = 'diagnose'",
    "measured": "SELECT count(DISTINCT data ->> 'indicator_id') FROM e WHERE type = 'innovation.outcome-measured'"
    " AND data ->> 'measured_on' <= %(day)s",
}
_ASKED = {
    "attended": "&session=s1",
    "stays": "&stage=drum-up",
    "came": "&stage=diagnose",
}


def test_each_number_is_that_of_the_events_and_opens_as_many_facts(site: Running) -> None:
    numbers: dict[str, int] = {}
    with site.service.kernel.engine.connect() as connection:
        for name, sql in _INDEPENDENT.items():
            found = connection.exec_driver_sql(_EVENTS + sql, {"region": REGION, "day": DAY.isoformat()})
            numbers[name] = int(found.scalar_one())
    assert numbers == {
        "committed": 2,
        "attended": 2,
        "reached": 2,
        "staff": 7,
        "stays": 3,
        "came": 3,
        "measured": 1,
    }
    for name, number in numbers.items():
        page = site.page(f"/regions/{REGION}/why?count={name}&programme={PROGRAMME}&as_of={DAY}{_ASKED.get(name, '')}")
        assert (name, f"Why {number}?" in page or f"{number}?</h1>" in page) == (name, True)
        # Civil servants are a sum over two units; everything else is as many facts.
        assert (name, rows(page)) == (name, 2 if name == "staff" else number)
        assert (name, "/history/submission/" in page) == (name, True)


def test_an_edition_says_what_is_wanted_and_what_there_is(site: Running) -> None:
    page = plain(site.page(f"/programmes/{PROGRAMME}?as_of={DAY}&lang=en"))
    for said in (
        "Units with an innovation 2 of 2",
        "Innovations 3 of 3",
        "Innovations per unit 1 of 4",
        "Innovations per civil servant 3 of 7",
        "The civil servants of 2 units were not counted",
        "Units with at least one innovation 2 of 4",
        "One innovation for each civil servant 3 of 7",
        "2 units have put nothing forward yet",
        "Edition 2020",
    ):
        assert (said, said in page) == (said, True)
    site.client.cookies.clear()


def test_who_signed_and_never_came_stands_out(site: Running) -> None:
    page = site.page(f"/programmes/{PROGRAMME}?as_of={DAY}&lang=en")
    site.client.cookies.clear()
    [body] = re.findall(r'class="wide__table">.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    lines = [plain(row).strip() for row in body.split("</tr>") if row.strip()]
    # Signed after the day asked for does not count; c was struck from the attendance when it was recorded anew.
    assert lines == [
        "Dinas A 1 Feb 2020 came – did not come not recorded 1",
        "Dinas B not signed – did not come came not recorded 1",
        f"Dinas C {HOSTILE} never came 1 Feb 2020 – did not come – did not come not recorded 0",
        "Dinas D not signed came – did not come not recorded 1",
    ]
    assert "<script>alert" not in page
    assert rows(site.page(f"/regions/{REGION}/why?count=absent&programme={PROGRAMME}&as_of={DAY}")) == 1


def test_times_outcomes_and_copies_are_those_up_to_the_day(site: Running) -> None:
    page = plain(site.page(f"/regions/{REGION}?as_of={DAY}&lang=en"))
    for said in (
        "Drum-up 10 days 3–20 3",
        "Diagnose 20 days 20–20 1",
        "Design 10 days 10–10 1",
        "Health 2",
        "faster 1 1 1",
        "Learning host: others adapted these",
        "Kabupaten Banjarnegara",
    ):
        assert (said, said in page) == (said, True)
    # A year on, the newest measurement misses the target; before the first one nothing is measured.
    assert "faster 1 1 0" in plain(site.page(f"/regions/{REGION}?as_of=2022-06-01&lang=en"))
    assert "faster 1 0 0" in plain(site.page(f"/regions/{REGION}?as_of=2020-11-01&lang=en"))
    site.client.cookies.clear()


def test_a_past_page_is_made_of_what_was_recorded_then(site: Running) -> None:
    log = site.submission.events[REGION]
    recorded = [each.position for each in log if each.type == "programme.attendance-recorded"]
    page = plain(site.page(f"/programmes/{PROGRAMME}?submission={recorded[0]}&lang=en"))
    assert ("Dinas B not signed came" in page, "No unit" in page) == (True, False)
    assert "Units with at least one innovation 0 of 4" in page
    page = site.page(f"/regions/{REGION}/why?count=attended&programme={PROGRAMME}&session=s1&submission={recorded[0]}")
    site.client.cookies.clear()
    assert rows(page) == 3


def test_a_unit_says_what_is_wanted_of_it(site: Running) -> None:
    page = plain(site.page(f"/units/{REGION}-a?lang=en"))
    site.client.cookies.clear()
    for said in ("Civil servants 3", "1 May 2020", "Signed the commitment", "2 innovations for 3 civil servants"):
        assert (said, said in page) == (said, True)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("count=stays&stage=nowhere", 422),
        ("count=reached&least=0", 422),
        ("count=committed&programme=nothing", 404),
        (f"count=attended&programme={PROGRAMME}&session=s3", 404),
        ("count=nothing", 422),
        ("count=registered&sector=health", 200),
    ],
)
def test_what_cannot_be_explained_is_refused(site: Running, asked: str, status: int) -> None:
    assert site.client.get(f"/regions/{REGION}/why?{asked}").status_code == status


def test_pages_take_as_many_statements_for_much_as_for_little(site: Running) -> None:
    few, many = "33.05", "33.06"
    for region, count in ((few, 1), (many, 40)):
        site.submission.record(region, f"programme/{region}-2020", programme(region))
        for number in range(1, count + 1):
            site.submission.record(region, f"unit/{region}-u{number}", unit(region, f"u{number}", f"Unit {number}"))
            each = proposed(region, number, unit_id=f"{region}-u{number}")
            site.submission.record(region, f"innovation/{each.innovation_id}", each)
    site.catch_up()

    paths = ("/regions/{0}", "/programmes/{0}-2020", "/units/{0}-u1", "/regions/{0}/why?count=reached")
    counted = {path: tuple(site.statements(path.format(region)) for region in (few, many)) for path in paths}
    assert counted == {
        "/regions/{0}": (8, 8),
        "/programmes/{0}-2020": (7, 7),
        "/units/{0}-u1": (4, 4),
        "/regions/{0}/why?count=reached": (3, 3),
    }
