"""What comes after an innovation's way: festivals, questions answered, civil servants counted, citizens heard.

Only the days of Lebak's festival are from a source; all else is made up and says so. No innovation that a source names
is called the best of anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from deploy.demo.steps import Step

MADE_UP = "contoh: angka dibuat untuk peragaan"


@dataclass(frozen=True, kw_only=True)
class Item:
    """An item of a festival's schedule: on which of its days, from when to when, and about which innovation, if any."""

    day: int
    begins: int
    ends: int
    title: str
    place: str
    innovation: str | None = None


@dataclass(frozen=True)
class Afterwards:
    """Makes the commands of a region whose innovations have gone their way, as its coordinator gives them."""

    region: str
    coordinator: str

    def festival(
        self,
        edition: str,
        *,
        programme_id: str,
        title: str,
        about: str,
        days: tuple[date, date],
        venue: str,
        shown: Sequence[str],
        schedule: Sequence[Item],
    ) -> Iterator[Step]:
        """Give a festival that shows innovations of the region, named by their titles."""
        body = {"region": self.region, "edition": edition, "programme_id": programme_id, "title": title, "about": about}
        when = {"starts_on": days[0].isoformat(), "ends_on": days[1].isoformat(), "venue": venue}
        yield self._step("POST", "/submission/festivals", body | when)
        at = f"/submission/festivals/{self.region}-{edition}"
        yield self._step("PUT", f"{at}/innovations", {"innovation_ids": [self._id(each) for each in shown]})
        slots = [
            {
                "on": (days[0] + timedelta(days=each.day)).isoformat(),
                "begins": f"{time(each.begins):%H:%M}",
                "ends": f"{time(each.ends):%H:%M}",
                "title": each.title,
                "place": each.place,
                "innovation_id": self._id(each.innovation) if each.innovation else None,
            }
            for each in schedule
        ]
        yield self._step("PUT", f"{at}/schedule", {"slots": slots})

    def best(self, edition: str, category: str, named: Sequence[str], grounds: str, on: date) -> Step:
        """Give the naming of the best of a category."""
        idents = [self._id(each) for each in named]
        body = {"innovation_ids": idents, "grounds": grounds, "on": on.isoformat()}
        return self._step("PUT", f"/submission/festivals/{self.region}-{edition}/tops/{category}", body)

    def staff(self, counts: dict[str, int], on: date) -> Iterator[Step]:
        """Give counts of the civil servants of units, by their codes."""
        for code, count in counts.items():
            body = {"civil_servants": count, "counted_on": on.isoformat(), "source": MADE_UP}
            yield self._step("POST", f"/submission/units/{self.region}-{code}/staff", body)

    def running(self, titles: Sequence[str], on: date) -> Iterator[Step]:
        """Give the confirmations that innovations still run."""
        for each in titles:
            path = f"/submission/innovations/{self._id(each)}/running"
            yield self._step("POST", path, {"on": on.isoformat()})

    def said(self, title: str, kind: str, text: str, *, stars: int | None = None, answer: str = "") -> Iterator[Step]:
        """Give what a citizen says of an innovation, that it is published, and the answer where there is one.

        An address may say each kind of thing once a day about an innovation, and five things in an hour.
        """
        said: dict[str, Any] = {"innovation_id": self._id(title), "kind": kind, "text": text}
        said |= {"stars": stars} if stars is not None else {}
        name = f"said:{kind}"
        yield Step(path="/submission/feedback", body=said, keeps=("id", name))
        at = f"/submission/feedback/{{{name}}}"
        yield self._step("POST", f"{at}/publication", {})
        if answer:
            yield self._step("POST", f"{at}/answer", {"text": answer})

    def _id(self, title: str) -> str:
        return f"{{original:{self.region}/{title}}}"

    def _step(self, method: str, path: str, body: dict[str, Any]) -> Step:
        return Step(method=method, path=path, body=body, actor=self.coordinator)
