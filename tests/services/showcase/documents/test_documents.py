"""Documents: the same records give the same bytes; what people wrote is set as it is; work that is lost is taken up."""

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy import Engine

from services.showcase.documents import pages, store, working
from services.showcase.documents.making import Maker
from tests.services.showcase.documents.editions import FOR_THE_REGION, ask, edition, made, maker_of, rows
from tests.services.showcase.logs import proposed
from tests.services.showcase.site import Running
from tests.services.showcase.test_rebuild import run
from tests.support import counting

HOSTILE = '#panic()[ "]} $x$ *b* </script><img src=x onerror=alert(1)> <label> @ref =1+1 \\ // {{ x }}'
LONG = "Sangat" * 60
EMOJI = "Antar 🚑 Obat ke Rumah"


def text_of(file: bytes) -> str:
    """Give the text of a PDF on one line, without the places where long words may break."""
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages)
    return " ".join(text.replace("\u200b", "").split())


def cells_of(file: bytes) -> set[Any]:
    """Give what the cells of a workbook hold; none of them is a formula."""
    book = openpyxl.load_workbook(io.BytesIO(file))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    return {cell.value for cell in cells}


def archived(reader: PdfReader) -> bool:
    """Whether a PDF says of itself that it is PDF/A."""
    catalogue: Any = reader.trailer["/Root"]
    return b"pdfaid:part" in catalogue["/Metadata"].get_data()


def test_the_same_records_give_the_same_bytes_also_after_a_rebuild_and_in_the_past(
    running: Running, owner: Engine
) -> None:
    programme_id = edition(running, "36.74")
    found = {kind: made(running, programme_id, kind) for kind in store.KINDS}
    files = {kind: bytes(row.file) for kind, row in found.items()}
    assert {kind: hashlib.sha256(file).hexdigest() for kind, file in files.items()} == {
        kind: row.sha256 for kind, row in found.items()
    }

    # More is recorded, here and elsewhere, and the model is built anew in another schema.
    running.submission.record("36.74", "innovation/later", proposed("36.74", 77, title="Datang kemudian"))
    edition(running, "36.71", innovations=1)
    run(running, owner)
    assert {kind: maker_of(running).make(row, lambda _done, _total: None) for kind, row in found.items()} == files
    newer = made(running, programme_id, "xlsx")
    assert newer.submission == found["xlsx"].submission + 1
    assert {"xlsx": "Datang kemudian" in cells_of(newer.file), "pdf": "Datang kemudian" in text_of(files["pdf"])} == {
        "xlsx": True,
        "pdf": False,
    }


def test_a_document_says_what_the_public_knows_and_sets_what_people_wrote_as_text(running: Running) -> None:
    programme_id = edition(running, "33.27", innovations=11, titles={4: HOSTILE, 9: LONG})
    reader = PdfReader(io.BytesIO(made(running, programme_id).file))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).replace("\u200b", "").split())
    assert HOSTILE in text
    assert LONG in text.replace(" ", "")
    for said in ("Inovasi nomor 1", "Petugas mengantar dokumen.", "119/2/LAN/2020", "Digabung", "Catatan loket"):
        assert said in text
    assert FOR_THE_REGION not in text
    assert reader.metadata is not None
    assert reader.metadata.creation_date == running.submission.events["33.27"][-1].recorded_at.replace(microsecond=0)
    assert archived(reader)

    cells = cells_of(made(running, programme_id, "xlsx").file)
    assert HOSTILE in cells
    assert FOR_THE_REGION not in cells


def test_signs_that_no_font_of_ours_can_draw_do_not_stop_a_document(running: Running) -> None:
    file = made(running, edition(running, "33.28", innovations=4, titles={4: EMOJI})).file
    reader = PdfReader(io.BytesIO(file))
    assert not archived(reader)
    assert "Obat ke Rumah" in text_of(file)


def test_asking_twice_is_asking_once_and_the_page_tells_how_far_it_is(running: Running) -> None:
    programme_id = edition(running, "33.29", innovations=1)
    page = f"/documents?programme={programme_id}"
    assert "document__progress" not in running.page(page)
    address = ask(running, programme_id)
    assert address == ask(running, programme_id)
    (row,) = rows(running, programme_id)
    assert row.state == "waiting"
    assert '<noscript><meta http-equiv="refresh"' in running.page(address)
    assert '<progress id="p-pdf" max="100" value="0">' in running.page(address)

    told: list[tuple[int, int]] = []
    with running.service.kernel.engine.begin() as connection:
        store.take(connection, datetime.now(UTC))
        store.progress(connection, datetime.now(UTC), row.document_id, 21, 50)
    assert '<progress id="p-pdf" max="100" value="42">' in running.page(address)
    file = maker_of(running).make(row, lambda done, total: told.append((done, total)))
    assert told[-1][0] == row.submission + row.review
    assert told == sorted(told)
    with running.service.kernel.engine.begin() as connection:
        store.finish(connection, datetime.now(UTC), row.document_id, file, hashlib.sha256(file).hexdigest())

    done = running.page(address)
    assert hashlib.sha256(file).hexdigest() in done
    assert "http-equiv" not in done
    answer = running.client.get(f"/documents/{row.document_id}")
    assert (answer.content, answer.headers["Content-Type"]) == (file, "application/pdf")
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="inovasi-{programme_id}-{row.submission}-{row.review}.pdf"'
    )
    again = running.client.get(f"/documents/{row.document_id}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_a_killed_worker_left_is_taken_again_and_given_up_after_some_tries(running: Running) -> None:
    engine, kernel = running.service.kernel.engine, running.service.kernel
    programme_id = edition(running, "33.08", innovations=1)
    ask(running, programme_id, "xlsx")
    at = datetime.now(UTC)
    with engine.begin() as connection:
        taken = store.take(connection, at)
        assert taken is not None
        assert not store.any_open(connection, at)
        assert store.take(connection, at) is None
    # The one that took it is never heard of again.
    later = at + timedelta(seconds=store.LEASE_SECONDS + 1)
    with engine.connect() as connection:
        assert store.any_open(connection, later)
    assert Maker(engine, kernel.folder, kernel.settings.public_url, lambda: later).turn()
    assert [(row.state, row.tries) for row in rows(running, programme_id)] == [("done", 2)]

    ask(running, programme_id, "pdf")
    for _ in range(store.TRIES):
        later += timedelta(seconds=store.LEASE_SECONDS + 1)
        with engine.begin() as connection:
            assert store.take(connection, later) is not None
    later += timedelta(seconds=store.LEASE_SECONDS + 1)
    assert Maker(engine, kernel.folder, kernel.settings.public_url, lambda: later).turn()
    assert sorted(row.state for row in rows(running, programme_id)) == ["done", "failed"]
    ask(running, programme_id, "pdf")
    assert sorted((row.state, row.tries) for row in rows(running, programme_id)) == [("done", 2), ("waiting", 0)]
    assert maker_of(running).turn()


def test_a_document_that_cannot_be_made_does_not_hold_up_the_next(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme_id = edition(running, "33.01", innovations=1)
    ask(running, programme_id)

    def broken(*_: object) -> bytes:
        raise RuntimeError("what people wrote")

    with monkeypatch.context() as patched:
        patched.setattr(Maker, "make", broken)
        assert maker_of(running).turn()
    assert [row.state for row in rows(running, programme_id)] == ["failed"]
    assert not maker_of(running).turn()


def test_what_was_made_of_an_erased_payload_goes_and_what_is_kept_has_bounds(running: Running) -> None:
    engine = running.service.kernel.engine
    programme_id = edition(running, "33.02", innovations=1)
    row = made(running, programme_id, "xlsx")
    with engine.begin() as connection:
        store.forget(connection, "33.02", "submission", [row.submission + 1])
        store.forget(connection, "33.03", "submission", [1])
        assert store.these(connection, [row.document_id])
        store.forget(connection, "33.02", "submission", [2, row.submission])
        assert not store.these(connection, [row.document_id])
    again = made(running, programme_id, "xlsx")
    assert (again.document_id, again.sha256) == (row.document_id, row.sha256)
    with engine.begin() as connection:
        store.tidy(connection, datetime.now(UTC) + timedelta(days=store.KEPT_DAYS - 1))
        assert store.these(connection, [row.document_id])
        store.tidy(connection, datetime.now(UTC) + timedelta(days=store.KEPT_DAYS + 1))
        assert not store.these(connection, [row.document_id])


def test_who_asks_for_too_much_or_for_nothing_is_told_so(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    programme_id = edition(running, "33.04", innovations=1)
    client = running.client
    for path in ("/documents", "/documents?programme=33.04-1999", "/documents?programme=x", "/documents/nothing"):
        assert client.get(path).status_code == 404
    # Its programme was not recorded by then.
    assert client.get(f"/documents?programme={programme_id}&submission=0&review=0").status_code == 404
    wrong = {
        "kind": {"programme": programme_id, "kind": "exe"},
        "submission": {"programme": programme_id, "kind": "pdf", "submission": "9999"},
    }
    for field, form in wrong.items():
        answer = client.post("/documents", data=form, headers={"Accept": "application/json"})
        assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [f"#/{field}"])
    monkeypatch.setattr(store, "WAITING_MOST", 1)
    ask(running, programme_id, "xlsx")
    ask(running, programme_id, "xlsx")
    full = client.post("/documents", data={"programme": programme_id, "kind": "pdf"}, follow_redirects=False)
    assert (full.status_code, full.headers["Retry-After"]) == (429, "20")
    assert maker_of(running).turn()


def test_an_address_asks_for_so_many_new_ones_an_hour(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    programme_id = edition(running, "92.08", innovations=1)
    monkeypatch.setattr(pages, "OFTEN", replace(pages.OFTEN, most=1))

    def ask_as(address: str, kind: str) -> int:
        asked = {"programme": programme_id, "kind": kind}
        from_there = {"X-Forwarded-For": address}
        return running.client.post("/documents", data=asked, headers=from_there, follow_redirects=False).status_code

    assert [ask_as("198.51.100.7", kind) for kind in ("pdf", "pdf", "xlsx")] == [303, 303, 429]
    assert ask_as("198.51.100.8", "xlsx") == 303
    assert [maker_of(running).turn() for _ in range(3)] == [True, True, False]


def test_a_page_and_a_document_take_a_fixed_number_of_statements(running: Running) -> None:
    few, many = edition(running, "33.05", innovations=5), edition(running, "33.06", innovations=9)
    engine = running.service.kernel.engine

    def spent(programme_id: str) -> tuple[int, int]:
        ask(running, programme_id, "xlsx")
        with counting(engine) as for_page:
            running.page(f"/documents?programme={programme_id}")
            page = for_page()
        with counting(engine) as for_document:
            assert maker_of(running).turn()
            return page, for_document()

    (page, document), (page_of_many, document_of_many) = spent(few), spent(many)
    assert page == page_of_many
    # Applying the records of more innovations takes no more statements either: they are folded in batches.
    assert document == document_of_many


def test_the_sweep_tells_the_worker_of_what_waits(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    programme_id = edition(running, "33.07", innovations=1)
    told: list[str] = []
    monkeypatch.setattr(working, "teller", lambda _: lambda: told.append("told"))
    look = working.chore(running.service.kernel)
    look()
    assert told == []
    ask(running, programme_id, "xlsx")
    look()
    assert told == ["told"]
    assert maker_of(running).turn()
    look()
    assert told == ["told"]
