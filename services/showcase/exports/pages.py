"""The rows for national systems: a page that says what each innovation lacks, and the rows as XLSX and JSON.

Everybody gets what everybody may know: the innovations at stage display, whose designs are public. Whoever has a role
in the region gets all innovations that go on, since what one of them lacks tells of dossiers that are the region's.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response

from services.showcase import views
from services.showcase.exports.rows import NO, YES, Gettext, Line, lines, not_held
from services.showcase.exports.rules import SYSTEMS, Rules, rules, years
from services.showcase.feeds.visibility import may_read
from services.showcase.model import State
from services.showcase.queries import Model, documents
from services.showcase.shell import Shell
from shared.auth import Actor, Public, clearance_in
from shared.domain import Invalid
from shared.http import FormRoute
from shared.regions import region_name
from shared.sheets import XLSX, Cell, Sheet, xlsx
from shared.web.i18n import translations
from shared.web.messages import N_

# What a row tells besides what is public.
_DOSSIER = ("innovation.diagnosis-saved", "innovation.design-saved")
_FORMATS = ("xlsx", "json")
# The systems are the nation's, and so is the language of their files; the page is in the reader's.
_LANGUAGE = "id"


@dataclass(frozen=True)
class Asked:
    """The region and the rules that a request is about, and whether the whole region is shown."""

    region: str
    system: str
    rules: Rules
    full: bool


class Exports:
    """The handlers of the page and the files."""

    def __init__(self, shell: Shell, public_url: str) -> None:
        """Take what makes pages, and the address of the site."""
        self.shell = shell
        self.public_url = public_url

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(prefix="/exports", route_class=FormRoute, include_in_schema=False)
        router.add_api_route("", self.page, methods=["GET"])
        router.add_api_route("/{system}", self.file, methods=["GET"])
        return router

    def page(self, actor: Public, request: Request) -> Response:
        """What each innovation of a region lacks for a national system."""
        asked = _asked(actor, request, request.query_params.get("system") or "iid")

        def make(model: Model, state: State) -> Response:
            found = self._lines(model, asked, self.shell.gettext(request))
            return self.shell.render(
                request,
                actor,
                state,
                "exports.html",
                listed=False,
                region=asked.region,
                asked=asked,
                systems=SYSTEMS,
                years=years(asked.system),
                lines=found,
                not_held=not_held(asked.rules),
                most=sum(indicator.weight * 3 for indicator in asked.rules.indicators),
            )

        return self.shell.read_model.answer(request, actor, make)

    def file(self, actor: Public, request: Request, system: str) -> Response:
        """The rows of a region for a national system, as XLSX or JSON."""
        asked = _asked(actor, request, system)
        kind = request.query_params.get("format") or "xlsx"
        if kind not in _FORMATS:
            raise Invalid("This is not one of the values that are possible here.", field="format")

        def make(model: Model, state: State) -> Response:
            gettext = translations(_LANGUAGE, self.shell.pages.folder).gettext
            found = self._lines(model, asked, gettext)
            body, media_type = (
                (_workbook(asked, found, state, gettext), XLSX)
                if kind == "xlsx"
                else (_document(asked, found, state), "application/json")
            )
            name = f"{system}-{asked.rules.year}-{asked.region}.{kind}"
            headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
            if actor is not None:
                headers["Cache-Control"] = "private, no-store"
            return Response(body, media_type=media_type, headers=headers)

        return self.shell.read_model.answer(request, actor, make)

    def _lines(self, model: Model, asked: Asked, gettext: Gettext) -> list[Line]:
        rows = [
            row
            for row in documents.innovations(model, asked.region, full=asked.full)
            if row.status == "active" and (asked.full or row.stage == "display")
        ]
        copies = documents.copying_regions(model, asked.region)
        return lines(asked.rules, rows, copies, self.public_url, gettext)


def _asked(actor: Actor | None, request: Request, system: str) -> Asked:
    """Give what a request is about; raise NotFound, or Invalid for a year that is none."""
    region = views.known_region(request.query_params.get("region", "")).code
    known = years(system)
    text = request.query_params.get("year", "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) == 4):
        raise Invalid("This must be a whole number.", field="year")
    year = int(text) if text else (known[0] if known else 0)
    clearance = clearance_in(actor, region)
    full = all(may_read(name, clearance(name)) for name in _DOSSIER)
    return Asked(region, system, rules(system, year), full)


def _document(asked: Asked, found: Sequence[Line], state: State) -> bytes:
    rules = asked.rules
    return json.dumps(
        {
            "system": SYSTEMS[asked.system],
            "year": rules.year,
            "rules": {"name": rules.name, "source": rules.source},
            "region": asked.region,
            "region_name": region_name(asked.region),
            "view": "region" if asked.full else "public",
            "as_of": None if state.as_of is None else state.as_of.isoformat(),
            "columns": [
                {"key": column.key, "label": column.label, "mandatory": column.required} for column in rules.columns
            ],
            "indicators": [
                {"no": each.no, "name": each.name, "weight": each.weight, "mandatory": each.mandatory}
                for each in rules.indicators
            ],
            "not_held": [asdict(lack) for lack in not_held(rules)],
            "rows": [
                {
                    "id": line.innovation_id,
                    "stage": line.stage,
                    "values": {key: _json(value) for key, value in line.values.items()},
                    "parameters": {str(no): parameter for no, parameter in line.parameters.items()},
                    "to_judge": list(line.to_judge),
                    "missing": [asdict(lack) for lack in line.missing],
                    "score": line.score,
                }
                for line in found
            ],
        },
        ensure_ascii=False,
    ).encode()


def _json(value: Cell) -> str | int | None:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _workbook(asked: Asked, found: Sequence[Line], state: State, _: Gettext) -> bytes:
    rules = asked.rules
    headings = [
        *(column.label for column in rules.columns),
        *(f"{each.no}. {each.name}" for each in rules.indicators),
        *([_(N_("Score of what is known"))] if rules.indicators else []),
        _(N_("Still missing")),
        _(N_("To be judged by people")),
        _(N_("Id")),
    ]
    return xlsx(
        [
            Sheet(_(N_("Rows")), headings, (_row(rules, line) for line in found)),
            Sheet(
                _(N_("Still missing")),
                [_(N_("Innovation")), _(N_("Unit")), _(N_("Still missing")), _(N_("Mandatory")), _(N_("Id"))],
                (
                    [line.title, line.unit, lack.what, _(YES if lack.mandatory else NO), line.innovation_id]
                    for line in found
                    for lack in line.missing
                ),
            ),
            Sheet(_(N_("About")), [_(N_("Fact")), _(N_("Value"))], _about(asked, state, _)),
        ],
        created=state.as_of,
    )


def _row(rules: Rules, line: Line) -> list[Cell]:
    return [
        *(line.values[column.key] for column in rules.columns),
        *(line.parameters.get(each.no) for each in rules.indicators),
        *([line.score] if rules.indicators else []),
        "; ".join(lack.what for lack in line.missing),
        "; ".join(line.to_judge),
        line.innovation_id,
    ]


def _about(asked: Asked, state: State, _: Gettext) -> Iterator[tuple[Any, ...]]:
    yield _(N_("System")), f"{SYSTEMS[asked.system]} {asked.rules.year}"
    yield _(N_("Rules")), asked.rules.name
    yield _(N_("Source")), asked.rules.source
    yield _(N_("Region")), region_name(asked.region)
    yield _(N_("Shown")), _(ALL if asked.full else PUBLIC_ONLY)
    yield _(N_("As of")), "" if state.as_of is None else state.as_of.isoformat(timespec="minutes")
    for each in not_held(asked.rules):
        told = _(N_("%(what)s (mandatory)")) % {"what": each.what} if each.mandatory else each.what
        yield _(N_("Not held here, to be filled in there")), told


ALL = N_("All innovations of the region that go on.")
PUBLIC_ONLY = N_("The innovations at stage display: what others lack is known to their region alone.")
