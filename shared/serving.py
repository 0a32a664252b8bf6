"""The HTTP connections of a service's api: `python -m uvicorn --http shared.serving:Connection`.

A reader that stops taking what waits for it is cut off, so that it holds no buffer; and whatever streams is told when
the process is to end, so that a stop need not wait for readers.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

STALLED_SECONDS = 20.0
STOPPING = "stopping"
"""Where the lifespan's state holds the asyncio.Event that says that the process is to end."""


class Connection(HttpToolsProtocol):
    """A connection that is cut when its reader takes nothing for a while."""

    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Have the buffer watched as soon as the system takes no more."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        """Begin to watch: something waits for the reader."""
        self.flow.pause_writing()
        self._look(None)

    def resume_writing(self) -> None:
        """End watching: the reader took everything."""
        self._forget()
        self.flow.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End watching."""
        self._forget()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Tell what streams that the process is to end."""
        stopping = self.app_state.get(STOPPING)
        if stopping is not None:
            stopping.set()
        super().shutdown()

    def _look(self, before: int | None) -> None:
        size = self.transport.get_write_buffer_size()
        if before is not None and size >= before:
            self.transport.abort()
            return
        self._watch = self.loop.call_later(STALLED_SECONDS, self._look, size)

    def _forget(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
