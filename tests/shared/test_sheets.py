"""Files read again as spreadsheets read them: no text of anybody's becomes a formula, and none is lost."""

import csv
import io
from datetime import date
from decimal import Decimal

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from shared.sheets import Sheet, comma_separated, xlsx

HOSTILE = [
    '=HYPERLINK("https://contoh.invalid","klik")',
    "+62 21",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "https://contoh.invalid",
    '"a","b"\n=1',
    "00123",
    "Lapor Lurah",
]
SHEET = Sheet(
    "Hasil", ["=Judul", "Nilai", "Tanggal", "Kosong"], [[t, Decimal("-7.25"), date(2026, 1, 2), None] for t in HOSTILE]
)


def test_a_workbook_holds_texts_as_texts() -> None:
    book = load_workbook(io.BytesIO(xlsx([SHEET, Sheet("Lain", ["n"], [[3]])])))
    page = book["Hasil"]
    cells = [[cell.value for cell in row] for row in page.iter_rows()]
    assert [unescape(str(row[0])) for row in cells] == ["=Judul", *HOSTILE]
    assert {cell.data_type for row in page.iter_rows(max_col=1) for cell in row} == {"s"}
    assert {cell.hyperlink for row in page.iter_rows() for cell in row} == {None}
    assert cells[1][1] == -7.25
    assert book["Lain"]["A2"].value == 3


def test_a_csv_disarms_formulas_and_nothing_else() -> None:
    data = comma_separated(SHEET)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["'=Judul", "Nilai", "Tanggal", "Kosong"]
    assert [row[0] for row in rows[1:]] == [f"'{text}" for text in HOSTILE[:6]] + HOSTILE[6:]
    assert {tuple(row[1:]) for row in rows[1:]} == {("-7.25", "2026-01-02", "")}
