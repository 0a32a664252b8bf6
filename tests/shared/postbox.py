"""A little mail server: it takes what is sent to it over real SMTP and keeps it."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Postbox:
    """What arrived; `answers` replaces the answer to a verb, and an answer of "" hangs up instead."""

    answers: dict[str, str] = field(default_factory=dict)
    arrived: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """The address to send to."""
        return f"smtp://127.0.0.1:{self.port}"


def _handler(box: Postbox) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def say(self, verb: str, usual: str) -> bool:
            answer = box.answers.get(verb, usual)
            if answer:
                self.wfile.write(answer.encode() + b"\r\n")
            return bool(answer)

        def handle(self) -> None:
            self.say("hello", "220 ready")
            sender = recipient = ""
            usual: dict[str, Callable[[], str]] = {
                "EHLO": lambda: "250 here",
                "MAIL": lambda: "250 ok",
                "RCPT": lambda: "250 ok",
                "QUIT": lambda: "221 bye",
            }
            while line := self.rfile.readline().decode().strip():
                verb = line[:4].upper()
                if verb == "MAIL":
                    sender = line
                elif verb == "RCPT":
                    recipient = line
                if verb == "DATA":
                    if not self.say("DATA", "354 go on"):
                        return
                    content = b""
                    while (part := self.rfile.readline()) not in (b".\r\n", b""):
                        content += part.removeprefix(b".")
                    if box.answers.get("done", "250") == "250":
                        box.arrived.append(message_from_bytes(content, policy=policy.default))
                        box.envelopes.append((sender, recipient))
                    if not self.say("done", "250 taken"):
                        return
                elif not self.say(verb, usual.get(verb, lambda: "500 what")()) or verb == "QUIT":
                    return

    return Handler


@contextmanager
def postbox() -> Iterator[Postbox]:
    """Give a server that runs for the length of the block."""
    box = Postbox()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(box)) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
