"""The page for the developer of a regional system: credentials, events, webhooks, replay, the rules."""

from pathlib import Path

from fastapi import APIRouter, Request, Response

from shared.auth import Public
from shared.http import FormRoute
from shared.settings import Settings
from shared.web.pages import Pages

SAMPLES = Path(__file__).parent / "samples"
LANGUAGES = (("python", "Python"), ("javascript", "JavaScript"), ("php", "PHP"), ("java", "Java"))
EXAMPLE_REGION = "33.27"


def sample(language: str) -> str:
    """Give the sample that checks a webhook's signature in a programming language of `LANGUAGES`."""
    return (SAMPLES / f"{language}.txt").read_text("utf-8").strip()


def router(settings: Settings, pages: Pages) -> APIRouter:
    """Give the page's route."""
    routes = APIRouter(route_class=FormRoute, include_in_schema=False)
    samples = [(key, name, sample(key)) for key, name in LANGUAGES]

    @routes.get("/developers")
    def developers(actor: Public, request: Request) -> Response:
        """Everything that a regional system needs to follow what happens, on one page."""
        region = next(iter(sorted(actor.regions - {"*"})), EXAMPLE_REGION) if actor is not None else EXAMPLE_REGION
        return pages.render(
            request,
            "developers.html",
            base=settings.public_url,
            issuer=settings.issuer,
            audience=settings.audience,
            embedded=settings.deployment == "embedded",
            region=region,
            samples=samples,
        )

    return routes
