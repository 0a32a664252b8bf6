"""How a page is made: templates, language, addresses, flash messages and the headers that every page carries."""

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from types import CodeType
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from shared.domain import Rejection
from shared.web import forms, stages
from shared.web.formats import DEFAULT_ZONE, Formats
from shared.web.i18n import DEFAULT_LANGUAGE, LANGUAGES, field_errors, translate_rejection, translations
from shared.web.messages import OTHER_PROBLEM, PROBLEMS, ROLES, SERVICES
from shared.web.nav import NavItem

HERE = Path(__file__).parent
STATIC = HERE / "static"
LANGUAGE_COOKIE = "labinov_lang"
FLASH_COOKIE = "labinov_flash"
FLASH_KINDS = ("good", "info", "warn", "bad")


class Compiled(BytecodeCache):
    """Templates as code, kept for as long as the process lives.

    What a template becomes is the same in every language, because all that differs is looked up when it is rendered:
    so it is compiled once, not once a language.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Put the code of this very text into the bucket, if it was compiled before."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


_COMPILED = Compiled()


class Pages:
    """The pages of one service, built once."""

    def __init__(
        self,
        service: str,
        folder: Path,
        *,
        root_path: str = "",
        public_url: str = "",
        nav: Sequence[NavItem] = (),
        form_targets: Sequence[str] = (),
        zone: str = DEFAULT_ZONE,
    ) -> None:
        """Take what the pages of a service have in common.

        That is its name, its folder (with `templates/` and `translations/`), the path under which the gateway serves
        it, the address of the gateway as people see it, its navigation, and the origins beyond our own that a form may
        lead to (the issuer's, at sign-out).
        """
        self.service = service
        self.folder = folder
        self.root_path = root_path.rstrip("/")
        self.public_url = public_url.rstrip("/")
        self.nav = tuple(nav)
        self._policy = _content_policy(form_targets)
        self._environments = {language: self._environment(language, zone) for language in LANGUAGES}

    def render(self, request: Request, name: str, status_code: int = 200, **context: Any) -> HTMLResponse:
        """Give the page made of a template and its context, in the reader's language.

        `actor` comes from the context or else from `request.state.actor`; `as_of` (a moment) makes the footer say how
        fresh the page is; `listed` says that search engines may list the page, which then tells them and whoever shares
        it what it is, with its `feeds` (title, path). Shows and clears a waiting flash message.
        """
        language = self.language(request)
        flash = _read_flash(request)
        actor = context.pop("actor", getattr(request.state, "actor", None))
        values = {
            "as_of": None,
            "listed": False,
            "feeds": (),
            "flash": flash,
            "params": {k: v for k, v in request.query_params.items() if k != "lang"},
            **context,
            **self._about(request, language, actor),
        }
        body = self._environments[language].get_template(name).render(values)
        response = HTMLResponse(body, status_code=status_code)
        response.headers["Content-Language"] = language
        response.headers["Content-Security-Policy"] = self._policy
        response.headers["Vary"] = "Cookie"
        response.headers["Cache-Control"] = "private, no-cache" if actor is None else "private, no-store"
        if request.query_params.get("lang") == language:
            response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="lax", httponly=True)
        if flash is not None:
            response.delete_cookie(FLASH_COOKIE)
        return response

    def problem(
        self,
        request: Request,
        status_code: int,
        detail: str | None = None,
        correlation_id: str | None = None,
        wrong: Sequence[tuple[str, str]] = (),
    ) -> HTMLResponse:
        """Give the page for an error: its status, a translated sentence about the case, the id to quote when asking.

        `wrong` are fields and what is wrong with each. Where they are all parts of the address they are named, with a
        way to the same page without them.
        """
        title, advice = PROBLEMS.get(status_code, OTHER_PROBLEM)
        asked = request.query_params.multi_items() if request.method == "GET" else []
        fields = {field for field, _ in wrong}
        if not fields <= {name for name, _ in asked}:
            wrong = ()
        kept = [(name, value) for name, value in asked if name not in fields]
        return self.render(
            request,
            "problem.html",
            status_code,
            status=status_code,
            title=title,
            advice=advice,
            detail=detail,
            correlation_id=correlation_id,
            wrong=wrong,
            without=self.url(self._path(request)) + (f"?{urlencode(kept)}" if kept else ""),
        )

    def redirect(self, path: str, flash: str | None = None, kind: str = "good") -> Response:
        """Send the browser on to a page of this service after a form (303), with a translated message to show there."""
        response = RedirectResponse(self.url(path), status_code=303)
        if flash is not None:
            self.flash(response, flash, kind)
        return response

    def flash(self, response: Response, text: str, kind: str = "good") -> None:
        """Leave a translated message for the next page; kind is good, info, warn or bad."""
        value = quote(json.dumps([kind, text[:500]]))
        response.set_cookie(FLASH_COOKIE, value, max_age=300, samesite="lax", httponly=True)

    def language(self, request: Request) -> str:
        """Give the reader's language: `?lang=`, else the cookie, else Bahasa Indonesia."""
        asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
        return asked if asked in LANGUAGES else DEFAULT_LANGUAGE

    def gettext(self, request: Request, message: str, **values: Any) -> str:
        """Translate a message for this reader; `%(name)s` in it is filled from the values."""
        text = self._texts(self.language(request)).gettext(message)
        return text % values if values else text

    def errors(self, request: Request, rejection: Rejection) -> dict[str, str]:
        """Give field path → sentence in the reader's language, for the form macros."""
        return field_errors(rejection, self.language(request), self.folder)

    def sentence(self, request: Request, rejection: Rejection) -> str:
        """Give the rejection's sentence in the reader's language."""
        return translate_rejection(rejection, self.language(request), self.folder)

    def url(self, path: str) -> str:
        """Give the address of a path of this service."""
        return self.root_path + path

    def address(self, path: str) -> str:
        """Give the full address of a path of this service."""
        return self.public_url + self.url(path)

    def translator(self, language: str) -> Callable[[str], str]:
        """Give what translates a message into a language, for what is not made for one request."""
        return self._texts(language).gettext

    def fragment(self, language: str, name: str, **context: Any) -> Markup:
        """Give a template that is part of a page, in a language: what is kept, or sent to a page that stays open."""
        return escape(self._environments[language].get_template(name).make_module(context))

    def _texts(self, language: str) -> NullTranslations:
        return translations(language, self.folder)

    def _environment(self, language: str, zone: str) -> Environment:
        """One environment a language, so that macros imported without context speak it too."""
        env = Environment(
            loader=FileSystemLoader([self.folder / "templates", HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=_COMPILED,
            extensions=["jinja2.ext.i18n"],
        )
        env.policies["ext.i18n.trimmed"] = True
        texts, formats = self._texts(language), Formats(language, zone)
        env.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]  # the i18n extension adds it
        env.globals |= dict.fromkeys(("gettext", "_"), _translator(texts))
        env.filters |= {
            "date": formats.day,
            "datetime": formats.moment,
            "ago": formats.ago,
            "when": formats.when,
            "number": formats.number,
            "percent": formats.percent,
            "paragraphs": paragraphs,
            "weblink": weblink,
            "field_id": forms.field_id,
        }
        env.globals |= {
            "lang": language,
            "languages": LANGUAGES,
            "service": self.service,
            "url": self.url,
            "address": self.address,
            "site": _site,
            "static": static_url,
            "query": query,
            "value_at": forms.value_at,
            "new_key": lambda: str(uuid.uuid4()),
            "STAGES": stages.STAGES,
            "steps": stages.steps,
            "stage_label": stages.NAMES.__getitem__,
            "stage_gloss": lambda stage: texts.gettext(stages.GLOSSES[stage]),
            "role_label": lambda role: texts.gettext(ROLES[str(role)]),
        }
        return env

    def _about(self, request: Request, language: str, actor: Any) -> dict[str, Any]:
        """What the layout shows around every page."""
        texts, path = self._texts(language), self._path(request)
        roles = {str(role) for role in actor.roles} if actor is not None else set()
        shown = [item for item in self.nav if not item.roles or item.roles & roles]
        here = max((item.path for item in shown if _within(path, item.path)), key=len, default=None)
        asked = urlencode([(k, v) for k, v in parse_qsl(request.url.query) if k != "lang"])
        return {
            "request": request,
            "actor": actor,
            "now": datetime.now(UTC),
            "path": path,
            "services": [
                {"href": _site(at), "label": texts.gettext(label), "current": name == self.service}
                for name, at, label in SERVICES
            ],
            "nav": [
                {"href": self.url(item.path), "label": texts.gettext(item.label), "current": item.path == here}
                for item in shown
            ],
            "sign_in_url": self.url("/sign-in?" + urlencode({"next": self.url(path) + (f"?{asked}" if asked else "")})),
            # Of a page that is listed each language has one address, whatever else was asked for.
            "canonical": self.address(path) + ("" if language == DEFAULT_LANGUAGE else f"?lang={language}"),
            "alternates": {
                code: self.address(path) + ("" if code == DEFAULT_LANGUAGE else f"?lang={code}") for code in LANGUAGES
            },
            "language_urls": {
                code: self.url(path) + "?" + urlencode([*parse_qsl(asked), ("lang", code)]) for code in LANGUAGES
            },
        }

    def _path(self, request: Request) -> str:
        """The path inside the service, whether or not the gateway has taken the prefix away."""
        path: str = request.scope["path"]
        if self.root_path and _within(path, self.root_path):
            path = path.removeprefix(self.root_path)
        # A path that begins with two slashes would be read by browsers as another host.
        return quote("/" + path.lstrip("/\\"))


def _translator(texts: NullTranslations) -> Callable[..., Markup]:
    """Give what `_()` does in a template, for most of what it says made once: a page says a hundred things."""

    @cache
    def plain(message: str) -> Markup:
        return translated(message) % {}

    @cache
    def translated(message: str) -> Markup:
        return Markup(texts.gettext(message))  # noqa: S704 - our own texts; what is filled in is escaped

    def translate(message: str, /, **values: Any) -> Markup:
        return translated(message) % values if values else plain(message)

    return translate


def static_files() -> StaticFiles:
    """Give the static files as an app to mount at `/static` where no gateway serves them."""
    return StaticFiles(directory=STATIC)


@cache
def static_url(name: str) -> str:
    """Give the address of a static file with its content's hash, so that it can be cached for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def query(params: Mapping[str, Any], **changes: Any) -> str:
    """Give a query string made of the parameters with some changed; None, "" and [] leave one out."""
    merged = {k: v for k, v in {**params, **changes}.items() if v not in (None, "", [])}
    return "?" + urlencode(merged, doseq=True)


def paragraphs(text: str | None) -> Markup:
    """Give plain text as escaped paragraphs: blank lines part them, single line ends stay line ends."""
    blocks = re.split(r"\n\s*\n", (text or "").replace("\r\n", "\n").strip())
    lines = (Markup("<br>\n").join(escape(line) for line in block.split("\n")) for block in blocks if block)
    return Markup("\n").join(Markup("<p>{}</p>").format(block) for block in lines)


def weblink(address: str | None) -> str | None:
    """Give an address that somebody typed if a browser may follow it (http or https), else None."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.netloc else None


def _site(path: str) -> str:
    """Give the address of a path from the root of the whole site, in whichever service it is."""
    return path


def _within(path: str, prefix: str) -> bool:
    """Whether a path is the prefix or lies under it; under the beginning of all lies nothing in particular."""
    return path == prefix or (prefix != "/" and path.startswith(prefix + "/"))


def _content_policy(form_targets: Sequence[str]) -> str:
    actions = " ".join(["'self'", *form_targets])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"font-src 'self'; manifest-src 'self'; form-action {actions}; base-uri 'none'; frame-ancestors 'none'"
    )


def _read_flash(request: Request) -> dict[str, str] | None:
    """What a cookie says is shown as text only, and nothing that has another shape than ours."""
    try:
        kind, text = json.loads(unquote(request.cookies.get(FLASH_COOKIE, "")))
    except (ValueError, TypeError):
        return None
    return {"kind": kind, "text": text} if kind in FLASH_KINDS and isinstance(text, str) else None
