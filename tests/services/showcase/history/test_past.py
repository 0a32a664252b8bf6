"""The past is folded by the very projections: at the head it is the live model, before it that of the prefix alone."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from services.review.domain import events as review
from services.showcase.counts import COUNTS
from services.showcase.following import active_schema
from services.showcase.history import changes, lanes, log, moments, why
from services.showcase.history.folding import SCHEMA, Fold, folding
from services.showcase.history.moments import SOURCES, Asked, NoMoment
from services.showcase.projections import showcase
from services.showcase.queries import Model
from services.submission.domain import events as submission
from services.submission.domain.vocabulary import Stage
from shared.http import today
from tests.services.showcase.logs import STARTED, Logs, advanced, laboratory, proposed, unit
from tests.services.showcase.site import Running

REGION = "36.04"


@pytest.fixture(scope="module")
def site(running: Running) -> Running:
    """The site with one laboratory, copied."""
    laboratory(running.submission, running.review, REGION, innovations=12)
    running.catch_up()
    running.copy()
    return running


def connected(site: Running) -> Engine:
    """Give the engine as the pages read with it."""
    return site.service.kernel.engine.execution_options(isolation_level="AUTOCOMMIT")


def head(logs: Logs, region: str = REGION) -> int:
    """Give the last position of a region's log."""
    return len(logs.events[region])


def test_at_the_head_it_is_the_live_model_byte_for_byte(site: Running) -> None:
    with connected(site).connect() as connection:
        live = Model(connection, active_schema(connection))
        rows = showcase.into(live.schema).fingerprint(connection)
        moment = moments.resolve(connection, REGION, Asked())
        for _ in range(2):
            with folding(live, REGION) as fold:
                fold.to(moment.positions)
                assert showcase.into(SCHEMA).fingerprint(connection) == rows
        assert moment.at_head
        # Nothing of it is left, and the live model is as it was.
        assert connection.exec_driver_sql("SELECT count(*) FROM pg_class WHERE relpersistence = 't'").scalar() == 0
        assert showcase.into(live.schema).fingerprint(connection) == rows


def test_before_it_is_the_model_of_the_prefix_alone(site: Running, owner: Engine) -> None:
    chance = random.Random(4)
    with connected(site).connect() as connection:
        for number in range(4):
            positions = {
                "submission": chance.randint(0, head(site.submission)),
                "review": chance.randint(0, head(site.review)),
            }
            with folding(Model(connection, active_schema(connection)), REGION) as fold:
                # In two steps, as the difference between two moments goes.
                fold.to({source: position // 2 for source, position in positions.items()})
                fold.to(positions)
                folded = showcase.into(SCHEMA).fingerprint(connection)
            with owner.connect() as other:
                alone = showcase.into(f"alone_{number}")
                alone.create(other, indexed=False)
                for logs in (site.review, site.submission):
                    alone.apply(other, logs.events[REGION][: positions[logs.name]])
                assert folded == alone.fingerprint(other)
                other.rollback()


def test_a_moment_is_the_longest_prefix_whose_times_are_not_later(site: Running) -> None:
    region = "36.02"
    minutes = (0, 5, 2, 9)  # the clock was set back after the second
    for number, minute in enumerate(minutes):
        at = STARTED + timedelta(minutes=minute)
        site.submission.record(region, f"unit/{region}-u{number}", unit(region, f"u{number}", "Unit"), at=at)
    site.copy()

    def upto(minute: float) -> int:
        with connected(site).connect() as connection:
            at = STARTED + timedelta(minutes=minute)
            return moments.resolve(connection, region, Asked(at=at)).positions["submission"]

    assert [upto(minute) for minute in (-1, 0, 2, 4, 5, 8, 9)] == [0, 1, 1, 1, 3, 3, 4]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21", datetime(2026, 11, 21, 16, 59, 59, 999999, tzinfo=UTC)),
        ("2026-11-21T10:00", datetime(2026, 11, 21, 3, 0, tzinfo=UTC)),
        ("2026-11-21T10:00+07:00", datetime(2026, 11, 21, 3, 0, tzinfo=UTC)),
        ("2026-11-21T10:00 07:00", datetime(2026, 11, 21, 3, 0, tzinfo=UTC)),
        ("2026-11-21T03:00:00Z", datetime(2026, 11, 21, 3, 0, tzinfo=UTC)),
    ],
)
def test_how_a_moment_is_written(text: str, moment: datetime) -> None:
    assert moments.asked({"at": text}).at == moment


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-02-31", "2026-11-21T25:00", "9999-12-31", "9999-12-31T23:59Z", "2026-11-21T10", "1"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(NoMoment):
        moments.asked({"at": text})


def test_positions_of_one_log_take_the_other_up_to_the_same_time(site: Running) -> None:
    with connected(site).connect() as connection:
        moment = moments.resolve(connection, REGION, Asked(positions=(("submission", 10),)))
    # Both logs record an event a minute from the same minute on.
    assert dict(moment.positions) == {"submission": 10, "review": 10}


def test_the_stages_after_each_record_are_those_of_the_fold(site: Running) -> None:
    with connected(site).connect() as connection:
        live = Model(connection, active_schema(connection))
        events = [*site.submission.events[REGION], *site.review.events[REGION]]
        steps = lanes.steps(live, REGION, events, lanes.subjects(live, REGION, events))
        for step in steps[::15]:
            at = Asked(positions=((step.event.source, step.event.position),))
            moment = moments.resolve(connection, REGION, at)
            with folding(live, REGION) as fold:
                rows = fold.to(moment.positions).run(changes.INNOVATIONS, {"region": REGION})
            assert (step.event.position, step.counts) == (step.event.position, changes.Tally.of(rows).by_stage)


def test_what_changed_between_two_moments(site: Running) -> None:
    region = "36.03"
    new, moved, back, gone, still = (proposed(region, number, title=f"I{number}") for number in range(1, 6))
    for each in (moved, back, gone, still):
        site.submission.record(region, f"innovation/{each.innovation_id}", each)
    site.submission.record(
        region,
        f"innovation/{back.innovation_id}",
        advanced(back.innovation_id, Stage.DIAGNOSE, today()),
        advanced(back.innovation_id, Stage.DESIGN, today()),
    )
    before = head(site.submission, region)
    site.submission.record(
        region, f"innovation/{moved.innovation_id}", advanced(moved.innovation_id, Stage.DIAGNOSE, today())
    )
    site.submission.record(
        region,
        f"innovation/{back.innovation_id}",
        submission.InnovationReturned(
            innovation_id=back.innovation_id,
            from_stage=Stage.DESIGN,
            to_stage=Stage.DIAGNOSE,
            required_changes="perbaiki",
            returned_on=today(),
            assessment_id=None,
        ),
    )
    site.submission.record(
        region,
        f"innovation/{gone.innovation_id}",
        submission.InnovationWithdrawn(innovation_id=gone.innovation_id, reason="", withdrawn_on=today()),
    )
    site.submission.record(region, f"innovation/{new.innovation_id}", new)
    site.catch_up()
    site.copy()
    with connected(site).connect() as connection:
        live = Model(connection, active_schema(connection))
        earlier = moments.resolve(connection, region, Asked(positions=(("submission", before),)))
        later = moments.resolve(connection, region, Asked())
        with folding(live, region) as fold:
            found = changes.between(fold, earlier, later)
    assert {group: [line.after.title for line in found.of(group)] for group in changes.GROUPS} == {
        "added": ["I1"],
        "moved": ["I2"],
        "returned": ["I3"],
        "ended": ["I4"],
        "other": [],
    }
    stages = {"drum-up": 3, "diagnose": 0, "design": 1, "deliver": 0, "display": 0}
    assert (found.before.by_stage, found.before.active, found.before.withdrawn) == (stages, 4, 0)
    stages = {"drum-up": 2, "diagnose": 2, "design": 0, "deliver": 0, "display": 0}
    assert (found.after.by_stage, found.after.active, found.after.withdrawn) == (stages, 4, 1)
    assert "I1" in site.page(f"/regions/{region}/changes?from_submission={before}")


def test_merged_pages_neither_lose_nor_repeat_and_keep_each_log_in_order(site: Running) -> None:
    region = "36.05"
    chance = random.Random(7)
    for number in range(20):
        # Clocks that jump: times say nothing about the order within a log.
        first, second = (STARTED + timedelta(minutes=chance.randint(0, 30)) for _ in range(2))
        site.submission.record(region, f"unit/{region}-{number}", unit(region, f"u{number}", "Unit"), at=first)
        done = review.PanelCompleted(assessment_id=f"{region}-{number}", scorecards=2)
        site.review.record(region, f"assessment/{region}-{number}", done, at=second)
    site.copy()

    def walk(*, forward: bool) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        place = dict.fromkeys(SOURCES, 0 if forward else 20)
        with connected(site).connect() as connection:
            while True:
                page = log.page(connection, region, place, log.Filter(), forward=forward, limit=7)
                found += [(each.source, each.position) for each in page.events]
                if page.beyond is None:
                    return found
                place = dict(page.beyond)

    for forward in (True, False):
        found = walk(forward=forward)
        for source in SOURCES:
            order = [position for name, position in found if name == source]
            assert order == (list(range(1, 21)) if forward else list(range(20, 0, -1)))


def test_an_event_that_the_live_model_holds_back_is_held_back_here(site: Running) -> None:
    with connected(site).connect() as connection:
        stream = site.submission.events[REGION][5].stream
        connection.exec_driver_sql(
            "INSERT INTO parked (consumer, source, region, position, stream, type, tries, state, error) "
            "VALUES ('showcase', 'submission', %s, 6, %s, 'x', 5, 'parked', 'x')",
            (REGION, stream),
        )
        try:
            with folding(Model(connection, active_schema(connection)), REGION) as fold:
                rows = titles(fold, head(site.submission))
        finally:
            connection.exec_driver_sql("DELETE FROM parked")
    assert rows == [f"Inovasi {number}" for number in range(2, 13)]


def titles(fold: Fold, upto: int) -> list[str]:
    """Give the innovations' titles up to a position."""
    return [row.title for row in fold.to({"submission": upto}).run(changes.INNOVATIONS, {"region": REGION})]


def test_a_number_has_exactly_the_rows_that_were_counted(site: Running) -> None:
    with connected(site).connect() as connection:
        live = Model(connection, active_schema(connection))
        for count in COUNTS:
            for unit_id in (None, f"{REGION}-disdukcapil", f"{REGION}-none"):
                found = why.explain(live, REGION, why.Asked(count, today(), unit=unit_id))
                assert (count, unit_id, found.number) == (count, unit_id, len(found.rows))
                assert [row.innovation_id for row in found.rows if row.position is None] == []
