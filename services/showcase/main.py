"""Showcase's parts, wired: two producers' events into the read model, and the public site over it."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from services.showcase.documents import store as documents
from services.showcase.documents import working as making
from services.showcase.feeds.copied import NAME as COPY
from services.showcase.feeds.copied import Copy
from services.showcase.following import Following
from services.showcase.projections import showcase
from services.showcase.subscriptions import attempts, working
from shared.consumer import Effect
from shared.kernel import Kernel
from shared.service import Service
from shared.settings import Settings
from shared.telemetry import configure_logging
from shared.web.messages import N_
from shared.web.nav import NavItem

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import APIRouter, FastAPI

NAV = (
    NavItem("/", N_("Home")),
    NavItem("/innovations", N_("Innovations")),
    NavItem("/regions", N_("Regions")),
    NavItem("/festivals", N_("Festivals")),
    NavItem("/board", N_("Board"), frozenset({"lan"})),
    NavItem("/desk/webhooks", N_("Subscriptions"), frozenset({"lan", "coordinator"})),
)
FOLDER = Path(__file__).parent
PRODUCERS = ("submission", "review")


def service(settings: Settings) -> Service:
    """Give the service with these settings."""
    kernel = Kernel("showcase", settings, FOLDER, nav=NAV)
    effects: dict[str, Effect] = {
        showcase.name: Following(),
        COPY: Copy([working.after_copy(kernel)], [attempts.forget, documents.forget]),
    }
    sources = [kernel.source(producer) for producer in PRODUCERS if producer in settings.producers]
    return Service(
        kernel=kernel,
        migrations=FOLDER / "migrations",
        consumers=[kernel.consumer(name, source, effects[name]) for source in sources for name in effects],
        routers=_routers,
        chores=lambda: _chores(kernel),
        lanes=[working.lane(kernel), making.lane(kernel)],
    )


def app() -> "FastAPI":
    """Give the web application with the settings of this process, for uvicorn."""
    configure_logging("showcase", "api")
    return service(Settings()).api()


def _chores(kernel: Kernel) -> "list[Callable[[], None]]":
    # Only the sweep sends letters and forgets.
    from shared.limits import forget
    from shared.mail import Sender

    letters = Sender.of(kernel.engine, kernel.settings)
    return [working.chore(kernel), making.chore(kernel), letters.run, partial(forget, kernel.engine)]


def _routers(kernel: Kernel) -> "list[APIRouter]":
    # Only the api answers over HTTP, so that only it pays for these imports.
    from services.showcase import developers
    from services.showcase.api import Api
    from services.showcase.certificates import Certificates
    from services.showcase.documents.pages import Documents
    from services.showcase.explorer import Explorer
    from services.showcase.exports.pages import Exports
    from services.showcase.feeds.api import Feeds
    from services.showcase.feeds.reading import Copies
    from services.showcase.model import ReadModel
    from services.showcase.pages import Site
    from services.showcase.pages import routers as pages
    from services.showcase.pages.live import Live
    from services.showcase.pages.syndication import Syndication
    from services.showcase.subscriptions import notices
    from services.showcase.subscriptions.api import Webhooks
    from services.showcase.subscriptions.desk import desk_of
    from services.showcase.subscriptions.pages import WebhookPages
    from shared.holdings import Holdings
    from shared.holdings import router as people
    from shared.limits import Limits

    read_model = ReadModel(kernel.engine)
    site = Site(read_model, kernel.pages, kernel.cursors, kernel.settings.public_url)
    webhooks = Webhooks(desk_of(kernel, working.teller(kernel)), kernel.cursors)
    held = Holdings(service="showcase", engine=kernel.engine, follows=COPY, keeps_a_log=False, counts=[notices.counts])
    return [
        Api(read_model, kernel.cursors).router(),
        *pages(site),
        Live(site, kernel.settings.stream_readers).router(),
        Syndication(site, kernel.settings.origin).router(),
        Certificates(site.shell, kernel.settings.public_url).router(),
        Documents(
            site.shell,
            kernel.engine,
            kernel.settings.public_url,
            making.teller(kernel),
            Limits(kernel.engine, kernel.settings.session_secret.get_secret_value()),
        ).router(),
        Exports(site.shell, kernel.settings.public_url).router(),
        Explorer(site.shell, kernel.settings.public_url).router(),
        Feeds(Copies(kernel.engine, kernel.cursors), kernel.cursors, kernel.settings.stream_readers).router(),
        webhooks.router(),
        WebhookPages(webhooks, kernel.pages).router(),
        developers.router(kernel.settings, kernel.pages),
        people(held),
    ]
