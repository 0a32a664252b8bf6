"""The lists: every event of the way is in them, and a rebuild gives the same rows, byte for byte."""

import json
from typing import Any

from sqlalchemy import select

from services.submission.read_models import LISTS
from services.submission.read_models.projection import folded
from services.submission.read_models.tables import innovation
from shared.consumer import Consumer
from shared.sources import LocalSource
from tests.services.submission.laboratory import DESIGN, DIAGNOSIS, DISPLAY, Laboratory, ok
from tests.services.submission.signed_in import Running, SignedIn

STEPS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("PUT", "team", {"members": ["p1"]}, {}),
    ("POST", "stage", {"on": "2020-03-05"}, {"stage": "diagnose", "since": "2020-03-05"}),
    ("PUT", "diagnosis", DIAGNOSIS, {}),
    ("POST", "stage", {"on": "2020-03-20"}, {"stage": "design", "since": "2020-03-20"}),
    ("PUT", "design", DESIGN, {}),
    ("POST", "stage", {"on": "2020-04-10"}, {"stage": "deliver", "since": "2020-04-10"}),
    ("POST", "launch", {"launched_on": "2020-06-01"}, {"launched_on": "2020-06-01"}),
    ("POST", "milestones/m1/done", {"done_on": "2020-06-01"}, {}),
    (
        "POST",
        "measurements",
        {"indicator_id": "i2", "value": 1, "measured_on": "2020-09-01", "source": "Loket"},
        {},
    ),
    ("PUT", "evidence", {"evidence": "Foto"}, {}),
    ("POST", "stage", {"on": "2020-09-10"}, {"stage": "display", "since": "2020-09-10"}),
    ("PUT", "display", DISPLAY, {}),
    ("POST", "publication", {"on": "2020-12-21"}, {"displayed_on": "2020-12-21", "since": "2020-12-21"}),
    (
        "POST",
        "return",
        {"to_stage": "deliver", "required_changes": "Ukur lagi", "on": "2021-01-05"},
        {"stage": "deliver", "returned": True, "displayed_on": None, "since": "2021-01-05"},
    ),
    (
        "PUT",
        "idea",
        {"title": "Baru", "sector": "health", "initiator": "unit", "channel": "contest"},
        {"title": "Baru", "sector": "health"},
    ),
    ("POST", "withdraw", {"reason": "x", "on": "2021-02-01"}, {"status": "withdrawn", "since": "2021-02-01"}),
]


def row_of(client: SignedIn, region: str, ident: str) -> dict[str, Any]:
    """Give the row that the list holds of an innovation."""
    items = ok(client.get("/innovations", params={"region": region}))["items"]
    return next(each for each in items if each["innovation_id"] == ident)


def test_each_event_changes_its_part_of_the_row_and_moves_its_position(submission: Running) -> None:
    laboratory = Laboratory(submission, "32.01")
    ok(laboratory.coordinator.post(f"/programmes/{laboratory.programme}/gates", {"gates": []}))
    ident = laboratory.propose(team=[])
    row = row_of(laboratory.member, "32.01", ident)
    for method, path, body, changes in STEPS:
        by = laboratory.coordinator if path == "return" else laboratory.member
        position = ok(by.send(method, f"/innovations/{ident}/{path}", body))["position"]
        found = row_of(laboratory.member, "32.01", ident)
        moved = {"position": position, "updated_at": found["updated_at"], "folded": folded(found["title"])}
        assert found == row | moved | changes, path
        row = found


def test_a_submission_and_its_end_are_seen(submission: Running) -> None:
    laboratory = Laboratory(submission, "32.02")
    ident = laboratory.to_design_gate()
    assert row_of(laboratory.member, "32.02", ident)["waiting"] is True
    ok(laboratory.member.post(f"/innovations/{ident}/withdraw", {"reason": "x", "on": "2020-05-01"}))
    row = row_of(laboratory.member, "32.02", ident)
    assert (row["waiting"], row["status"]) == (False, "withdrawn")


def test_a_rebuild_gives_the_same_rows_byte_for_byte(submission: Running) -> None:
    laboratory = Laboratory(submission, "32.03")
    laboratory.to_design_gate()
    ok(laboratory.coordinator.send("PATCH", f"/units/{laboratory.unit}", {"name": "Dukcapil"}))
    at = f"/programmes/{laboratory.programme}"
    ok(laboratory.coordinator.post(f"{at}/stall", {"reason": "x", "stalled_on": "2020-05-01"}))
    ok(laboratory.coordinator.post(f"{at}/resume", {"resumed_on": "2020-06-01"}))
    kernel, models = submission.kernel, submission.service.models
    assert models is not None
    models.catch_up()
    source = LocalSource(kernel.log)
    with kernel.engine.connect() as connection:
        live = LISTS.fingerprint(connection)
        count = len(LISTS.reading(connection).execute(select(innovation)).all())
    assert count >= 1
    with kernel.engine.begin() as connection:
        for table in LISTS.metadata.tables.values():
            connection.exec_driver_sql(f'DELETE FROM "{LISTS.schema}"."{table.name}"')
        connection.exec_driver_sql("DELETE FROM checkpoint WHERE consumer = %s", (LISTS.name,))
    rebuilding = Consumer(LISTS.name, source, LISTS, kernel.engine)
    for head in source.heads():
        rebuilding.catch_up(head.region)
    with kernel.engine.connect() as connection:
        assert LISTS.fingerprint(connection) == live


def test_folded_titles_compare_what_people_mean() -> None:
    assert json.dumps([folded("  Café—TBC! "), folded("LAYANAN  e-KTP")]) == json.dumps(["cafe tbc", "layanan e ktp"])
