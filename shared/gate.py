"""Keeps a region whose head row is locked from taking every thread of a process: the other regions go on.

Whoever waits for a locked head holds a thread. So once a region did not let a writer through in time, one writer at a
time tries it, and the rest are told to come back; the first who gets through opens it again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError

from shared.domain import Rejection


class RegionBusy(Rejection):
    """This region's log is held up at this moment. Nothing was changed; try again shortly."""


class Gate:
    """One process's knowledge of which regions are held up. Safe to use from several threads."""

    def __init__(self) -> None:
        """Begin with all regions open."""
        self._lock = threading.Lock()
        self._held_up: dict[str, bool] = {}
        """Region → whether somebody is trying it."""

    @contextmanager
    def through(self, region: str) -> Iterator[None]:
        """Let a writer try a region; raise RegionBusy instead of waiting where others wait already, or in vain."""
        with self._lock:
            if self._held_up.get(region):
                raise RegionBusy
            if region in self._held_up:
                self._held_up[region] = True
        try:
            yield
        except OperationalError as error:
            locked = isinstance(error.orig, LockNotAvailable)
            with self._lock:
                if locked or region in self._held_up:
                    self._held_up[region] = False
            if locked:
                raise RegionBusy from error
            raise
        except BaseException:
            # Whatever else it was, the head let it through.
            self._open(region)
            raise
        else:
            self._open(region)

    def _open(self, region: str) -> None:
        if region in self._held_up:
            with self._lock:
                self._held_up.pop(region, None)
