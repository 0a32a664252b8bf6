"""What an operator does with a running installation, by the command: status, events, parked events, a rebuild."""

import json
import os
import sys
import threading
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from unittest.mock import patch
from uuid import uuid4

import httpx
import pytest
import structlog

from deploy.cli import main
from tests.journeys.installation import Installation, eventually
from tests.journeys.speaking import LAN_MACHINE, Api

pytestmark = pytest.mark.timeout(400)  # the first to ask starts everything

REGION = "14.71"


def labinov(installation: Installation, *arguments: str) -> tuple[int, str, str]:
    """Run the command within this process, which has its modules; give its exit code and what it said on both channels.

    That it starts as a process of its own `tests/deploy/test_up.py` shows.
    """
    out, err, configured = StringIO(), StringIO(), structlog.get_config()
    try:
        with (
            patch.dict(os.environ, {"LABINOV_HOME": str(installation.state.folder)}),
            patch.object(sys, "argv", ["labinov", *arguments]),
            redirect_stdout(out),
            redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main()
    finally:
        structlog.configure(**configured)
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


def register(api: Api, code: str) -> str:
    """Register a unit; give its id."""
    body = {"region": REGION, "code": code, "name": f"Dinas {code}", "short_name": code, "kind": "opd", "aliases": []}
    return str(api.command(LAN_MACHINE, "POST", "/submission/units", body, key=uuid4().hex)["id"])


def in_showcase(installation: Installation, unit: str) -> bool:
    """Whether the read model in use knows a unit; pages name one only once it has put something forward."""
    with installation.connect("showcase") as database:
        schema = database.execute("SELECT active FROM read_model").fetchone()
        assert schema is not None
        found = database.execute(f"SELECT FROM {schema[0]}.unit WHERE unit_id = %s".encode(), (unit,))
        return found.fetchone() is not None


def test_status_says_how_far_everything_has_come(installation: Installation, api: Api) -> None:
    register(api, f"status-{uuid4().hex[:6]}")
    code, out, err = labinov(installation, "status", "--json")
    found = json.loads(out)
    assert (code, err, set(found)) == (0, "", {"processes", "logs", "lag", "parked", "alarms"})
    assert found["alarms"] == []
    assert {each["log"] for each in found["logs"]} == {"submission", "review"}
    assert {each["consumer"] for each in found["lag"]} >= {"showcase", "review.reactions", "submission.reactions"}


def test_events_are_shown_as_they_stand_in_the_log(installation: Installation, api: Api) -> None:
    unit = register(api, f"tail-{uuid4().hex[:6]}")
    code, out, _ = labinov(installation, "events", "tail", "--region", REGION, "-n", "1", "--no-follow", "--json")
    events = [json.loads(line) for line in out.splitlines()]
    mine = [each for each in events if each["source"] == f"/submission/{REGION}"]
    assert (code, [each["subject"] for each in mine]) == (0, [f"unit/{unit}"])
    position = str(int(mine[0]["sequence"]))
    code, out, _ = labinov(installation, "events", "show", REGION, position, "--json")
    assert (code, json.loads(out)) == (0, mine[0])
    code, out, _ = labinov(installation, "events", "show", REGION, position)
    assert (code, out.splitlines()[0]) == (0, "A unit of the region was registered.")


def test_what_is_not_there_is_said_in_a_sentence(installation: Installation) -> None:
    for arguments, sentence in (
        (("events", "show", REGION, "999999"), f"The log submission/{REGION} has no event 999999.\n"),
        (("events", "retry", "showcase", REGION, "unit/nothing"), "showcase has nothing of that kind parked.\n"),
        (("events", "resume", "showcase", REGION), f"It does not go on: showcase is not halted in {REGION}.\n"),
    ):
        assert labinov(installation, *arguments) == (1, "", sentence)


def test_a_parked_event_is_listed_and_retried_or_skipped(installation: Installation, api: Api) -> None:
    stuck, left_out = (f"{REGION}-{name}-{uuid4().hex[:6]}" for name in ("stuck", "left"))
    with installation.connect("showcase") as database:
        schema = database.execute("SELECT active FROM read_model").fetchone()
        assert schema is not None
        columns = "(region, unit_id, name, short_name, kind, aliases, position)"
        for unit in (stuck, left_out):
            # Somebody put a row where the event wants to put one.
            database.execute(
                f"INSERT INTO {schema[0]}.unit {columns} VALUES (%s, %s, '', '', 'opd', '[]', 0)".encode(),
                (REGION, unit),
            )
        register(api, stuck.partition("-")[2])
        register(api, left_out.partition("-")[2])
        count = "SELECT count(*) FROM parked WHERE consumer = 'showcase' AND state = 'parked' AND resolution IS NULL"
        eventually(lambda: database.execute(count).fetchone() == (2,), "both parked")
        code, out, _ = labinov(installation, "events", "parked", "--json")
        rows = {row["stream"]: row for row in map(json.loads, out.splitlines())}
        assert code == 1
        assert {name: (row["consumer"], row["state"], row["tries"]) for name, row in rows.items()} == {
            f"unit/{unit}": ("showcase", "parked", 5) for unit in (stuck, left_out)
        }
        position = str(rows[f"unit/{left_out}"]["position"])
        code, _, err = labinov(installation, "events", "retry", "showcase", REGION, f"unit/{stuck}")
        assert (code, err.startswith("It failed again: ")) == (1, True)
        database.execute(f"DELETE FROM {schema[0]}.unit WHERE unit_id = %s".encode(), (stuck,))
        retried = labinov(installation, "events", "retry", "showcase", REGION, f"unit/{stuck}")
        assert retried == (0, "1 applied, 0 still wait.\n", "")
        skipped = labinov(installation, "events", "skip", "showcase", REGION, position, "--reason", "a row was there")
        assert skipped == (0, "0 applied, 0 still wait.\n", "")
        database.execute(f"DELETE FROM {schema[0]}.unit WHERE unit_id = %s".encode(), (left_out,))
    assert labinov(installation, "events", "parked") == (0, "Nothing is parked.\n", "")
    assert (in_showcase(installation, stuck), in_showcase(installation, left_out)) == (True, False)
    # Anew from the log, with nothing in the way, the one that was left out is there as well.
    assert labinov(installation, "rebuild", "showcase", "--grace", "0")[0] == 0
    assert in_showcase(installation, left_out)


def test_a_rebuild_fails_no_read(installation: Installation, api: Api) -> None:
    unit = register(api, f"rebuilt-{uuid4().hex[:6]}")
    eventually(lambda: in_showcase(installation, unit), "the unit is shown")
    answers: list[int] = []
    begun, done = threading.Event(), threading.Event()
    pages = ("/", "/innovations", f"/regions/{REGION}")

    def read() -> None:
        with httpx.Client(base_url=installation.url, trust_env=False, timeout=30) as client:
            while not done.is_set():
                answers.extend(client.get(path).status_code for path in pages)
                begun.set()
            answers.extend(client.get(path).status_code for path in pages)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert begun.wait(60)
        before = len(answers)
        code, out, err = labinov(installation, "rebuild", "showcase", "--grace", "3")
        meanwhile = len(answers) - before
    finally:
        done.set()
        reader.join()
    assert (code, err) == (0, "")
    assert "is in use" in out
    assert (set(answers), meanwhile > 0) == ({200}, True)
    assert in_showcase(installation, unit)


def test_the_lists_of_a_service_are_filled_anew(installation: Installation, api: Api) -> None:
    unit = register(api, f"lists-{uuid4().hex[:6]}")
    listed = "SELECT count(*) FROM submission_lists_v2.unit WHERE unit_id = %s"
    with installation.connect("submission") as database:
        code, out, err = labinov(installation, "rebuild", "submission")
        assert (code, err) == (0, "")
        assert [line.partition(":")[0] for line in out.splitlines()] == [
            "submission.lists from submission",
            "submission.rubrics from review",
        ]
        assert database.execute(listed.encode(), (unit,)).fetchone() == (1,)
