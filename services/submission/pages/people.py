"""The pages about people, for LAN: finding somebody, what all services hold of them, the erasure and its report."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from services.submission.desk.people import Order, People, Reason, Report, followed, total
from services.submission.pages.shown import Refused, show, take
from shared.access_log import KINDS as ACCESSES
from shared.auth import LAN, Role
from shared.holdings import KINDS, person_in
from shared.http import MAX_SAFE_INTEGER, Form, FormRoute, KernelOf, now
from shared.kernel import Kernel
from shared.people import names
from shared.web.messages import N_, ROLES, SERVICES

router = APIRouter(prefix="/desk", route_class=FormRoute, include_in_schema=False)


@router.get("/people")
def people(
    request: Request,
    actor: LAN,
    kernel: KernelOf,
    q: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[int | None, Query(ge=1, le=MAX_SAFE_INTEGER)] = None,
) -> Response:
    """Show whom a name, an e-mail address or an id leads to, and the erasures that were ordered."""
    desk = People.of(kernel)
    asked = q.strip()
    ordered = desk.ordered(before)
    return show(
        kernel,
        request,
        "people.html",
        found=[each.model_dump() for each in desk.find(asked)] if len(asked) > 1 else [],
        asked=asked,
        ordered=[each.model_dump() for each in ordered],
        older=ordered[-1].position if len(ordered) >= 50 else None,
        people=names(kernel.engine, {each.by for each in ordered}),
    )


@router.get("/people/{person}/erasure")
def look_up(request: Request, actor: LAN, kernel: KernelOf, person: str) -> Response:
    """Show somebody, and ask why their data are to be looked up."""
    return _look_up(request, kernel, person_in(person))


@router.post("/people/{person}/preview")
def preview(request: Request, actor: LAN, kernel: KernelOf, person: str, form: Form) -> Response:
    """Show what an erasure would take and what would stay; that it was looked up is noted."""
    person = person_in(person)
    try:
        found = take(
            kernel,
            request,
            form,
            actor,
            Reason,
            lambda asked, body: People.of(kernel).preview(actor, person, body.reason, at=asked.at, key=asked.key),
        )
    except Refused as refused:
        return _look_up(request, kernel, person, refused)
    values = {"erasure_id": found.erasure_id, "grounds": form.get("reason", "")}
    return _decide(request, kernel, person, values)


@router.post("/people/{person}/erasure")
def order(request: Request, actor: LAN, kernel: KernelOf, person: str, form: Form) -> Response:
    """Order the erasure."""
    person = person_in(person)
    try:
        take(
            kernel,
            request,
            form,
            actor,
            Order,
            lambda asked, body: People.of(kernel).order(actor, person, body, at=asked.at, key=asked.key),
        )
    except Refused as refused:
        return _decide(request, kernel, person, refused.values, refused)
    said = kernel.pages.gettext(request, N_("The erasure is ordered. Every service obeys as soon as it hears of it."))
    return kernel.pages.redirect(f"/desk/people/erasures/{form.get('erasure_id')}", said)


@router.get("/people/erasures/{erasure_id}")
def report(request: Request, actor: LAN, kernel: KernelOf, erasure_id: str) -> Response:
    """Show what became of an erasure, as it is handed over to the person."""
    found = People.of(kernel).report(erasure_id)
    obeyed = followed(found)
    return show(
        kernel,
        request,
        "erasure_report.html",
        report=found.model_dump(),
        obeyed={each.service: obeyed(each) for each in found.services},
        kinds=_kinds(kernel, request),
        service_names=_services(kernel, request),
        processed=[kind | {"held": found.ordered.held.get(name, 0)} for name, kind in _kinds(kernel, request).items()],
        trail=_trail(kernel, request, found),
        people=names(kernel.engine, _named(found)),
        now_at=now(),
    )


def _look_up(request: Request, kernel: Kernel, person: str, refused: Refused | None = None) -> Response:
    found = People.of(kernel).one(person)
    return show(
        kernel,
        request,
        "person.html",
        refused=refused,
        person=person,
        found=found.model_dump() if found else None,
        roles=[kernel.pages.gettext(request, ROLES[each]) for each in found.roles if each in ROLES] if found else [],
    )


def _decide(
    request: Request, kernel: Kernel, person: str, values: Mapping[str, Any], refused: Refused | None = None
) -> Response:
    desk = People.of(kernel)
    answers = desk.held(person)
    found = desk.one(person)
    context: dict[str, Any] = {} if refused else {"values": values}
    return show(
        kernel,
        request,
        "erasure.html",
        refused=refused,
        person=person,
        found=found.model_dump() if found else None,
        erasure_id=values.get("erasure_id", ""),
        answers=[each.model_dump() for each in answers],
        silent=[each.service for each in answers if each.holdings is None],
        totals={kind: total(answers, kind) for kind in KINDS},
        of=lambda kind: [
            (each.service, held.count)
            for each in answers
            for held in (each.holdings.holdings if each.holdings else ())
            if held.kind == kind and held.count
        ],
        kinds=_kinds(kernel, request),
        service_names=_services(kernel, request),
        **context,
    )


def _kinds(kernel: Kernel, request: Request) -> dict[str, dict[str, Any]]:
    def said(text: str) -> str:
        return kernel.pages.gettext(request, text)

    return {
        name: {"label": said(kind.label), "goes": kind.goes, "why": said(kind.why), "readers": said(kind.readers)}
        for name, kind in KINDS.items()
    }


def _services(kernel: Kernel, request: Request) -> dict[str, str]:
    return {name: kernel.pages.gettext(request, label) for name, _, label in SERVICES}


def _trail(kernel: Kernel, request: Request, report: Report) -> list[dict[str, Any]]:
    """Give who looked, in the order of time: for this erasure, and auditors who asked who sat where."""

    def said(kind: str) -> str:
        return kernel.pages.gettext(request, ACCESSES.get(kind, kind))

    noted = [{"at": each.at, "kind": said(each.kind), "reason": each.reason, "by": each.by} for each in report.accesses]
    looked = [each for answer in report.services if answer.holdings for each in answer.holdings.looked]
    auditor = kernel.pages.gettext(request, ROLES[Role.AUDITOR])
    asked = [
        {"at": each.at, "kind": said("reviewer-resolved"), "reason": each.reason, "by": auditor} for each in looked
    ]
    return sorted([*noted, *asked], key=lambda each: each["at"])


def _named(report: Report) -> set[str]:
    return {report.ordered.by, *(each.by for each in report.accesses)}
