"""QR codes for what is printed: an address as inline SVG, which the content policy lets through."""

from functools import lru_cache

import segno
from markupsafe import Markup


@lru_cache(maxsize=1024)
def qr(address: str, label: str) -> Markup:
    """Give the QR code of an address, named by `label` for those who do not see it. As large as its frame."""
    code = segno.make(address, error="m", micro=False)
    drawing = code.svg_inline(border=2, omitsize=True, title=label, svgclass="qr", lineclass=None, light="#fff")
    # Our own drawing; the library escapes the title.
    return Markup(drawing.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704
