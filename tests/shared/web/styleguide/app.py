"""The styleguide's service: one page with all components, one form as it comes back, one page for each error."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from shared.domain import Invalid, Several
from shared.web.messages import N_
from shared.web.nav import NavItem
from shared.web.pages import Pages, static_files
from shared.web.stages import steps


@dataclass(frozen=True)
class Person:
    """Somebody signed in, with what the shell reads of an actor."""

    name: str | None
    roles: frozenset[str]


PERSON = Person("Siti Rahmawati Kusumaningrum", frozenset({"coordinator", "reviewer"}))
ATTACK = '<img src=x onerror="document.title=1">'
LONG = "Dinas Pemberdayaan Masyarakat, Pemberdayaan Perempuan, Perlindungan Anak dan Keluarga Berencana"
TEXT = (
    "Warga di kecamatan terluar menempuh dua jam perjalanan untuk satu lembar akta kelahiran.\n"
    "Sebagian pulang dengan tangan kosong.\n\nPetugas kini datang ke desa setiap Kamis, membawa "
    f"perekam data dan pencetak. {ATTACK}"
)
ROWS = [
    {
        "title": "Akta Kelahiran Datang ke Desa",
        "unit": "Disdukcapil",
        "stage": "display",
        "n": 1234,
        "at": "2020-12-21",
    },
    {"title": "Aplikasi pengaduan Pekerjaan Umum", "unit": LONG, "stage": "deliver", "n": 5.5, "at": "2018-01-17"},
    {"title": "UJAS-JAMILAH " + ATTACK, "unit": "Kecamatan Cibadak", "stage": "drum-up", "n": None, "at": None},
]
COLUMNS = [
    {"key": "title", "label": "Judul", "sort": "title"},
    {"key": "unit", "label": "Unit"},
    {"key": "stage", "label": "Tahap", "kind": "stage"},
    {"key": "n", "label": "Pengguna", "kind": "number", "sort": "n"},
    {"key": "at", "label": "Tercatat", "kind": "date"},
]
TALLY = [
    ("Dinas Kependudukan dan Pencatatan Sipil", 6, "/units/36.74-disdukcapil"),
    ("Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu", 4),
    ("Dinas Pariwisata", 2),
    (LONG, 2),
    ("Dinas Ketahanan Pangan", 0),
]
JOURNEY = [
    {"at": date(2020, 3, 2), "title": "Gagasan diajukan", "who": "Disdukcapil"},
    {"at": date(2020, 5, 11), "title": "Rancangan diajukan untuk dinilai", "kind": "info"},
    {"at": date(2020, 6, 1), "title": "Dikembalikan ke tahap Diagnose", "kind": "warn", "text": TEXT},
    {"at": date(2020, 9, 8), "title": "Panel: dapat dilanjutkan", "kind": "good", "href": "/assessments/1"},
    {"at": datetime(2020, 12, 21, 3, 0, tzinfo=UTC), "title": "Diluncurkan", "kind": "good", "exact": True},
]

pages = Pages(
    "submission",
    Path(__file__).parent,
    nav=[
        NavItem("/", N_("Showcase")),
        NavItem("/form", N_("Submission")),
        NavItem("/empty", N_("Review"), frozenset({"coordinator", "lan"})),
        NavItem("/lan", N_("LAN administrator"), frozenset({"lan"})),
    ],
)


def guide(request: Request) -> Response:
    """All components with long content."""
    tracker = steps(
        "design",
        reached={"drum-up": date(2020, 3, 2), "diagnose": date(2020, 4, 20), "design": date(2020, 6, 1)},
        labels={"diagnose": "Diagnosis"},
    )
    back = steps(
        "diagnose", reached={"drum-up": date(2020, 3, 2)}, notes={"diagnose": "Data dasar belum ada."}, returned=True
    )
    context: dict[str, Any] = {
        "tracker": tracker,
        "back": back,
        "rows": ROWS,
        "columns": COLUMNS,
        "tally": TALLY,
        "journey": JOURNEY,
        "text": TEXT,
        "attack": ATTACK,
        "long": LONG,
        "sort": request.query_params.get("sort", "title"),
    }
    actor = None if "anonymous" in request.query_params else PERSON
    return pages.render(request, "guide.html", actor=actor, as_of=datetime(2026, 11, 21, 7, 5, tzinfo=UTC), **context)


def form(request: Request) -> Response:
    """A form as it comes back with errors, or fresh with `?fresh`."""
    if "fresh" in request.query_params:
        return pages.render(request, "form.html", actor=PERSON, errors={}, values={})
    rejection = Several(
        [
            Invalid("This number must be at most {le}.", field="indicators/0/target", le=1000),
            Invalid("This field is required.", field="title"),
            Invalid("This is not one of the values that are possible here.", field="kind"),
            Invalid("This is not possible in the present state."),
        ]
    )
    values = {
        "title": "",
        "summary": TEXT,
        "indicators": [{"name": "Waktu tunggu", "baseline": 120, "target": 4000}],
        "goals": ["3", "16"],
        "sector": "health",
        "due_on": "2026-12-01",
    }
    return pages.render(request, "form.html", 422, actor=PERSON, errors=pages.errors(request, rejection), values=values)


def save(request: Request) -> Response:
    """What a form leads to: back to the guide, with a message there."""
    return pages.redirect("/", pages.gettext(request, "Sign out") + " " + ATTACK)


def empty(request: Request) -> Response:
    """Everything with nothing in it."""
    return pages.render(request, "empty.html", actor=PERSON)


def problem(request: Request) -> Response:
    """The page of an error."""
    return pages.problem(request, request.path_params["status"], correlation_id="0199f3a2-6f1e-7c22-9d41-2f6f7a0c55aa")


app = Starlette(
    routes=[
        Mount("/static", static_files()),
        Route("/", guide),
        Route("/form", form),
        Route("/form", save, methods=["POST"]),
        Route("/empty", empty),
        Route("/problem/{status:int}", problem),
    ]
)
