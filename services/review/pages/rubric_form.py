"""The form of a rubric: its criteria as rows that can be added, moved and removed, and the version that they say."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.datastructures import FormData

from services.review.domain.events import Anchor, Criterion, RubricPublished, ScaleKind
from services.review.domain.rubric import MAX_CRITERIA, RUBRIC, PublishRubric, Rubric
from services.review.domain.texts import TextTooLong
from services.review.pages.shown import text
from shared.domain import Conflict, Invalid, Rejection, Several
from shared.http import Malformed
from shared.web.messages import N_

MAX_IDENT = 80
HEAD = ("rubric_id", "version", "title", "purpose", "source")
TEXTS = (
    "criterion_id",
    "group",
    "name",
    "help",
    "weight",
    "scale",
    "minimum",
    "maximum",
    "anchors",
    "comment_required",
)
# What stands for a field that could not be read, so that the others are judged all the same.
_SOME = Decimal(1)
_SCALE = frozenset({"scale", "minimum", "maximum", "anchors"})
_YES_PARTLY_NO = (("0", "Tidak"), ("1", "Sebagian"), ("2", "Ya"))

Row = dict[str, str]


@dataclass(frozen=True)
class Draft:
    """What stands in the form, as it was typed."""

    head: dict[str, str]
    rows: tuple[Row, ...]

    @property
    def values(self) -> dict[str, Any]:
        """The fields by their paths."""
        rows = {f"criteria/{n}/{name}": value for n, row in enumerate(self.rows) for name, value in row.items()}
        return self.head | rows

    def headed(self, **head: str) -> "Draft":
        """Give the draft with other fields of its head."""
        return replace(self, head=self.head | head)

    def stepped(self, step: str) -> "Draft":
        """Give the draft after a step: `add`, or `up/…`, `down/…` and `remove/…` with a row; else as it is."""
        rows = list(self.rows)
        what, _, number = step.partition("/")
        place = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else -1
        if what == "add" and len(rows) < MAX_CRITERIA:
            rows.append(new_row())
        elif 0 <= place < len(rows):
            row = rows.pop(place)
            if what in ("up", "down"):
                rows.insert(max(place - 1, 0) if what == "up" else place + 1, row)
        return replace(self, rows=tuple(rows))


def new_row() -> Row:
    """Give an empty row."""
    return dict.fromkeys(TEXTS, "") | {"scale": str(ScaleKind.POINTS)}


def empty() -> Draft:
    """Give the draft of a new rubric."""
    return Draft(dict.fromkeys(HEAD, "") | {"version": "1"}, (new_row(),))


def next_of(rubric: RubricPublished) -> Draft:
    """Give the draft of the version after this one, which says the same so far."""
    head = {name: str(getattr(rubric, name)) for name in HEAD} | {"version": str(rubric.version + 1)}
    return Draft(head, tuple(_row(each) for each in rubric.criteria))


def read(form: FormData) -> Draft:
    """Give what was filled in; raise Malformed for what no page of ours sends."""
    rows, version = text(form, "rows"), text(form, "version")
    if not all(each.isascii() and each.isdigit() and len(each) <= 4 for each in (rows, version)):
        raise Malformed
    if int(rows) > MAX_CRITERIA:
        raise Malformed
    return Draft(
        {name: text(form, name) for name in HEAD},
        tuple({name: text(form, f"criteria/{n}/{name}") for name in TEXTS} for n in range(int(rows))),
    )


@dataclass
class _Reading:
    """The values of a draft, and what could not be read of them."""

    wrong: list[Rejection] = field(default_factory=list)

    def number(self, row: Row, at: str, name: str, default: Decimal | None = None) -> Decimal:
        said = row[name]
        if not said and default is not None:
            return default
        try:
            return _decimal(said)
        except ValueError:
            self.wrong.append(Invalid("This must be a number such as 12.5.", field=f"{at}/{name}"))
            return _SOME

    def ident(self, said: str, name: str, source: str) -> str:
        found = said or _slug(source)
        if len(found) > MAX_IDENT:
            self.wrong.append(TextTooLong(field=name, maximum=MAX_IDENT))
        return found

    def anchors(self, row: Row, at: str) -> tuple[Anchor, ...]:
        found = []
        for number, line in enumerate(filter(None, map(str.strip, row["anchors"].split("\n"))), start=1):
            value, _, label = line.partition("=")
            try:
                found.append(Anchor(value=_decimal(value), label=label.strip()))
            except ValueError:
                label = ""
            if not label.strip():
                sentence = N_("Line {line} must be a value, an equals sign and what it means, such as 2 = Yes.")
                self.wrong.append(Invalid(sentence, field=f"{at}/anchors", line=number))
                break
        return tuple(found)

    def criterion(self, row: Row, at: str) -> Criterion:
        scale = ScaleKind(row["scale"]) if row["scale"] in set(ScaleKind) else None
        if scale is None:
            self.wrong.append(Invalid("Choose a scale.", field=f"{at}/scale"))
        anchors = self.anchors(row, at)
        if scale is ScaleKind.YES_PARTLY_NO and not row["anchors"]:
            anchors = tuple(Anchor(value=Decimal(value), label=label) for value, label in _YES_PARTLY_NO)
        values = [each.value for each in anchors] if scale is not ScaleKind.POINTS else []
        return Criterion(
            criterion_id=self.ident(row["criterion_id"], f"{at}/criterion_id", row["name"]),
            group=row["group"],
            name=row["name"],
            help=row["help"],
            weight=self.number(row, at, "weight"),
            scale=scale or ScaleKind.POINTS,
            minimum=self.number(row, at, "minimum", min(values, default=Decimal(0))),
            maximum=self.number(row, at, "maximum", max(values, default=Decimal(100))),
            anchors=anchors,
            comment_required=row["comment_required"] == "yes",
        )


def command_of(draft: Draft, *, actor: str, at: datetime) -> tuple[PublishRubric, list[Rejection]]:
    """Give the command that publishes a draft, and what could not be read of it.

    An id that is left empty is made of the title or the name, bounds of the anchors, or 0 and 100.
    """
    reading = _Reading()
    head = draft.head
    command = PublishRubric(
        actor=actor,
        at=at,
        rubric_id=reading.ident(head["rubric_id"], "rubric_id", f"00 {head['title']}"),
        version=int(head["version"]),
        title=head["title"],
        purpose=head["purpose"],
        source=head["source"],
        criteria=tuple(reading.criterion(row, f"criteria/{n}") for n, row in enumerate(draft.rows)),
    )
    return command, reading.wrong


def judged(command: PublishRubric, unread: list[Rejection], state: Rubric) -> RubricPublished:
    """Give the version that would be published; raise Several with all that is wrong, each beside its field."""
    found: list[Rejection] = []
    events: Sequence[RubricPublished] = ()
    try:
        events = RUBRIC.decide(command, state)
    except Several as several:
        found = list(several.rejections)
    except (Invalid, Conflict) as rejection:
        found = [rejection]
    fields = {str(each.field) for each in unread}
    unscaled = {at for at, _, name in (each.rpartition("/") for each in fields) if name in _SCALE}
    # What was judged by a stand-in for a field that could not be read says nothing.
    wrong = unread + [
        each
        for each in found
        if each.field not in fields
        and not (str(each.field).rpartition("/")[0] in unscaled and str(each.field).rpartition("/")[2] in _SCALE)
    ]
    if wrong:
        raise Several(wrong)
    return events[0]


def _row(criterion: Criterion) -> Row:
    return {
        "criterion_id": criterion.criterion_id,
        "group": criterion.group,
        "name": criterion.name,
        "help": criterion.help,
        "weight": f"{criterion.weight:f}",
        "scale": str(criterion.scale),
        "minimum": f"{criterion.minimum:f}",
        "maximum": f"{criterion.maximum:f}",
        "anchors": "\n".join(f"{each.value:f} = {each.label}" for each in criterion.anchors),
        "comment_required": "yes" if criterion.comment_required else "",
    }


def _decimal(said: str) -> Decimal:
    """Give a number as people type it; raise ValueError."""
    try:
        if len(said) > 30:
            raise ValueError(said)
        return Decimal(said.strip().replace(",", "."))
    except InvalidOperation:
        raise ValueError(said) from None


def _slug(said: str) -> str:
    plain = unicodedata.normalize("NFKD", said.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-")
