"""Reviewers from a sheet: read within limits, checked row by row, then admitted each by a command of its own."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

import openpyxl
import xlsxwriter  # type: ignore[import-untyped]  # it ships none

from services.review.desk import actions
from services.review.desk.access import name_person
from services.review.domain.events import DEFAULT_CAPACITY, ReviewerRegistered
from services.review.domain.reviewer import (
    MAX_CAPACITY,
    REVIEWER,
    CapacityInvalid,
    RegisterReviewer,
    Reviewer,
    reviewer_id,
)
from shared.auth import Actor
from shared.command_handler import CommandHandler
from shared.domain import Invalid, Rejection
from shared.event_log import IdempotencyKey
from shared.http import check_text

COLUMNS = ("person", "name", "home_region", "unit_id", "expertise", "types", "capacity", "active")
NEEDED = frozenset({"person", "home_region"})
MAX_ROWS = 500
MAX_NAME = 200
MAX_CELL = 4000
MAX_UNPACKED = 20 * 1024 * 1024
YES = frozenset({"", "yes", "ya", "true", "1"})
NO = frozenset({"no", "tidak", "false", "0"})


class SheetMissing(Invalid):
    """Choose a file."""


class SheetUnreadable(Invalid):
    """This is neither a workbook (XLSX) nor a table in UTF-8 (CSV) that can be read."""


class SheetTooLarge(Invalid):
    """This sheet is too large: at most {rows} rows, and 20 MB once unpacked."""


class SheetEmpty(Invalid):
    """This sheet has no rows below the names of its columns."""


class ColumnsWrong(Invalid):
    """The first row names the columns: those of the template, each once; person and home_region are needed."""


class PersonTwice(Invalid):
    """This person stands in an earlier row already."""


class ActiveInvalid(Invalid):
    """Write yes or no."""


class CellTooLong(Invalid):
    """This text is too long: at most {most} characters."""


class Change(StrEnum):
    """What a row does to the pool."""

    NEW = "new"
    RENEWED = "renewed"
    SAME = "same"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of a sheet as text, by column; `number` counts from 1 with the names of the columns."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong in a row, and in which column."""

    number: int
    column: str
    rejection: Rejection


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A row that can be admitted: its command, the name beside it, and what it would change."""

    line: Line
    command: RegisterReviewer
    name: str
    change: Change


def read(content: bytes) -> list[Line]:
    """Give the rows of a workbook's first sheet or of a table; raise an Invalid that names the field `file`."""
    if not content:
        raise SheetMissing(field="file")
    workbook = content.startswith(b"PK\x03\x04")
    rows = list(islice(_workbook(content) if workbook else _table(content), MAX_ROWS + 2))
    header = [each.casefold() for each in rows[0]] if rows else []
    while header and not header[-1]:
        header.pop()
    if len(set(header)) != len(header) or not NEEDED <= set(header) <= set(COLUMNS):
        raise ColumnsWrong(field="file")
    lines = [
        Line(number=number, cells=dict(zip(header, row, strict=False)))
        for number, row in enumerate(rows[1:], start=2)
        if any(row)
    ]
    if len(rows) > MAX_ROWS + 1:
        raise SheetTooLarge(field="file", rows=MAX_ROWS)
    if not lines:
        raise SheetEmpty(field="file")
    return lines


def pack(lines: Sequence[Line]) -> str:
    """Give rows as a form carries them from the preview to the admission."""
    return json.dumps([[each.number, each.cells] for each in lines], ensure_ascii=False, separators=(",", ":"))


def unpack(text: str) -> list[Line]:
    """Give the rows that a form carried; raise SheetUnreadable for what no page of ours wrote."""
    try:
        rows = json.loads(text)
        lines = [
            Line(number=int(number), cells={str(name): str(cell) for name, cell in cells.items() if name in COLUMNS})
            for number, cells in rows
        ]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise SheetUnreadable(field="file") from None
    if not 0 < len(lines) <= MAX_ROWS:
        raise SheetUnreadable(field="file")
    return lines


def check(
    commands: CommandHandler, actor: Actor, lines: Sequence[Line], at: datetime
) -> tuple[list[Checked], list[Fault]]:
    """Give what can be admitted and what is wrong, row by row: one query."""
    good: list[tuple[Line, RegisterReviewer]] = []
    faults: list[Fault] = []
    seen: set[str] = set()
    for line in lines:
        try:
            command = _command(actor, line, at)
            if command.person in seen:
                raise PersonTwice(field="person")
            REVIEWER.decide(command, Reviewer())
        except Invalid as rejection:
            faults.append(Fault(number=line.number, column=rejection.field or "", rejection=rejection))
            continue
        seen.add(command.person)
        good.append((line, command))
    states = commands.states(*((REVIEWER, reviewer_id(each.person)) for _, each in good)) if good else []
    checked = [
        Checked(line=line, command=command, name=line.cells.get("name", ""), change=_change(state.entry, command))
        for (line, command), (state, _) in zip(good, states, strict=True)
    ]
    return checked, faults


def admit(commands: CommandHandler, rows: Iterable[Checked], key: IdempotencyKey) -> int:
    """Admit what differs from the pool, each row by a command and a key of its own; give how many did."""
    changed = 0
    for each in rows:
        if each.change is not Change.SAME:
            digest = hashlib.sha256(repr(sorted(each.line.cells.items())).encode()).digest()
            own = IdempotencyKey(key=f"{key.key}:{each.command.person}", request_hash=digest)
            actions.register_reviewer(commands, each.command, key=own)
            changed += 1
        if each.name:
            name_person(commands.log.engine, each.command.person, each.name, each.command.home_region, each.command.at)
    return changed


def template_csv() -> bytes:
    """Give an empty table with the names of the columns."""
    return (",".join(COLUMNS) + "\r\n").encode()


def template_xlsx() -> bytes:
    """Give an empty workbook with the names of the columns, which are texts: the region 36.10 stays 36.10."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.set_column(0, len(COLUMNS) - 1, 22, workbook.add_format({"num_format": "@"}))
        sheet.write_row(0, 0, COLUMNS, workbook.add_format({"bold": True, "num_format": "@"}))
        sheet.freeze_panes(1, 0)
    return written.getvalue()


def _workbook(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise SheetUnreadable(field="file") from None
    if unpacked > MAX_UNPACKED:
        # Nothing unpacks to more than it says: zipfile stops there.
        raise SheetTooLarge(field="file", rows=MAX_ROWS)
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = workbook.worksheets[0]
        for row in sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=len(COLUMNS) + 1, values_only=True):
            yield [_cell(each) for each in row]
    except Exception:  # noqa: BLE001 - a broken workbook fails in a hundred ways, all of which mean the same to people
        raise SheetUnreadable(field="file") from None


def _table(content: bytes) -> Iterator[list[str]]:
    """Give a table's rows; spreadsheets in Indonesian write semicolons where others write commas."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetUnreadable(field="file") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [each.strip() for each in row]
    except csv.Error:
        raise SheetUnreadable(field="file") from None


def _cell(value: Any) -> str:
    """Give a cell as text; a number that was a region's code loses no digit that matters, see `_region`."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _region(text: str) -> str:
    """Give a region's code that a spreadsheet took for a number: 36.1 was 36.10."""
    whole, dot, part = text.partition(".")
    return (
        f"{whole}.{part}0" if dot and len(whole) == 2 and len(part) == 1 and text.replace(".", "").isdigit() else text
    )


def _command(actor: Actor, line: Line, at: datetime) -> RegisterReviewer:
    """Give the command of a row; raise an Invalid that names the column."""
    for column, found in line.cells.items():
        check_text(found, column)
        most = MAX_NAME if column == "name" else MAX_CELL
        if len(found) > most:
            raise CellTooLong(field=column, most=most)

    def cell(column: str) -> str:
        return line.cells.get(column, "").strip()

    capacity, active = cell("capacity") or str(DEFAULT_CAPACITY), cell("active").casefold()
    if not (capacity.isascii() and capacity.isdigit() and len(capacity) < 10):
        raise CapacityInvalid(field="capacity", maximum=MAX_CAPACITY)
    if active not in YES | NO:
        raise ActiveInvalid(field="active")
    return RegisterReviewer(
        actor=actor.person,
        at=at,
        person=cell("person").casefold(),
        home_region=_region(cell("home_region")),
        unit_id=cell("unit_id") or None,
        expertise=words(cell("expertise")),
        types=words(cell("types")),
        capacity=int(capacity),
        active=active in YES,
    )


def words(text: str) -> tuple[str, ...]:
    """Give the words of a list that somebody typed, parted by commas, semicolons or lines."""
    parted = text.replace(";", ",").replace("\n", ",").split(",")
    return tuple(each.strip() for each in parted if each.strip())


def _change(entry: ReviewerRegistered | None, command: RegisterReviewer) -> Change:
    if entry is None:
        return Change.NEW
    same = all(
        getattr(entry, name) == getattr(command, name)
        for name in ("home_region", "unit_id", "expertise", "types", "capacity", "active")
    )
    return Change.SAME if same else Change.RENEWED
