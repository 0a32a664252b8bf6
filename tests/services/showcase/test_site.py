"""The pages and the API: what they count, what they never say, their states, and how many statements they take."""

import html
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import quote

import pytest

from services.showcase.words import SECTORS, UNIT_KINDS
from services.submission.domain import events as submission
from services.submission.domain.vocabulary import Sector, Stage, TargetMeasure, UnitKind
from shared.auth import routes_without_permission
from tests.services.showcase.logs import advanced, design, diagnosis, opened, programme, proposed, shown, target, unit
from tests.services.showcase.site import Running

LAUNCH = date(2020, 12, 21)
# The tally that the city's press gave for 21 December 2020: 22 innovations from 11 units.
TANGERANG_SELATAN = {
    "Disdukcapil": 6,
    "DPMPTSP": 4,
    "Dispar": 2,
    "DPAD": 2,
    "DPMP3AKB": 2,
    "DPU": 1,
    "Disnaker": 1,
    "Disperindag": 1,
    "DLH": 1,
    "DKPP": 1,
    "Disdik": 1,
}


def launch_all(running: Running, region: str) -> None:
    """Record the city's laboratory: 22 innovations launched from 11 units, and some that were not launched then."""
    programme_id = f"{region}-2020"
    said = [("Wakil Wali Kota", 22, 11), ("Kepala Bappeda", 35, 19)]
    running.submission.record(
        region,
        f"programme/{programme_id}",
        programme(region),
        *(
            event
            for stage in list(Stage)[:4]
            for event in (
                submission.StageOpened(programme_id=programme_id, stage=stage, opened_on=date(2020, 2, 1)),
                submission.StageCompleted(programme_id=programme_id, stage=stage, completed_on=date(2020, 12, 1)),
            )
        ),
        submission.StagesLabelled(programme_id=programme_id, labels={Stage.DISPLAY: "pesan tersampaikan"}),
        *(
            submission.CountStated(
                programme_id=programme_id, stated_by=who, innovations=n, units=units, stated_on=LAUNCH, note=""
            )
            for who, n, units in said
        ),
        target(region, TargetMeasure.UNITS_REACHED, 35, due_on=date(2021, 12, 31)),
    )
    number = 0
    for code, count in TANGERANG_SELATAN.items():
        running.submission.record(region, f"unit/{region}-{code.lower()}", unit(region, code.lower(), code))
        for _ in range(count + 1):
            number += 1
            put_forward = proposed(region, number, unit_id=f"{region}-{code.lower()}", title=f"Contoh {number}")
            ident = put_forward.innovation_id
            # The last of each unit is launched a day later: it must not be counted.
            on = LAUNCH if _ < count else date(2020, 12, 22)
            running.submission.record(
                region,
                f"innovation/{ident}",
                put_forward,
                submission.InnovationLaunched(innovation_id=ident, launched_on=on, place="", remark=""),
            )


@pytest.fixture(scope="module")
def site(running: Running) -> Running:
    """The site before anything is recorded, then with the laboratory of one city."""
    empty = {path: running.page(path) for path in ("/", "/innovations", "/regions", "/regions/36.74")}
    assert "Belum ada yang tercatat" in empty["/"]
    assert "Tidak ada inovasi yang cocok" in empty["/innovations"]
    assert "Belum ada daerah yang memulai" in empty["/regions"]
    assert "Belum ada program" in empty["/regions/36.74"]
    launch_all(running, "36.74")
    running.catch_up()
    return running


def test_the_launched_by_date_tally_comes_out_exactly(site: Running) -> None:
    (found,) = site.client.get("/api/regions/36.74?as_of=2020-12-21").json()["programmes"]
    assert (found["launched"], found["launched_units"], found["stages_completed"]) == (22, 11, 4)
    assert {row["unit"]: row["launched"] for row in found["units"]} == TANGERANG_SELATAN
    page = site.page("/regions/36.74?as_of=2020-12-21")
    assert "Diluncurkan sampai 21 Desember 2020: 22 inovasi dari 11 unit." in page
    for said in ("Wakil Wali Kota", "Kepala Bappeda", "4 dari 5", "pesan tersampaikan"):
        assert said in page
    assert "Diluncurkan sampai 22 Desember 2020: 33 inovasi dari 11 unit." in site.page(
        "/regions/36.74?as_of=2020-12-22"
    )
    assert [site.client.get("/api/regions/36.74?as_of=2020-12-20").json()["programmes"][0]["launched"]] == [0]


CANARIES = ("RAHASIA-PERUBAHAN", "RAHASIA-ALASAN", "RAHASIA-MENTOR", "RAHASIA-DIAGNOSA", "RAHASIA-RANCANGAN")


def test_what_was_written_for_the_region_alone_is_nowhere(site: Running) -> None:
    region = "32.73"
    programme_id, ident = f"{region}-2020", proposed(region, 1).innovation_id
    running = site.submission
    running.record(
        region,
        f"programme/{programme_id}",
        programme(region),
        submission.SessionScheduled(
            programme_id=programme_id,
            session_id="s1",
            stage=Stage.DRUM_UP,
            title="Pleno",
            starts_on=LAUNCH,
            ends_on=LAUNCH,
            venue="Aula",
            mentors=("RAHASIA-MENTOR",),
        ),
    )
    running.record(region, f"unit/{region}-disdukcapil", unit(region, "disdukcapil", "Dinas Dukcapil"))
    stages = {"from_stage": Stage.DESIGN, "to_stage": Stage.DIAGNOSE}
    running.record(
        region,
        f"innovation/{ident}",
        proposed(region, 1),
        submission.TeamNamed(innovation_id=ident, members=("00000000-0000-5000-8000-00000000beef",)),
        diagnosis(ident, "RAHASIA-DIAGNOSA"),
        advanced(ident, Stage.DIAGNOSE, LAUNCH),
        design(ident, "RAHASIA-RANCANGAN"),
        advanced(ident, Stage.DESIGN, LAUNCH),
        submission.InnovationReturned(
            innovation_id=ident,
            required_changes="RAHASIA-PERUBAHAN",
            returned_on=LAUNCH,
            assessment_id=None,
            **stages,
        ),
        submission.InnovationDeclined(
            innovation_id=ident,
            from_stage=Stage.DESIGN,
            to_stage=Stage.DELIVER,
            rationale="RAHASIA-ALASAN",
            declined_on=LAUNCH,
            assessment_id=f"{region}-a",
        ),
    )
    site.catch_up()
    paths = (
        "/",
        "/innovations?q=adminduk",
        f"/innovations/{ident}",
        f"/regions/{region}",
        f"/api/innovations/{ident}",
        f"/api/innovations?region={region}",
        f"/api/regions/{region}",
    )
    said = {path: [word for word in (*CANARIES, "beef") if word in site.page(path)] for path in paths}
    assert said == {path: [] for path in paths}
    page = site.page(f"/innovations/{ident}")
    assert "Dikembalikan ke tahap Diagnose" in page
    assert "Belum diterima untuk tahap Deliver" in page
    with site.service.kernel.engine.connect() as connection:
        rows = list(connection.exec_driver_sql("SELECT t::text FROM showcase_v1.transition t").scalars())
        rows += connection.exec_driver_sql("SELECT s::text FROM showcase_v1.session s").scalars().all()
    assert [word for word in CANARIES if any(word in row for row in rows)] == []


def test_diagnosis_and_design_are_shown_from_display_on_and_not_before(site: Running) -> None:
    region, words = "32.74", ("TAMPIL-DIAGNOSA", "TAMPIL-RANCANGAN", "Waktu layanan")
    ident = proposed(region, 1).innovation_id
    stream = f"innovation/{ident}"
    site.submission.record(
        region,
        stream,
        proposed(region, 1),
        diagnosis(ident, "TAMPIL-DIAGNOSA"),
        design(ident, "TAMPIL-RANCANGAN"),
        *(advanced(ident, stage, LAUNCH) for stage in list(Stage)[1:4]),
        submission.OutcomeMeasured(
            innovation_id=ident, indicator_id="waktu", value=Decimal("2.5"), measured_on=LAUNCH, source="loket"
        ),
    )
    site.catch_up()
    before = site.page(f"/innovations/{ident}")
    assert [word for word in words if word in before] == []
    assert site.client.get(f"/api/innovations/{ident}").json()["indicators"] == []
    site.submission.record(region, stream, advanced(ident, Stage.DISPLAY, LAUNCH), shown(ident))
    site.catch_up()
    after = site.page(f"/innovations/{ident}")
    assert [word for word in words if word in after] == list(words)
    (indicator,) = site.client.get(f"/api/innovations/{ident}").json()["indicators"]
    assert (indicator["baseline"], indicator["target"], indicator["measurements"][0]["value"]) == ("14", "3.50", "2.5")


def test_an_innovation_shows_its_way_its_lineage_and_its_record(site: Running) -> None:
    origin, copy = proposed("33.03", 1, title="Yang asli"), None
    site.submission.record("33.03", f"innovation/{origin.innovation_id}", origin)
    copy = proposed("33.04", 1, title="Yang meniru", adapted_from=origin.innovation_id, is_example=True)
    site.submission.record(
        "33.04", f"innovation/{copy.innovation_id}", copy, advanced(copy.innovation_id, Stage.DIAGNOSE, LAUNCH)
    )
    site.review.record("33.04", "assessment/33.04-x", opened("33.04-x", copy.innovation_id))
    site.catch_up()
    found = site.client.get(f"/api/innovations/{copy.innovation_id}").json()
    assert found["origin"] == {"id": origin.innovation_id, "region": "33.03", "title": "Yang asli"}
    assert [(each["kind"], each["to_stage"], each["position"]) for each in found["journey"]] == [
        ("proposed", "drum-up", 1),
        ("advanced", "diagnose", 2),
    ]
    assert found["record"]["log"] == "submission/33.04"
    assert (found["record"]["first_position"], found["record"]["position"]) == (1, 2)
    page = site.page(f"/innovations/{copy.innovation_id}")
    for said in ("Yang asli", "Ini contoh", "sumber berita", "Panel sedang menilainya"):
        assert said in page
    assert "Yang meniru" in site.page(f"/innovations/{origin.innovation_id}")
    assert site.client.get(f"/api/innovations/{origin.innovation_id}").json()["copies"] == [
        {"id": copy.innovation_id, "region": "33.04", "title": "Yang meniru"}
    ]


SEARCHED = {
    "Antar Adminduk Desa": "Layanan Administrasi Kependudukan Berbasis Kewenangan Desa",
    "Gerbang Pekan": "Gerakan Bangga Periksa Kehamilan",
    "Kampung Iklim": "Melayani warga yang menanam pohon",
}


@pytest.mark.parametrize(
    ("query", "found", "alike"),
    [
        ("kehamilan", ["Gerbang Pekan"], False),
        ("hamil", ["Gerbang Pekan"], False),  # the stem of "kehamilan"
        ("pelayanan", ["Antar Adminduk Desa", "Kampung Iklim"], False),  # layanan and melayani have its stem
        ("gerb", ["Gerbang Pekan"], False),  # the beginning of a word
        ("kehamiln", ["Gerbang Pekan"], True),  # a typing mistake
        ("adminduk desa", ["Antar Adminduk Desa"], False),
        ("' & | ! :* \\", None, False),  # nothing but signs is no search
        ("zzzzzz", [], False),
    ],
)
def test_search_finds_stems_beginnings_and_what_is_alike(
    site: Running,
    query: str,
    found: list[str] | None,
    alike: bool,  # noqa: FBT001 - a case of the table
) -> None:
    region = "51.71"
    if region not in site.submission.events:
        for number, (title, meaning) in enumerate(SEARCHED.items(), start=1):
            each = proposed(region, number, title=title, meaning=meaning, idea="")
            site.submission.record(region, f"innovation/{each.innovation_id}", each)
        site.catch_up()
    answer = site.client.get(f"/api/innovations?region={region}&q={quote(query)}").json()
    titles = sorted(each["title"] for each in answer["items"])
    assert (titles, answer["alike"]) == (sorted(SEARCHED) if found is None else found, alike)


def test_filters_narrow_and_pages_neither_lose_nor_repeat(site: Running) -> None:
    region = "52.71"
    site.submission.record(region, f"unit/{region}-p", unit(region, "p", "Puskesmas", UnitKind.PUSKESMAS))
    everything = []
    for number in range(1, 8):
        each = proposed(
            region,
            number,
            unit_id=f"{region}-p" if number % 2 else f"{region}-none",
            sector=Sector.HEALTH if number < 4 else Sector.TOURISM,
            on=date(2020 + number % 2, 5, 1),
        )
        site.submission.record(region, f"innovation/{each.innovation_id}", each)
        everything.append(each.innovation_id)
    gone = submission.InnovationWithdrawn(innovation_id=everything[0], reason="", withdrawn_on=LAUNCH)
    site.submission.record(region, f"innovation/{everything[0]}", gone)
    site.catch_up()

    def ids(query: str) -> list[str]:
        found: list[str] = []
        path: str | None = f"/api/innovations?region={region}&{query}"
        while path:
            answer = site.client.get(path).json()
            found += [each["id"] for each in answer["items"]]
            path = f"/api/innovations?region={region}&{query}&cursor={answer['next']}" if answer["next"] else None
        return found

    newest_first = [everything[n] for n in (6, 4, 2, 5, 3, 1)]
    assert ids("limit=2") == newest_first
    assert ids("limit=2&q=antar") == sorted(everything[1:], reverse=True)
    assert ids("sector=health") == [everything[2], everything[1]]
    assert ids("unit_kind=puskesmas&year=2021") == [everything[n] for n in (6, 4, 2)]
    assert ids("status=withdrawn") == [everything[0]]
    assert len(ids("status=all")) == 7
    page = site.page(f"/innovations?region={region}&sector=health")
    assert "2 inovasi cocok." in page
    # Each option says what it would show, the other filters kept.
    counted = dict(re.findall(r"<span>([^<]+)</span> <span class=\"facet__count\">([^<]+)</span>", page))
    assert (counted["Kesehatan"], counted["Pariwisata"]) == ("2", "4")


def test_going_back_leads_to_the_page_before(site: Running) -> None:
    region = "53.71"
    for number in range(1, 60):
        each = proposed(region, number)
        site.submission.record(region, f"innovation/{each.innovation_id}", each)
    site.catch_up()

    def links(page: str) -> dict[str, str]:
        found = re.findall(r'rel="(prev|next)" href="([^"]+)"', page)
        return {rel: html.unescape(href) for rel, href in found}

    first = site.page(f"/innovations?region={region}")
    second = site.page(links(first)["next"])
    third = site.page(links(second)["next"])
    assert (sorted(links(first)), sorted(links(second)), sorted(links(third))) == (["next"], ["next", "prev"], ["prev"])

    def cards(page: str) -> list[str]:
        return re.findall(r'card__title"><a href="([^"]+)"', page)

    assert cards(site.page(links(third)["prev"])) == cards(second)
    assert cards(site.page(links(second)["prev"])) == cards(first)
    assert len({*cards(first), *cards(second), *cards(third)}) == 59


def test_a_cursor_that_was_not_given_out_for_this_search_is_refused(site: Running) -> None:
    given = site.client.get("/api/innovations?region=53.71&limit=2").json()["next"]
    paths = (
        f"/api/innovations?region=52.71&limit=2&cursor={given}",
        f"/api/innovations?region=53.71&limit=2&cursor={given[:-1]}x",
        "/api/innovations?cursor=bm9uZQ",
        f"/innovations?cursor={given}",
    )
    assert [site.client.get(path).status_code for path in paths] == [400] * len(paths)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/innovations?stage=nonsense", 422),
        ("/innovations?region=xx", 422),
        ("/innovations?year=20201", 422),
        ("/innovations?status=deleted", 422),
        (f"/innovations?q={'a' * 201}", 422),
        ("/innovations?q=%00", 422),
        ("/innovations?utm_source=x&stage=", 200),
        ("/innovations/nonsense", 404),
        ("/innovations/36.74-0199", 404),
        ("/regions/99.99", 404),
        ("/regions/36.74?as_of=2020-02-31", 422),
        ("/regions/36.74?as_of=", 200),
        ("/regions/36", 200),
        ("/api/innovations?limit=0", 422),
        ("/api/innovations?limit=501", 422),
        ("/api/innovations?unknown=1", 422),
        ("/api/innovations/36.74-0199", 404),
        ("/api/regions/99.99", 404),
        ("/api/regions/36.74?as_of=yesterday", 422),
        ("/openapi.json", 200),
    ],
)
def test_what_cannot_be_is_refused(site: Running, path: str, status: int) -> None:
    assert site.client.get(path).status_code == status
    if not path.startswith(("/api", "/openapi")):
        assert site.client.get(path, headers={"Accept": "text/html"}).status_code == status


def test_long_and_hostile_texts_are_shown_as_text(site: Running) -> None:
    region, title = "35.78", "<img src=x onerror=alert(1)> " + "Sangatpanjang" * 30
    each = proposed(region, 1, title=title, meaning="<b>x</b>", idea="satu\n\n<script>alert(1)</script>")
    late = datetime(2030, 1, 1, tzinfo=UTC)
    site.submission.record(region, f"innovation/{each.innovation_id}", each, shown(each.innovation_id), at=late)
    site.catch_up()
    for path in ("/", f"/innovations?region={region}", f"/innovations/{each.innovation_id}", f"/regions/{region}"):
        page = site.page(path)
        assert "&lt;img src=x" in page
        assert [bad for bad in ("<img", "<b>x", "<script>alert") if bad in page] == []


def test_pages_take_the_same_number_of_statements_at_one_row_and_at_many(site: Running) -> None:
    few, many = "64.71", "64.72"
    for region, count in ((few, 1), (many, 40)):
        site.submission.record(region, f"programme/{region}-2020", programme(region))
        for number in range(1, count + 1):
            each = proposed(region, number, adapted_from=None)
            site.submission.record(region, f"innovation/{each.innovation_id}", each)
            for step in list(Stage)[1 : 1 + number % 4]:
                site.submission.record(
                    region, f"innovation/{each.innovation_id}", advanced(each.innovation_id, step, LAUNCH)
                )
    site.catch_up()

    counted = {
        path: (site.statements(path.format(few)), site.statements(path.format(many)))
        for path in ("/innovations?region={}", "/regions/{}", "/api/regions/{}", "/api/innovations?region={}")
    }
    # One statement asks for the model's state; a kept answer takes no other. What there is to choose in the gallery was
    # read once for both.
    assert counted == {
        "/innovations?region={}": (3, 2),
        "/regions/{}": (8, 8),
        "/api/regions/{}": (3, 3),
        "/api/innovations?region={}": (2, 2),
    }
    # What is counted over everything was found for this state of the model by the first of these.
    for path in ("/", "/regions"):
        site.page(path + "?n=0")
    assert {path: site.statements(path + "?n=1") for path in ("/", "/regions")} == {"/": 2, "/regions": 1}
    assert site.statements(f"/innovations/{proposed(many, 3).innovation_id}") == 6
    assert site.statements("/innovations?q=tidakadasamasekali") == 3
    assert site.statements(f"/innovations/{proposed(many, 3).innovation_id}") == 1


def test_an_answer_is_kept_until_the_model_moves(site: Running) -> None:
    first = site.client.get("/api/innovations?region=71.71")
    assert (first.json()["items"], first.headers["cache-control"]) == ([], "public, max-age=5")
    again = site.client.get("/api/innovations?region=71.71", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    each = proposed("71.71", 1)
    site.submission.record("71.71", f"innovation/{each.innovation_id}", each)
    site.catch_up()
    moved = site.client.get("/api/innovations?region=71.71", headers={"If-None-Match": first.headers["etag"]})
    assert [row["id"] for row in moved.json()["items"]] == [each.innovation_id]


def test_a_waiting_region_is_said_where_it_matters(site: Running) -> None:
    notice = "Sebagian catatan belum tampil di sini"
    assert notice not in site.page("/")
    with site.service.kernel.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE checkpoint SET halted = 'put back' WHERE region = '71.71'")
    try:
        pages = {path: notice in site.page(path) for path in ("/", "/regions/71.71", "/regions/36.74", "/innovations")}
        assert pages == {"/": True, "/regions/71.71": True, "/regions/36.74": False, "/innovations": True}
        assert site.client.get("/api/regions/71.71").json()["fresh"]["behind"] is True
    finally:
        with site.service.kernel.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE checkpoint SET halted = NULL")


def test_english_is_one_click_away_and_kept_apart(site: Running) -> None:
    assert "Inovasi daerah di Indonesia" in site.page("/")
    assert "Innovations of Indonesia's regions" in site.page("/?lang=en")
    site.client.cookies.clear()
    assert "Inovasi daerah di Indonesia" in site.page("/")


def test_every_page_says_how_fresh_it_is(site: Running) -> None:
    ident = proposed("36.74", 1).innovation_id
    paths = ("/", "/innovations", f"/innovations/{ident}", "/regions", "/regions/36.74")
    missing = [path for path in paths if "Halaman ini menampilkan yang tercatat sampai" not in site.page(path)]
    assert missing == []


def test_no_route_lacks_a_permission_and_the_api_is_described(site: Running) -> None:
    assert routes_without_permission(site.app) == []
    described = json.loads(site.client.get("/openapi.json").text)
    assert described["openapi"].startswith("3.1")
    assert sorted(path for path in described["paths"] if path.startswith("/api")) == [
        "/api/innovations",
        "/api/innovations/{innovation_id}",
        "/api/regions",
        "/api/regions/{code}",
        "/api/suggest",
    ]


def test_every_value_of_the_closed_lists_has_a_word() -> None:
    assert (list(SECTORS), list(UNIT_KINDS)) == ([each.value for each in Sector], [each.value for each in UnitKind])
