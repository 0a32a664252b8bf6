"""Letters: their templates and what is merged into them, who gets them, and what is in the outbox about them.

Templates are shipped as version 1 in `data/letters.json`; LAN publishes further versions, and none ever changes.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from sqlalchemy import Connection

from services.review.domain.events import AssessmentConcluded
from services.review.read_models import dossier
from shared import mail
from shared.domain import Invalid, NotFound, Rejection, Several, region_of
from shared.regions import region_name
from shared.web.formats import Formats
from shared.web.i18n import LANGUAGES
from shared.web.stages import NAMES

DATA = Path(__file__).parent.parent / "data" / "letters.json"
OUTCOME_LETTERS = ("advance", "revise", "decline")
MAX_SUBJECT = 200
MAX_BODY = 10_000

_ABOUT = frozenset({"innovation", "region", "from_stage", "to_stage", "link", "chair_office"})
_OUTCOME = _ABOUT | {"unit", "outcome", "rationale", "required_changes", "score", "date"}
_DUE = _ABOUT | {"due_on"}

_LATEST = """
SELECT DISTINCT ON (letter_id, language) letter_id, language, version, subject, body
FROM letter_template ORDER BY letter_id, language, version DESC
"""
_VERSIONS = """
SELECT version, published_at FROM letter_template WHERE letter_id = %s AND language = %s ORDER BY version DESC
"""
_PUBLISH = """
INSERT INTO letter_template (letter_id, language, version, subject, body, published_by)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_MEMBERS = """
SELECT person::text, name, email, unit FROM person, unnest(units) AS unit
WHERE 'unit-member' = ANY(roles) AND unit = ANY(%s) ORDER BY name, person
"""


class UnknownMergeField(Invalid):
    """The template has a field in braces that does not exist. Use only those in the list."""


class TemplateChanged(Invalid):
    """Somebody published another version of this template in the meantime. Compare it with yours and publish again."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """A version of a letter's template in a language."""

    letter_id: str
    language: str
    version: int
    subject: str
    body: str

    def letter(self, fields: Mapping[str, str]) -> "Letter":
        """Give the letter with its fields filled in; a subject is one line whatever was merged into it."""
        subject = " ".join(self.subject.format_map(fields).split())
        return Letter(language=self.language, subject=subject, body=self.body.format_map(fields))


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter as it is read."""

    language: str
    subject: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A member of a unit; the address is None where sign-in has left none."""

    person: str
    name: str
    address: str | None


def merge_fields(letter_id: str) -> frozenset[str]:
    """Give the names of the fields that a letter's template may have; raise NotFound for no letter of ours."""
    if letter_id in OUTCOME_LETTERS:
        return _OUTCOME
    if letter_id in ("due-soon", "overdue"):
        return _DUE
    if letter_id == "reminder":
        return _ABOUT
    raise NotFound


def check(letter_id: str, text: str, field: str, longest: int) -> None:
    """Raise Invalid for no text or too much, UnknownMergeField for fields that the letter does not have."""
    known = merge_fields(letter_id)
    if not text:
        raise Invalid("This field is required.", field=field)
    if len(text) > longest:
        raise Invalid("This text is too long: at most {max} characters.", field=field, max=longest)
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise UnknownMergeField(field=field) from None
    if any(name is not None and (name not in known or spec or conversion) for _, name, spec, conversion in parts):
        raise UnknownMergeField(field=field)


@cache
def shipped() -> dict[tuple[str, str], Template]:
    """Give the shipped templates by letter and language."""
    found = (Template(version=1, **each) for each in _data()["letters"])
    return {(each.letter_id, each.language): each for each in found}


@cache
def _data() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return read


def templates(connection: Connection) -> dict[tuple[str, str], Template]:
    """Give the latest template of each letter and language: one query."""
    rows = connection.exec_driver_sql(_LATEST).mappings()
    return shipped() | {(row["letter_id"], row["language"]): Template(**row) for row in rows}


def versions(connection: Connection, letter_id: str, language: str) -> list[tuple[int, datetime | None]]:
    """Give the numbers of a template's versions and when each was published, the newest first; None for shipped."""
    if (letter_id, language) not in shipped():
        raise NotFound
    return [*((row[0], row[1]) for row in connection.exec_driver_sql(_VERSIONS, (letter_id, language))), (1, None)]


def checked(letter_id: str, language: str, version: int, subject: str, body: str) -> Template:
    """Give the version of a template that this would be; raise NotFound, and Several with what is wrong."""
    if (letter_id, language) not in shipped():
        raise NotFound
    wrong: list[Rejection] = []
    for field, text, longest in (("subject", subject, MAX_SUBJECT), ("body", body, MAX_BODY)):
        try:
            check(letter_id, text, field, longest)
        except Invalid as rejection:
            wrong.append(rejection)
    if wrong:
        raise Several(wrong)
    return Template(letter_id=letter_id, language=language, version=version, subject=subject, body=body)


def publish(connection: Connection, person: str, template: Template) -> None:
    """Publish the next version of a template; raise TemplateChanged where another came first."""
    latest = templates(connection)[template.letter_id, template.language].version
    values = (template.letter_id, template.language, template.version, template.subject, template.body, person)
    if template.version != latest + 1 or connection.exec_driver_sql(_PUBLISH, values).rowcount != 1:
        raise TemplateChanged(field="body")


def about(
    language: str,
    assessment_id: str,
    from_stage: str,
    to_stage: str,
    titles: dossier.Titles | None,
    link: str,
) -> dict[str, str]:
    """Give the fields that every letter has."""
    region = region_name(region_of(assessment_id))
    return {
        "innovation": (titles.title if titles else None) or "–",
        "region": region,
        "from_stage": NAMES.get(from_stage, from_stage),
        "to_stage": NAMES.get(to_stage, to_stage),
        "chair_office": _data()["chair_office"][language].format(region=region),
        "link": link,
    }


def outcome_letter(
    template: Template, concluded: AssessmentConcluded, unit_id: str, titles: dossier.Titles | None, public_url: str
) -> Letter:
    """Give the letter that tells a unit what was determined, or what would be."""
    language = template.language
    formats = Formats(language)
    ident = concluded.assessment_id
    link = f"{public_url}/desk/assessments/{ident}"
    fields = about(language, ident, concluded.from_stage, concluded.to_stage, titles, link) | {
        "unit": (titles.unit_name if titles else None) or unit_id,
        "outcome": _data()["outcomes"][language][concluded.outcome.value],
        "rationale": concluded.rationale,
        "required_changes": concluded.required_changes or "–",
        "score": formats.number(concluded.score, 2),
        "date": formats.day(concluded.concluded_on),
    }
    return template.letter(fields)


def example(template: Template) -> Letter:
    """Give a template's letter with made-up contents, as whoever edits it previews it."""
    formats = Formats(template.language)
    fields = dict.fromkeys(merge_fields(template.letter_id), "…") | {
        "innovation": "Lapor Lurah",
        "unit": "Dinas Contoh",
        "region": region_name("36.74"),
        "from_stage": NAMES["deliver"],
        "to_stage": NAMES["display"],
        "score": formats.number("82.5", 2),
        "date": formats.day(date(2026, 11, 21)),
        "due_on": formats.day(date(2026, 11, 21)),
        "outcome": _data()["outcomes"][template.language].get(template.letter_id, ""),
        "chair_office": _data()["chair_office"][template.language].format(region=region_name("36.74")),
    }
    return template.letter(fields)


def members(connection: Connection, units: Collection[str]) -> dict[str, list[Recipient]]:
    """Give the members of units whom sign-in has made known, by unit: one query."""
    found: dict[str, list[Recipient]] = {unit: [] for unit in units}
    for person, name, email, unit in connection.exec_driver_sql(_MEMBERS, (sorted(units),)):
        found[unit].append(Recipient(person=person, name=name, address=email or None))
    return found


def mails(
    concluded: AssessmentConcluded, unit_id: str, recipients: Sequence[Recipient], letter: Letter
) -> list[mail.Mail]:
    """Give what is to be queued for those of a unit whose address is known: each letter once, whatever repeats."""
    return [
        mail.Mail(
            key=f"letter/{concluded.assessment_id}/{each.person}",
            region=region_of(concluded.assessment_id),
            about=concluded.assessment_id,
            kind=concluded.outcome.value,
            unit=unit_id,
            recipient_person=each.person,
            address=each.address,
            language=letter.language,
            subject=letter.subject,
            body=letter.body,
        )
        for each in recipients
        if each.address is not None
    ]


def languages() -> list[str]:
    """Give the languages that letters are written in, the usual one first."""
    return list(LANGUAGES)
