"""One attempt over the network: to a checked and pinned address, within a time and a size, and never further.

Redirects are not followed, and nothing is taken from the environment (proxies). Whatever the receiver does, stalls,
drips or floods, the attempt ends at its deadline and holds no more than a bounded part of the answer.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Protocol

import httpcore
from typing_extensions import override

from services.showcase.subscriptions.addresses import (
    Allowed,
    Refused,
    Resolve,
    Target,
    parse,
    resolve_checked,
    system_resolver,
)
from services.showcase.subscriptions.progress import Outcome
from shared.domain import Invalid

ANSWER_BYTES = 65_536
KEPT_BYTES = 2_048

_CHUNK = 65_536


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of an attempt, how long it took, and the beginning of what the receiver said."""

    outcome: Outcome
    milliseconds: int
    text: str = ""


class Post(Protocol):
    """Sends a body to a URL; gives what became of it and never raises for what a receiver does."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Make one attempt."""


class TooLate(OSError):
    """The attempt's time is over."""


class _Deadline:
    """The end of an attempt, by the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Give the seconds that are left; raise TooLate where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TooLate
        return left


class _Stream(httpcore.NetworkStream):
    """A connection whose every operation ends at the one deadline, not at one of its own."""

    def __init__(self, connected: socket.socket, deadline: _Deadline) -> None:
        self._socket = connected
        self._deadline = deadline

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(self._deadline.left())
        return self._socket.recv(max_bytes)

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            self._socket.settimeout(self._deadline.left())
            rest = rest[self._socket.send(rest[:_CHUNK]) :]

    def close(self) -> None:
        self._socket.close()

    @override
    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._socket.settimeout(self._deadline.left())
            return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._deadline)
        except BaseException:
            self.close()
            raise

    @override
    def get_extra_info(self, info: str) -> Any:
        return None


class _Pinned(httpcore.NetworkBackend):
    """Connects to an address that was checked, whatever the name would resolve to by now."""

    def __init__(self, target: Target, allowed: Allowed, resolve: Resolve, deadline: _Deadline) -> None:
        self._target = target
        self._allowed = allowed
        self._resolve = resolve
        self._deadline = deadline

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: OSError | None = None
        for address in resolve_checked(self._target, self._allowed, self._resolve, self._deadline.left()):
            try:
                connected = socket.create_connection((str(address), port), self._deadline.left())
            except OSError as error:
                failure = error
            else:
                return _Stream(connected, self._deadline)
        raise failure or OSError("no addresses")


@cache
def _tls() -> ssl.SSLContext:
    """The system's certificates; loading them is dear, so once a process."""
    return ssl.create_default_context()


class Poster:
    """Makes attempts. Safe to use from several threads at once."""

    def __init__(
        self,
        allowed: Allowed,
        *,
        resolve: Resolve = system_resolver,
        deadline_seconds: float = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Take the allow-list; the resolver, the seconds that an attempt has, and whose certificates are trusted."""
        self._allowed = allowed
        self._resolve = resolve
        self._seconds = deadline_seconds
        self._tls = tls

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Make one attempt, and give what became of it."""
        started = time.monotonic()
        outcome, text = self._attempt(url, headers, body)
        return Answer(outcome=outcome, milliseconds=round((time.monotonic() - started) * 1000), text=text)

    def _attempt(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[Outcome, str]:
        kept = bytearray()
        outcome: Outcome | None = None
        try:
            target = parse(url)
            pinned = _Pinned(target, self._allowed, self._resolve, _Deadline(self._seconds))
            context = (self._tls or _tls()) if target.tls else None
            with (
                httpcore.ConnectionPool(ssl_context=context, http2=False, network_backend=pinned) as pool,
                pool.stream("POST", url, headers=[*headers.items()], content=body) as response,
            ):
                outcome = _outcome(response)
                read = 0
                for chunk in response.iter_stream():
                    kept += chunk[: KEPT_BYTES - len(kept)]
                    read += len(chunk)
                    if read >= ANSWER_BYTES:
                        break
        except (Invalid, Refused):
            return Outcome(error="address-refused"), ""
        except (httpcore.TimeoutException, TimeoutError, TooLate):
            # A status that came in time is an answer, even if what should follow it did not come to its end.
            outcome = outcome or Outcome(error="timeout")
        except ssl.SSLCertVerificationError:
            outcome = Outcome(error="certificate")
        except ssl.SSLError:
            outcome = outcome or Outcome(error="tls")
        except socket.gaierror:
            outcome = Outcome(error="unknown-host")
        except OSError:
            outcome = outcome or Outcome(error="connection")
        except (httpcore.ProtocolError, httpcore.NetworkError, httpcore.UnsupportedProtocol):
            outcome = outcome or Outcome(error="protocol")
        return outcome, _shown(bytes(kept))


def _outcome(response: httpcore.Response) -> Outcome:
    found = {name.lower(): value for name, value in response.headers}
    return Outcome(status=response.status, retry_after=_retry_after(found.get(b"retry-after", b"")))


def _retry_after(value: bytes) -> timedelta | None:
    """Give how long a receiver asks to be left alone, in seconds or as a date; None for neither."""
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text[:9]))
    with contextlib.suppress(ValueError, TypeError):
        until = parsedate_to_datetime(text)
        if until.tzinfo is not None:
            return max(until - datetime.now(UTC), timedelta(0))
    return None


def _shown(answer: bytes) -> str:
    """Give an answer as it is kept for reading: text without what a database or a terminal would stumble over."""
    text = answer.decode("utf-8", "replace")
    return "".join(each if each.isprintable() or each in "\n\t" else "�" for each in text.replace("\r\n", "\n"))
