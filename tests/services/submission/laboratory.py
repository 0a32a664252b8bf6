"""A region's laboratory made through the API, as far as a test needs it."""

from typing import Any

import httpx

from tests.services.submission.signed_in import Running, SignedIn, coordinator, lan, member

DAY = "2020-03-02"

DIAGNOSIS = {
    "problem": "Orang tua datang tiga kali.",
    "affected": "6.000 keluarga",
    "root_causes": "Data disalin dengan tangan.",
    "evidence": "Buku tamu",
    "simple_solution": "Formulir daring",
}
INDICATORS: list[dict[str, Any]] = [
    {
        "indicator_id": "i1",
        "kind": "output",
        "name": "Rumah sakit terhubung",
        "baseline": 0,
        "target": 9,
        "unit_of_measure": "rumah sakit",
        "due_on": "2020-08-01",
    },
    {
        "indicator_id": "i2",
        "kind": "outcome",
        "dimension": "faster",
        "name": "Lama menunggu akta",
        "baseline": "14",
        "target": 1.5,
        "unit_of_measure": "hari",
        "due_on": "2020-09-01",
        "source": "Loket",
    },
]
DESIGN: dict[str, Any] = {
    "design": "Formulir daring bagi rumah sakit.",
    "form": "public-service",
    "types": ["process"],
    "digital": True,
    "milestones": [{"milestone_id": "m1", "title": "Perjanjian", "due_on": "2020-05-01"}],
    "indicators": INDICATORS,
    "resources": "Tanpa biaya",
    "legal_basis": "Keputusan Kepala Dinas",
    "sdgs": [16],
}
DISPLAY: dict[str, Any] = {
    "public_summary": "Akta selesai dalam sehari.",
    "shown_indicators": ["i2"],
    "replication_notes": "Mulailah dengan satu rumah sakit.",
    "video_url": "https://example.id/video",
}


def ok(response: httpx.Response) -> dict[str, Any]:
    """Give the body of an answer that says yes."""
    assert response.status_code in (200, 201), response.text
    body: dict[str, Any] = response.json()
    return body


class Laboratory:
    """A region with an agreed programme and a unit that has signed."""

    def __init__(self, running: Running, region: str) -> None:
        """Take the running service and a region that no other test uses."""
        self.region, self.unit, self.programme = region, f"{region}-disdukcapil", f"{region}-2020"
        self.lan: SignedIn = running.as_(lan())
        self.coordinator: SignedIn = running.as_(coordinator(region))
        self.member: SignedIn = running.as_(member(self.unit))
        self.register("disdukcapil", "Dinas Kependudukan dan Pencatatan Sipil", "Disdukcapil")
        ok(
            self.coordinator.post(
                "/programmes",
                {
                    "region": region,
                    "edition": "2020",
                    "title": "Laboratorium Inovasi",
                    "coordinator_office": "Bappeda",
                    "requested_on": "2020-01-10",
                },
            )
        )
        ok(
            self.lan.post(
                f"/programmes/{self.programme}/agreement",
                {"mou_number": "12/LAN/2020", "parties": ["LAN", "Pemerintah Kota"], "signed_on": "2020-02-03"},
            )
        )
        ok(
            self.coordinator.post(
                f"/programmes/{self.programme}/commitments",
                {"unit_id": self.unit, "signatory_office": "Kepala Dinas", "signed_on": "2020-03-01"},
            )
        )

    def register(self, code: str, name: str, short_name: str) -> None:
        """Register a unit."""
        body = {"region": self.region, "code": code, "name": name, "short_name": short_name, "kind": "opd"}
        ok(self.coordinator.post("/units", body))

    def new_innovation(self, **changes: Any) -> dict[str, Any]:
        """Give the body of a proposal."""
        return {
            "programme_id": self.programme,
            "unit_id": self.unit,
            "title": "Akta Kilat",
            "meaning": "Akta kelahiran selesai di hari yang sama",
            "idea": "Petugas rumah sakit mengirim data kelahiran sendiri.",
            "sector": "civil-registration",
            "initiator": "unit",
            "channel": "lab-session",
            "team": ["5f1d6c1e-0000-5000-8000-000000000003"],
            "proposed_on": DAY,
        } | changes

    def propose(self, **changes: Any) -> str:
        """Put an innovation forward; give its id."""
        return str(ok(self.member.post("/innovations", self.new_innovation(**changes)))["id"])

    def to_design_gate(self, **changes: Any) -> str:
        """Bring an innovation to where it waits for the panel on its design."""
        ident = self.propose(**changes)
        at = f"/innovations/{ident}"
        ok(self.member.post(f"{at}/stage", {"on": "2020-03-05"}))
        ok(self.member.put(f"{at}/diagnosis", DIAGNOSIS))
        ok(self.member.post(f"{at}/stage", {"on": "2020-03-20"}))
        ok(self.member.put(f"{at}/design", DESIGN))
        ok(self.member.post(f"{at}/stage", {"on": "2020-04-10"}))
        return ident
