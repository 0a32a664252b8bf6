"""What a directory says: facts of one edition out of a model, put into words and numbers of the document's language.

The result is plain JSON. What people wrote stays text in it: whoever sets it takes it as data, never as markup.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from services.showcase import queries, views
from services.showcase import words as vocabulary
from services.showcase.documents import phrases
from services.showcase.incoming import STAGES
from services.showcase.queries import Model, documents
from services.showcase.queries.targets import region_targets
from shared.regions import region_name
from shared.web.formats import Formats
from shared.web.pages import weblink
from shared.web.stages import GLOSSES, NAMES

# A word without a blank that is longer is broken, or it would run off its page.
LONGEST_WORD = 32
# A profile of fewer signs than this, headings and figures counted in, stays together on a page.
SHORT = 1800
_BREAK = "\u200b"
_WIB = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Origin:
    """What a document is made of: a programme, the last record of each log, and when the newest was recorded.

    `address` is where anybody finds the document again and its digest.
    """

    region: str
    programme_id: str
    positions: Mapping[str, int]
    recorded_at: datetime
    address: str

    @property
    def day(self) -> date:
        """The day of the newest record in western Indonesian time: counts go up to it."""
        return self.recorded_at.astimezone(_WIB).date()


@dataclass(frozen=True)
class Edition:
    """The rows that a document is made of; innovations are in the order in which they are shown."""

    origin: Origin
    programme: Row[Any]
    tally: views.Tally
    targets: Sequence[Row[Any]]
    units: int
    innovations: Sequence[Row[Any]]

    @property
    def active(self) -> list[Row[Any]]:
        """The innovations that go on."""
        return [row for row in self.innovations if row.status == "active"]

    @property
    def ended(self) -> list[Row[Any]]:
        """The innovations that were withdrawn or retired."""
        return [row for row in self.innovations if row.status != "active"]


def read(model: Model, origin: Origin) -> Edition:
    """Give what a model holds of an edition, in five statements; raise NotFound."""
    programme = queries.region_programme(model, origin.region, origin.programme_id)
    tallies = views.tallies(queries.region_tally(model, origin.region, origin.day))
    rows = documents.innovations(model, origin.region, origin.programme_id)
    return Edition(
        origin=origin,
        programme=programme,
        tally=tallies.get(origin.programme_id) or views.Tally(()),
        targets=[
            row for row in region_targets(model, origin.region, origin.day) if row.programme_id == origin.programme_id
        ],
        units=len(queries.region_units(model, origin.region)),
        innovations=sorted(rows, key=lambda row: (unit_of(row).casefold(), row.title.casefold(), row.innovation_id)),
    )


def unit_of(row: Row[Any]) -> str:
    """Give the name of an innovation's unit, its id where the unit was never registered."""
    name: str = row.unit_name or row.unit_id
    return name


class Writer:
    """Puts an edition into words."""

    def __init__(self, gettext: Callable[[str], str], language: str) -> None:
        """Take what translates, and the language that it translates into."""
        self._ = gettext
        self.language = language
        self.formats = Formats(language)

    def write(self, edition: Edition) -> dict[str, Any]:
        """Give the whole content of a document."""
        programme, origin = edition.programme, edition.origin
        refs = {row.innovation_id: f"i{number}" for number, row in enumerate(edition.active, start=1)}
        return {
            "lang": self.language,
            "labels": {name: self._(sentence) for name, sentence in phrases.LABELS.items()},
            "region": region_name(origin.region),
            "programme": plain(programme.title),
            "edition": plain(programme.edition),
            "office": plain(programme.coordinator_office),
            "recorded": self.formats.moment(origin.recorded_at),
            "day": self.formats.day(origin.day),
            "positions": [
                [self._(phrases.LOGS[source]), self.formats.number(position)]
                for source, position in origin.positions.items()
            ],
            "address": origin.address,
            "cover": self._cover(edition),
            "foreword": self._foreword(edition),
            "funnel": self._funnel(edition),
            "targets": self._targets(edition),
            "units": self._units(edition),
            "sectors": self._sectors(edition),
            "outcomes": self._outcomes(edition, refs),
            "innovations": [self._innovation(row, refs[row.innovation_id]) for row in edition.active],
            "ended": [self._ended(row) for row in edition.ended],
            "by_unit": self._index(edition, refs, unit_of),
            "by_sector": self._index(edition, refs, lambda row: self.word("sector", row.sector)),
            "attribution": [self._(sentence) for sentence in phrases.ATTRIBUTION],
        }

    def word(self, table: str, value: str | None) -> str:
        """Give the reader's word for a value of a closed list."""
        return vocabulary.word(self._, table, value)

    def stage(self, stage: str, labels: Mapping[str, str] | None = None) -> str:
        """Give the name of a stage, the region's own where it has one."""
        return plain((labels or {}).get(stage) or NAMES.get(stage, stage))

    def say(self, sentence: str, **facts: Any) -> str:
        """Give a sentence with its facts; a number is written as the language writes it."""
        written = {
            name: self.formats.number(fact) if isinstance(fact, int) else plain(str(fact))
            for name, fact in facts.items()
        }
        return self._(sentence) % written

    def _cover(self, edition: Edition) -> list[list[str]]:
        active = edition.active
        counts = (
            (len(active), phrases.COVER["innovations"]),
            (len({row.unit_id for row in active}), phrases.COVER["units"]),
            (sum(row.launched_on is not None for row in active), phrases.COVER["launched"]),
            (sum(row.displayed_on is not None for row in active), phrases.COVER["displayed"]),
        )
        return [[self.formats.number(count), self._(label)] for count, label in counts]

    def _foreword(self, edition: Edition) -> list[str]:
        """Give the facts of the edition as plain sentences. Nobody is made to say what nobody said."""
        programme, origin, active = edition.programme, edition.origin, edition.active
        facts = {
            "region": region_name(origin.region),
            "edition": programme.edition,
            "office": programme.coordinator_office,
            "day": self.formats.day(origin.day),
        }
        paragraphs = [self.say(phrases.ABOUT, **facts)]
        if programme.signed_on is not None:
            signed = {"number": programme.mou_number, "signed": self.formats.day(programme.signed_on)}
            parties = ", ".join(programme.parties or ())
            paragraphs.append(self.say(phrases.SIGNED, parties=parties, **signed))
        came = [each for each in programme.sessions or () if each["units_present"] is not None]
        if came:
            reached = {unit for each in came for unit in each["unit_ids"]}
            paragraphs.append(self.say(phrases.SESSIONS, sessions=len(came), units=len(reached)))
        paragraphs.append(
            self.say(
                phrases.COUNTED,
                registered=edition.tally.total("registered"),
                units=edition.tally.units("registered"),
                all_units=edition.units,
                launched=edition.tally.total("launched"),
                displayed=edition.tally.total("displayed"),
                **facts,
            )
        )
        shown = [row for row in active if row.stage == "display"]
        if active:
            paragraphs.append(self.say(phrases.SHOWN, shown=len(shown), others=len(active) - len(shown)))
        if programme.stalled_on is not None:
            since = self.formats.day(programme.stalled_on)
            paragraphs.append(self.say(phrases.STALLED, day=since, reason=programme.stalled_reason or ""))
        if programme.closed_on is not None:
            paragraphs.append(self.say(phrases.CLOSED, day=self.formats.day(programme.closed_on)))
        return paragraphs

    def _funnel(self, edition: Edition) -> list[dict[str, Any]]:
        counts = {stage: sum(row.stage == stage for row in edition.active) for stage in STAGES}
        labels = edition.programme.labels
        return [
            {**self._bar(self.stage(stage, labels), count, max(counts.values())), "gloss": self._(GLOSSES[stage])}
            for stage, count in counts.items()
        ]

    def _sectors(self, edition: Edition) -> list[dict[str, Any]]:
        names = [self.word("sector", row.sector) for row in edition.active]
        counts = sorted(((names.count(name), name) for name in set(names)), key=lambda each: (-each[0], each[1]))
        return [self._bar(name, count, counts[0][0]) for count, name in counts]

    def _bar(self, name: str, count: int, most: int) -> dict[str, Any]:
        return {"name": name, "count": self.formats.number(count), "share": count / most if most else 0}

    def _targets(self, edition: Edition) -> list[list[str]]:
        return [
            [
                plain(
                    self.word("measure", row.measure) + (f" · {row.unit_name or row.unit_id}" if row.unit_id else "")
                ),
                self.formats.number(row.wanted),
                self.formats.number(row.actual),
                self.formats.day(row.due_on, "short"),
            ]
            for row in edition.targets
        ]

    def _units(self, edition: Edition) -> list[list[str]]:
        rows = sorted(edition.tally.rows, key=lambda row: (-row.registered, unit_of(row).casefold(), row.unit_id))
        return [
            [
                plain(unit_of(row)),
                self.word("unit_kind", row.unit_kind),
                *(self.formats.number(count) for count in (row.registered, row.launched, row.displayed)),
            ]
            for row in rows
        ]

    def _outcomes(self, edition: Edition, refs: Mapping[str, str]) -> list[dict[str, Any]]:
        return [
            {"title": plain(row.title), "ref": refs[row.innovation_id], **self._figure(figure)}
            for row in edition.active
            for figure in views.figures(row)
            if figure.kind == "outcome" and figure.actual is not None
        ]

    def _figure(self, figure: views.Figure) -> dict[str, Any]:
        values = [value for value in (figure.baseline, figure.target, figure.actual) if value is not None]
        most = max((abs(value) for value in values), default=Decimal(0))

        def part(value: Decimal | None) -> dict[str, Any] | None:
            if value is None:
                return None
            return {"value": self.formats.number(value), "share": float(abs(value) / most) if most else 0.0}

        return {
            "name": plain(figure.name),
            "unit": plain(figure.unit_of_measure),
            "dimension": self.word("dimension", figure.dimension),
            "baseline": part(figure.baseline),
            "target": part(figure.target),
            "actual": part(figure.actual),
            "due_on": self.formats.day(figure.due_on, "short"),
            "actual_on": self.formats.day(figure.actual_on, "short"),
            "source": plain(figure.measurements[-1]["source"] if figure.measurements else figure.source),
        }

    def _innovation(self, row: Row[Any], ref: str) -> dict[str, Any]:
        parts, figures = self._parts(row), [self._figure(each) for each in views.figures(row)]
        length = sum(len(line) for part in parts for line in part["text"]) + 300 * (len(parts) + len(figures))
        return {
            "ref": ref,
            "short": length < SHORT,
            "title": plain(row.title),
            "meaning": plain(row.meaning),
            "unit": plain(unit_of(row)),
            "stage": self.stage(row.stage, row.labels),
            "step": STAGES.index(row.stage) + 1,
            "badges": self._badges(row),
            "facts": self._facts(row),
            "parts": parts,
            "figures": figures,
            "journey": self._journey(row),
            "said": self._said(row),
            "video": weblink(row.video_url) or "",
            "shown_video": plain(weblink(row.video_url)),
            "record": self.say(phrases.RECORD, id=row.innovation_id, position=row.position),
        }

    def _badges(self, row: Row[Any]) -> list[str]:
        held = (
            (row.is_example, phrases.BADGES["example"]),
            (row.displayed_on is not None, phrases.BADGES["displayed"]),
            (row.displayed_on is None and row.launched_on is not None, phrases.BADGES["launched"]),
            (row.awaiting is not None, phrases.BADGES["awaiting"]),
            (row.returned, phrases.BADGES["returned"]),
        )
        return [self._(badge) for holds, badge in held if holds]

    def _facts(self, row: Row[Any]) -> list[list[str]]:
        design = row.design or {}
        origin = ""
        if row.adapted_from:
            place = region_name(row.adapted_from.partition("-")[0])
            origin = f"{row.origin_title} · {place}" if row.origin_title else place
        facts = (
            ("sector", self.word("sector", row.sector)),
            ("initiator", self.word("initiator", row.initiator)),
            ("channel", self.word("channel", row.channel)),
            ("form", self.word("form", design.get("form"))),
            ("types", ", ".join(self.word("type", each) for each in design.get("types", ()))),
            ("sdgs", ", ".join(str(each) for each in design.get("sdgs", ()))),
            ("proposed_on", self.formats.day(row.proposed_on)),
            ("launched_on", self.formats.day(row.launched_on) if row.launched_on else ""),
            ("displayed_on", self.formats.day(row.displayed_on) if row.displayed_on else ""),
            ("confirmed_on", self.formats.day(row.confirmed_on) if row.confirmed_on else ""),
            ("adapted_from", origin),
            ("source", row.source if row.is_example else ""),
        )
        return [[self._(phrases.FACTS[name]), plain(value)] for name, value in facts if value]

    def _parts(self, row: Row[Any]) -> list[dict[str, Any]]:
        diagnosis, design = row.diagnosis or {}, row.design or {}
        parts = (
            ("summary", row.public_summary),
            ("idea", "" if row.public_summary else row.idea),
            ("problem", diagnosis.get("problem")),
            ("affected", diagnosis.get("affected")),
            ("root_causes", diagnosis.get("root_causes")),
            ("design", design.get("design")),
            ("resources", design.get("resources")),
            ("legal_basis", design.get("legal_basis")),
            ("replication", row.replication_notes),
        )
        return [{"head": self._(phrases.PARTS[name]), "text": paragraphs(text)} for name, text in parts if text]

    def happened(self, each: Mapping[str, Any], labels: Mapping[str, str] | None) -> str:
        """Give the sentence for a transition."""
        sentence, _mark = vocabulary.TRANSITIONS.get(each["kind"], (each["kind"], ""))
        text = self._(sentence)
        return text % {"stage": self.stage(each["to_stage"], labels)} if "%(stage)s" in text else text

    def _journey(self, row: Row[Any]) -> list[list[str]]:
        return [
            [self.formats.day(each["happened_on"], "short"), self.happened(each, row.labels)]
            for each in row.journey or ()
        ]

    def _said(self, row: Row[Any]) -> str:
        said = []
        if row.confirmations:
            said.append(self.say(phrases.CONFIRMED, n=row.confirmations))
        if row.ratings:
            stars = self.formats.number(round(row.stars, 1), 1)
            said.append(self.say(phrases.RATED, n=row.ratings, stars=stars))
        if row.complaints:
            said.append(self.say(phrases.COMPLAINED, n=row.complaints, answered=row.answered))
        return " ".join(said)

    def _ended(self, row: Row[Any]) -> list[str]:
        status = self.word("status", row.status)
        return [plain(row.title), plain(unit_of(row)), status, self.formats.day(row.ended_on), plain(row.end_reason)]

    def _index(self, edition: Edition, refs: Mapping[str, str], key: Callable[[Row[Any]], str]) -> list[dict[str, Any]]:
        groups: dict[str, list[Row[Any]]] = {}
        for row in edition.active:
            groups.setdefault(key(row), []).append(row)
        return [
            {"name": plain(name), "entries": [[plain(row.title), refs[row.innovation_id]] for row in _by_title(rows)]}
            for name, rows in sorted(groups.items(), key=lambda each: each[0].casefold())
        ]


def _by_title(rows: Iterable[Row[Any]]) -> list[Row[Any]]:
    return sorted(rows, key=lambda row: (row.title.casefold(), row.innovation_id))


def plain(text: str | None) -> str:
    """Give a text on one line, in which no word is too long to be broken."""
    return " ".join(
        _BREAK.join(word[start : start + LONGEST_WORD] for start in range(0, len(word), LONGEST_WORD))
        for word in (text or "").split()
    )


def paragraphs(text: str | None) -> list[str]:
    """Give the paragraphs of a text: what people put on a line of its own stays there."""
    return [line for each in (text or "").splitlines() if (line := plain(each))]
