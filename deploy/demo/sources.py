"""The demonstration's data: what the press reported, the innovations of many regions, and what was made up for it."""

import csv
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
UNNAMED_UNIT = "Perangkat daerah (contoh)"

# How units are called in everyday speech; the others are called by their names.
_SHORT = {
    "Dinas Kependudukan dan Pencatatan Sipil": "Disdukcapil",
    "Dinas Kesehatan": "Dinkes",
    "Dinas Komunikasi dan Informatika": "Diskominfo",
    "Dinas Lingkungan Hidup": "DLH",
    "Dinas Pekerjaan Umum dan Penataan Ruang": "DPUPR",
    "Dinas Pemberdayaan Masyarakat dan Desa": "DPMD",
    "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu": "DPMPTSP",
    "Dinas Pendidikan": "Disdik",
    "Dinas Perindustrian dan Perdagangan": "Disperindag",
    "Dinas Perpustakaan dan Kearsipan": "DPK",
    "Dinas Pariwisata": "Dispar",
}
_KINDS = {
    "puskesmas": r"(UPTD? )?Puskesmas\b",
    "kecamatan": r"Kecamatan\b",
    "kelurahan": r"Kelurahan\b",
    "desa": r"(Desa|BUMDes)\b",
    "bumd": r"(PDAM|Perumda)\b",
}


@dataclass(frozen=True)
class Reported:
    """An innovation that a source names."""

    title: str
    meaning: str
    region: str
    unit: str
    year: int
    sector: str
    source: str


@dataclass(frozen=True)
class NamedUnit:
    """A unit as it will be registered."""

    code: str
    name: str
    short: str
    kind: str
    aliases: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str) -> "NamedUnit":
        """Give the unit of this name; one without a name is an example."""
        name = name or UNNAMED_UNIT
        code = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
        kind = next((kind for kind, pattern in _KINDS.items() if re.match(pattern, name)), "opd")
        short = _SHORT.get(name, name)
        return cls(code, name, short if len(short) <= 60 else f"{short[:59].rsplit(' ', 1)[0]}…", kind)


@cache
def laboratories() -> dict[str, dict[str, Any]]:
    """Give what the press reported of the five laboratories, by region."""
    return {each["region"]: each for each in _json("labs.json")["labs"]}


@cache
def examples() -> dict[str, dict[str, Any]]:
    """Give the units and innovations made up for the five laboratories, by region."""
    return {code: each for code, each in _json("examples.json").items() if code != "note"}


@cache
def sectors() -> dict[str, dict[str, Any]]:
    """Give the example texts and figures of each sector."""
    return dict(_json("sectors.json"))


@cache
def reported() -> tuple[Reported, ...]:
    """Give the innovations of many regions; one without a year takes the latest of its region, or 2024."""
    with (DATA / "innovations.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    latest: dict[str, int] = {}
    for row in rows:
        if row["year"]:
            latest[row["region_code"]] = max(latest.get(row["region_code"], 0), int(row["year"]))
    return tuple(
        Reported(
            title=row["title"],
            meaning=row["meaning"],
            region=row["region_code"],
            unit=row["unit"],
            year=int(row["year"] or latest.get(row["region_code"], 2024)),
            sector=row["sector"],
            source=row["source"],
        )
        for row in rows
    )


def _json(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
