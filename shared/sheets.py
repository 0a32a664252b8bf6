"""Tables as files: XLSX and CSV that no spreadsheet mistakes for formulas, whatever people typed."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it ships no types

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"

Cell = str | int | Decimal | date | None

_LONGEST = 32_767
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_OPTIONS = {
    # Rows go to a file as they come, so that memory does not grow with them.
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@dataclass(frozen=True)
class Sheet:
    """A table: its title, the heading of each column, and the rows; a row has as many cells as there are headings."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def xlsx(sheets: Iterable[Sheet], created: datetime | None = None) -> bytes:
    """Give a workbook of these sheets; texts stay texts, and are cut where a cell would not hold them.

    With the moment at which it is to count as created, the same sheets give the same bytes.
    """
    file = io.BytesIO()
    with Workbook(file, _OPTIONS) as book:
        if created is not None:
            book.set_properties({"created": created})
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title[:31])
            page.freeze_panes(1, 0)
            for column, heading in enumerate(sheet.headings):
                page.set_column(column, column, max(12, min(40, len(heading) + 2)))
                page.write_string(0, column, heading, bold)
            for number, row in enumerate(sheet.rows, start=1):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        page.write_string(number, column, value[:_LONGEST])
                    elif isinstance(value, date):
                        page.write_datetime(number, column, value, day)
                    elif value is not None:
                        page.write_number(number, column, value)
    return file.getvalue()


def comma_separated(sheet: Sheet) -> bytes:
    """Give a table as CSV (RFC 4180, UTF-8 with a mark at its beginning, so that spreadsheets read its letters).

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_plain(heading) for heading in sheet.headings])
    writer.writerows([_plain(value) for value in row] for row in sheet.rows)
    return text.getvalue().encode("utf-8-sig")


def _plain(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value.isoformat() if isinstance(value, date) else format(value, "f" if isinstance(value, Decimal) else "d")
