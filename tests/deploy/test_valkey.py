"""The embedded Valkey: its password, its durability, and that it refuses rather than forgets."""

from pathlib import Path
from typing import Any

import pytest
import redis

from deploy.embedded.valkey import Valkey


def client(url: str) -> Any:
    """Give a client; redis-py's types say that every answer may be awaitable."""
    return redis.Redis.from_url(url, decode_responses=True)


def test_what_was_written_is_there_after_a_stop(tmp_path: Path) -> None:
    server = Valkey(tmp_path)
    server.start()
    client(server.url(3)).set("kept", "1")
    server.stop()
    again = Valkey(tmp_path)
    again.start()
    assert client(again.url(3)).get("kept") == "1"
    assert client(again.url()).get("kept") is None
    again.stop()


def test_it_asks_for_the_password_and_forgets_nothing(tmp_path: Path) -> None:
    server = Valkey(tmp_path)
    server.start()
    with pytest.raises(redis.AuthenticationError):
        client(f"redis://127.0.0.1:{server.state.port('valkey')}/0").get("anything")
    settings = client(server.url()).config_get("maxmemory-policy", "appendonly", "appendfsync", "save")
    assert settings == {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec", "save": ""}
    assert server.state.secret("valkey") not in " ".join(server.command())
    server.stop()
