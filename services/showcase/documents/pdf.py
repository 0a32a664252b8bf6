"""The directory as PDF: content in, the same bytes out, whatever the machine, its clock, its fonts or its network.

python -m services.showcase.documents.pdf    content and date as JSON on its input, the document on its output
"""

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst

ALIVE_SECONDS = 5.0
LONGEST_SECONDS = 300.0

_TEMPLATE = Path(__file__).with_name("directory.typ")
# For archives, and for those who have it read out to them. Both refuse a sign that no font of ours can draw.
_STANDARDS = ("a-2a", "ua-1")
_NO_GLYPH = "could not be displayed with font"


class NotSet(Exception):
    """A document could not be set, or not in time."""


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def pdf_apart(content: Mapping[str, Any], at: datetime, alive: Callable[[], None]) -> bytes:
    """Give what `pdf` gives, made by a process of its own; `alive` is called every few seconds meanwhile.

    What typst remembers of a large document (100 MB) goes with the process. Raises NotSet.
    """
    send: bytes | None = json.dumps({"content": content, "at": at.isoformat()}).encode()
    made = b""
    # Its complaints would hold what people wrote.
    command = [sys.executable, "-m", __name__]
    ends = time.monotonic() + LONGEST_SECONDS
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        while True:
            try:
                made, _ = process.communicate(send, timeout=ALIVE_SECONDS)
                break
            except subprocess.TimeoutExpired:
                send = None
                if time.monotonic() > ends:
                    process.kill()
                alive()
    if process.returncode != 0:
        raise NotSet
    return made


def pdf(content: Mapping[str, Any], at: datetime) -> bytes:
    """Give the document of a content (see `content.Writer`), dated at a moment.

    It is PDF/A-2a and PDF/UA-1 unless a text holds signs beyond Latin, Greek and Cyrillic letters, such as emoji.
    """
    code = io.BytesIO()
    segno.make(content["address"], error="m", micro=False).save(
        code, kind="svg", border=0, dark="#072740", xmldecl=False
    )
    inputs = {"content": json.dumps(content), "qr": code.getvalue().decode()}
    try:
        return _compiled(inputs, at, _STANDARDS)
    except typst.TypstError as error:
        if _NO_GLYPH not in str(error):
            raise
        return _compiled(inputs, at, ())


def _compiled(inputs: dict[str, str], at: datetime, standards: tuple[Any, ...]) -> bytes:
    # The template reads its inputs alone; nothing in them is evaluated.
    compiler = typst.Compiler(_TEMPLATE.read_bytes(), font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs)
    made = compiler.compile(format="pdf", pdf_standards=list(standards), timestamp=int(at.timestamp()))
    assert isinstance(made, bytes)
    return made


if __name__ == "__main__":
    given = json.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pdf(given["content"], datetime.fromisoformat(given["at"])))
