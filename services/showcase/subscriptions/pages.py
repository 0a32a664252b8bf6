"""The pages of webhooks: the list, one endpoint with how it fares, its deliveries, and the forms."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import FormData

from services.showcase.history.sentences import SENTENCES
from services.showcase.subscriptions import words
from services.showcase.subscriptions.api import PAGE, Webhooks
from services.showcase.subscriptions.attempts import Attempt
from services.showcase.subscriptions.desk import SOURCES, TYPES, Asked, RegionNotYours, Start, may_hold
from services.showcase.subscriptions.endpoints import EVERYWHERE, Counts, Endpoint
from shared.auth import Actor, Coordinator
from shared.domain import Conflict, Invalid, Rejection, Several
from shared.event_log import KeyReused
from shared.http import MAX_SAFE_INTEGER, Form, FormRoute, form_again, form_key
from shared.regions import region_name
from shared.web.messages import N_
from shared.web.pages import Pages

SHOWN_LOGS = 25
NAMED_REGIONS = 10
REFUSED = (Invalid, Conflict, Several, KeyReused)


@dataclass(frozen=True)
class Filled:
    """A form as it was sent: which one, what was filled in, and what is wrong with it."""

    form: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


class WebhookPages:
    """The handlers of the pages."""

    def __init__(self, webhooks: Webhooks, pages: Pages) -> None:
        """Take what they share with the API, and the shell."""
        self.webhooks = webhooks
        self.desk = webhooks.desk
        self.pages = pages

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(prefix="/desk/webhooks", route_class=FormRoute, include_in_schema=False)
        router.add_api_route("", self.listed, methods=["GET"])
        router.add_api_route("", self.create, methods=["POST"])
        router.add_api_route("/new", self.new, methods=["GET"])
        router.add_api_route("/{endpoint_id}", self.one, methods=["GET"])
        router.add_api_route("/{endpoint_id}/edit", self.edit, methods=["GET"])
        router.add_api_route("/{endpoint_id}/edit", self.change, methods=["POST"])
        router.add_api_route("/{endpoint_id}/pause", self.pause, methods=["POST"])
        router.add_api_route("/{endpoint_id}/resume", self.resume, methods=["POST"])
        router.add_api_route("/{endpoint_id}/secret", self.rotate, methods=["POST"])
        router.add_api_route("/{endpoint_id}/delete", self.delete, methods=["POST"])
        router.add_api_route("/{endpoint_id}/test", self.test, methods=["POST"])
        router.add_api_route("/{endpoint_id}/replay", self.replay, methods=["POST"])
        router.add_api_route("/{endpoint_id}/resend", self.resend, methods=["POST"])
        router.add_api_route("/{endpoint_id}/deliveries", self.deliveries, methods=["GET"])
        router.add_api_route("/{endpoint_id}/deliveries/{delivery_id}", self.delivery, methods=["GET"])
        return router

    def listed(self, actor: Coordinator, request: Request) -> Response:
        """The endpoints that the actor manages."""
        return self._show(request, "webhooks.html", found=self.webhooks.all(actor))

    def new(self, actor: Coordinator, request: Request) -> Response:
        """The form for an endpoint."""
        held = _regions_of(actor)
        values = {"regions": held if len(held) == 1 else [], "start": "now"}
        return self._form(actor, request, None, Filled(values=values))

    def create(self, actor: Coordinator, request: Request, form: Form) -> Response:
        """Make an endpoint, and show its secret this once."""
        key = form_key(request, form)
        try:
            made = self.desk.create(actor, _asked(form), _start(form), key)
        except REFUSED as rejection:
            return self._form(actor, request, None, self._refused(request, "endpoint", form, rejection))
        return self._secret(request, made)

    def edit(self, actor: Coordinator, request: Request, endpoint_id: str) -> Response:
        """The form to change an endpoint."""
        found = self.desk.one(actor, endpoint_id)
        values = {"url": found.url, "description": found.description, "types": list(found.types)}
        regions: Any = ", ".join(found.regions) if may_hold(actor, EVERYWHERE) else list(found.regions)
        return self._form(actor, request, found, Filled(values=values | {"regions": regions}))

    def change(self, actor: Coordinator, request: Request, form: Form, endpoint_id: str) -> Response:
        """Change an endpoint."""
        form_key(request, form)
        found = self.desk.one(actor, endpoint_id)
        try:
            self.desk.change(actor, endpoint_id, _asked(form))
        except REFUSED as rejection:
            return self._form(actor, request, found, self._refused(request, "endpoint", form, rejection))
        return self._back(request, endpoint_id, N_("The changes are saved."))

    def one(self, actor: Coordinator, request: Request, endpoint_id: str) -> Response:
        """An endpoint and how it fares."""
        return self._one(actor, request, endpoint_id, Filled())

    def pause(self, actor: Coordinator, request: Request, form: Form, endpoint_id: str) -> Response:
        """Stop sending for the time being."""
        form_key(request, form)
        self.desk.pause(actor, endpoint_id)
        return self._back(request, endpoint_id, N_("Sending is paused. What comes meanwhile waits."))

    def resume(self, actor: Coordinator, request: Request, form: Form, endpoint_id: str) -> Response:
        """Send again."""
        form_key(request, form)
        self.desk.resume(actor, endpoint_id)
        return self._back(request, endpoint_id, N_("Sending goes on, beginning with what waits."))

    def rotate(self, actor: Coordinator, request: Request, form: Form, endpoint_id: str) -> Response:
        """Give a new secret, and show it this once."""
        return self._secret(request, self.desk.rotate(actor, endpoint_id, form_key(request, form)))

    def delete(self, actor: Coordinator, request: Request, form: Form, endpoint_id: str) -> Response:
        """Delete an endpoint."""
        form_key(request, form)
        self.desk.delete(actor, endpoint_id)
        return self.pages.redirect("/desk/webhooks", self.pages.gettext(request, "The subscription is deleted."))

    async def test(self, actor: Coordinator, request: Request, form: Form, endpoint_id: str) -> Response:
        """Send a test event now, and show what became of it."""
        form_key(request, form)
        sent = await self.webhooks.tested(actor, endpoint_id)
        return self.pages.redirect(f"/desk/webhooks/{endpoint_id}/deliveries/{sent.delivery_id}")

    def replay(self, actor: Coordinator, request: Request, form: Form, endpoint_id: str) -> Response:
        """Go on behind a position of a log."""
        form_key(request, form)
        try:
            region, source = _log(form)
            self.desk.replay(actor, endpoint_id, region, source, _number(form, "after", 0))
        except REFUSED as rejection:
            return self._one(actor, request, endpoint_id, self._refused(request, "replay", form, rejection))
        return self._back(request, endpoint_id, N_("The log is sent again from there."))

    def resend(self, actor: Coordinator, request: Request, form: Form, endpoint_id: str) -> Response:
        """Send one event or a range once more."""
        key = form_key(request, form)
        try:
            region, source = _log(form)
            first = _number(form, "first", 1)
            last = _number(form, "last", 1) if str(form.get("last", "")).strip() else first
            self.desk.resend(actor, endpoint_id, region, source, first, last, key)
        except REFUSED as rejection:
            return self._one(actor, request, endpoint_id, self._refused(request, "resend", form, rejection))
        return self._back(request, endpoint_id, N_("The events are sent once more."))

    def deliveries(
        self,
        actor: Coordinator,
        request: Request,
        endpoint_id: str,
        show: str = "",
        cursor: Annotated[str, Query(max_length=300)] = "",
    ) -> Response:
        """The attempts at an endpoint, the newest first."""
        endpoint = self.desk.one(actor, endpoint_id)
        failed = show == "failed"
        found, next_cursor = self.webhooks.attempts(actor, endpoint_id, failed=failed, limit=PAGE, cursor=cursor)
        return self._show(request, "webhook_deliveries.html", it=endpoint, found=found, next_cursor=next_cursor)

    def delivery(self, actor: Coordinator, request: Request, endpoint_id: str, delivery_id: str) -> Response:
        """One attempt with what was sent and what was answered."""
        endpoint = self.desk.one(actor, endpoint_id)
        found = self.webhooks.attempt(actor, endpoint_id, delivery_id)
        body = self.desk.body(endpoint, found)
        shown = None if body is None else json.dumps(json.loads(body), ensure_ascii=False, indent=2)
        return self._show(request, "webhook_delivery.html", it=endpoint, sent=found, body=shown)

    def _one(self, actor: Actor, request: Request, endpoint_id: str, filled: Filled) -> Response:
        found = self.desk.one(actor, endpoint_id)
        logs = self.desk.logs(endpoint_id, SHOWN_LOGS + 1)
        return self._show(
            request,
            "webhook.html",
            filled,
            it=found,
            counts=self.webhooks.counts(found),
            logs=logs[:SHOWN_LOGS],
            more_logs=len(logs) > SHOWN_LOGS,
        )

    def _form(self, actor: Actor, request: Request, found: Endpoint | None, filled: Filled) -> Response:
        by_noun: dict[str, list[str]] = {}
        for each in TYPES:
            noun = each.partition(".")[0]
            by_noun.setdefault(noun if noun in words.NOUNS else "", []).append(each)
        return self._show(
            request,
            "webhook_form.html",
            filled,
            it=found,
            held=None if may_hold(actor, EVERYWHERE) else _regions_of(actor),
            by_noun=by_noun,
            sentence=lambda name: self.pages.gettext(request, SENTENCES[name]),
        )

    def _secret(self, request: Request, found: Endpoint) -> Response:
        return self._show(request, "webhook_secret.html", it=found)

    def _back(self, request: Request, endpoint_id: str, said: str) -> Response:
        return self.pages.redirect(f"/desk/webhooks/{endpoint_id}", self.pages.gettext(request, said))

    def _refused(self, request: Request, name: str, form: FormData, rejection: Rejection) -> Filled:
        values: dict[str, Any] = {each: form.get(each) for each in form}
        values["types"] = form.getlist("types")
        if len(form.getlist("regions")) > 1:
            values["regions"] = form.getlist("regions")
        why, values = form_again(rejection, values)
        errors = self.pages.errors(request, why)
        return Filled(name, values, {"log" if each == "source" else each: errors[each] for each in errors})

    def _show(self, request: Request, template: str, filled: Filled | None = None, **context: Any) -> Response:
        filled = filled or Filled()

        def word(of: str, value: str) -> str:
            entry = getattr(words, of).get(value, value)
            return self.pages.gettext(request, entry if isinstance(entry, str) else entry[0])

        return self.pages.render(
            request,
            template,
            422 if filled.errors else 200,
            filled=filled,
            word=word,
            kind=lambda state: words.STATES[state][1],
            state_of=_state,
            outcome=lambda sent: _outcome(word, sent),
            region_name=region_name,
            regions_text=_regions_text,
            sources=SOURCES,
            **context,
        )


def _state(endpoint: Endpoint, counts: Counts) -> str:
    """Give how an endpoint fares, in one word of `words.STATES`."""
    return "failing" if endpoint.state == "active" and counts.failing else endpoint.state


def _outcome(word: Any, sent: Attempt) -> str:
    return str(sent.status) if sent.status is not None else str(word("ERRORS", sent.error or ""))


def _regions_text(codes: Sequence[str]) -> str:
    return ", ".join(map(region_name, codes) if len(codes) <= NAMED_REGIONS else codes)


def _regions_of(actor: Actor) -> list[str]:
    return sorted(each for each in actor.regions if may_hold(actor, each))


def _asked(form: FormData) -> Asked:
    regions = [part for value in form.getlist("regions") for part in str(value).replace(",", " ").split()]
    return Asked(
        url=str(form.get("url", "")).strip(),
        regions=tuple(regions),
        description=" ".join(str(form.get("description", "")).split()),
        types=tuple(map(str, form.getlist("types"))),
    )


def _start(form: FormData) -> Start:
    chosen = str(form.get("start", ""))
    if chosen == "position":
        named = {each: f"start_{each}" for each in SOURCES if str(form.get(f"start_{each}", "")).strip()}
        return {each: _number(form, name, 0) for each, name in named.items()}
    return "beginning" if chosen == "beginning" else "now"


def _log(form: FormData) -> tuple[str, str]:
    """Give the region and source of a field such as `36.74/submission`; raise RegionNotYours."""
    region, slash, source = str(form.get("log", "")).partition("/")
    if not slash:
        raise RegionNotYours(field="log")
    return region, source


def _number(form: FormData, name: str, least: int) -> int:
    """Give the whole number in a field; raise Invalid."""
    text = str(form.get(name, "")).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 16) or int(text) > MAX_SAFE_INTEGER:
        raise Invalid("This must be a whole number.", field=name)
    if int(text) < least:
        raise Invalid("This number must be at least {ge}.", field=name, ge=least)
    return int(text)
