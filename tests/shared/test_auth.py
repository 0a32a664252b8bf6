"""Who somebody is taken for, what they may do, and that no route forgets to ask."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from deploy.embedded.identities import Client
from shared.auth import (
    Actor,
    Coordinator,
    Identity,
    Permission,
    Public,
    Role,
    UnitMember,
    actor_from,
    clearance_in,
    permission_of,
    person_id,
    routes_without_permission,
)
from shared.domain import NotFound
from shared.envelope import Clearance
from shared.tokens import Issuer, IssuerUnreachable, Unauthenticated
from tests.issuers import RunningIssuer, address, free_socket, running_issuer, serving, settings_for

TANGSEL, PEMALANG = "36.74", "33.27"
UNIT, OTHER_UNIT = "36.74-disdukcapil", "36.74-dpmptsp"

lan = Actor(person="p1", roles=frozenset({Role.LAN}))
coordinator = Actor(person="p2", roles=frozenset({Role.COORDINATOR}), regions=frozenset({TANGSEL}))
member = Actor(person="p3", roles=frozenset({Role.UNIT_MEMBER}), units=frozenset({UNIT}))
reviewer = Actor(person="p4", roles=frozenset({Role.REVIEWER}), home_region="34.71")
auditor = Actor(person="p5", roles=frozenset({Role.AUDITOR}), regions=frozenset({"*"}))
machine = Actor(person="p6", roles=frozenset({Role.MACHINE}), regions=frozenset({PEMALANG}))
service = Actor(person="p7", roles=frozenset({Role.SERVICE}))
EVERYBODY = [lan, coordinator, member, reviewer, auditor, machine, service]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIssuer]:
    with running_issuer(tmp_path_factory.mktemp("issuer")) as running:
        yield running


@pytest.fixture(scope="module")
def identity(issuer: RunningIssuer) -> Identity:
    return Identity(settings_for(issuer.url), "submission")


# Actor


def test_regions_seen() -> None:
    seen = {actor.person: [region for region in (TANGSEL, PEMALANG, "00") if actor.sees(region)] for actor in EVERYBODY}
    every = [TANGSEL, PEMALANG, "00"]
    assert seen == {"p1": every, "p2": [TANGSEL], "p3": [TANGSEL], "p4": [], "p5": every, "p6": [PEMALANG], "p7": every}


def test_who_coordinates() -> None:
    assert [actor.person for actor in EVERYBODY if actor.coordinates(TANGSEL)] == ["p1", "p2"]
    assert [actor.person for actor in EVERYBODY if actor.coordinates(PEMALANG)] == ["p1"]


def test_who_acts_for_a_unit() -> None:
    assert [actor.person for actor in EVERYBODY if actor.acts_for(UNIT)] == ["p1", "p2", "p3"]
    assert [actor.person for actor in EVERYBODY if actor.acts_for(OTHER_UNIT)] == ["p1", "p2"]
    assert [actor.person for actor in EVERYBODY if actor.belongs_to(UNIT)] == ["p3"]


def test_a_unit_without_the_role_gives_no_right() -> None:
    assert not Actor(person="p", roles=frozenset({Role.REVIEWER}), units=frozenset({UNIT})).acts_for(UNIT)


def test_another_region_answers_as_if_unknown() -> None:
    for required in (member.require_region, coordinator.require_region):
        required(TANGSEL)
        with pytest.raises(NotFound):
            required(PEMALANG)


def test_clearance() -> None:
    assert {actor.person: actor.clearance(TANGSEL) for actor in EVERYBODY} == {
        "p1": Clearance.REGIONAL,
        "p2": Clearance.REGIONAL,
        "p3": Clearance.REGIONAL,
        "p4": Clearance.PUBLIC,
        "p5": Clearance.AUDIT,
        "p6": Clearance.PUBLIC,
        "p7": Clearance.SERVICE,
    }


def test_name_is_not_in_what_a_log_would_show() -> None:
    assert "Ratna" not in repr(Actor(person="p", name="Ratna"))


def test_claims_of_no_known_shape_are_passed_over(identity: Identity) -> None:
    claims = {
        "sub": "s",
        "roles": ["lan", "offline_access", 7],
        "regions": ["36.74", "all", None],
        "units": ["36.74-disdukcapil", "disdukcapil"],
        "name": ["x"],
    }
    assert actor_from(claims, identity.settings) == Actor(
        person=person_id(identity.settings.issuer, "s"),
        roles=frozenset({Role.LAN}),
        regions=frozenset({"36.74"}),
        units=frozenset({UNIT}),
    )


def test_claims_at_configured_places(identity: Identity) -> None:
    settings = identity.settings.model_copy(update={"claim_roles": "realm_access.roles", "claim_regions": "wilayah"})
    claims = {"sub": "s", "realm_access": {"roles": ["coordinator"]}, "wilayah": "36.74 33.27", "regions": ["00"]}
    actor = actor_from(claims, settings)
    assert actor.roles == {Role.COORDINATOR}
    assert actor.regions == {"36.74", "33.27"}


@pytest.mark.parametrize(
    ("claim", "read"),
    [
        (None, {"unit.registered": True, "target.set": True}),
        (("id.labinov.unit.registered.v1",), {"unit.registered": True, "target.set": False}),
        (("unit.registered", "target.set"), {"unit.registered": True, "target.set": True}),
        ((), {"unit.registered": False, "target.set": False}),
    ],
)
def test_a_machine_may_be_for_some_kinds_of_events_only(
    identity: Identity, claim: tuple[str, ...] | None, read: dict[str, bool]
) -> None:
    client = Client(client_id="c", client_secret=SecretStr("s"), regions=(TANGSEL,), event_types=claim)
    actor = actor_from(json.loads(json.dumps({"sub": "c", **client.rights})), identity.settings)
    response = Response()
    identity.sessions.write(response, actor)
    cookie = response.headers["set-cookie"].partition(";")[0]
    kept = identity.sessions.read(Request({"type": "http", "headers": [(b"cookie", cookie.encode())]}))
    clearance = clearance_in(kept, TANGSEL)
    assert kept == actor
    assert {name: clearance(name) is Clearance.REGIONAL for name in read} == read
    assert {clearance(name) for name, may in read.items() if not may} <= {Clearance.ENVELOPE}


def test_of_a_claim_of_no_known_shape_no_kind_is_read(identity: Identity) -> None:
    actor = actor_from({"sub": "c", "roles": ["machine"], "event_types": 7}, identity.settings)
    assert not actor.may_read_type("unit.registered")


# Tokens


def test_a_person_of_the_issuer(issuer: RunningIssuer, identity: Identity) -> None:
    assert identity.actor_of_token(issuer.person_token("disdukcapil-tangsel-dewi")) == Actor(
        person=person_id(issuer.url, "disdukcapil-tangsel-dewi"),
        roles=frozenset({Role.UNIT_MEMBER}),
        regions=frozenset({"36.74"}),
        units=frozenset({UNIT}),
        home_region="36.74",
    )


def test_machines_of_the_issuer(issuer: RunningIssuer, identity: Identity) -> None:
    found = {name: identity.actor_of_token(issuer.machine_token(name)) for name in issuer.clients}
    assert {name: ([*actor.roles], [*actor.regions]) for name, actor in found.items()} == {
        "submission": ([Role.SERVICE], []),
        "review": ([Role.SERVICE], []),
        "labinov-cli": ([Role.LAN], []),
        "pemalang-system": ([Role.MACHINE], ["33.27"]),
    }


def good(issuer: str, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {"iss": issuer, "sub": "lan-ratna", "aud": "labinov", "iat": now, "exp": now + 600, "roles": ["lan"]}
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signing_input(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join(base64url(json.dumps(each).encode()) for each in (header, claims))


def kid(issuer: RunningIssuer) -> str:
    return str(issuer.signer.public_jwk["kid"])


def signed(issuer: RunningIssuer, typ: str = "at+jwt", **changes: Any) -> str:
    """The issuer's own key signs, whatever the claims; None leaves a claim out."""
    key = serialization.load_pem_private_key((issuer.folder / "signing-key.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    payload = json.dumps(good(issuer.url, **changes)).encode()
    return jwt.api_jws.encode(payload, key, "ES256", headers={"typ": typ, "kid": kid(issuer)})


def foreign(issuer: RunningIssuer, **headers: Any) -> str:
    """Another key signs; None leaves a header out."""
    key = ec.generate_private_key(ec.SECP256R1())
    wanted = {"typ": "at+jwt", "kid": kid(issuer), **headers}
    given = {name: value for name, value in wanted.items() if value is not None}
    return jwt.encode(good(issuer.url), key, algorithm="ES256", headers=given)


def foreign_with_own_jwk(issuer: RunningIssuer) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    own = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    headers = {"typ": "at+jwt", "kid": kid(issuer), "jwk": own}
    return jwt.encode(good(issuer.url), key, algorithm="ES256", headers=headers)


def rsa_under_the_same_kid(issuer: RunningIssuer) -> str:
    key = rsa.generate_private_key(65537, 2048)
    return jwt.encode(good(issuer.url), key, algorithm="RS256", headers={"typ": "at+jwt", "kid": kid(issuer)})


def unsigned(issuer: RunningIssuer) -> str:
    return signing_input({"alg": "none", "typ": "at+jwt", "kid": kid(issuer)}, good(issuer.url)) + "."


def hmac_with_public_key(issuer: RunningIssuer) -> str:
    """PyJWT refuses to sign so; an attacker does it by hand."""
    public = jwt.PyJWK(issuer.signer.public_jwk).key
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    body = signing_input({"alg": "HS256", "typ": "at+jwt", "kid": kid(issuer)}, good(issuer.url))
    return f"{body}.{base64url(hmac.new(pem, body.encode(), hashlib.sha256).digest())}"


def deep_header(_: RunningIssuer) -> str:
    return base64url(b'{"alg":' + b"[" * 20_000) + ".e30.e30"


BAD: dict[str, Callable[[RunningIssuer], str]] = {
    "alg none": unsigned,
    "HS256 with the public key": hmac_with_public_key,
    "foreign key": foreign,
    "jku": lambda issuer: foreign(issuer, jku=f"{issuer.url}/jwks"),
    "x5u": lambda issuer: foreign(issuer, x5u=f"{issuer.url}/jwks"),
    "jwk": foreign_with_own_jwk,
    "unknown kid": lambda issuer: foreign(issuer, kid="another"),
    "no kid": lambda issuer: foreign(issuer, kid=None),
    "kid of another kind": rsa_under_the_same_kid,
    "wrong aud": lambda issuer: signed(issuer, aud="another"),
    "aud of a client": lambda issuer: signed(issuer, aud="submission"),
    "wrong iss": lambda issuer: signed(issuer, iss="http://127.0.0.1:1/issuer"),
    "iss as a list": lambda issuer: signed(issuer, iss=[issuer.url]),
    "wrong typ": lambda issuer: signed(issuer, typ="JWT"),
    "id token": lambda issuer: issuer.signer.id_token(issuer.clients["submission"], issuer.people["lan-ratna"], "n"),
    "expired": lambda issuer: signed(issuer, exp=int(time.time()) - 60),
    "not yet": lambda issuer: signed(issuer, nbf=int(time.time()) + 600),
    "exp as text": lambda issuer: signed(issuer, exp="tomorrow"),
    "sub as a number": lambda issuer: signed(issuer, sub=7),
    "critical extension": lambda issuer: foreign(issuer, crit=["x"], x=1),
    "deep header": deep_header,
    "empty": lambda _: "",
    "one dot": lambda _: "a.b",
    "not ASCII": lambda _: "é.é.é",
}


def test_the_good_token_differs_from_the_bad_ones(issuer: RunningIssuer, identity: Identity) -> None:
    assert identity.actor_of_token(signed(issuer)).roles == {Role.LAN}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_token_is_the_same_refusal(case: str, issuer: RunningIssuer, identity: Identity) -> None:
    with pytest.raises(Unauthenticated) as refused:
        identity.actor_of_token(BAD[case](issuer))
    assert str(refused.value) == "Sign in first."


@pytest.mark.parametrize("claim", ["exp", "iss", "aud", "sub"])
def test_a_missing_claim_is_refused(claim: str, issuer: RunningIssuer, identity: Identity) -> None:
    with pytest.raises(Unauthenticated):
        identity.actor_of_token(signed(issuer, "at+jwt", **{claim: None}))


@given(token=st.text(alphabet=st.characters(max_codepoint=255), max_size=200))
def test_any_text_is_refused(token: str, identity: Identity) -> None:
    with pytest.raises(Unauthenticated):
        identity.actor_of_token(token)


def test_without_the_issuer_known_keys_stay_in_force(tmp_path: Path) -> None:
    with running_issuer(tmp_path) as running:
        trusted = Issuer(running.url)
        token = running.person_token("lan-ratna")
        trusted.verify(token, audience="labinov", kind="access")
        other = foreign(running, kid="another")
    assert trusted.verify(token, audience="labinov", kind="access")["sub"] == "lan-ratna"
    with pytest.raises(Unauthenticated):
        trusted.verify(other, audience="labinov", kind="access")
    with pytest.raises(IssuerUnreachable):
        Issuer(running.url).verify(token, audience="labinov", kind="access")


def test_an_unknown_key_asks_the_issuer_at_most_once_in_a_while() -> None:
    asked: list[str] = []
    listening = free_socket()
    name = address(listening)
    key = ec.generate_private_key(ec.SECP256R1())
    public = {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())), "kid": "k", "alg": "ES256"}
    oct_key = {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "sym", "alg": "HS256"}
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, str]:
        return {"issuer": name, "jwks_uri": f"{name}/jwks"}

    @app.get("/jwks")
    def jwks() -> dict[str, Any]:
        asked.append("jwks")
        return {"keys": [oct_key, {"kty": "??"}, public]}

    with serving(app, listening):
        trusted = Issuer(name)
        for unknown in ("x", "y", "z", "sym"):
            token = jwt.encode(good(name), key, algorithm="ES256", headers={"typ": "at+jwt", "kid": unknown})
            with pytest.raises(Unauthenticated):
                trusted.verify(token, audience="labinov", kind="access")
        token = jwt.encode(good(name), key, algorithm="ES256", headers={"typ": "at+jwt", "kid": "k"})
        assert trusted.verify(token, audience="labinov", kind="access")["sub"] == "lan-ratna"
    assert asked == ["jwks"]


def test_a_document_that_names_another_issuer_is_not_trusted() -> None:
    listening = free_socket()
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, str]:
        return {"issuer": "http://127.0.0.1:1/other", "jwks_uri": "http://127.0.0.1:1/jwks"}

    with serving(app, listening) as name, pytest.raises(IssuerUnreachable):
        Issuer(name).metadata()


# Permissions


def guarded() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)

    @app.get("/public")
    def public(actor: Public) -> None: ...

    @app.post("/coordinator")
    def coordinates(actor: Coordinator) -> None: ...

    @app.get("/deep")
    def deep(unit: Annotated[str, Depends(unit_of)]) -> None: ...

    return app


def unit_of(actor: UnitMember) -> str:
    return actor.person


def test_permission_is_found_in_the_signature() -> None:
    found = {context.path: permission_of(context) for context in iter_route_contexts(guarded().routes)}
    assert found == {"/openapi.json": None, "/public": "public", "/coordinator": "coordinator", "/deep": "unit-member"}


def test_an_app_where_every_route_asks() -> None:
    app = guarded()
    app.mount("/static", StaticFiles(directory=Path(__file__).parent))
    assert routes_without_permission(app) == []


def test_a_route_that_forgets_is_found_wherever_it_hides(tmp_path: Path) -> None:
    app = guarded()
    inner = APIRouter(prefix="/inner")
    outer = APIRouter(prefix="/outer")
    covered = APIRouter(prefix="/covered", dependencies=[Depends(Permission("lan", (Role.LAN,)))])
    mounted = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def forgets() -> None: ...

    for router in (inner, covered, mounted, app):
        router.get("/forgets")(forgets)
    outer.include_router(inner)
    app.include_router(outer, prefix="/more")
    app.include_router(covered)
    app.mount("/mounted", mounted)
    app.routes.append(Route("/plain", lambda request: None))
    assert sorted(routes_without_permission(app)) == [
        "/forgets",
        "/more/outer/inner/forgets",
        "/mounted/forgets",
        "/plain",
    ]
