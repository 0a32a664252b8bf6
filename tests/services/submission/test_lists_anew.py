"""An installation of the first release: its lists go, and those of this release are filled from the first event on."""

from services.submission.main import service
from services.submission.read_models import LISTS
from tests.services.submission.laboratory import Laboratory
from tests.services.submission.signed_in import Running
from tests.support import Servers, make_settings, owner_of


def test_lists_of_another_shape_are_filled_from_the_log(servers: Servers) -> None:
    database = servers.database("submission")
    settings = make_settings(servers, database, "submission", producers={"review": "http://127.0.0.1:9"})
    made = service(settings)
    made.migrate()
    with Running(made) as running:
        laboratory = Laboratory(running, "53.01")
        ident = laboratory.propose()
        assert made.models is not None
        made.models.catch_up()
        with owner_of(made) as owner, owner.begin() as connection:
            # As it was: lists in the first schema, read to the end of the log.
            connection.exec_driver_sql(f'ALTER SCHEMA "{LISTS.schema}" RENAME TO "submission_lists_v1"')
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0003'")
        made.migrate()
        with owner_of(made) as owner, owner.connect() as connection:
            schemas = connection.exec_driver_sql(
                "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'submission\\_lists%%'"
            )
            assert list(schemas.scalars()) == [LISTS.schema]
        [found] = laboratory.member.get("/innovations?region=53.01").json()["items"]
        assert found["innovation_id"] == ident
