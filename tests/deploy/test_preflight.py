"""What is said before a start: everything that stands in the way, at once."""

import os
import socket
from pathlib import Path

from deploy.embedded.preflight import missing
from deploy.embedded.state import State


def test_nothing_stands_in_the_way_of_a_new_folder(tmp_path: Path) -> None:
    assert missing(tmp_path / "new", State(tmp_path).port("gateway")) == []


def test_all_that_stands_in_the_way_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = missing(tmp_path / "file" / "folder", port)
    holder = Path(f"/proc/{os.getpid()}/comm").read_text().strip()
    taken = f"Port {port} is taken by {holder} (process {os.getpid()})."
    assert found == [
        f"{taken} Stop it, or choose another one: LABINOV_PORT={port + 1} make up",
        f"The folder {tmp_path / 'file'} cannot be written; it belongs to {(tmp_path / 'file').owner()}.",
    ]


def test_a_folder_that_the_supervisor_cannot_name_is_refused(tmp_path: Path) -> None:
    assert missing(tmp_path / "it's", State(tmp_path).port("gateway")) == [
        "The supervisor cannot work in a folder whose name holds an apostrophe."
    ]
