"""Reviewers from a sheet: looked at first, faults by row and column, a repetition changes nothing, limits hold."""

import csv
import io
import re
import zipfile
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from httpx import Response as Answer

from services.review.desk import reviewer_sheet
from services.review.desk.reviewer_sheet import COLUMNS, MAX_ROWS
from shared.domain import Invalid
from tests.services.review.desk import CHAIR, LAN, Desk
from tests.services.review.test_pages import HTML, errors

Row = dict[str, Any]


def table(*rows: Row, delimiter: str = ",") -> bytes:
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return ("\ufeff" + written.getvalue()).encode()


def workbook(*rows: Row) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(reviewer_sheet.template_xlsx()))
    for row in rows:
        book.worksheets[0].append([row.get(name) for name in COLUMNS])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def person(**changes: Any) -> Row:
    return {
        "person": str(uuid4()),
        "name": "Sri Wahyuni",
        "home_region": "33.27",
        "expertise": "health, village",
    } | changes


def upload(desk: Desk, content: bytes, status: int = 200) -> Answer:
    files = {"file": ("sheet", content)}
    answer = desk.browser(LAN).request("post", "/desk/reviewers/import", data={"_key": "k"}, files=files, headers=HTML)
    assert answer.status_code == status, answer.text[-2000:]
    return answer


def admit(desk: Desk, text: str, key: str = "") -> None:
    found = re.search(r'name="rows" value="([^"]*)"', text)
    assert found
    rows = found[1].replace("&#34;", '"')
    body = {"_key": key or uuid4().hex, "rows": rows}
    assert desk.browser(LAN).request("post", "/desk/reviewers/admissions", data=body, headers=HTML).status_code == 303


def entry(desk: Desk, ident: str) -> Row:
    found: list[Row] = desk.gets(LAN, "/reviewers").json()
    return next(({**each} for each in found if each["person"] == ident), {})


@pytest.mark.parametrize("make", [table, workbook, lambda *rows: table(*rows, delimiter=";")])
def test_a_sheet_is_looked_at_then_admitted_and_a_repetition_changes_nothing(desk: Desk, make: Any) -> None:
    one = person(capacity=4, types="process", unit_id="33.27-dinkes")
    two = person(home_region=36.1 if make is workbook else "36.1", active="tidak", name="")
    content = make(one, two)
    text = upload(desk, content).text
    assert entry(desk, one["person"]) == {}
    head = desk.review.kernel.log.heads()
    admit(desk, text, "once")
    admit(desk, text, "once")
    assert entry(desk, one["person"]) == {
        "person": one["person"],
        "name": "Sri Wahyuni",
        "home_region": "33.27",
        "unit_id": "33.27-dinkes",
        "expertise": ["health", "village"],
        "types": ["process"],
        "capacity": 4,
        "active": True,
    }
    found = entry(desk, two["person"])
    assert (found["home_region"], found["active"], found["capacity"]) == ("36.10", False, 10)
    assert desk.review.kernel.log.heads() != head
    assert 'name="rows"' not in upload(desk, content).text


def test_faults_are_told_by_row_and_column_and_nothing_is_imported_in_part(desk: Desk) -> None:
    good = person()
    wrong = [
        person(person="1971"),
        person(home_region="Pemalang"),
        person(capacity="sebanyak-mungkin"),
        person(active="mungkin"),
        person(name="\u202eterbalik"),
        good,
    ]
    text = upload(desk, table(good, *wrong)).text
    told = re.findall(r'<th scope="row"><span>(\d+)</span></th>\s*<td data-label="[^"]+"><span>([a-z_]+)</span>', text)
    assert told == [
        ("3", "person"),
        ("4", "home_region"),
        ("5", "capacity"),
        ("6", "active"),
        ("7", "name"),
        ("8", "person"),
    ]
    assert 'name="rows"' not in text
    assert "sebanyak-mungkin" not in text


def bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    return written.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\xd0\xcf\x11\xe0old",
        b"PK\x03\x04 broken",
        bomb(),
        b"person\r\n1\r\n",
        b"person,home_region,nip\r\n1,2,3\r\n",
        b"person,person,home_region\r\n1,1,2\r\n",
        b"person,home_region\r\n",
        b'person,home_region\r\n"open,1',
        table(*(person() for _ in range(MAX_ROWS + 1))),
        workbook(*(person() for _ in range(MAX_ROWS + 1))),
    ],
)
def test_what_is_no_sheet_within_the_limits_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        reviewer_sheet.read(content)
    assert refused.value.field == "file"


def test_a_refusal_stands_beside_the_field_and_only_lan_imports(desk: Desk) -> None:
    assert errors(upload(desk, b"\x89PNG\r\n\x1a\n", 422).text) == ["file"]
    files = {"file": ("sheet", table(person()))}
    for path, status in (("import", 403), ("admissions", 403)):
        sent = desk.browser(CHAIR).request(
            "post", f"/desk/reviewers/{path}", data={"_key": "k"}, files=files, headers=HTML
        )
        assert sent.status_code == status
    for rows in ("", "[]", "7", '[[2,"x"]]', "[" * 100_000):
        body = {"_key": uuid4().hex, "rows": rows}
        sent = desk.browser(LAN).request("post", "/desk/reviewers/admissions", data=body, headers=HTML)
        assert (sent.status_code, errors(sent.text)) == (422, ["file"])


def test_templates_hold_the_columns(desk: Desk) -> None:
    assert desk.gets(LAN, "/desk/reviewers/template.csv").text == ",".join(COLUMNS) + "\r\n"
    sheet = openpyxl.load_workbook(io.BytesIO(desk.gets(LAN, "/desk/reviewers/template.xlsx").content)).worksheets[0]
    assert [each.value for each in sheet[1]] == list(COLUMNS)


def test_the_form_keeps_types_and_capacity(desk: Desk) -> None:
    ident = str(uuid4())
    body = {"_key": uuid4().hex, "person": ident, "home_region": "33.27", "types": "process", "active": "yes"}
    sent = desk.browser(LAN).request("post", "/desk/reviewers", data=body | {"capacity": "x"}, headers=HTML)
    assert (sent.status_code, errors(sent.text), 'value="process"' in sent.text) == (422, ["capacity"], True)
    desk.browser(LAN).request("post", "/desk/reviewers", data=body | {"capacity": "7"}, headers=HTML)
    found = entry(desk, ident)
    assert (found["types"], found["capacity"]) == (["process"], 7)
