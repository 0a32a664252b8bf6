"""An innovation as a source: BibTeX and RIS for reference managers, and the addresses by which it is shared."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from sqlalchemy import Row

from shared.regions import region_name

PUBLISHER = "Labinov, Lembaga Administrasi Negara"

_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


@dataclass(frozen=True)
class Source:
    """What a citation says. `year` is that of the launch, or of the proposal where there was none."""

    key: str
    author: str
    title: str
    region: str
    year: int
    address: str
    seen_on: date


def source(found: Row[Any], address: str, seen_on: date) -> Source:
    """Give an innovation as a source: its unit is the author, and the page at `address` what is cited."""
    name = region_name(found.region)
    title = f"{found.title}: {found.meaning}" if found.meaning else found.title
    return Source(
        key=found.innovation_id,
        author=found.unit_name or name,
        title=_line(title),
        region=name,
        year=(found.launched_on or found.proposed_on).year,
        address=address,
        seen_on=seen_on,
    )


def bibtex(cited: Source) -> str:
    """Give the entry for BibTeX, in UTF-8; what TeX would take for its own is escaped."""
    fields = {
        # Twice in braces: an office is not a person with a first and a last name.
        "author": f"{{{_tex(cited.author)}}}",
        "title": f"{{{_tex(cited.title)}}}",
        "year": str(cited.year),
        "publisher": _tex(PUBLISHER),
        "address": _tex(cited.region),
        "url": cited.address,
        "urldate": cited.seen_on.isoformat(),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{cited.key},\n{lines}\n}}\n"


def ris(cited: Source) -> str:
    """Give the record in RIS, in UTF-8, one line a field."""
    fields = (
        ("TY", "ELEC"),
        ("AU", _line(cited.author)),
        ("TI", cited.title),
        ("PY", str(cited.year)),
        ("PB", PUBLISHER),
        ("CY", cited.region),
        ("UR", cited.address),
        ("Y2", cited.seen_on.strftime("%Y/%m/%d")),
        ("ID", cited.key),
        ("ER", ""),
    )
    return "".join(f"{tag}  - {value}\r\n" for tag, value in fields)


def shares(title: str, address: str) -> list[tuple[str, str]]:
    """Give the name and address of each place at which a page can be shared: plain links that load nothing here."""
    text, at = quote(title, safe=""), quote(address, safe="")
    return [
        ("WhatsApp", f"https://wa.me/?text={text}%20{at}"),
        ("Telegram", f"https://t.me/share/url?url={at}&text={text}"),
        ("Facebook", f"https://www.facebook.com/sharer/sharer.php?u={at}"),
        ("X", f"https://x.com/intent/post?text={text}&url={at}"),
        ("E-mail", f"mailto:?subject={text}&body={at}"),
    ]


def _line(text: str) -> str:
    return " ".join(text.split())


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in _line(text))
