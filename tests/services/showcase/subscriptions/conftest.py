"""One service with a receiver, a module."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from services.showcase.main import service
from tests.services.showcase.subscriptions.hub import Hub
from tests.services.showcase.subscriptions.program import OTHER, REGION, Program
from tests.services.showcase.subscriptions.receiver import receiving
from tests.support import PUBLIC_URL, Servers, make_settings


@pytest.fixture(scope="module")
def program(servers: Servers) -> Iterator[Program]:
    settings = make_settings(servers, servers.database("showcase"), "showcase", webhook_allow=("127.0.0.1",))
    made = service(settings)
    app = made.api()
    with TestClient(app, base_url=PUBLIC_URL) as client, receiving() as receiver:
        hub = Hub(made.kernel.engine)
        hub.record(REGION, 3)
        hub.record(OTHER, 2)
        yield Program(made, app, client, hub, receiver)
    made.kernel.close()
