"""Receivers on real sockets, well-behaved and not: a path says what is done with a request."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

GIGABYTE = 2**30


@dataclass
class Receiver:
    """A receiver that notes what it got: the head and body of each request, and how much it could send."""

    port: int
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    sent: int = 0
    answers: dict[str, bytes] = field(default_factory=dict)

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def serve(self, connection: socket.socket, stop: threading.Event) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(20)
            head = b""
            while b"\r\n\r\n" not in head:
                received = connection.recv(65_536)
                if not received:
                    return
                head += received
            head, _, body = head.partition(b"\r\n\r\n")
            first, *lines = head.decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            while len(body) < int(headers.get("content-length", "0")):
                body += connection.recv(65_536)
            path = first.split(" ")[1]
            self.got.append((path, headers, body))
            self.answer(connection, path, stop)

    def answer(self, connection: socket.socket, path: str, stop: threading.Event) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
        match path.partition("?")[0]:
            case "/stall":
                stop.wait(20)
            case "/drip-head":
                for each in head * 100:
                    connection.sendall(bytes([each]))
                    if stop.wait(0.05):
                        return
            case "/drip-body":
                connection.sendall(head + b"content-length: 1000\r\n\r\n")
                for _ in range(1000):
                    connection.sendall(b"x")
                    if stop.wait(0.05):
                        return
            case "/flood":
                connection.sendall(head + b"content-length: %d\r\n\r\n" % GIGABYTE)
                while self.sent < GIGABYTE:
                    connection.sendall(b"\x00\x1b[31m" * 10_000)
                    self.sent += 60_000
            case "/flood-head":
                connection.sendall(head)
                while self.sent < GIGABYTE:
                    connection.sendall(b"x: " + b"y" * 10_000 + b"\r\n")
                    self.sent += 10_000
            case "/nonsense":
                connection.sendall(b"\x15\x03\x01 not http\r\n\r\n")
            case "/hang-up":
                pass
            case other:
                connection.sendall(self.answers.get(other, head + b"content-length: 2\r\n\r\nok"))


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Give a receiver that runs while the block does."""
    listener = socket.create_server(("127.0.0.1", 0))
    receiver = Receiver(listener.getsockname()[1])
    stop = threading.Event()

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            receiver.serve(tls.wrap_socket(connection, server_side=True) if tls else connection, stop)

    def accept() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        stop.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Give what a receiver of this name serves with, and what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serves.load_cert_chain(file)
    trusts = ssl.create_default_context(cafile=str(file))
    return serves, trusts


def closed_port() -> int:
    """Give a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
