"""The five real laboratories as the press reported them; what it did not report is made up and says so."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from deploy.demo.afterwards import Afterwards, Item
from deploy.demo.journeys import Calendar, Goal, Journey
from deploy.demo.programmes import Programmer, register
from deploy.demo.sources import NamedUnit, examples, laboratories, reported
from deploy.demo.steps import RegionPlan, Step
from deploy.demo.texts import Texts
from deploy.embedded.identities import Person, read_people

EXAMPLE = "contoh: judul, unit, dan isi dibuat untuk peragaan"
MADE_UP = "Tanggal, nomor naskah, dan target yang tidak disebut sumber adalah contoh."


@dataclass(frozen=True)
class Named:
    """An innovation that the sources name: where it stands in the demonstration, and what is known of it."""

    title: str
    unit: str
    sector: str
    goal: Goal
    meaning: str = ""
    source: str = "pemberitaan tentang laboratorium inovasi daerah ini (judul); selebihnya contoh"


class Laboratory:
    """One laboratory: its region, people and units, and the calendar that its innovations share."""

    def __init__(self, region: str, start: date, gaps: Sequence[int]) -> None:
        """Take the region, the day on which ideas were put forward, and the days between an innovation's dates."""
        self.region = region
        self.start = start
        self.facts = laboratories()[region]
        self.name = str(self.facts["name"])
        self.calendar = Calendar.of(start, gaps)
        people = read_people().values()
        self.coordinator = next(each.sub for each in people if "coordinator" in each.roles and region in each.regions)
        self.members: dict[str, Person] = {unit: each for each in people for unit in each.units}
        self.programme = Programmer(region, str(self.facts["edition"]), self.coordinator)
        self.units = [*map(_of_tally, self.facts.get("tally", ())), *map(_of_example, examples()[region]["units"])]

    def begin(self, *, requested: date, signed: date, number: str, note: str, scope: Sequence[str] = ()) -> list[Step]:
        """Give what every laboratory begins with: its units, the request, the agreement, the commitments."""
        office = next(each.affiliation for each in read_people().values() if each.sub == self.coordinator)
        title = f"Laboratorium Inovasi {self.name}"
        return [
            *register(self.region, self.units, self.coordinator),
            self.programme.request(title, office, requested, f"{note} {MADE_UP}"),
            self.programme.agree(number, self.name, signed, scope),
            *self.programme.commitments(self.units, self.start),
        ]

    def everybody(self, remark: str) -> tuple[list[str], str]:
        """Give the attendance of all registered units, with what the sources say of it."""
        return [f"{self.region}-{each.code}" for each in self.units], remark

    def count(self, by: str, innovations: int, units: int | None, on: date, note: str = "") -> Step:
        """Give a count that somebody stated."""
        body = {"stated_by": by, "innovations": innovations, "units": units, "stated_on": on, "note": note}
        return self.programme.own("/stated-counts", **body)

    def target(self, measure: str, value: int, note: str, due_on: date | None = None) -> Step:
        """Give a target of the region."""
        return self.programme.own("/targets", measure=measure, value=value, due_on=due_on, note=note)

    def plan(self, opening: Sequence[Step], named: Sequence[Named] = (), closing: Sequence[Step] = ()) -> RegionPlan:
        """Give the whole, with the innovations that the sources name and those made up."""
        journeys = [self._named(each) for each in named]
        journeys += [self._example(each) for each in examples()[self.region]["innovations"]]
        return RegionPlan(self.region, tuple(opening), tuple(each.script() for each in journeys), tuple(closing))

    def _named(self, known: Named) -> Journey:
        return self._journey(known.unit, known.title, known.meaning, known.sector, known.goal, source=known.source)

    def _example(self, known: dict[str, Any]) -> Journey:
        return self._journey(
            known["unit"],
            known["title"],
            "",
            known["sector"],
            Goal(known["goal"]),
            channel=known.get("channel", "lab-session"),
            adapted_from=known.get("from"),
            is_example=True,
            source=EXAMPLE,
        )

    def _journey(self, code: str, title: str, meaning: str, sector: str, goal: Goal, **more: Any) -> Journey:
        unit_id = f"{self.region}-{code}"
        unit = next(each for each in self.units if each.code == code)
        member = self.members.get(unit_id)
        return Journey(
            programme_id=self.programme.programme_id,
            unit_id=unit_id,
            texts=Texts(title=title, meaning=meaning, unit=unit.name, sector=sector),
            goal=goal,
            calendar=self.calendar,
            team=(f"{{person:{member.sub}}}",) if member else (),
            reviewers=3 if "gate" in goal else 2,
            coordinator=self.coordinator,
            member=member.sub if member else None,
            **more,
        )


def serang() -> RegionPlan:
    """Kabupaten Serang 2018: the MoU and the drum-up of 17 January; and an example of an edition that stands still."""
    lab = Laboratory("36.04", date(2018, 1, 17), (33, 28, 45, 21, 14, 30, 30, 15, 21, 14))
    [mou] = [each for each in lab.facts["facts"] if each["what"] == "mou-signed-and-drum-up"]
    [national] = [each for each in lab.facts["facts"] if each["what"] == "national-context"]
    calendar, day = lab.calendar, date.fromisoformat(mou["date"])
    opening = lab.begin(
        requested=day - timedelta(days=70),
        signed=day,
        number="nomor tidak disebut sumber",
        scope=mou["scope"],
        note="Catatan inovasi pegawai diperhitungkan dalam kenaikan pangkat; diklat eselon II dan III mewajibkan "
        f"terobosan. Secara nasional waktu itu: {national['innovations_by_civil_servants']} inovasi pegawai dan "
        f"{national['regions_asking_for_facilitation']} daerah yang meminta pendampingan.",
    )
    opening += lab.programme.session(
        "drum-up", "Penandatanganan dan penyemangatan", (day, day), "", lab.everybody("Kehadiran per unit: contoh.")
    )
    opening += lab.programme.stages(
        [
            ("drum-up", day, day),
            ("diagnose", calendar.diagnosed_from, calendar.designed_from),
            ("design", calendar.designed_from, calendar.admitted),
            ("deliver", calendar.launched, calendar.results_submitted),
            ("display", calendar.results_admitted, None),
        ]
    )
    standing = Programmer("36.04", "2019-contoh", lab.coordinator)
    opening += [
        standing.request("Contoh edisi yang terhenti", "Bagian Organisasi (contoh)", date(2019, 2, 4), "Contoh."),
        standing.agree("contoh/36.04/2019", lab.name, date(2019, 3, 4)),
        standing.own(
            "/stall",
            reason="Contoh untuk peragaan, bukan keadaan daerah ini. Sebab yang dikenal secara nasional (2018): "
            "dukungan kepala daerah kurang.",
            stalled_on=date(2019, 6, 3),
        ),
    ]
    [known] = lab.facts["innovations"]
    return lab.plan(opening, [Named(known["title"], "dpu", "public-works", Goal.DISPLAYED)])


def lebak() -> RegionPlan:
    """Kabupaten Lebak 2018: the drum-up of 28 November, the festival of December 2019, documented in a document."""
    lab = Laboratory("36.02", date(2018, 11, 28), (20, 42, 60, 30, 30, 60, 60, 20, 30, 27))
    calendar = lab.calendar
    drum_up = _fact(lab, "session")
    festival = _fact(lab, "festival")
    ranking = _fact(lab, "ranking")
    day, first, last = (date.fromisoformat(each) for each in (drum_up["date"], festival["date"], festival["until"]))
    opening = lab.begin(
        requested=date(2018, 9, 3),
        signed=date(2018, 10, 15),
        number="contoh/36.02/2018",
        note=f"Asas yang dipegang: {', '.join(lab.facts['principles'])}. Termasuk 3 terbaik dari {ranking['of']} "
        "daerah karena inovasinya tercatat dalam dokumen daerah.",
    )
    attended = (
        f"{drum_up['attendance']['camat']} camat dan semua kepala OPD menurut sumber; yang tercatat: unit contoh."
    )
    opening += lab.programme.session("drum-up", "Rapat pleno", (day, day), drum_up["venue"], lab.everybody(attended))
    opening += lab.programme.session("display", "Festival inovasi", (first, last))
    opening.append(lab.target("innovations-per-civil-servant", 1, "Satu ASN satu inovasi"))
    opening += lab.programme.stages(
        [
            ("drum-up", day, day),
            ("diagnose", calendar.diagnosed_from, calendar.designed_from),
            ("design", calendar.designed_from, calendar.admitted),
            ("deliver", calendar.launched, calendar.results_submitted),
            ("display", first, last),
        ]
    )
    named = [
        Named(title, unit, "village", goal)
        for (title, unit, goal) in zip(
            (each["title"] for each in lab.facts["innovations"]),
            ("dpmd", "kecamatan-contoh"),
            (Goal.DISPLAYED, Goal.DELIVERING),
            strict=True,
        )
    ]
    report = "Contoh: edisi ini ditutup setelah festival 12–14 Desember 2019."
    closing = [lab.programme.own("/close", report=report, closed_on=last)]
    closing += Afterwards(lab.region, lab.coordinator).festival(
        "2019",
        programme_id=lab.programme.programme_id,
        title="Festival Inovasi Kabupaten Lebak 2019",
        about="Harinya menurut sumber; inovasi yang dipilih, tempat, dan jadwalnya adalah contoh.",
        days=(first, last),
        venue="Alun-alun (contoh)",
        shown=[named[0].title, "Pojok Baca Kampung", named[1].title],
        schedule=[
            Item(day=0, begins=9, ends=10, title="Pembukaan (contoh)", place="Panggung utama"),
            Item(day=0, begins=10, ends=12, title="Pameran (contoh)", place="Tenda inovasi"),
            Item(day=1, begins=13, ends=14, title="Bedah inovasi (contoh)", place="Aula", innovation=named[0].title),
            Item(day=2, begins=15, ends=16, title="Penutupan (contoh)", place="Panggung utama"),
        ],
    )
    return lab.plan(opening, named, closing)


def tangerang_selatan() -> RegionPlan:
    """Kota Tangerang Selatan 2020: 22 innovations of 11 units launched by 21 December; four of five stages done."""
    lab = Laboratory("36.74", date(2020, 9, 14), (14, 14, 35, 21, 14, 31, 32, 28, 21, 14))
    calendar = lab.calendar
    launch = _fact(lab, "launch")
    target = _fact(lab, "target")
    day = date.fromisoformat(launch["date"])
    opening = lab.begin(
        requested=date(2020, 8, 3),
        signed=date(2020, 8, 24),
        number="contoh/36.74/2020",
        note="Jumlah per unit menurut sumber; judul inovasinya tidak disebut sumber dan dibuat sebagai contoh.",
    )
    opening.append(lab.programme.own("/labels", labels=lab.facts["stage_labels"]))
    present = lab.everybody("Kehadiran per unit: contoh.")
    opening += lab.programme.session("deliver", "Peluncuran inovasi", (day, day), launch["venue"], present)
    opening += lab.programme.stages(
        [
            ("drum-up", calendar.proposed, calendar.diagnosed_from),
            ("diagnose", calendar.diagnosed_from, calendar.designed_from),
            ("design", calendar.designed_from, calendar.admitted),
            ("deliver", calendar.admitted, day),
            ("display", day, None),
        ]
    )
    opening += [
        lab.count(each["by"], each["innovations"], each["units"], day, "Dua hitungan pada hari yang sama.")
        for each in lab.facts["facts"]
        if each["what"] == "count"
    ]
    next_year = date(day.year + 1, 12, 31)
    opening += [
        lab.target("units-reached", target["units_next_year"], "Perangkat daerah pada tahun berikutnya", next_year),
        lab.target("innovations-per-unit", target["per_unit"], "Setiap perangkat daerah", next_year),
    ]
    return lab.plan(opening, closing=list(_tangerang_selatan_afterwards(lab)))


def _tangerang_selatan_afterwards(lab: Laboratory) -> Iterator[Step]:
    """Give an example of a festival, and of what units and citizens say of what was shown there."""
    after = Afterwards(lab.region, lab.coordinator)
    akta, usaha, situ, keluarga, sampah = shown = [
        "Akta Lahir Antar Rumah",
        "Izin Usaha Mikro Sekali Datang",
        "Kalender Wisata Situ",
        "Ruang Dengar Keluarga",
        "Bank Sampah Sekolah Terhubung",
    ]
    first, last = date(2021, 5, 20), date(2021, 5, 21)
    yield from after.staff({"disdukcapil": 112, "dpmptsp": 74, "dispar": 58, "dlh": 143, "disdik": 121}, lab.start)
    yield from after.festival(
        "2021-contoh",
        programme_id=lab.programme.programme_id,
        title="Contoh festival inovasi",
        about="Contoh untuk peragaan: festival ini tidak pernah diselenggarakan.",
        days=(first, last),
        venue="Balai kota (contoh)",
        shown=shown,
        schedule=[
            Item(day=0, begins=9, ends=10, title="Pembukaan", place="Aula"),
            Item(day=0, begins=10, ends=12, title="Pameran inovasi", place="Lapangan"),
            Item(day=0, begins=13, ends=14, title="Cerita dari loket", place="Aula", innovation=akta),
            Item(day=0, begins=14, ends=15, title="Cerita dari sekolah", place="Aula", innovation=sampah),
            Item(day=1, begins=9, ends=11, title="Klinik replikasi", place="Ruang rapat", innovation=usaha),
            Item(day=1, begins=13, ends=15, title="Penghargaan dan penutupan", place="Aula"),
        ],
    )
    grounds = "Contoh: dampaknya terukur dan sudah ditiru daerah lain."
    yield after.best("2021-contoh", "innovation", [akta, sampah, usaha], grounds, last)
    grounds = "Contoh: pengunjung paling lama berhenti di sini."
    yield after.best("2021-contoh", "display", [situ, keluarga], grounds, last)
    yield from after.running([akta, usaha, sampah], date(2025, 12, 15))
    yield from after.said(akta, "confirmation", "Contoh: akta anak kami jadi pada hari yang sama.")
    yield from after.said(akta, "rating", "Contoh: cepat, tetapi antrean teleponnya panjang.", stars=4)
    yield from after.said(
        akta,
        "complaint",
        "Contoh: petugas datang dua hari lebih lambat dari janji.",
        answer="Contoh: maaf. Jadwal kunjungan kini dikirim lewat pesan, dan keterlambatan kami catat.",
    )


def pemalang() -> RegionPlan:
    """Kabupaten Pemalang 2021: from 8 November to the launch of 18 May 2022, by ATM; LABKD proven."""
    lab = Laboratory("33.27", date(2021, 11, 8), (21, 35, 84, 30, 21, 29, 30, 15, 21, 14))
    calendar = lab.calendar
    launch = _fact(lab, "launch")
    day = date.fromisoformat(launch["date"])
    opening = lab.begin(
        requested=date(2021, 9, 6),
        signed=date(2021, 10, 18),
        number="contoh/33.27/2021",
        note=f"Cara kerja ATM: amati, tiru, modifikasi. Visi daerah: {lab.facts['vision']}.",
    )
    opened = date.fromisoformat(_fact(lab, "opened")["date"])
    opening += lab.programme.session("drum-up", "Pembukaan", (opened, opened))
    opening += lab.programme.session("deliver", "Peluncuran inovasi", (day, day))
    opening += lab.programme.stages(
        [
            ("drum-up", opened, calendar.diagnosed_from),
            ("diagnose", calendar.diagnosed_from, calendar.designed_from),
            ("design", calendar.designed_from, calendar.admitted),
            ("deliver", day, calendar.results_submitted),
            ("display", calendar.results_admitted, None),
        ]
    )
    opening.append(lab.count("pemberitaan peluncuran", launch["innovations"], None, day, "Kira-kira, menurut sumber."))
    [known] = lab.facts["innovations"]
    [listed] = [each for each in reported() if each.region == lab.region and each.title == known["title"]]
    source = f"{listed.source} (judul, arti, dan unit); angka contoh"
    labkd = Named(
        known["title"], "disdukcapil", "civil-registration", Goal.DISPLAYED, meaning=known["meaning"], source=source
    )
    return lab.plan(opening, [labkd])


def purbalingga() -> RegionPlan:
    """Kabupaten Purbalingga 2022: 12 October, 23 November, 15 December; 174 ideas."""
    lab = Laboratory("33.03", date(2022, 10, 12), (7, 14, 21, 7, 2, 4, 3, 2, 3, 1))
    calendar = lab.calendar
    drum_up, design = (each for each in lab.facts["facts"] if each["what"] == "session")
    expo = _fact(lab, "expo")
    count = _fact(lab, "count")
    first, second, third = (date.fromisoformat(each["date"]) for each in (drum_up, design, expo))
    dimensions = "lebih cepat, lebih murah, lebih mudah"
    opening = lab.begin(
        requested=date(2022, 8, 1),
        signed=date(2022, 9, 12),
        number="contoh/33.03/2022",
        note=f"Hasil yang dicari: {dimensions}.",
    )
    both_days = (first, first + timedelta(days=drum_up["days"] - 1))
    attended = "Semua kepala OPD dan BUMD menurut sumber; yang tercatat: unit contoh."
    opening += lab.programme.session("drum-up", "Lokakarya", both_days, drum_up["venue"], lab.everybody(attended))
    opening += lab.programme.session("design", "Klinik rancangan", (second, second))
    opening += lab.programme.session("display", "Pameran inovasi", (third, third))
    opening += lab.programme.stages(
        [
            ("drum-up", first, both_days[1]),
            ("diagnose", calendar.diagnosed_from, calendar.designed_from),
            ("design", calendar.designed_from, calendar.admitted),
            ("deliver", calendar.launched, calendar.results_submitted),
            ("display", third, None),
        ]
    )
    units = count["units"]
    said = f"{units['opd']} OPD, {units['kecamatan']} kecamatan, {units['puskesmas']} puskesmas, {units['bumd']} BUMD."
    day = date.fromisoformat(count["date"])
    opening.append(lab.count("pemberitaan lokakarya", count["ideas"], sum(units.values()), day, f"Gagasan dari {said}"))
    return lab.plan(opening)


LABORATORIES: tuple[Callable[[], RegionPlan], ...] = (tangerang_selatan, pemalang, purbalingga, lebak, serang)


def all_laboratories() -> Iterator[RegionPlan]:
    """Give the five."""
    for make in LABORATORIES:
        yield make()


def _fact(lab: Laboratory, what: str) -> dict[str, Any]:
    return next(each for each in lab.facts["facts"] if each["what"] == what)


def _of_tally(known: dict[str, Any]) -> NamedUnit:
    return NamedUnit(known["short"].lower(), known["unit"], known["short"], "opd", tuple(known.get("aliases", ())))


def _of_example(known: dict[str, Any]) -> NamedUnit:
    return NamedUnit(known["code"], known["name"], known["short"], known["kind"])
