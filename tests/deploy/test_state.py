"""The folder of state: secrets and ports that stay, private files, and a clear word about a damaged one."""

import json
import socket
from pathlib import Path

import pytest

from deploy.embedded.errors import Trouble
from deploy.embedded.state import State, is_free


def test_a_secret_is_made_once_and_stays(tmp_path: Path) -> None:
    first = State(tmp_path).secret("valkey")
    assert State(tmp_path).secret("valkey") == first
    assert len({first, State(tmp_path).secret("postgres"), State(tmp_path / "other").secret("valkey")}) == 3
    assert len(first) >= 43


def test_only_the_owner_reads_the_secrets(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.secret("valkey")
    assert [(each.name, oct(each.stat().st_mode & 0o777)) for each in tmp_path.iterdir()] == [("secrets.json", "0o600")]
    assert oct(tmp_path.stat().st_mode & 0o777) == "0o711"
    assert oct(state.subfolder("seal/review").parent.stat().st_mode & 0o777) == "0o700"


def test_a_port_is_chosen_once_and_stays(tmp_path: Path) -> None:
    port = State(tmp_path).port("valkey")
    assert State(tmp_path).port("valkey") == port == State(tmp_path).claim_port("valkey")
    assert State(tmp_path).port("postgres") != port


def test_a_port_that_somebody_took_is_exchanged(tmp_path: Path) -> None:
    state = State(tmp_path)
    with socket.create_server(("127.0.0.1", state.port("valkey"))):
        assert not is_free(state.port("valkey"))
        other = state.claim_port("valkey")
        assert is_free(other)
    assert state.port("valkey") == other


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text('{"valkey": ')
    with pytest.raises(Trouble, match=r"ports\.json cannot be read"):
        State(tmp_path).port("valkey")


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="cannot be created"):
        State(tmp_path / "file")


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.write("issuer/clients.json", json.dumps([1]))
    state.write("issuer/clients.json", json.dumps([2]))
    assert [(each.name, each.read_text()) for each in (tmp_path / "issuer").iterdir()] == [("clients.json", "[2]")]
