"""A real worker of the service `reader`, for the tests of the bus: `python -m tests.shared.worker` with settings."""

import os

from shared.bus import SHARDS, consume, make_celery, worker_arguments
from shared.consumer import Consumer
from shared.database import make_engine
from shared.event_log import EventLog
from shared.sources import LocalSource
from tests.shared.ledger import CATALOGUE, Down, ledger_projection


def main() -> None:
    """Consume the ledger until stopped. With TEST_SOURCE=down whatever no message brings is out of reach."""
    engine = make_engine(os.environ["TEST_DATABASE"])
    projection = ledger_projection(os.environ["TEST_SCHEMA"])
    source = Down() if os.environ.get("TEST_SOURCE") == "down" else LocalSource(EventLog(engine, CATALOGUE))
    app = make_celery("reader", os.environ["TEST_BROKER"])
    consume(app, [Consumer(projection.schema, source, projection, engine)])
    app.worker_main(worker_arguments("reader", range(SHARDS), concurrency=1))


if __name__ == "__main__":
    main()
