"""What other programs follow and list: Atom feeds of the newest steps (RFC 4287), sitemaps, what robots may visit."""

import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.showcase import queries, views
from services.showcase.model import State
from services.showcase.pages.site import Site
from services.showcase.queries import Model, Rows
from services.showcase.shell import happened
from shared.auth import Public
from shared.domain import NotFound
from shared.http import FormRoute
from shared.regions import region_name

ENTRIES = 50
# Far below the 50,000 that the protocol allows, so that no answer is large.
LISTED = 10_000

# Another date would be another authority: this one never changes (RFC 4151).
_TAG_DATE = "2026"
_NOTHING_YET = "2026-01-01T00:00:00Z"
_PART = re.compile(r"innovations-([1-9]\d{0,4})", re.ASCII)
# What XML 1.0 cannot hold, however it is written.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML = '<?xml version="1.0" encoding="utf-8"?>\n'
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"

# The present state of pages is for everybody; their past, what explains them and what machines read is not listed.
_NOT_FOR_ROBOTS = (
    "/*?*at=",
    "/*?*submission=",
    "/*?*review=",
    "/regions/*/why",
    "/regions/*/history",
    "/regions/*/changes",
    "/history/",
    "/compare",
    "/desk/",
    "/api/",
    "/feed/",
    "/stream",
    "/steps",
    "/sign-in",
)


class Syndication:
    """The handlers of feeds and sitemaps."""

    def __init__(self, site: Site, origin: str) -> None:
        """Take what the pages share, and the name of this deployment, which the ids of entries begin with."""
        self.site = site
        self.origin = origin

    def router(self) -> APIRouter:
        """Give the routes."""
        router = APIRouter(route_class=FormRoute, include_in_schema=False)
        router.add_api_route("/feed.atom", self.everything)
        router.add_api_route("/regions/{code}/feed.atom", self.region)
        router.add_api_route("/sitemap.xml", self.sitemap)
        router.add_api_route("/sitemaps/{part}.xml", self.part)

        @router.get("/robots.txt")
        def robots(actor: Public) -> Response:
            """What robots may visit."""
            rules = [f"Disallow: {self.site.pages.url(path)}" for path in _NOT_FOR_ROBOTS]
            lines = ["User-agent: *", *rules, f"Sitemap: {self.site.pages.address('/sitemap.xml')}", ""]
            return PlainTextResponse("\n".join(lines), headers={"Cache-Control": "public, max-age=3600"})

        return router

    def everything(self, actor: Public, request: Request) -> Response:
        """The newest steps of all regions."""
        return self.site.read_model.answer(request, actor, lambda model, _: self._feed(request, model, None))

    def region(self, actor: Public, request: Request, code: str) -> Response:
        """The newest steps of a region."""
        views.known_region(code)
        return self.site.read_model.answer(request, actor, lambda model, _: self._feed(request, model, code))

    def sitemap(self, actor: Public, request: Request) -> Response:
        """The list of the sitemap's parts."""
        _without_query(request)

        def make(model: Model, state: State) -> Response:
            parts = [
                ("pages", None),
                *((f"innovations-{row.part}", row.newest) for row in queries.listed(model, LISTED)),
            ]
            rows = (
                _entry("sitemap", self.site.pages.address(f"/sitemaps/{name}.xml"), newest) for name, newest in parts
            )
            return _sitemap("sitemapindex", rows)

        return self.site.read_model.answer(request, actor, make)

    def part(self, actor: Public, request: Request, part: str) -> Response:
        """A part of the sitemap: the pages that are not of one innovation, or some innovations."""
        _without_query(request)
        number = _PART.fullmatch(part)
        if number is None and part != "pages":
            raise NotFound

        def make(model: Model, state: State) -> Response:
            if number is None:
                paths: list[tuple[str, str | None]] = [(path, None) for path in ("/", "/innovations", "/regions")]
                paths += [(row.path, None) for row in queries.listed_pages(model)]
            else:
                rows = queries.listed_innovations(model, int(number.group(1)), LISTED)
                if not rows:
                    raise NotFound
                paths = [(f"/innovations/{row.innovation_id}", row.newest) for row in rows]
            return _sitemap("urlset", (_entry("url", self.site.pages.address(path), newest) for path, newest in paths))

        return self.site.read_model.answer(request, actor, make)

    def _feed(self, request: Request, model: Model, region: str | None) -> Response:
        rows = queries.newest(model, region, ENTRIES)
        pages, about = self.site.pages, f"/regions/{region}" if region else "/"
        path = f"/regions/{region}/feed.atom" if region else "/feed.atom"
        language = pages.language(request)
        title = pages.gettext(request, "Newest steps") + ": " + (region_name(region) if region else "Labinov")
        updated = _moment(rows[0].recorded_at.isoformat()) if rows else _NOTHING_YET
        # Each language has a feed with an address of its own; an entry has the same id in all.
        name, own = f"feed/{region or 'all'}/{language}", f"{pages.address(path)}?lang={language}"
        body = "\n".join(
            [
                f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={_attribute(language)}>',
                f"<id>{_text(self._tag(name))}</id>",
                f"<title>{_text(title)}</title>",
                f"<updated>{updated}</updated>",
                "<author><name>Labinov</name></author>",
                f'<link rel="self" type="application/atom+xml" href={_attribute(own)}/>',
                f'<link rel="alternate" type="text/html" href={_attribute(pages.address(about))}/>',
                *self._entries(request, rows),
                "</feed>",
            ]
        )
        return Response(_XML + body, media_type="application/atom+xml", headers={"Vary": "Cookie"})

    def _entries(self, request: Request, rows: Rows) -> Iterator[str]:
        gettext, address = self.site.shell.gettext(request), self.site.pages.address
        for row in rows:
            said, _ = happened(gettext, row)
            page = address(f"/innovations/{row.innovation_id}")
            where = f"{row.unit_name}, {region_name(row.region)}" if row.unit_name else region_name(row.region)
            yield (
                "<entry>"
                f"<id>{_text(self._tag(f'submission/{row.region}/{row.position}'))}</id>"
                f"<title>{_text(row.title)}: {_text(said)}</title>"
                f"<updated>{_moment(row.recorded_at.isoformat())}</updated>"
                f'<link rel="alternate" type="text/html" href={_attribute(page)}/>'
                f"<category term={_attribute(row.kind)} label={_attribute(said)}/>"
                f"<summary>{_text(said)} · {_text(where)} · {row.happened_on.isoformat()}</summary>"
                "</entry>"
            )

    def _tag(self, specific: str) -> str:
        return f"tag:{self.origin},{_TAG_DATE}:{specific}"


def _without_query(request: Request) -> None:
    """Raise NotFound where something was asked for that these answers do not know: kept ones would be too many."""
    if request.url.query:
        raise NotFound


def _sitemap(root: str, rows: Iterable[str]) -> Response:
    body = f'{_XML}<{root} xmlns="{_SITEMAPS}">\n' + "\n".join(rows) + f"\n</{root}>\n"
    return Response(body, media_type="application/xml")


def _entry(name: str, address: str, newest: str | None) -> str:
    modified = f"<lastmod>{newest}</lastmod>" if newest else ""
    return f"<{name}><loc>{_text(address)}</loc>{modified}</{name}>"


def _moment(text: str) -> str:
    return text.replace("+00:00", "Z")


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("", text))
