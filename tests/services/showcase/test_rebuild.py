"""A rebuild beside the old model: the same rows, no failed read, nothing lost that happens meanwhile."""

import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from services.showcase.following import active_schema
from services.showcase.projections import showcase
from services.showcase.rebuild import RebuildFailed, Rebuilt, rebuild
from shared.event_log import Head
from shared.sources import SourceUnavailable
from tests.services.showcase.logs import Logs, laboratory, proposed
from tests.services.showcase.site import Running


def schemas(owner: Engine) -> list[str]:
    """Give the schemas of the read model that exist."""
    with owner.connect() as connection:
        rows = connection.exec_driver_sql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'showcase%%' ORDER BY 1")
        return [row[0] for row in rows]


def active(owner: Engine) -> tuple[str, str]:
    """Give the active schema and what its rows are."""
    with owner.connect() as connection:
        schema = active_schema(connection)
        return schema, showcase.into(schema).fingerprint(connection)


def run(running: Running, owner: Engine, sources: Sequence[Logs] | None = None, grace: float = 0.5) -> Rebuilt:
    """Rebuild from the site's producers, dropping the old schema after some seconds."""
    role = make_url(running.service.kernel.settings.database_url.get_secret_value()).username
    assert role is not None
    return rebuild(owner, sources or (running.submission, running.review), app_role=role, grace_seconds=grace)


class Away(Logs):
    """A producer that does not answer."""

    def heads(self) -> Sequence[Head]:
        """Fail."""
        raise SourceUnavailable("submission: ConnectError")


def test_a_rebuild_gives_the_same_rows_without_a_failed_read(running: Running, owner: Engine) -> None:
    (ident, *_) = laboratory(running.submission, running.review, "36.74", innovations=12)
    running.catch_up()
    old, rows = active(owner)
    stop = threading.Event()
    answers: list[int] = []

    def read() -> None:
        while not stop.is_set():
            answers.append(running.client.get(f"/api/innovations/{ident}?{len(answers)}").status_code)

    reader = threading.Thread(target=read)
    reader.start()
    rebuilt = run(running, owner, grace=3)
    before_end = len(answers)
    while reader.is_alive() and len(answers) < before_end + 5:
        stop.wait(0.02)
    stop.set()
    reader.join()
    new, rows_after = active(owner)
    events = sum(len(log) for source in (running.submission, running.review) for log in source.events.values())
    assert (rebuilt, rows_after) == (Rebuilt(old=old, new=new, events=events), rows)
    assert (old, new) == ("showcase_v1", "showcase_v2")
    assert schemas(owner) == ["showcase_v2"]
    assert set(answers) == {200}


def test_the_live_consumer_goes_on_in_the_new_schema(running: Running, owner: Engine) -> None:
    laboratory(running.submission, running.review, "33.27", innovations=3)
    running.catch_up()
    run(running, owner)
    late = proposed("33.27", 77, title="Sesudah pergantian")
    running.submission.record("33.27", f"innovation/{late.innovation_id}", late)
    running.catch_up()
    assert "Sesudah pergantian" in running.page(f"/innovations/{late.innovation_id}")
    with owner.connect() as connection:
        consumers = connection.exec_driver_sql("SELECT DISTINCT consumer FROM checkpoint").scalars().all()
    assert consumers == ["showcase"]


def test_events_that_no_live_consumer_has_seen_are_in_the_new_schema(running: Running, owner: Engine) -> None:
    laboratory(running.submission, running.review, "36.02", innovations=2)
    run(running, owner)
    _, rows = active(owner)
    running.catch_up()
    assert active(owner)[1] == rows
    assert "Inovasi 2" in running.page("/innovations?region=36.02")


def test_a_producer_that_does_not_answer_leaves_the_old_model_in_use(running: Running, owner: Engine) -> None:
    before = active(owner)
    with pytest.raises(RebuildFailed):
        run(running, owner, [Away("submission")])
    assert (active(owner), schemas(owner)) == (before, [before[0]])
