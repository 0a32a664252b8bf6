"""The pages: the whole way of an innovation by forms alone, without a script, as each role."""

import re
from html import unescape
from typing import Any

import httpx
import pytest

from services.submission.pages.programme_forms import FORMS
from tests.services.submission.laboratory import DESIGN, DIAGNOSIS, Laboratory, ok
from tests.services.submission.signed_in import Running, SignedIn, auditor, member, reviewer
from tests.support import counting

HTML = {"Accept": "text/html"}


def page(client: SignedIn, path: str) -> str:
    """Give a page that is shown."""
    answer = client.get(path, headers=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), path
    return answer.text


def sent(answer: httpx.Response) -> str:
    """Give where a form that was accepted leads to."""
    assert answer.status_code == 303, unescape(re.sub(r"<[^>]+>", " ", answer.text))[:2000]
    return answer.headers["location"].removeprefix("/submission")


def refused(answer: httpx.Response) -> list[str]:
    """Give the errors of a form that was not accepted, as they stand in its summary."""
    assert answer.status_code == 422
    found = re.search(r'<div class="error-summary".*?</div>', answer.text, re.DOTALL)
    assert found is not None
    return [unescape(re.sub(r"<[^>]+>", "", each)) for each in re.findall(r"<li>(.*?)</li>", found.group(0))]


def test_a_region_begins_its_programme_and_a_unit_goes_all_the_way(submission: Running) -> None:
    laboratory = Laboratory(submission, "35.01")
    coordinator, by = laboratory.coordinator, laboratory.member
    at = f"/desk/programmes/{laboratory.programme}"
    sent(coordinator.form(f"{at}/gates", {f"gates/{n}/from_stage": "design" for n in range(4)}))
    assert "Tidak ada peralihan yang memerlukan panel." in page(coordinator, at)

    here = sent(
        by.form(
            "/desk/innovations",
            {
                "programme_id": laboratory.programme,
                "unit_id": laboratory.unit,
                "title": "Akta Kilat",
                "sector": "civil-registration",
                "initiator": "unit",
                "channel": "lab-session",
                "proposed_on": "2020-03-02",
            },
        )
    )
    assert "Ide belum ditulis." in page(by, here)
    assert "Tim belum dipilih." in page(by, "/")
    idea = {"title": "Akta Sehari", "sector": "health", "initiator": "unit", "channel": "contest", "idea": "Ide"}
    assert sent(by.form(f"{here}/idea", idea)) == here
    sent(by.form(f"{here}/team", {"members": ["5f1d6c1e-0000-5000-8000-000000000003"]}))
    sent(by.form(f"{here}/step/next", {"on": "2020-03-05"}))
    sent(by.form(f"{here}/diagnosis", DIAGNOSIS))
    sent(by.form(f"{here}/step/next", {"on": "2020-03-20"}))
    sent(by.form(f"{here}/design", design_fields()))
    sent(by.form(f"{here}/step/next", {"on": "2020-04-10"}))
    delivery = f"{here}/delivery"
    assert sent(by.form(f"{here}/launch", {"launched_on": "2020-06-01", "place": "Loket"})) == delivery
    milestone = re.search(r"/milestones/(m-[0-9a-f]{8})", page(by, delivery))
    indicators = re.findall(r'<option value="(i-[0-9a-f]{8})"', page(by, delivery))
    assert milestone is not None
    sent(by.form(f"{here}/milestones/{milestone.group(1)}", {"done_on": "2020-06-02"}))
    sent(
        by.form(
            f"{here}/measurements",
            {"indicator_id": indicators[1], "value": "1.5", "measured_on": "2020-09-01", "source": "Loket"},
        )
    )
    sent(by.form(f"{here}/evidence", {"evidence": "Foto loket"}))
    sent(by.form(f"{here}/step/next", {"on": "2020-09-10"}))
    sent(
        by.form(
            f"{here}/display",
            {
                "public_summary": "Akta selesai dalam sehari.",
                "shown_indicators": [indicators[1]],
                "replication_notes": "Mulailah kecil.",
            },
        )
    )
    sent(by.form(f"{here}/step/publication", {"on": "2020-12-21"}))
    shown = page(by, here)
    assert "Ditampilkan kepada publik sejak 21 Desember 2020." in shown
    assert re.findall(r'timeline__title"><a href="/submission/check/[^"]+">([^<]*)<', shown) == [
        "Ditampilkan kepada publik",
        "Maju ke Display",
        "Indikator diukur",
        "Tonggak tercapai",
        "Diluncurkan",
        "Maju ke Deliver",
        "Maju ke Design",
        "Maju ke Diagnose",
        "Ide diusulkan",
    ]


def design_fields() -> dict[str, Any]:
    """Give the design as the form sends it: rows by number, one of them emptied."""
    fields: dict[str, Any] = {name: DESIGN[name] for name in ("design", "form", "resources", "legal_basis")}
    fields |= {"types": ["process"], "digital": "yes", "sdgs": ["16"]}
    fields |= {"milestones/0/title": "Perjanjian", "milestones/0/due_on": "2020-05-01"}
    fields |= {"milestones/1/milestone_id": "m-old", "milestones/1/title": "", "milestones/1/due_on": ""}
    for number, each in enumerate(DESIGN["indicators"]):
        for name, value in each.items():
            if name != "indicator_id":
                fields[f"indicators/{number}/{name}"] = str(value)
    return fields | {"indicators/2/kind": "outcome", "indicators/2/name": ""}


def test_errors_stand_beside_their_fields_and_what_was_written_stays(submission: Running) -> None:
    laboratory = Laboratory(submission, "35.02")
    here = f"/desk/innovations/{laboratory.propose()}"
    answer = laboratory.member.form(f"{here}/diagnosis", {"problem": "kata " * 601, "affected": "Tetap <b>ada</b>"})
    assert refused(answer) == ["Ada 601 kata; paling banyak 600."]
    assert 'id="f-problem-error"' in answer.text
    assert "Tetap &lt;b&gt;ada&lt;/b&gt;" in answer.text
    bad = design_fields() | {"indicators/1/dimension": "", "milestones/0/due_on": "besok"}
    answer = laboratory.member.form(f"{here}/design", bad)
    assert 'id="f-milestones-0-due_on-error"' in answer.text
    assert len(refused(answer)) == 1
    assert 'value="Perjanjian"' in answer.text
    answer = laboratory.member.form(f"{here}/design", design_fields() | {"indicators/1/dimension": ""})
    assert refused(answer) == ["Sebutkan dalam hal apa hasilnya lebih baik."]
    answer = laboratory.member.form(f"{here}/step/next", {"on": "2031-01-01"})
    assert refused(answer) == ["Tanggal ini belum terjadi."]
    answer = laboratory.member.form(f"{here}/evidence", {"evidence": "x"})
    assert answer.status_code == 422
    assert "Pelaksanaan dimulai pada tahap Deliver" in answer.text


def test_a_form_sent_twice_is_carried_out_once(submission: Running) -> None:
    laboratory = Laboratory(submission, "35.03")
    fields = {
        "programme_id": laboratory.programme,
        "unit_id": laboratory.unit,
        "title": "Dua kali",
        "sector": "health",
        "initiator": "unit",
        "channel": "contest",
        "proposed_on": "2020-03-02",
    }
    first, second = (sent(laboratory.member.form("/desk/innovations", fields, key="same")) for _ in range(2))
    assert first == second
    assert len(laboratory.member.get("/innovations?region=35.03").json()["items"]) == 1


def test_a_form_made_before_a_change_is_told_so(submission: Running) -> None:
    laboratory = Laboratory(submission, "35.04")
    here = f"/desk/innovations/{laboratory.propose()}"
    assert 'name="_version" value="2"' in page(laboratory.member, f"{here}/diagnosis")
    sent(laboratory.coordinator.form(f"{here}/diagnosis", {"problem": "A", "_version": "2"}))
    answer = laboratory.member.form(f"{here}/diagnosis", {"problem": "Tulisan saya", "_version": "2"})
    assert len(refused(answer)) == 1
    assert "Tulisan saya" in answer.text
    assert laboratory.member.get(here.removeprefix("/desk")).json()["diagnosis"]["problem"] == "A"


def test_a_title_that_exists_is_pointed_out_with_the_form(submission: Running) -> None:
    laboratory = Laboratory(submission, "35.05")
    laboratory.propose(title="Anjungan Caper")
    answer = laboratory.member.form("/desk/innovations", {"title": "Anjungan Caper", "unit_id": laboratory.unit})
    assert answer.status_code == 422
    assert "Ada inovasi dengan judul serupa di daerah ini" in answer.text


def test_every_form_of_a_programme_records(submission: Running) -> None:
    laboratory = Laboratory(submission, "35.06")
    at, by = f"/desk/programmes/{laboratory.programme}", laboratory.coordinator
    sent(
        by.form(
            "/desk/programmes",
            {
                "region": "35.06",
                "edition": "2021",
                "title": "Kedua",
                "coordinator_office": "Bappeda",
                "requested_on": "2021-01-01",
            },
        )
    )
    second = "/desk/programmes/35.06-2021"
    agreement = {"mou_number": "7", "parties": "LAN\r\nPemerintah Kota", "signed_on": "2021-02-01"}
    assert refused(laboratory.lan.form(f"{second}/agreement", agreement | {"parties": "LAN"})) == [
        "Pilih angka dari 2 sampai 50."
    ]
    sent(laboratory.lan.form(f"{second}/agreement", agreement))
    sent(by.form("/desk/units", {"region": "35.06", "code": "dlh", "name": "DLH", "short_name": "DLH", "kind": "opd"}))
    sent(by.form("/desk/units/35.06-dlh", {"name": "Dinas Lingkungan Hidup", "short_name": "DLH", "aliases": "LH"}))
    assert "LH, DLH" in page(by, "/desk/units")
    sent(by.form(f"{at}/schedule", {"stage": "drum-up", "opens_on": "2020-03-01", "closes_on": "2020-03-03"}))
    sent(by.form(f"{at}/open", {"stage": "drum-up", "opened_on": "2020-03-01"}))
    sent(by.form(f"{at}/complete", {"stage": "drum-up", "completed_on": "2020-03-02"}))
    sent(by.form(f"{at}/labels", {"labels/drum-up": "memunculkan ide", "labels/design": ""}))
    session = {"stage": "drum-up", "title": "Pleno", "starts_on": "2020-03-01", "ends_on": "2020-03-01"}
    sent(by.form(f"{at}/session", session | {"mentors": "Mentor LAN\r\n"}))
    session_id = next(iter(by.get(f"/programmes/{laboratory.programme}").json()["sessions"]))
    sent(by.form(f"{at}/attendance", {"session_id": session_id, "unit_ids": [laboratory.unit, "35.06-dlh"]}))
    sent(by.form(f"{at}/target", {"measure": "innovations-per-unit", "value": "1"}))
    sent(by.form(f"{at}/commitment", {"unit_id": "35.06-dlh", "signatory_office": "Kepala", "signed_on": "2020-03-01"}))
    sent(by.form(f"{at}/count", {"stated_by": "Wali kota", "innovations": "22", "stated_on": "2020-12-21"}))
    gate = {
        "gates/2/from_stage": "design",
        "gates/2/to_stage": "deliver",
        "gates/2/rubric_id": "00-design-review/1",
        "gates/2/panel_size": "3",
        "gates/2/quorum": "3",
    }
    sent(by.form(f"{at}/gates", gate | {"gates/0/from_stage": "drum-up", "gates/0/to_stage": "diagnose"}))
    laboratory.propose()
    shown = page(by, at)
    for text in ("memunculkan ide", "Mentor LAN", "1 dari 2", "Wali kota: 22 inovasi", "3 penilai, kuorum 3"):
        assert text in shown
    sent(by.form(f"{at}/stall", {"reason": "Kepala daerah belum mendukung", "stalled_on": "2020-12-01"}))
    assert "Kepala daerah belum mendukung" in page(laboratory.lan, "/")
    sent(by.form(f"{at}/resume", {"resumed_on": "2020-12-02"}))
    sent(by.form(f"{at}/close", {"report": "Selesai", "closed_on": "2020-12-31"}))
    assert "Ditutup" in page(laboratory.lan, "/desk/programmes")


def test_return_withdraw_and_retire(submission: Running) -> None:
    laboratory = Laboratory(submission, "35.07")
    here = f"/desk/innovations/{laboratory.propose()}"
    sent(laboratory.member.form(f"{here}/step/next", {"on": "2020-03-05"}))
    back = {"to_stage": "drum-up", "required_changes": "Perjelas", "on": "2020-03-06"}
    assert laboratory.member.form(f"{here}/step/return", back).status_code == 403
    sent(laboratory.coordinator.form(f"{here}/step/return", back))
    assert "Perjelas" in page(laboratory.member, here)
    assert refused(laboratory.member.form(f"{here}/step/retire", {"reason": "x", "on": "2020-03-07"})) == [
        "Inovasi ini belum diluncurkan. Inovasi dapat ditarik."
    ]
    sent(laboratory.member.form(f"{here}/step/withdraw", {"reason": "Digabung", "on": "2020-03-07"}))
    assert "Digabung" in page(laboratory.member, here)


def test_what_waits_at_a_gate_offers_no_edits(submission: Running) -> None:
    laboratory = Laboratory(submission, "35.08")
    here = f"/desk/innovations/{laboratory.to_design_gate()}"
    shown = page(laboratory.member, here)
    assert "Menunggu keputusan panel" in shown
    assert re.findall(rf'href="/submission{here}/([^"]*)"', shown) == ["step/withdraw"]
    assert "Akta Kilat" in page(laboratory.coordinator, "/")


def test_people_of_the_unit_are_named_and_their_names_stay_out_of_the_record(submission: Running) -> None:
    laboratory = Laboratory(submission, "35.09")
    ident = laboratory.propose(team=[])
    person = "5f1d6c1e-0000-5000-8000-0000000000aa"
    with submission.kernel.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO person (person, name, roles, regions, units, seen_at) "
            "VALUES (%s, 'Dewi Anggraini', '{unit-member}', '{35.09}', %s, now())",
            (person, [laboratory.unit]),
        )
    here = f"/desk/innovations/{ident}"
    assert "Dewi Anggraini" in page(laboratory.member, f"{here}/team")
    sent(laboratory.member.form(f"{here}/team", {"members": [person]}))
    assert "Dewi Anggraini" in page(laboratory.member, here)
    stored = submission.kernel.log.stream("35.09", f"innovation/{ident}")
    assert not any(b"Dewi" in (each.payload or b"") for each in stored)


@pytest.fixture(scope="module")
def shown(submission: Running) -> tuple[Laboratory, str]:
    laboratory = Laboratory(submission, "35.10")
    return laboratory, laboratory.propose(title="<img src=x onerror=alert(1)>", meaning="kenari-9")


def paths_of(laboratory: Laboratory, ident: str) -> list[str]:
    """Give every page about one region."""
    at, programme = f"/desk/innovations/{ident}", f"/desk/programmes/{laboratory.programme}"
    sections = ("idea", "team", "diagnosis", "design", "delivery", "display")
    steps = ("next", "return", "publication", "withdraw", "retire")
    return [
        at,
        *(f"{at}/{each}" for each in sections),
        *(f"{at}/step/{each}" for each in steps),
        programme,
        *(f"{programme}/{each}" for each in FORMS),
        f"/desk/units/{laboratory.unit}",
        "/desk/innovations/new?region=35.10",
        "/desk/innovations?region=35.10",
        "/desk/programmes?region=35.10",
        "/desk/units?region=35.10",
    ]


def test_lan_opens_every_page_and_nothing_in_it_runs(shown: tuple[Laboratory, str]) -> None:
    laboratory, ident = shown
    for path in paths_of(laboratory, ident):
        assert "<img src=x" not in page(laboratory.lan, path)


@pytest.mark.parametrize(
    "actor", [member("35.11-x"), reviewer("35.10"), reviewer("35.11")], ids=["member", "reviewer", "other"]
)
def test_an_outsider_opens_none(submission: Running, shown: tuple[Laboratory, str], actor: Any) -> None:
    client = submission.as_(actor)
    for path in paths_of(*shown):
        answer = client.get(path, headers=HTML)
        assert answer.status_code in (403, 404), path
        assert "kenari-9" not in answer.text
    for path in ("/", "/desk/innovations", "/desk/programmes", "/desk/units"):
        assert "35.10" not in page(client, path)


def test_an_auditor_reads_and_is_offered_no_forms(submission: Running, shown: tuple[Laboratory, str]) -> None:
    laboratory, ident = shown
    client = submission.as_(auditor())
    at = f"/desk/innovations/{ident}"
    assert f'href="/submission{at}/' not in page(client, at)
    assert client.get(f"/desk/innovations/{ident}/idea", headers=HTML).status_code == 403
    assert f'href="/submission/desk/programmes/{laboratory.programme}/' not in page(
        client, f"/desk/programmes/{laboratory.programme}"
    )


def test_nobody_is_sent_to_sign_in_and_comes_back(submission: Running, shown: tuple[Laboratory, str]) -> None:
    answer = submission.as_(None).get(f"/desk/innovations/{shown[1]}", headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/submission/sign-in?next=")


def test_english_is_a_click_away(shown: tuple[Laboratory, str]) -> None:
    laboratory, ident = shown
    assert "The next step" in page(laboratory.member, f"/desk/innovations/{ident}?lang=en")


def test_a_page_costs_the_same_however_much_there_is(submission: Running) -> None:
    laboratory = Laboratory(submission, "35.12")
    laboratory.propose()
    costs = []
    for _ in range(2):
        page(laboratory.member, "/")
        with counting(submission.kernel.engine) as statements:
            page(laboratory.member, "/")
            page(laboratory.coordinator, "/")
            page(laboratory.coordinator, f"/desk/programmes/{laboratory.programme}")
            page(laboratory.coordinator, "/desk/innovations")
            costs.append(statements())
        for number in range(5):
            laboratory.propose(title=f"Inovasi {number}")
    assert costs[0] == costs[1]


def test_a_forged_form_is_refused(shown: tuple[Laboratory, str]) -> None:
    laboratory, ident = shown
    at = f"/desk/innovations/{ident}"
    assert laboratory.member.form(f"{at}/idea", {"milestones/9999/title": "x"}).status_code == 400
    assert laboratory.member.form(f"{at}/idea", {}, key="").status_code == 400
    assert laboratory.member.form(f"{at}/nowhere", {}).status_code == 404
    assert laboratory.member.form(f"{at}/step/nowhere", {}).status_code == 404
    assert ok(laboratory.member.get(f"/innovations/{ident}"))["meaning"] == "kenari-9"
