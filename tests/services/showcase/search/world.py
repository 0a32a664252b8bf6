"""The real innovations that the demonstration carries, with their units, recorded into a log."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from services.submission.domain.vocabulary import Sector
from tests.services.showcase.logs import Logs, proposed, unit

DATA = Path(__file__).parents[4] / "deploy" / "demo" / "data" / "innovations.csv"
QUERIES = Path(__file__).with_name("queries.csv")
# What units are known by, as their regions write it.
SHORT = {
    "Dinas Kependudukan dan Pencatatan Sipil": ("Disdukcapil", ("Dukcapil",)),
    "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu": ("DPMPTSP", ("DMPTSP",)),
    "Dinas Kesehatan": ("Dinkes", ()),
    "Dinas Pendidikan": ("Disdik", ()),
    "Dinas Lingkungan Hidup": ("DLH", ()),
    "Dinas Komunikasi dan Informatika": ("Diskominfo", ()),
    "Dinas Pekerjaan Umum dan Penataan Ruang": ("DPUPR", ("PUPR",)),
}


def rows(path: Path) -> list[dict[str, str]]:
    """Give the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def record(logs: Logs, sector: Sector | None = None) -> Mapping[str, str]:
    """Record every innovation, or those of a sector, with its unit; give the title of each id."""
    titles: dict[str, str] = {}
    units: dict[tuple[str, str], str] = {}
    for number, row in enumerate(rows(DATA), start=1):
        if sector not in (None, row["sector"]):
            continue
        region, name = row["region_code"], row["unit"]
        if name and (region, name) not in units:
            short, aliases = SHORT.get(name, (name[:60], ()))
            registered = replace(unit(region, f"u{len(units)}", name), short_name=short, aliases=aliases)
            logs.record(region, f"unit/{registered.unit_id}", registered)
            units[region, name] = registered.unit_id
        put_forward = proposed(
            region,
            number,
            unit_id=units.get((region, name), f"{region}-none"),
            title=row["title"],
            meaning=row["meaning"],
            idea="",
            sector=Sector(row["sector"]),
        )
        logs.record(region, f"innovation/{put_forward.innovation_id}", put_forward)
        titles[put_forward.innovation_id] = row["title"]
    return titles
