"""The site in this process: logs to record into, a live consumer of each, and a client."""

from types import TracebackType
from typing import Self

from fastapi.testclient import TestClient

from services.showcase.feeds.copied import NAME as COPY
from services.showcase.feeds.copied import Copy
from services.showcase.following import Following
from services.showcase.projections import showcase
from shared.consumer import Consumer
from shared.service import Service
from tests.services.showcase.logs import Logs
from tests.support import counting


class Running:
    """Showcase with its live consumers over two producers' logs in memory."""

    def __init__(self, service: Service) -> None:
        """Take the service."""
        self.service = service
        self.submission, self.review = Logs("submission"), Logs("review")
        self.app = service.api()
        self.client = TestClient(self.app, base_url="http://127.0.0.1:8000")
        self._consumers = [
            Consumer(showcase.name, source, Following(), service.kernel.engine)
            for source in (self.submission, self.review)
        ]
        self._copies = [Consumer(COPY, each.source, Copy(), service.kernel.engine) for each in self._consumers]

    def copy(self) -> None:
        """Copy everything that was recorded, for what is read from the logs themselves."""
        for consumer in self._copies:
            consumer.catch_up_all()

    def catch_up(self) -> None:
        """Apply everything that was recorded, and hold that nothing was parked."""
        for consumer in self._consumers:
            for head in consumer.source.heads():
                consumer.catch_up(head.region)
            assert consumer.behind(consumer.checkpoints(), consumer.source.heads()) == []
        with self.service.kernel.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT type, error FROM parked").all() == []

    def page(self, path: str, status: int = 200, **headers: str) -> str:
        """Give a page as a browser gets it."""
        answer = self.client.get(path, headers={"Accept": "text/html", **headers})
        assert answer.status_code == status, answer.text[:500]
        return answer.text

    def statements(self, path: str) -> int:
        """Give how many statements a page sends to the database."""
        with counting(self.service.kernel.engine) as count:
            self.page(path)
            return count()

    def __enter__(self) -> Self:
        self.client.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.__exit__(kind, error, trace)
