"""The pool of reviewers that LAN keeps."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import FormData, UploadFile

from services.review.desk import actions, reviewer_sheet
from services.review.desk.access import name_person
from services.review.desk.reviewer_sheet import Change, words
from services.review.domain.events import DEFAULT_CAPACITY
from services.review.domain.reviewer import MAX_CAPACITY, CapacityInvalid, RegisterReviewer
from services.review.pages.shown import REFUSED, Filled, refused, show, text
from services.review.read_models import assessments as lists
from shared.auth import LAN, Actor, Coordinator, Role
from shared.domain import NATIONAL
from shared.http import Form, FormRoute, KernelOf, check_text, form_key, now
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.regions import regions

router = APIRouter(prefix="/desk", route_class=FormRoute, include_in_schema=False)


@router.get("/reviewers")
def reviewers(request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow) -> Response:
    """The pool; LAN keeps it."""
    return _pool(request, actor, kernel, models)


@router.post("/reviewers")
def register(request: Request, actor: LAN, kernel: KernelOf, models: ListsNow, form: Form) -> Response:
    """Admit a person to the pool, or renew the entry."""
    try:
        command = RegisterReviewer(
            actor=actor.person,
            at=now(),
            person=text(form, "person"),
            home_region=text(form, "home_region"),
            unit_id=text(form, "unit_id") or None,
            expertise=words(text(form, "expertise")),
            types=words(text(form, "types")),
            capacity=_capacity(form),
            active=form.get("active") == "yes",
        )
        actions.register_reviewer(kernel.commands, command, key=form_key(request, form))
    except REFUSED as rejection:
        return _pool(request, actor, kernel, models, refused(kernel, request, "reviewer", form, rejection))
    if name := text(form, "name")[:200]:
        name_person(kernel.engine, command.person, name, command.home_region, command.at)
    return kernel.pages.redirect("/desk/reviewers", kernel.pages.gettext(request, "The pool is up to date."))


@router.get("/reviewers/template.csv")
def template_csv(actor: LAN) -> Response:
    """An empty table to fill in."""
    return _download(reviewer_sheet.template_csv(), "text/csv; charset=utf-8", "reviewers.csv")


@router.get("/reviewers/template.xlsx")
def template_xlsx(actor: LAN) -> Response:
    """An empty workbook to fill in."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _download(reviewer_sheet.template_xlsx(), kind, "reviewers.xlsx")


async def _upload(request: Request) -> AsyncIterator[FormData]:
    """Give a form with one file at most, which is closed when the request is answered."""
    async with request.form(max_fields=10, max_files=1) as form:
        for name, value in form.multi_items():
            check_text(name, "form")
            if isinstance(value, str):
                check_text(value, name)
        yield form


@router.post("/reviewers/import")
def look_at_sheet(
    request: Request,
    actor: LAN,
    kernel: KernelOf,
    models: ListsNow,
    form: Annotated[FormData, Depends(_upload)],
) -> Response:
    """Read a sheet of reviewers and show what it would change; nothing is recorded."""
    file = form.get("file")
    try:
        lines = reviewer_sheet.read(file.file.read() if isinstance(file, UploadFile) else b"")
    except REFUSED as rejection:
        return _pool(request, actor, kernel, models, refused(kernel, request, "import", form, rejection))
    return _sheet(request, actor, kernel, lines)


@router.post("/reviewers/admissions")
def admit(request: Request, actor: LAN, kernel: KernelOf, models: ListsNow, form: Form) -> Response:
    """Admit the rows of a sheet that was looked at; sent again, it changes nothing."""
    try:
        lines = reviewer_sheet.unpack(text(form, "rows"))
        rows, faults = reviewer_sheet.check(kernel.commands, actor, lines, now())
        if faults:
            return _sheet(request, actor, kernel, lines)
        reviewer_sheet.admit(kernel.commands, rows, form_key(request, form))
    except REFUSED as rejection:
        return _pool(request, actor, kernel, models, refused(kernel, request, "import", form, rejection))
    return kernel.pages.redirect("/desk/reviewers", kernel.pages.gettext(request, "The pool is up to date."))


def _sheet(request: Request, actor: Actor, kernel: Kernel, lines: list[reviewer_sheet.Line]) -> Response:
    """Give the preview of a sheet: its faults by row and column, or what each row changes."""
    rows, faults = reviewer_sheet.check(kernel.commands, actor, lines, now())
    return show(
        kernel,
        request,
        "reviewers_sheet.html",
        rows=rows,
        faults=[
            {"number": each.number, "column": each.column, "sentence": kernel.pages.sentence(request, each.rejection)}
            for each in faults
        ],
        changes=sum(each.change is not Change.SAME for each in rows),
        packed=reviewer_sheet.pack(lines),
    )


def _capacity(form: FormData) -> int:
    """Give the number of panels that a form says, the default where it says none; raise CapacityInvalid."""
    number = text(form, "capacity") or str(DEFAULT_CAPACITY)
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise CapacityInvalid(field="capacity", maximum=MAX_CAPACITY)
    return int(number)


def _download(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _pool(request: Request, actor: Actor, kernel: Kernel, models: Lists, filled: Filled | None = None) -> Response:
    with models.of([NATIONAL]) as connection:
        found = lists.pool(connection)
    places = [(NATIONAL, "Nasional"), *((code, each.name) for code, each in regions().items())]
    return show(
        kernel,
        request,
        "reviewers.html",
        filled,
        pool=found,
        keeps=actor.has(Role.LAN),
        places=places,
        columns=reviewer_sheet.COLUMNS,
    )
