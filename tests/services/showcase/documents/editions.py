"""An edition with displayed, running, returned and ended innovations, recorded in memory and applied to showcase."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from services.showcase.documents import store
from services.showcase.documents.making import Maker
from services.submission.domain import events as submission
from services.submission.domain.vocabulary import Sector, Stage, TargetMeasure, UnitKind
from shared.domain import Event
from tests.services.showcase.logs import (
    advanced,
    design,
    diagnosis,
    opened,
    programme,
    proposed,
    shown,
    target,
    unit,
)
from tests.services.showcase.site import Running

UNITS = (
    ("disdukcapil", "Dinas Kependudukan dan Pencatatan Sipil", UnitKind.OPD),
    ("dinkes", "Dinas Kesehatan", UnitKind.OPD),
    ("ciputat", "Kecamatan Ciputat", UnitKind.KECAMATAN),
)
SECTORS = (Sector.CIVIL_REGISTRATION, Sector.HEALTH, Sector.GOVERNANCE)
# What was written for the region alone stands in no document and no export for everybody.
FOR_THE_REGION = "RANCANGAN YANG BELUM TERBUKA"


def edition(site: Running, region: str, innovations: int = 9, titles: Mapping[int, str] | None = None) -> str:
    """Record an edition of a region with so many innovations, apply and copy it; give the programme's id.

    Of numbers with 4 as the rest of 5 each stands at display, with 3 at deliver and launched, and so on; number 10 was
    withdrawn.
    """
    programme_id = f"{region}-2020"
    site.submission.record(
        region,
        f"programme/{programme_id}",
        programme(region),
        submission.ProgrammeAgreed(
            programme_id=programme_id,
            mou_number="119/2/LAN/2020",
            parties=("Lembaga Administrasi Negara", "Pemerintah Daerah"),
            signed_on=date(2020, 2, 1),
            valid_until=None,
            scope=("laboratorium inovasi",),
        ),
        target(region, TargetMeasure.UNITS_REACHED, 35, due_on=date(2020, 12, 31)),
        target(region, TargetMeasure.INNOVATIONS, 20),
    )
    for code, name, kind in UNITS:
        site.submission.record(region, f"unit/{region}-{code}", unit(region, code, name, kind))
    for number in range(1, innovations + 1):
        ident = f"{region}-{number:032x}"
        events = _innovation(region, number, (titles or {}).get(number, f"Inovasi nomor {number}"))
        site.submission.record(region, f"innovation/{ident}", *events)
    site.review.record(region, f"assessment/{region}-a", opened(f"{region}-a", f"{region}-{1:032x}"))
    site.catch_up()
    site.copy()
    return programme_id


def _innovation(region: str, number: int, title: str) -> list[Event]:
    code, *_ = UNITS[number % len(UNITS)]
    put_forward = proposed(region, number, unit_id=f"{region}-{code}", title=title, sector=SECTORS[number % 3])
    ident, reached, order = put_forward.innovation_id, number % 5, list(Stage)
    events: list[Event] = [put_forward]
    if reached >= 1:
        events.append(diagnosis(ident, "Warga menempuh dua jam untuk satu lembar dokumen." if reached == 4 else "-"))
    if reached >= 2:
        events.append(design(ident, "Petugas mengantar dokumen.\nTanpa biaya." if reached == 4 else FOR_THE_REGION))
    events += [advanced(ident, stage, date(2020, 4 + n, 6)) for n, stage in enumerate(order[1 : reached + 1])]
    if reached >= 3:
        launched_on = date(2020, 9, 1)
        events.append(
            submission.InnovationLaunched(innovation_id=ident, launched_on=launched_on, place="Balai kota", remark="")
        )
        events += [
            submission.OutcomeMeasured(
                innovation_id=ident, indicator_id="waktu", value=Decimal(value), measured_on=day, source="Catatan loket"
            )
            for value, day in (("7", date(2020, 9, 30)), ("3.5", date(2020, 11, 30)))
        ]
    if reached == 4:
        events.append(shown(ident, "Dokumen kependudukan diantar ke rumah warga pada hari yang sama."))
        events.append(submission.InnovationDisplayed(innovation_id=ident, displayed_on=date(2020, 12, 21)))
    if number == 10:
        ended_on = date(2020, 10, 1)
        events.append(submission.InnovationWithdrawn(innovation_id=ident, reason="Digabung", withdrawn_on=ended_on))
    return events


def maker_of(site: Running) -> Maker:
    """Give what makes documents for a site."""
    kernel = site.service.kernel
    return Maker(kernel.engine, kernel.folder, kernel.settings.public_url)


def ask(site: Running, programme_id: str, kind: str = "pdf", **positions: int) -> str:
    """Ask for a document as the page's button does; give the address of the page that answers."""
    form = {"programme": programme_id, "kind": kind, **{name: str(at) for name, at in positions.items()}}
    answer = site.client.post("/documents", data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text[:500]
    return answer.headers["Location"]


def rows(site: Running, programme_id: str) -> list[Row[Any]]:
    """Give the rows of a programme's documents, in the order of their ids."""
    statement = "SELECT * FROM document WHERE programme_id = %s ORDER BY document_id"
    with site.service.kernel.engine.connect() as connection:
        return list(connection.exec_driver_sql(statement, (programme_id,)))


def made(site: Running, programme_id: str, kind: str = "pdf", **positions: int) -> Row[Any]:
    """Ask for a document, make what waits; give its row with the file."""
    before = {row.document_id for row in rows(site, programme_id)}
    ask(site, programme_id, kind, **positions)
    while maker_of(site).turn():
        pass
    (row,) = (row for row in rows(site, programme_id) if row.document_id not in before)
    with site.service.kernel.engine.connect() as connection:
        found = store.with_file(connection, row.document_id)
    assert found is not None, row.state
    return found
