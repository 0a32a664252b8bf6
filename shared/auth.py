"""Who asks and what they may do: the Actor, permissions as types in a route's signature, sessions, cross-site checks.

A route says its permission in its signature, and `routes_without_permission` finds the one that does not:

    @router.post("/programmes")
    def agree(actor: Coordinator, …): ...
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from shared.domain import Forbidden, NotFound, is_region, region_of
from shared.envelope import Clearance, wire_name_of
from shared.settings import Settings
from shared.tokens import Issuer, IssuerUnreachable, Unauthenticated

__all__ = [
    "LAN",
    "Actor",
    "Auditor",
    "Coordinator",
    "Custody",
    "Identity",
    "IssuerUnreachable",
    "Oversight",
    "Panel",
    "Public",
    "Reader",
    "Reviewer",
    "Role",
    "Service",
    "SignedIn",
    "Subscriber",
    "Unauthenticated",
    "UnitMember",
    "clearance_in",
    "permission_of",
    "routes_without_permission",
]

SESSION_SECONDS = 8 * 3600
EVERYWHERE = "*"

_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


class CrossSite(Forbidden):
    """This request came from another site and was not carried out."""


class SignInNeeded(Exception):
    """A person's browser asked for a page that needs a sign-in; it is sent there and comes back."""

    def __init__(self, location: str) -> None:
        """Take where to send the browser."""
        self.location = location
        super().__init__()


class Role(StrEnum):
    """What somebody or something is to Labinov, as the issuer's claims say it."""

    LAN = "lan"
    COORDINATOR = "coordinator"
    UNIT_MEMBER = "unit-member"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    SERVICE = "service"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person or machine that asks, with its roles and the regions and units that they hold in.

    `event_types` are the wire names of the events whose payloads a machine's token is for; None stands for all.
    `person` is an opaque id, the same in every service. `name` is for the page that its bearer sees: it is never
    logged and never part of an event.
    """

    person: str
    roles: frozenset[Role] = frozenset()
    regions: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    name: str | None = field(default=None, repr=False)
    home_region: str | None = None
    event_types: frozenset[str] | None = None

    def has(self, *roles: Role) -> bool:
        """Whether any of these roles is held."""
        return not self.roles.isdisjoint(roles)

    @property
    def everywhere(self) -> bool:
        """Whether the roles hold in all regions: LAN, our own services, and a claim that says `*`."""
        return self.has(Role.LAN, Role.SERVICE) or EVERYWHERE in self.regions

    def sees(self, region: str) -> bool:
        """Whether there is a role in the region."""
        return self.everywhere or region in self.regions or any(region_of(unit) == region for unit in self.units)

    def coordinates(self, region: str) -> bool:
        """Whether the actor may run this region's edition: LAN everywhere, a coordinator in the own region."""
        return self.has(Role.LAN) or (self.has(Role.COORDINATOR) and self.sees(region))

    def belongs_to(self, unit_id: str) -> bool:
        """Whether the actor is a member of this unit."""
        return self.has(Role.UNIT_MEMBER) and unit_id in self.units

    def acts_for(self, unit_id: str) -> bool:
        """Whether the actor may act for this unit: its members, and whoever coordinates its region."""
        return self.belongs_to(unit_id) or self.coordinates(region_of(unit_id))

    def may_read_type(self, wire_name: str) -> bool:
        """Whether the token is for events of this type at all; of others only the envelope is given."""
        return self.event_types is None or wire_name in self.event_types

    def require_region(self, region: str) -> None:
        """Raise NotFound, the answer an unknown id gets, unless there is a role in the region."""
        if not self.sees(region):
            raise NotFound

    def clearance(self, region: str) -> Clearance:
        """Give how much of this region's log the actor may see."""
        if not self.sees(region):
            return Clearance.PUBLIC
        if self.has(Role.AUDITOR):
            return Clearance.AUDIT
        if self.has(Role.LAN, Role.COORDINATOR, Role.UNIT_MEMBER, Role.MACHINE):
            return Clearance.REGIONAL
        return Clearance.SERVICE if self.has(Role.SERVICE) else Clearance.PUBLIC


def clearance_in(actor: Actor | None, region: str) -> Callable[[str], Clearance]:
    """Give what tells, for the wire name of a type, how much of such events of a region this reader may see."""
    held = actor.clearance(region) if actor is not None else Clearance.PUBLIC
    return lambda wire_name: held if actor is None or actor.may_read_type(wire_name) else Clearance.ENVELOPE


def person_id(issuer: str, subject: str) -> str:
    """Give the opaque id of the issuer's subject."""
    return str(uuid5(NAMESPACE_URL, f"{issuer.rstrip('/')}#{subject}"))


def actor_from(claims: Mapping[str, Any], settings: Settings) -> Actor:
    """Give the actor that verified claims speak of. Roles, regions and units of no known shape are passed over."""
    return Actor(
        person=person_id(settings.issuer, claims["sub"]),
        roles=frozenset(Role(each) for each in _texts(claims, settings.claim_roles) if each in set(Role)),
        regions=frozenset(
            each for each in _texts(claims, settings.claim_regions) if each == EVERYWHERE or is_region(each)
        ),
        units=frozenset(each for each in _texts(claims, settings.claim_units) if is_region(each.partition("-")[0])),
        name=claims["name"] if isinstance(claims.get("name"), str) else None,
        home_region=next(iter(_texts(claims, "home_region")), None),
        event_types=_event_types(claims, settings.claim_event_types),
    )


def _event_types(claims: Mapping[str, Any], name: str) -> frozenset[str] | None:
    """Give the wire names that a claim lists, as such or as CloudEvents types; None only where there is no claim."""
    if _claim(claims, name) is None:
        return None
    return frozenset(map(wire_name_of, _texts(claims, name)))


def _texts(claims: Mapping[str, Any], name: str) -> list[str]:
    """Give a claim as a list of strings."""
    value = _claim(claims, name)
    if isinstance(value, str):
        return value.split()
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Give a claim, None without it; a dotted name (`realm_access.roles`) reaches into nested claims."""
    value: Any = claims
    for part in [name] if name in claims else name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


class Sessions:
    """The session cookie of one service: an actor's claims, signed, for eight hours."""

    def __init__(self, settings: Settings, service: str) -> None:
        """Take the settings and the name of the service; a cookie of one service means nothing to another."""
        self.cookie = f"labinov_{service}"
        self.path = settings.root_path or "/"
        self.secure = settings.public_url.startswith("https:")
        self._signer = URLSafeTimedSerializer(settings.session_secret.get_secret_value(), salt=f"session/{service}")

    def read(self, request: Request) -> Actor | None:
        """Give the actor of the request's cookie; None without one, or when it is altered or too old."""
        cookie = request.cookies.get(self.cookie)
        if not cookie:
            return None
        try:
            held = self._signer.loads(cookie, max_age=SESSION_SECONDS)
            return Actor(
                person=held["person"],
                roles=frozenset(map(Role, held["roles"])),
                regions=frozenset(held["regions"]),
                units=frozenset(held["units"]),
                name=held["name"],
                home_region=held["home_region"],
                event_types=None if held.get("event_types") is None else frozenset(held["event_types"]),
            )
        except (BadData, KeyError, TypeError, ValueError):
            return None

    def write(self, response: Response, actor: Actor) -> None:
        """Begin a session on this response."""
        held = {
            "person": actor.person,
            "roles": sorted(actor.roles),
            "regions": sorted(actor.regions),
            "units": sorted(actor.units),
            "name": actor.name,
            "home_region": actor.home_region,
            "event_types": None if actor.event_types is None else sorted(actor.event_types),
        }
        response.set_cookie(
            self.cookie,
            str(self._signer.dumps(held)),
            max_age=SESSION_SECONDS,
            path=self.path,
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def clear(self, response: Response) -> None:
        """End the session on this response."""
        response.delete_cookie(self.cookie, path=self.path, secure=self.secure, httponly=True, samesite="lax")


class Identity:
    """How one service learns who asks: a bearer token, else the session cookie, else nobody."""

    def __init__(self, settings: Settings, service: str) -> None:
        """Take the settings and the name of the service."""
        self.settings = settings
        self.service = service
        self.issuer = Issuer(settings.issuer, settings.issuer_internal_url)
        self.sessions = Sessions(settings, service)

    def install(self, app: FastAPI) -> None:
        """Make the permissions work on this app."""
        app.state.identity = self
        app.add_exception_handler(SignInNeeded, _to_sign_in)

    async def actor(self, request: Request) -> Actor | None:
        """Give who asks, None for nobody.

        Raises Unauthenticated for a bearer token that does not hold, and CrossSite for a session's cookie sent along
        with another site's request to change something.
        """
        token = bearer_token(request)
        if token is not None:
            # Only the keys' first fetch waits for the network, and then not on the event loop.
            if self.issuer.knows_key_of(token):
                return self.actor_of_token(token)
            return await run_in_threadpool(self.actor_of_token, token)
        actor = self.sessions.read(request)
        if actor is not None and request.method not in _SAFE:
            require_same_origin(request, self.settings.public_url)
        return actor

    def actor_of_token(self, token: str) -> Actor:
        """Give the actor of an access token; raise Unauthenticated, or IssuerUnreachable."""
        return actor_from(self.issuer.verify(token, audience=self.settings.audience, kind="access"), self.settings)

    def unauthenticated(self, request: Request) -> Exception:
        """Give what to raise when nobody asks for what somebody may have: a browser's page view goes to sign in."""
        wants_page = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
        if not wants_page:
            return Unauthenticated()
        root, path = self.settings.root_path, request.scope["path"]
        if not path.startswith(root + "/"):
            path = root + path
        query = f"?{request.url.query}" if request.url.query else ""
        return SignInNeeded(f"{root}/sign-in?next={quote(quote(path) + query, safe='')}")


def bearer_token(request: Request) -> str | None:
    """Give the bearer token of a request, None when it carries none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def require_same_origin(request: Request, public_url: str) -> None:
    """Raise CrossSite unless the browser says that the request comes from this site's own pages."""
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        allowed = fetch_site == "same-origin"
    else:
        public = urlsplit(public_url)
        allowed = request.headers.get("origin") == f"{public.scheme}://{public.netloc}"
    if not allowed:
        raise CrossSite


async def _to_sign_in(_: Request, error: Exception) -> Response:
    assert isinstance(error, SignInNeeded)
    return RedirectResponse(error.location, status_code=303, headers={"Cache-Control": "no-store"})


@dataclass(frozen=True)
class Permission:
    """A permission as a dependency: the name it is found by, and the roles of which one is needed."""

    name: str
    roles: tuple[Role, ...] = ()
    anonymous: bool = False

    async def __call__(self, request: Request) -> Actor | None:
        """Give who asks; raise Unauthenticated or SignInNeeded for nobody, Forbidden for a missing role."""
        identity: Identity = request.app.state.identity
        actor = await identity.actor(request)
        request.state.actor = actor
        if actor is None:
            if self.anonymous:
                return None
            raise identity.unauthenticated(request)
        if self.roles and not actor.has(*self.roles):
            raise Forbidden
        return actor


Public = Annotated[Actor | None, Depends(Permission("public", anonymous=True))]
"""Everybody; gives who happens to be signed in."""

SignedIn = Annotated[Actor, Depends(Permission("signed-in"))]
"""Whoever is signed in, with or without a role."""

Reader = Annotated[Actor, Depends(Permission("reader", tuple(Role)))]
"""Any role, person or machine; what is seen depends on its regions."""

LAN = Annotated[Actor, Depends(Permission("lan", (Role.LAN,)))]
Coordinator = Annotated[Actor, Depends(Permission("coordinator", (Role.LAN, Role.COORDINATOR)))]
Subscriber = Annotated[Actor, Depends(Permission("subscriber", (Role.LAN, Role.COORDINATOR, Role.MACHINE)))]
"""Who may have a region's events sent somewhere: whoever runs it, and its machines."""

UnitMember = Annotated[Actor, Depends(Permission("unit-member", (Role.LAN, Role.COORDINATOR, Role.UNIT_MEMBER)))]
Reviewer = Annotated[Actor, Depends(Permission("reviewer", (Role.REVIEWER,)))]
Panel = Annotated[Actor, Depends(Permission("panel", (Role.LAN, Role.COORDINATOR, Role.REVIEWER)))]
Auditor = Annotated[Actor, Depends(Permission("auditor", (Role.AUDITOR,)))]
Service = Annotated[Actor, Depends(Permission("service", (Role.SERVICE,)))]

Oversight = Annotated[Actor, Depends(Permission("oversight", (Role.LAN, Role.AUDITOR)))]
"""Who reads the access log and notes in it."""

Custody = Annotated[Actor, Depends(Permission("custody", (Role.LAN, Role.SERVICE)))]
"""Who may ask what is held of a person: LAN, and the service that asks all of them on its behalf."""


def permission_of(route: BaseRoute | RouteContext) -> str | None:
    """Give the name of the permission in a route's signature, or of its router; None when there is none."""
    dependant = getattr(route, "dependant", None)
    if not isinstance(dependant, Dependant):
        return None
    return next((each.call.name for each in _walk(dependant) if isinstance(each.call, Permission)), None)


def _walk(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _walk(each)


def routes_without_permission(app: FastAPI) -> list[str]:
    """Give the paths of an app, its routers and its mounts that say no permission.

    Static files and the app's own OpenAPI document are everybody's and need none.
    """
    return list(_unguarded(app.routes, "", {app.openapi_url}))


def _unguarded(routes: Iterable[BaseRoute], prefix: str, exempt: set[str | None]) -> Iterator[str]:
    for route in iter_route_contexts(list(routes)):
        path = f"{prefix}{route.path}"
        original = route.original_route
        if isinstance(original, Mount):
            if not isinstance(original.app, StaticFiles):
                yield from _unguarded(original.routes, path, exempt=set()) if original.routes else [path]
        elif path not in exempt and permission_of(route) is None:
            yield path
