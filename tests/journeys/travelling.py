"""An innovation's way through the five stages, act by act, so that a fault can strike between any two of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from deploy.demo.journeys import Calendar, Goal, Journey
from deploy.demo.panels import pool
from deploy.demo.programmes import Programmer, register
from deploy.demo.regions import GAPS
from deploy.demo.sources import NamedUnit
from deploy.demo.steps import Act, AwaitAssessment, AwaitDecision, Script, Step, fill, names_in
from deploy.demo.texts import Texts
from tests.journeys.installation import eventually
from tests.journeys.speaking import LAN_MACHINE, Api

SECTOR = "health"


@dataclass(frozen=True)
class Laboratory:
    """A region with a unit, and who coordinates it and works there; LAN's machine where nobody is named."""

    region: str
    unit: str
    coordinator: str | None = None
    member: str | None = None


SOUTH_TANGERANG = Laboratory("36.74", "disdukcapil", "tangsel-hasan", "disdukcapil-tangsel-dewi")
PEMALANG = Laboratory("33.27", "disdukcapil", "pemalang-sri", "disdukcapil-pemalang-bagus")
PURBALINGGA = Laboratory("33.03", "dinkes", "purbalingga-agung")
LEBAK = Laboratory("36.02", "dinkes", "lebak-euis")
MEDAN = Laboratory("12.71", "dinkes")


def open_programme(api: Api, laboratory: Laboratory, edition: str) -> str:
    """Have the region's unit registered and a programme agreed and committed to; give the programme's id."""
    region, unit = laboratory.region, NamedUnit(laboratory.unit, f"Dinas {laboratory.unit}", laboratory.unit, "opd")
    make = Programmer(region, edition, laboratory.coordinator)
    steps = [
        *register(region, [unit], laboratory.coordinator),
        make.request(f"Laboratorium {edition}", "Bappeda", date(2024, 1, 8), "Contoh."),
        make.agree(f"contoh/{edition}", region, date(2024, 1, 22)),
        *make.commitments([unit], date(2024, 2, 1)),
    ]
    for each in steps:
        # The keys follow from what is said, so that a unit that is there already is answered as the first time.
        api.command(each.actor or LAN_MACHINE, each.method, each.path, each.body, key=each.key(region))
    return make.programme_id


def fill_the_pool(api: Api) -> None:
    """Have the demonstration's reviewers admitted to the national pool."""
    for each in pool():
        names = {name: api.person(name.partition(":")[2]) for name in names_in(each.path)}
        api.command(LAN_MACHINE, each.method, fill(each.path, names), each.body, key=each.key("pool"))


class Travel:
    """One innovation on its way; what it knows when it has got somewhere."""

    def __init__(
        self, api: Api, laboratory: Laboratory, title: str, goal: Goal = Goal.DISPLAYED, *, edition: str | None = None
    ) -> None:
        """Open a programme for it, and plan the way as far as the goal."""
        self.api = api
        self.laboratory = laboratory
        self.title = title
        self.urls: list[str | None] = [None]
        """The addresses of submission's API that commands go to in turn; the gateway's for None."""
        edition = edition or title.lower().replace(" ", "-")
        journey = Journey(
            programme_id=open_programme(api, laboratory, edition),
            unit_id=f"{laboratory.region}-{laboratory.unit}",
            texts=Texts(title=title, meaning="", unit=laboratory.unit, sector=SECTOR),
            goal=goal,
            calendar=Calendar.of(date(2024, 2, 5), GAPS),
            team=(f"{{person:{laboratory.member}}}",) if laboratory.member else (),
            reviewers=3,
            coordinator=laboratory.coordinator,
            member=laboratory.member,
            is_example=True,
            source="contoh",
        )
        self.script: Script = journey.script()
        self.next: Act | None = None
        """The act after the one that is about to be played."""
        self._names: dict[str, str] = {}

    @property
    def innovation(self) -> str:
        """The innovation's id, once it was put forward."""
        return self._names["innovation"]

    @property
    def region(self) -> str:
        """Its region."""
        return self.laboratory.region

    def assessment(self, number: int) -> str:
        """The id of the assessment of this submission, once it was opened."""
        return self._names[f"assessment {number}"]

    def acts(self) -> Iterator[Act]:
        """Give each act just before it is played; the way is gone when the iteration is over."""
        acts = self.script.acts
        for act, self.next in zip(acts, (*acts[1:], None), strict=True):
            yield act
            self._play(act)

    def go(self) -> None:
        """Go the whole way."""
        for _ in self.acts():
            pass

    def shown(self) -> bool:
        """Whether the showcase shows it as displayed."""
        response = self.api.get("", f"/api/innovations/{self.innovation}")
        return response.status_code == 200 and response.json()["displayed_on"] is not None

    def _play(self, act: Act) -> None:
        match act:
            case Step():
                for name in (names_in(act.path) | names_in(act.body)) - self._names.keys():
                    self._names[name] = self.api.person(name.partition(":")[2])
                answer = self._command(act)
                if act.keeps is not None:
                    field, name = act.keeps
                    self._names[name] = answer[field]
            case AwaitAssessment(number):
                eventually(lambda: self._opened(number), f"review opened assessment {number} of {self.title}")
            case AwaitDecision(number):
                eventually(lambda: self._decided(number), f"submission carried out decision {number} of {self.title}")

    def _command(self, step: Step) -> dict[str, Any]:
        path, body = fill(step.path, self._names), fill(step.body, self._names)
        url = None
        if path.startswith("/submission/"):
            url = self.urls[0]
            self.urls = [*self.urls[1:], url]
        return self.api.command(step.actor or LAN_MACHINE, step.method, path, body, url=url)

    def _opened(self, number: int) -> bool:
        found = self.api.read(LAN_MACHINE, "/review/assessments", region=self.region, limit=500)["items"]
        for each in found:
            if (each["innovation_id"], each["submission_no"]) == (self.innovation, number):
                self._names[f"assessment {number}"] = each["assessment_id"]
                return True
        return False

    def _decided(self, number: int) -> bool:
        awaiting = self.api.read(LAN_MACHINE, f"/submission/innovations/{self.innovation}")["awaiting"]
        return awaiting is None or awaiting["submission_no"] > number
