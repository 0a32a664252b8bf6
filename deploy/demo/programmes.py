"""Commands of a region before its innovations: units, programmes, stages, sessions, commitments."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from deploy.demo.sources import NamedUnit
from deploy.demo.steps import Step


@dataclass(frozen=True)
class Programmer:
    """Makes the commands of one programme, as its coordinator gives them."""

    region: str
    edition: str
    coordinator: str | None = None

    @property
    def programme_id(self) -> str:
        """The id of the programme."""
        return f"{self.region}-{self.edition}"

    def request(self, title: str, office: str, on: date, note: str) -> Step:
        """The request for facilitation."""
        body = {"region": self.region, "edition": self.edition, "title": title, "coordinator_office": office}
        return self._step("/submission/programmes", **body, requested_on=on, note=note)

    def agree(self, number: str, name: str, on: date, scope: Sequence[str] = ()) -> Step:
        """The memorandum of understanding, which LAN records."""
        parties = ["Lembaga Administrasi Negara", f"Pemerintah {name}"]
        body = {"mou_number": number, "parties": parties, "signed_on": on.isoformat(), "scope": list(scope)}
        return Step(path=f"/submission/programmes/{self.programme_id}/agreement", body=body)

    def stages(self, dates: Iterable[tuple[str, date | None, date | None]]) -> Iterator[Step]:
        """The openings and completions of stages."""
        for stage, opened, completed in dates:
            if opened is not None:
                yield self.own(f"/stages/{stage}/open", opened_on=opened)
            if completed is not None:
                yield self.own(f"/stages/{stage}/complete", completed_on=completed)

    def session(
        self,
        stage: str,
        title: str,
        dates: tuple[date, date],
        venue: str = "",
        attendance: tuple[Sequence[str], str] | None = None,
    ) -> Iterator[Step]:
        """A session, with the units that came and a remark where there is an attendance."""
        path, name = f"/submission/programmes/{self.programme_id}/sessions", f"session:{title}"
        body = {
            "stage": stage,
            "title": title,
            "starts_on": dates[0].isoformat(),
            "ends_on": dates[1].isoformat(),
            "venue": venue,
            "mentors": ["Lembaga Administrasi Negara"],
        }
        yield Step(path=path, body=body, actor=self.coordinator, keeps=("session_id", name))
        if attendance is not None:
            yield self.own(f"/sessions/{{{name}}}/attendance", unit_ids=list(attendance[0]), remark=attendance[1])

    def commitments(self, units: Sequence[NamedUnit], on: date) -> Iterator[Step]:
        """The declarations that the units' heads signed."""
        for each in units:
            office = f"Kepala {each.name}"[:200]
            yield self.own("/commitments", unit_id=f"{self.region}-{each.code}", signatory_office=office, signed_on=on)

    def own(self, path: str, **body: Any) -> Step:
        """Any other command of the programme."""
        return self._step(f"/submission/programmes/{self.programme_id}{path}", **body)

    def _step(self, path: str, **body: Any) -> Step:
        said = {name: each.isoformat() if isinstance(each, date) else each for name, each in body.items()}
        return Step(path=path, body=said, actor=self.coordinator)


def register(region: str, units: Sequence[NamedUnit], coordinator: str | None = None) -> Iterator[Step]:
    """The registration of a region's units."""
    for each in units:
        body = {
            "region": region,
            "code": each.code,
            "name": each.name,
            "short_name": each.short,
            "kind": each.kind,
            "aliases": list(each.aliases),
        }
        yield Step(path="/submission/units", body=body, actor=coordinator)
