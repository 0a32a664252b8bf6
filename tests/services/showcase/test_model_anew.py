"""An installation of the first release: its read model goes, and that of this release is filled from the logs."""

from services.showcase.following import active_schema
from services.showcase.main import service
from services.showcase.projections import showcase
from tests.services.showcase.logs import laboratory
from tests.services.showcase.site import Running
from tests.support import Servers, make_settings, owner_of

REGION = "53.02"


def test_a_model_of_another_shape_is_filled_from_the_logs(servers: Servers) -> None:
    made = service(make_settings(servers, servers.database("showcase"), "showcase"))
    with Running(made) as running:
        ids = laboratory(running.submission, running.review, REGION)
        running.catch_up()
        with owner_of(made) as owner, owner.begin() as connection:
            schema = active_schema(connection)
            before = showcase.into(schema).fingerprint(connection)
            # As it was: other columns, read to the end of the logs.
            connection.exec_driver_sql(f'ALTER TABLE "{schema}".innovation DROP COLUMN confirmed_on')
            connection.exec_driver_sql("DROP TABLE recent_use")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0005'")
        made.migrate()
        with owner_of(made) as owner, owner.connect() as connection:
            assert active_schema(connection) == schema
            rows = connection.exec_driver_sql(f'SELECT count(*) FROM "{schema}".innovation').scalar_one()
            assert rows == 0 < len(ids)
        running.catch_up()
        with owner_of(made) as owner, owner.connect() as connection:
            assert showcase.into(schema).fingerprint(connection) == before


def test_a_model_of_this_release_stays_as_it_is(servers: Servers) -> None:
    made = service(make_settings(servers, servers.database("showcase"), "showcase"))
    with Running(made) as running:
        (ident, *_) = laboratory(running.submission, running.review, REGION)
        running.catch_up()
        with owner_of(made) as owner, owner.begin() as connection:
            connection.exec_driver_sql("DROP TABLE recent_use")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0005'")
        made.migrate()
        assert running.client.get(f"/api/innovations/{ident}").json()["id"] == ident
