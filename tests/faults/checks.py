"""What must hold after every fault, whatever it was.

(A) what was acknowledged is in the log, once, where the answer said; (B) positions are contiguous; (C) proofs verify;
(D) every read model equals a rebuild; (E) no subscriber saw a gap (`tests.faults.subscriber`).
"""

import os
from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from deploy.commands.verify import Source as Sealed
from deploy.commands.verify import verify_source
from deploy.embedded import environment
from deploy.embedded.postgres import Postgres
from deploy.embedded.processes import PRODUCERS
from services.showcase.following import active_schema
from services.showcase.projections import showcase
from services.showcase.rebuild import fill
from shared.consumer import Consumer
from shared.database import make_engine
from shared.projection import Projection
from shared.seals import ServiceSeals
from shared.service import Service, load
from shared.settings import Settings
from shared.sources import Source
from tests.journeys.installation import Installation, eventually
from tests.journeys.speaking import Api

LONG = os.environ.get("LABINOV_LONG") == "1"

_EVENT = "SELECT stream, stream_version FROM event WHERE region = %s AND position = %s"
_KEY = "SELECT stream, stream_version, last_position FROM idempotency WHERE region = %s AND key = %s"
_EXTENT = """
SELECT e.region, min(e.position), max(e.position), count(*), count(DISTINCT e.position), h.position
FROM event e LEFT JOIN log_head h ON h.region = e.region GROUP BY e.region, h.position
"""


def everything_holds(installation: Installation, api: Api) -> None:
    """Check A and B after a fault; C and D, which read everything, as well in a long run, else once at the end.

    The services may still be catching up when this begins.
    """
    acknowledged_is_in_the_log(installation, api)
    positions_are_contiguous(installation)
    if LONG:
        proofs_and_models_hold(installation)


def proofs_and_models_hold(installation: Installation) -> None:
    """Check C and D."""
    proofs_verify(installation)
    read_models_equal_a_rebuild(installation)


def acknowledged_is_in_the_log(installation: Installation, api: Api) -> None:
    """A: each acknowledged command is recorded once, under its key, at the position that the answer named."""
    for service in PRODUCERS:
        given = [each for each in api.acknowledged if each.service == service and each.answer["position"]]
        with installation.connect(service) as connection:
            for each in given:
                answer, key = each.answer, f"{api.person(each.who)}:{each.key}"
                found = connection.execute(_KEY, (answer["region"], key)).fetchall()
                stream, version, last = found[0] if found else (None, None, None)
                assert (len(found), str(stream).partition("/")[2], version, last) == (
                    1,
                    answer["id"],
                    answer["version"],
                    answer["position"],
                ), each
                event = connection.execute(_EVENT, (answer["region"], answer["position"])).fetchone()
                assert event == (stream, version), each


def positions_are_contiguous(installation: Installation) -> None:
    """B: every log's positions are 1 to N, and its head row says N."""
    for service in PRODUCERS:
        with installation.connect(service) as connection:
            for region, first, last, count, distinct, head in connection.execute(_EXTENT).fetchall():
                assert (first, last, distinct, head) == (1, count, count, count), (service, region)


def proofs_verify(installation: Installation) -> None:
    """C: once everything is sealed, every log is as it was signed."""
    for service in PRODUCERS:
        seals = ServiceSeals(installation.state.folder / "seals" / service)
        sealed = Sealed(service, Postgres(installation.state.folder).url(f"{service}_owner", service), seals)

        def all_sealed(sealed: Sealed = sealed) -> bool:
            report = verify_source(sealed)
            assert [each.finding for each in report.logs if each.finding] == []
            return bool(report.logs) and all(each.unsealed is None for each in report.logs)

        eventually(all_sealed, f"all logs of {service} sealed")


def read_models_equal_a_rebuild(installation: Installation) -> None:
    """D: each projection, once it has caught up, has the fingerprint of one filled from nothing."""
    for name in ("submission", "review", "showcase"):
        service = loaded(installation, name)
        owner_url = service.kernel.settings.owner_database_url
        assert owner_url is not None
        owner = make_engine(owner_url.get_secret_value())
        try:
            for projection, live, sources in _projections(service, owner):
                caught_up(live)
                with owner.connect() as connection:
                    present = projection.fingerprint(connection)
                assert present == _rebuilt(projection, sources, owner), f"{name}: {projection.name}"
        finally:
            owner.dispose()
            service.kernel.close()


def loaded(installation: Installation, name: str) -> Service:
    """Give a service of the installation as an operator's command would have it, its kernel for the caller to close."""
    before = dict(os.environ)
    os.environ.update(environment.service(installation.state, name, owner=True))
    try:
        return load(f"services.{name}.main:service", Settings())
    finally:
        os.environ.clear()
        os.environ.update(before)


def _projections(service: Service, owner: Engine) -> list[tuple[Projection, list[Consumer], list[Source]]]:
    """Give every projection in the schema that is in use, with the consumers that feed it and their sources."""
    if service.kernel.name == "showcase":
        with owner.connect() as connection:
            active = showcase.into(active_schema(connection))
        consumers = [each for each in service.consumers if each.name == showcase.name]
        return [(active, consumers, [each.source for each in consumers])]
    own = list(service.models.consumers.values()) if service.models else []
    found = [each for each in (*service.consumers, *own) if isinstance(each.effect, Projection)]
    assert {each.effect for each in found} == set(service.projections)
    return [(each.effect, [each], [each.source]) for each in found if isinstance(each.effect, Projection)]


def caught_up(consumers: Sequence[Consumer]) -> None:
    """Wait until these consumers' checkpoints are at the heads, moved there by the service's own processes."""
    for consumer in consumers:

        def at_the_heads(consumer: Consumer = consumer) -> bool:
            checkpoints = consumer.checkpoints()
            return consumer.behind(checkpoints, consumer.source.heads()) == []

        eventually(at_the_heads, f"{consumer.name} caught up with {consumer.source.name}")


def _rebuilt(projection: Projection, sources: Sequence[Source], owner: Engine) -> str:
    fresh = projection.into(f"check_{uuid4().hex[:12]}")
    with owner.begin() as connection:
        fresh.create(connection, app_role=make_url(str(owner.url)).username)
    try:
        fill([Consumer(fresh.schema, each, fresh, owner) for each in sources])
        with owner.connect() as connection:
            return fresh.fingerprint(connection)
    finally:
        with owner.begin() as connection:
            fresh.drop(connection)
            for table in ("checkpoint", "parked"):
                connection.exec_driver_sql(f"DELETE FROM {table} WHERE consumer = %s", (fresh.schema,))
