"""The directory as a workbook: the same facts as rows, for those who go on counting."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from services.showcase import views
from services.showcase.documents import phrases
from services.showcase.documents.content import Edition, Writer, unit_of
from shared.regions import region_name
from shared.sheets import Cell, Sheet, xlsx
from shared.web.messages import N_

_INNOVATIONS = (
    N_("Innovation"),
    N_("Meaning"),
    N_("Unit"),
    N_("Kind"),
    N_("Sector"),
    N_("Initiator"),
    N_("Origin"),
    N_("Stage"),
    N_("Status"),
    N_("Put forward"),
    N_("Launched"),
    N_("Displayed"),
    N_("Last confirmed as running"),
    N_("Ended"),
    N_("Reason"),
    N_("Summary"),
    N_("Problem"),
    N_("Design"),
    N_("Resources"),
    N_("Legal basis"),
    N_("How to copy it"),
    N_("Confirmations"),
    N_("Ratings"),
    N_("Stars on average"),
    N_("Complaints"),
    N_("Complaints answered"),
    N_("Source"),
    N_("Id"),
    N_("Record"),
)
_INDICATORS = (
    N_("Innovation"),
    N_("Indicator"),
    N_("Kind"),
    N_("Unit of measure"),
    N_("Before"),
    N_("Target"),
    N_("By"),
    N_("Measured"),
    N_("Measured on"),
    N_("Source"),
    N_("Id"),
)
_JOURNEY = (N_("Innovation"), N_("On"), N_("What happened"), N_("Stage"), N_("Record"), N_("Id"))
_UNITS = (N_("Unit"), N_("Kind"), N_("Put forward"), N_("Launched"), N_("Displayed"))
_FACTS = (N_("Fact"), N_("Value"))


def workbook(edition: Edition, writer: Writer) -> bytes:
    """Give the workbook of an edition, dated at its newest record; the same bytes for the same records."""
    say = writer.say
    sheets = (
        (N_("About"), _FACTS, _about(edition, writer)),
        (N_("Innovations"), _INNOVATIONS, _innovations(edition, writer)),
        (N_("Indicators"), _INDICATORS, _indicators(edition, writer)),
        (N_("Journey"), _JOURNEY, _journeys(edition, writer)),
        (N_("Units"), _UNITS, _units(edition, writer)),
    )
    return xlsx(
        (Sheet(say(title), [say(heading) for heading in headings], rows) for title, headings, rows in sheets),
        created=edition.origin.recorded_at,
    )


def _about(edition: Edition, writer: Writer) -> Iterator[tuple[Cell, ...]]:
    programme, origin, say = edition.programme, edition.origin, writer.say
    yield say(phrases.LABELS["title"]), region_name(origin.region)
    yield say(phrases.LABELS["edition"]), programme.edition
    yield say(N_("Programme")), programme.title
    yield say(N_("Coordinated by")), programme.coordinator_office
    for source, position in origin.positions.items():
        yield f"{say(phrases.LOGS[source])}, {say(phrases.LABELS['up_to_record'])}", position
    yield say(phrases.LABELS["recorded"]), writer.formats.moment(origin.recorded_at)
    yield say(phrases.LABELS["check"]), origin.address
    for sentence in phrases.ATTRIBUTION:
        yield say(phrases.LABELS["sources"]), say(sentence)


def _innovations(edition: Edition, writer: Writer) -> Iterator[tuple[Cell, ...]]:
    for row in edition.innovations:
        diagnosis, design = row.diagnosis or {}, row.design or {}
        yield (
            row.title,
            row.meaning,
            unit_of(row),
            writer.word("unit_kind", row.unit_kind),
            writer.word("sector", row.sector),
            writer.word("initiator", row.initiator),
            writer.word("channel", row.channel),
            writer.stage(row.stage, row.labels),
            writer.word("status", row.status),
            row.proposed_on,
            row.launched_on,
            row.displayed_on,
            row.confirmed_on,
            row.ended_on,
            row.end_reason,
            row.public_summary or row.idea,
            diagnosis.get("problem"),
            design.get("design"),
            design.get("resources"),
            design.get("legal_basis"),
            row.replication_notes,
            row.confirmations,
            row.ratings,
            None if row.stars is None else round(row.stars, 2),
            row.complaints,
            row.answered,
            row.source,
            row.innovation_id,
            row.position,
        )


def _indicators(edition: Edition, writer: Writer) -> Iterator[tuple[Cell, ...]]:
    for row in edition.innovations:
        for figure in views.figures(row):
            yield (
                row.title,
                figure.name,
                writer.say(phrases.INDICATOR_KINDS.get(figure.kind, figure.kind)),
                figure.unit_of_measure,
                figure.baseline,
                figure.target,
                date.fromisoformat(figure.due_on),
                figure.actual,
                None if figure.actual_on is None else date.fromisoformat(figure.actual_on),
                figure.source,
                row.innovation_id,
            )


def _journeys(edition: Edition, writer: Writer) -> Iterator[tuple[Cell, ...]]:
    for row in edition.innovations:
        for each in row.journey or ():
            yield (
                row.title,
                date.fromisoformat(each["happened_on"]),
                writer.happened(each, row.labels),
                writer.stage(each["to_stage"], row.labels) if each["to_stage"] else None,
                each["position"],
                row.innovation_id,
            )


def _units(edition: Edition, writer: Writer) -> Iterator[tuple[Any, ...]]:
    for row in sorted(edition.tally.rows, key=lambda row: (unit_of(row).casefold(), row.unit_id)):
        yield unit_of(row), writer.word("unit_kind", row.unit_kind), row.registered, row.launched, row.displayed
