"""A rebuild takes from the copy what the copy holds of the very log, and the rows are those of the live model."""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from services.showcase import filling
from services.showcase.following import active_schema
from services.showcase.projections import showcase
from services.showcase.rebuild import rebuild
from services.submission.domain import events as submission
from shared.sources import PAGE, Page
from tests.services.showcase.logs import CATALOGUES, Logs, laboratory, proposed
from tests.services.showcase.site import Running


class Asked(Logs):
    """A producer that remembers the regions whose pages it was asked for."""

    def __init__(self, logs: Logs) -> None:
        super().__init__(logs.name, logs.events, logs.versions)
        self.regions: set[str] = set()

    def page(self, region: str, after: int, limit: int = PAGE) -> Page:
        self.regions.add(region)
        return super().page(region, after, limit)


def fingerprint(owner: Engine) -> str:
    with owner.connect() as connection:
        return showcase.into(active_schema(connection)).fingerprint(connection)


def rebuilt(running: Running, owner: Engine) -> tuple[str, set[str]]:
    """Rebuild; give what the rows are, and the regions of which submission was asked for pages."""
    role = make_url(running.service.kernel.settings.database_url.get_secret_value()).username
    asked = Asked(running.submission)
    rebuild(owner, (asked, running.review), app_role=str(role), grace_seconds=0)
    return fingerprint(owner), asked.regions


def test_no_type_is_handled_whose_payload_the_copy_withholds() -> None:
    """What was sealed is opened at its producer and never in the copy: a model filled from it would lack it."""
    handled = {cls.wire_name for cls in showcase.handlers}
    types = {name: each for catalogue in CATALOGUES.values() for name, each in catalogue.types.items()}
    seen = {name: types[name].cls.visibility for name in handled}
    assert {name for name, each in seen.items() if each.value.startswith("sealed")} == set()


def test_what_the_copy_holds_is_not_asked_of_the_producers(
    running: Running, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "BATCH", 40)
    for region in ("36.74", "33.27", "36.02"):
        laboratory(running.submission, running.review, region, innovations=7)
    running.catch_up()
    running.copy()
    live = fingerprint(owner)
    assert rebuilt(running, owner) == (live, set())


def test_what_came_after_the_copy_is_asked_for(running: Running, owner: Engine) -> None:
    late = proposed("33.27", 77)
    running.submission.record("33.27", f"innovation/{late.innovation_id}", late)
    running.catch_up()
    live = fingerprint(owner)
    assert rebuilt(running, owner) == (live, {"33.27"})


@pytest.mark.parametrize(
    "done",
    [
        "UPDATE checkpoint SET leaf_hash = 'another' WHERE consumer = 'copy' AND region = '36.74'",
        "UPDATE checkpoint SET epoch = 9 WHERE consumer = 'copy' AND region = '36.74'",
        "UPDATE checkpoint SET halted = 'put back' WHERE consumer = 'copy' AND region = '36.74'",
        "DELETE FROM copied_event WHERE region = '36.74' AND position = 3",
    ],
)
def test_a_copy_that_is_not_of_the_very_log_is_left_alone(running: Running, owner: Engine, done: str) -> None:
    running.copy()
    live = fingerprint(owner)
    with owner.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql(done)
        heads = {each.region: each for each in running.submission.heads()}
        held = filling.held_in(connection, running.submission, heads)
        transaction.rollback()
    assert (sorted(held), live) == (["33.27", "36.02"], fingerprint(owner))


def test_what_cannot_be_applied_is_parked_as_ever(running: Running, owner: Engine) -> None:
    missing = "36.02-" + "f" * 32
    running.submission.record(
        "36.02",
        f"innovation/{missing}",
        submission.InnovationLaunched(innovation_id=missing, launched_on=date(2020, 1, 1), place="", remark=""),
    )
    before = fingerprint(owner)
    running.copy()
    assert rebuilt(running, owner) == (before, {"36.02"})
    with owner.connect() as connection:
        parked = connection.exec_driver_sql("SELECT consumer, region, type, state FROM parked").all()
    assert [tuple(row) for row in parked] == [("showcase", "36.02", "innovation.launched", "parked")]
