"""The gateway's routes, headers and answers: the real Caddy with our Caddyfile before real servers."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from deploy.embedded import environment
from deploy.embedded.preflight import caddy
from deploy.embedded.processes import GATEWAY, SERVICES
from deploy.embedded.state import ROOT, State


class _Server(ThreadingHTTPServer):
    """A service that is up, with its name."""

    def __init__(self, name: str, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Echo)
        self.called = name


class _Echo(BaseHTTPRequestHandler):
    """Answers with its server's name and the path that it was asked for; `/asked-by` with who asked, to the gateway."""

    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        said = self.headers.get_all("X-Forwarded-For") if self.path == "/asked-by" else self.path
        body = f"{self.server.called} {said}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a gateway before submission, showcase and the issuer; review is down."""
    state = State(tmp_path_factory.mktemp("gateway"))
    servers = []
    for name in ("submission-api", "showcase-api", "issuer"):
        server = _Server(name, state.port(name))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    process = subprocess.Popen([str(caddy()), *GATEWAY[1:]], cwd=ROOT, env=environment.gateway(state))
    with httpx.Client(base_url=environment.public_url(state), trust_env=False) as client:
        _wait_for(client)
        yield client
    process.terminate()
    process.wait()
    for server in servers:
        server.shutdown()
        server.server_close()


def _wait_for(client: httpx.Client) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if client.get("/gateway/livez").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the gateway does not answer")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/", "showcase-api /"),
        ("/innovations?q=antre", "showcase-api /innovations?q=antre"),
        ("/submissions", "showcase-api /submissions"),
        ("/submission/innovations/36.74-1", "submission-api /innovations/36.74-1"),
        ("/submission/", "submission-api /"),
        ("/issuer/authorize?a=b", "issuer /authorize?a=b"),
    ],
)
def test_a_path_reaches_its_service(gateway: httpx.Client, path: str, answer: str) -> None:
    assert gateway.get(path).text == answer


def test_a_client_does_not_say_itself_which_address_it_has(gateway: httpx.Client) -> None:
    answer = gateway.get("/submission/asked-by", headers={"X-Forwarded-For": "203.0.113.9, 203.0.113.10"})
    assert answer.text == "submission-api ['127.0.0.1']"


def test_a_service_without_a_slash_is_its_front_page(gateway: httpx.Client) -> None:
    answer = gateway.get("/submission")
    assert (answer.status_code, answer.headers["location"]) == (308, "/submission/")


def test_another_host_name_is_sent_to_the_one_address(gateway: httpx.Client) -> None:
    answer = gateway.get("/regions/36.74?a=b", headers={"Host": "attacker.example"})
    assert (answer.status_code, answer.headers["location"]) == (307, f"{gateway.base_url}/regions/36.74?a=b")


def test_a_service_that_is_down_is_503_with_retry_after_as_a_problem(gateway: httpx.Client) -> None:
    answer = gateway.get("/review/assessments", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.text)["status"] == 503


def test_a_service_that_is_down_is_503_with_retry_after_as_a_page(gateway: httpx.Client) -> None:
    answer = gateway.get("/review/", headers={"Accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Layanan ini sedang dimulai kembali" in answer.text


def test_static_files_are_compressed_and_kept(gateway: httpx.Client) -> None:
    name = next((ROOT / "shared" / "web" / "static").glob("*.css")).name
    plain = gateway.get(f"/static/{name}")
    versioned = gateway.get(f"/static/{name}?v=abc", headers={"Accept-Encoding": "gzip"})
    assert plain.text == (ROOT / "shared" / "web" / "static" / name).read_text() == versioned.text
    assert plain.headers["cache-control"] == "public, max-age=300"
    assert versioned.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert versioned.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("path", ["/static/nothing.css", "/static/../pages.py", "/static/%2e%2e/pages.py"])
def test_nothing_but_static_files_is_served(gateway: httpx.Client, path: str) -> None:
    assert "import" not in gateway.get(path).text


def test_every_answer_carries_the_security_headers(gateway: httpx.Client) -> None:
    for path in ("/", "/review/", "/static/nothing.css"):
        headers = gateway.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
        assert "server" not in headers


def test_only_the_card_of_an_innovation_may_be_framed(gateway: httpx.Client) -> None:
    paths = (
        "/innovations/36.74-1/embed?lang=en",
        "/innovations/36.74-1",
        "/innovations/36.74-1/embed/",
        "/submission/innovations/36.74-1/embed",
        "/review/innovations/36.74-1/embed",
        "/innovations/a/b/embed",
    )
    framed = [path for path in paths if "x-frame-options" not in gateway.get(path).headers]
    assert framed == ["/innovations/36.74-1/embed?lang=en"]
    headers = gateway.get(framed[0]).headers
    assert ("content-security-policy" in headers, headers["x-content-type-options"]) == (False, "nosniff")


def test_every_service_has_an_upstream(tmp_path: Path) -> None:
    settings = environment.gateway(State(tmp_path))
    assert {name for name in settings if name.endswith("_UPSTREAM")} == {
        f"LABINOV_{name.upper()}_UPSTREAM" for name in (*SERVICES, "issuer")
    }
