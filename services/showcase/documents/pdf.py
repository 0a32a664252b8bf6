"""The directory as PDF: content in, the same bytes out, whatever the machine, its clock, its fonts or its network."""

import io
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import segno
import typst

MEDIA_TYPE = "application/pdf"
MADE_BY = f"typst {version('typst')}"

_TEMPLATE = Path(__file__).with_name("directory.typ")
# For archives, and for those who have it read out to them. Both refuse a sign that no font of ours can draw.
_STANDARDS = ("a-2a", "ua-1")
_NO_GLYPH = "could not be displayed with font"


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


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
