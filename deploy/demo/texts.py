"""Example texts and figures where no source has any: every one says that it is an example (`Contoh`)."""

from dataclasses import dataclass
from random import Random
from typing import Any

from deploy.demo.sources import sectors

DIGITAL = ("sistem informasi", "aplikasi", "online", "daring", "digital", "elektronik", "e-", "web", "portal", "lacak")


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What is written about one innovation. The same innovation always gets the same words and figures."""

    title: str
    meaning: str
    unit: str
    sector: str

    @property
    def _of_sector(self) -> dict[str, Any]:
        return sectors()[self.sector]

    @property
    def _luck(self) -> Random:
        return Random(f"{self.unit}/{self.title}")

    @property
    def idea(self) -> str:
        """The idea, in the public's words."""
        called = f"{self.title} ({self.meaning})" if self.meaning else self.title
        found = self._of_sector
        return (
            f"Contoh: {called} dari {self.unit} menjawab keadaan bahwa {found['problem']}. "
            f"Caranya: {found['solution']}."
        )

    def diagnosis(self) -> dict[str, str]:
        """The diagnosis."""
        found, luck = self._of_sector, self._luck
        return {
            "problem": f"Contoh: {_capital(found['problem'])}.",
            "affected": f"Contoh: {_capital(found['affected'])}, kira-kira {luck.randrange(200, 5000, 50)} orang.",
            "root_causes": f"Contoh: {_capital(found['cause'])}.",
            "evidence": f"Contoh: catatan pelayanan {self.unit} selama {luck.randint(3, 12)} bulan terakhir.",
            "simple_solution": f"Contoh: {_capital(found['solution'])}.",
        }

    def design(self, milestones: tuple[str, str], due_on: str) -> dict[str, Any]:
        """The design with two milestones, due on these dates, and two indicators due on that one."""
        found = self._of_sector
        words = f"{self.title} {self.meaning}".lower()
        output, measure, planned = found["output"]
        outcome, dimension, unit, baseline, target = found["outcome"]
        return {
            "design": (
                f"Contoh: {_capital(found['solution'])}. {self.unit} menyusun langkah kerja, membagi tugas, dan "
                f"mencobanya lebih dulu di satu tempat. Hasil percobaan dibahas bersama {found['affected']} "
                "sebelum dilaksanakan di semua tempat."
            ),
            "form": found["form"],
            "types": found["types"],
            "digital": any(each in words for each in DIGITAL),
            "milestones": [
                {"milestone_id": "uji-coba", "title": "Contoh: uji coba di satu tempat", "due_on": milestones[0]},
                {"milestone_id": "meluas", "title": "Contoh: dilaksanakan di semua tempat", "due_on": milestones[1]},
            ],
            "indicators": [
                {
                    "indicator_id": "keluaran",
                    "kind": "output",
                    "name": output,
                    "baseline": "0",
                    "target": str(planned),
                    "unit_of_measure": measure,
                    "due_on": due_on,
                    "source": "Contoh: catatan kegiatan",
                },
                {
                    "indicator_id": "dampak",
                    "kind": "outcome",
                    "dimension": dimension,
                    "name": outcome,
                    "baseline": str(baseline),
                    "target": str(target),
                    "unit_of_measure": unit,
                    "due_on": due_on,
                    "source": "Contoh: catatan pelayanan",
                },
            ],
            "resources": "Contoh: tanpa biaya tambahan; pegawai dan sarana yang sudah ada.",
            "legal_basis": f"Contoh: keputusan kepala {self.unit}.",
            "sdgs": found["sdgs"],
        }

    def measured(self, time: int) -> str:
        """The outcome's value: on its way to the target the first time, about there the second."""
        *_, baseline, target = self._of_sector["outcome"]
        share = self._luck.uniform(0.45, 0.7) if time == 1 else self._luck.uniform(0.8, 1.1)
        return str(round(baseline + (target - baseline) * share))

    def evidence(self) -> str:
        """The evidence of the delivery."""
        return f"Contoh: berita acara, foto kegiatan, dan rekapitulasi catatan pelayanan {self.unit}."

    def display(self) -> dict[str, Any]:
        """What the public reads."""
        found = self._of_sector
        outcome, _, unit, baseline, _ = found["outcome"]
        return {
            "public_summary": (
                f"Contoh: dulu {found['problem']}. Dengan {self.title}, {found['solution']}. "
                f"{outcome} berubah dari {baseline} menjadi {self.measured(2)} {unit}."
            ),
            "shown_indicators": ["dampak"],
            "replication_notes": (
                "Contoh: mulai dari satu tempat, pakai pegawai yang ada, catat angka awal sebelum mulai, "
                "dan sesuaikan langkahnya dengan kebiasaan setempat."
            ),
        }


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
