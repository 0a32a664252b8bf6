"""Determinations in bulk: what waits for one, a preview of what would follow, and then all at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import FormData

from services.review.desk import determination
from services.review.desk.access import chaired_by
from services.review.desk.determination import Choice, Foreseen
from services.review.domain.events import Outcome
from services.review.pages.shown import Filled, day, show, text, values_of
from services.review.read_models import determinations, dossier
from shared import mail
from shared.auth import Actor, Coordinator
from shared.domain import Invalid, Rejection, is_region
from shared.http import Form, FormRoute, KernelOf, form_key, now, today
from shared.kernel import Kernel
from shared.lists import Lists, ListsNow
from shared.web.i18n import DEFAULT_LANGUAGE, LANGUAGES
from shared.web.messages import N_
from shared.web.pages import query

router = APIRouter(prefix="/desk/determinations", route_class=FormRoute, include_in_schema=False)

PAGE = 50
FIELDS = frozenset({"outcome", "rationale", "required_changes"})
SOME_REFUSED = N_("Some could not be determined. What you wrote about them is kept below.")


@dataclass(frozen=True)
class Asked:
    """Which assessments are looked at, from the page's address."""

    region: Annotated[str, Query(max_length=5)] = ""
    programme: Annotated[str, Query(max_length=80)] = ""
    gate: Annotated[str, Query(max_length=80)] = ""
    cursor: Annotated[str, Query(max_length=300)] = ""

    @property
    def address(self) -> str:
        """The page's address within the service."""
        return "/desk/determinations" + query({name: value for name, value in vars(self).items() if value})

    def filters(self) -> dict[str, Any]:
        """Give what the list is asked for."""
        before, _, after = self.gate.partition("~")
        return {
            "region": self.region if is_region(self.region) else None,
            "programme": self.programme or None,
            "gate": (before, after) if after else None,
        }


AskedFor = Annotated[Asked, Depends()]


@dataclass
class Refused:
    """What is wrong with a form: sentences by field, and by assessment where they concern no field."""

    errors: dict[str, str] = field(default_factory=dict)
    whole: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.errors or self.whole)


@router.get("")
def waiting(request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, asked: AskedFor) -> Response:
    """The assessments that wait for the actor's determination, and what was determined lately."""
    return _page(request, actor, kernel, models, asked)


@router.post("")
def determine(
    request: Request, actor: Coordinator, kernel: KernelOf, models: ListsNow, asked: AskedFor, form: Form
) -> Response:
    """Show what would follow from what was chosen, let it be changed, or carry it out."""
    key, step, values = form_key(request, form), form.get("_step"), values_of(form)
    if step == "edit":
        return _page(request, actor, kernel, models, asked, values)
    refused = Refused()
    on, choices = _read(kernel, request, form, refused)
    if refused:
        return _page(request, actor, kernel, models, asked, values, refused)
    if step == "apply":
        done = determination.determine(kernel.commands, actor, choices, concluded_on=on, at=now(), key=key)
        recorded = [ident for ident, each in done.items() if not isinstance(each, Rejection)]
        queued = _send(kernel, models, recorded, values) if values.get("send") == "yes" else 0
        _refuse(kernel, request, form, refused, done)
        said = _said(kernel, request, len(recorded), queued) if recorded else ""
        if not refused:
            return kernel.pages.redirect(asked.address, said)
        return _page(request, actor, kernel, models, asked, values, refused, said)
    foreseen = determination.preview(kernel.commands, actor, choices, concluded_on=on, at=now())
    _refuse(kernel, request, form, refused, foreseen)
    if refused:
        return _page(request, actor, kernel, models, asked, values, refused)
    found = [each for each in foreseen.values() if isinstance(each, Foreseen)]
    with models.connection() as connection:
        addressed = determination.address(connection, found, _language(values), public_url(kernel))
        titles = dossier.titles(connection, sorted({each.opened.innovation_id for each in found}))
    counted = Counter((each.concluded.outcome, each.concluded.from_stage, each.concluded.to_stage) for each in found)
    return show(
        kernel,
        request,
        "determination_preview.html",
        addressed=addressed,
        titles=titles,
        counted=sorted(counted.items()),
        sends=values.get("send") == "yes",
        kept={name: value for name, value in values.items() if name not in ("_step", "_key")},
        key=values["_key"],
        target=asked.address,
    )


def public_url(kernel: Kernel) -> str:
    """Give the service's address as people see it, which letters name."""
    return f"{kernel.settings.public_url}{kernel.settings.root_path}"


def _page(
    request: Request,
    actor: Actor,
    kernel: Kernel,
    models: Lists,
    asked: Asked,
    values: Mapping[str, Any] | None = None,
    refused: Refused | None = None,
    said: str = "",
) -> Response:
    refused, chaired = refused or Refused(), chaired_by(actor)
    place = kernel.cursors.read("determinations", asked.cursor)
    after = None if place is None else (datetime.fromisoformat(place[0]), place[1])
    filters = asked.filters()
    with models.of([filters["region"]] if filters["region"] else None) as connection:
        found = determinations.determinable(connection, chaired, **filters, after=after, limit=PAGE + 1)
        facets = determinations.facets(connection, chaired)
        lately = determinations.concluded(connection, chaired)
        innovations = {each.innovation_id for each in found} | {each.innovation_id for each in lately}
        titles = dossier.titles(connection, sorted(innovations))
        versions = determinations.versions(connection, [each.assessment_id for each in found])
        letters = mail.counted(connection, [each.assessment_id for each in lately])
    more = len(found) > PAGE
    found = found[:PAGE]
    shown = {each.assessment_id for each in found}
    errors = refused.errors | {f"rows/{ident}/chosen": said for ident, said in refused.whole.items() if ident in shown}
    gone = {ident: said for ident, said in refused.whole.items() if ident not in shown}
    given = values if values is not None else {"concluded_on": today(), "send": "yes", "language": DEFAULT_LANGUAGE}
    if gone:
        errors |= {"": kernel.pages.gettext(request, SOME_REFUSED)}
    last = found[-1] if more else None
    return show(
        kernel,
        request,
        "determination.html",
        Filled("determine", given, errors),
        found=found,
        versions=versions,
        titles=titles,
        lately=lately,
        letters=letters,
        facets=facets,
        gone=[{"id": ident, "said": said, "wrote": _own(given, ident)} for ident, said in gone.items()],
        said=said,
        target=asked.address,
        cursor=kernel.cursors.write("determinations", [last.opened_at.isoformat(), last.assessment_id])
        if last
        else None,
        letter_languages=list(LANGUAGES.items()),
    )


def _read(kernel: Kernel, request: Request, form: FormData, refused: Refused) -> tuple[date, list[Choice]]:
    """Give the date and what was chosen; what cannot be read is noted as refused."""
    wrong: dict[str, Rejection] = {}
    on = today()
    try:
        on = day(form, "concluded_on") or on
    except Invalid as rejection:
        wrong["concluded_on"] = rejection
    rows = list(dict.fromkeys(name.split("/")[1] for name in form if name.startswith("rows/") and name.count("/") == 2))
    everyone = form.get("all/chosen") == "yes"
    choices = []
    for ident in rows:
        if not (everyone or form.get(f"rows/{ident}/chosen") == "yes"):
            continue
        chosen = {name: text(form, f"rows/{ident}/{name}") or text(form, f"all/{name}") for name in FIELDS}
        if chosen["outcome"] not in set(Outcome):
            wrong[_field(form, ident, "outcome")] = Invalid("Choose the outcome.")
            continue
        seen = str(form.get(f"rows/{ident}/version", ""))
        choices.append(
            Choice(
                assessment_id=ident,
                outcome=Outcome(chosen["outcome"]),
                rationale=chosen["rationale"],
                required_changes=chosen["required_changes"],
                version=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None,
            )
        )
    if not choices and not wrong:
        wrong["all/chosen"] = Invalid("Choose at least one assessment.")
    refused.errors |= {path: kernel.pages.sentence(request, each) for path, each in wrong.items()}
    return on, choices


def _refuse(kernel: Kernel, request: Request, form: FormData, refused: Refused, answers: Mapping[str, object]) -> None:
    """Note each rejection beside the field where it can be put right, else for the assessment as a whole."""
    for ident, each in answers.items():
        if not isinstance(each, Rejection):
            continue
        said = kernel.pages.sentence(request, each)
        if each.field in FIELDS:
            refused.errors[_field(form, ident, each.field)] = said
        elif each.field == "concluded_on":
            refused.errors["concluded_on"] = said
        else:
            refused.whole[ident] = said


def _field(form: FormData, ident: str, name: str) -> str:
    """Give the field that decides: the row's own where something of its own was chosen there, else the common one."""
    own = any(text(form, f"rows/{ident}/{each}") for each in (name, "outcome"))
    return f"rows/{ident}/{name}" if own else f"all/{name}"


def _own(values: Mapping[str, Any], ident: str) -> list[str]:
    return [str(values[path]) for name in sorted(FIELDS - {"outcome"}) if values.get(path := f"rows/{ident}/{name}")]


def _send(kernel: Kernel, models: Lists, recorded: Sequence[str], values: Mapping[str, Any]) -> int:
    found = determination.conclusions(kernel.commands, recorded)
    with models.connection() as connection:
        addressed = determination.address(connection, found, _language(values), public_url(kernel))
    return determination.send(kernel.engine, addressed)


def _language(values: Mapping[str, Any]) -> str:
    given = str(values.get("language", ""))
    return given if given in LANGUAGES else DEFAULT_LANGUAGE


def _said(kernel: Kernel, request: Request, recorded: int, queued: int) -> str:
    message = N_("Outcomes determined and recorded: %(recorded)s. Letters put into the outbox: %(queued)s.")
    return kernel.pages.gettext(request, message, recorded=recorded, queued=queued)
