"""Rows for the national systems: by the rules of a year, with what is missing, and no more than the reader may know."""

import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from services.showcase.exports.rules import rules, years
from services.submission.domain import events as submission
from shared.auth import Actor, Role
from tests.services.showcase.documents.editions import FOR_THE_REGION, edition
from tests.services.showcase.logs import proposed
from tests.services.showcase.site import Running
from tests.support import counting, session_of

REGION, OTHER = "36.74", "33.27"
FORMULA = '=HYPERLINK("http://127.0.0.1/","x")'
BELONGS = Actor(person="a", roles=frozenset({Role.UNIT_MEMBER}), units=frozenset({f"{REGION}-dinkes"}))
ELSEWHERE = Actor(person="b", roles=frozenset({Role.COORDINATOR}), regions=frozenset({OTHER}))
NARROW = Actor(
    person="c", roles=frozenset({Role.MACHINE}), regions=frozenset({REGION}), event_types=frozenset({"unit.renamed"})
)


@pytest.fixture(scope="module")
def site(running: Running) -> Running:
    """Two regions; the second copied an innovation of the first, whose name looks like a formula."""
    edition(running, REGION, titles={4: FORMULA})
    edition(running, OTHER, innovations=1)
    copied = proposed(OTHER, 70, adapted_from=f"{REGION}-{4:032x}")
    running.submission.record(OTHER, f"innovation/{copied.innovation_id}", copied)
    running.catch_up()
    return running


def got(site: Running, path: str, actor: Actor | None = None, status: int = 200) -> Any:
    """Give the answer for whoever is said."""
    site.client.cookies.clear()
    if actor is not None:
        site.client.cookies.set(*session_of(site.service.kernel.identity.sessions, actor))
    answer = site.client.get(path)
    site.client.cookies.clear()
    assert answer.status_code == status, answer.text[:500]
    return answer


def test_a_row_for_the_index_holds_what_is_recorded_and_names_what_is_missing(site: Running) -> None:
    sent = got(site, f"/exports/iid?region={REGION}&year=2026&format=json").json()
    assert (sent["system"], sent["year"], sent["region_name"], sent["view"]) == (
        "IID",
        2026,
        "Kota Tangerang Selatan",
        "public",
    )
    row = next(each for each in sent["rows"] if each["id"].endswith("4"))
    assert row["values"] == {
        "nama_inovasi": FORMULA,
        "perangkat_daerah": "Dinas Kesehatan",
        "tahapan": "Penerapan",
        "inisiator": "Perangkat daerah",
        "jenis": "Digital",
        "bentuk": "Pelayanan publik",
        "urusan": "Kesehatan",
        "pelayanan_dasar": "Ya",
        "waktu_uji_coba": "2020-06-06",
        "waktu_penerapan": "2020-09-01",
        "rancang_bangun": "Petugas mengantar dokumen.\nTanpa biaya.",
        "tujuan": "diantar",
        "manfaat": "Waktu layanan: 14 → 3,5 hari (30 November 2020)",
        "hasil": "Dokumen kependudukan diantar ke rumah warga pada hari yang sama.",
        "video": "https://example.org/video",
        "alamat": f"http://127.0.0.1:8000/innovations/{row['id']}",
    }
    # A decree: the lowest of three; one other region; six months begun.
    assert row["parameters"] == {"16": 1, "31": 1, "32": 2}
    assert row["score"] == 3 * 1 + 3 * 1 + 2 * 2
    assert row["to_judge"] == ["Dukungan anggaran", "Alat kerja", "Kualitas inovasi (video)"]
    # What is mandatory comes first.
    assert [(each["what"], each["mandatory"]) for each in row["missing"]] == [
        ("Rancang bangun: 5 kata, perlu sedikitnya 300", True),
        ("Kemanfaatan: belum ada catatan", True),
        ("Penyelesaian pengaduan: belum ada catatan", False),
    ]
    assert len(sent["not_held"]) == len(sent["indicators"]) - 8
    asked = {each["name"]: each["mandatory"] for each in sent["indicators"]}
    assert [name for name, mandatory in asked.items() if mandatory] == [
        "Regulasi",
        "Ketersediaan SDM",
        "Kecepatan penciptaan",
        "Kemanfaatan",
        "Kualitas inovasi (video)",
    ]
    assert [each["what"] for each in sent["not_held"] if each["mandatory"]] == ["Ketersediaan SDM"]


def test_the_page_counts_those_that_lack_something_mandatory(site: Running) -> None:
    page = got(site, f"/exports?region={REGION}&lang=en").text
    # The first was copied by no other region.
    said = re.findall(r"<summary>([^<]+)</summary>", page)
    assert [each for each in said if "missing" in each] == ["4 missing (2 mandatory)", "3 missing (2 mandatory)"]
    assert re.findall(r'<p class="stat__value">(\d+)', page) == ["2", "0", "2"]


def test_what_others_lack_is_known_to_their_region_alone(site: Running) -> None:
    path = f"/exports/iid?region={REGION}&format=json"
    shown = {each["id"][-1] for each in got(site, path).json()["rows"]}
    assert shown == {"4", "9"}
    assert got(site, path, ELSEWHERE).json()["rows"] == got(site, path).json()["rows"]
    assert got(site, path, NARROW).json()["rows"] == got(site, path).json()["rows"]
    full = got(site, path, BELONGS)
    assert full.headers["Cache-Control"] == "private, no-store"
    assert [each["id"][-1] for each in full.json()["rows"]] == ["3", "6", "9", "4", "1", "7", "2", "5", "8"]
    assert FOR_THE_REGION in full.text
    for public in (path, path.replace("json", "xlsx"), path.replace("iid", "jippnas"), f"/exports?region={REGION}"):
        assert FOR_THE_REGION.encode() not in got(site, public).content
    page = got(site, f"/exports?region={REGION}", BELONGS).text
    assert ("Inovasi nomor 3" in page, "Inovasi nomor 3" in got(site, f"/exports?region={REGION}").text) == (
        True,
        False,
    )


def test_the_form_of_the_competition_has_bounds_for_words(site: Running) -> None:
    edition(site, "33.02", innovations=4)
    ident = f"33.02-{4:032x}"
    site.submission.record(
        "33.02",
        f"innovation/{ident}",
        submission.DisplaySaved(
            innovation_id=ident,
            public_summary="kata " * 201,
            shown_indicators=(),
            replication_notes="",
            video_url=None,
        ),
    )
    site.catch_up()
    (row,) = got(site, "/exports/jippnas?region=33.02&format=json").json()["rows"]
    assert row["missing"] == [
        {"what": "Ringkasan: 201 kata, paling banyak 200", "mandatory": True},
        {"what": "Adaptabilitas: belum ada catatan", "mandatory": True},
        {"what": "Video (paling lama 3 menit): belum ada catatan", "mandatory": True},
    ]
    assert row["values"]["kolaborasi"] is None


def test_a_workbook_has_no_formula_and_the_page_no_markup_of_others(site: Running, tmp_path: Path) -> None:
    file = got(site, f"/exports/iid?region={REGION}", BELONGS).content
    book = openpyxl.load_workbook(io.BytesIO(file))
    assert [sheet.max_row for sheet in book][:1] == [10]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert FORMULA in {cell.value for cell in cells}
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None or os.environ.get("LABINOV_LONG") != "1":
        return
    (tmp_path / "rows.xlsx").write_bytes(file)
    command = [office, f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to", "fods"]
    subprocess.run(
        [*command, "--outdir", tmp_path, tmp_path / "rows.xlsx"], check=True, timeout=110, capture_output=True
    )
    opened = (tmp_path / "rows.fods").read_text()
    assert "Inovasi nomor 1" in opened
    assert "table:formula" not in opened


def test_the_rules_are_data_by_year(site: Running) -> None:
    assert (years("iid"), years("jippnas"), years("none")) == ((2026,), (2026,), ())
    iid = rules("iid", 2026)
    assert (len(iid.indicators), sum(each.weight * 3 for each in iid.indicators)) == (20, 111)
    got(site, f"/exports/iid?region={REGION}&year=1999", status=404)
    got(site, f"/exports/none?region={REGION}", status=404)
    got(site, "/exports?region=99.99", status=404)
    got(site, f"/exports?region={REGION}&year=tahun", status=422)
    got(site, f"/exports/iid?region={REGION}&format=exe", status=422)


def test_rows_take_a_fixed_number_of_statements(site: Running) -> None:
    def spent(region: str) -> int:
        with counting(site.service.kernel.engine) as count:
            json.loads(got(site, f"/exports/iid?region={region}&format=json&once={region}").content)
            return count()

    assert spent(OTHER) == spent(REGION)
