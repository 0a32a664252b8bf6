"""Whom the embedded issuer knows: its clients, the demonstration people, its signing key and the tokens it signs."""

import base64
import hashlib
import json
import os
import secrets
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import BaseModel, ConfigDict, SecretStr, TypeAdapter, ValidationError

from deploy.embedded.errors import Trouble

PEOPLE = Path(__file__).with_name("people.json")
AUDIENCE = "labinov"
DEMONSTRATION_PERSON = "urn:labinov:demonstration-person"
"""The grant by which the demonstration's program acts as one of its invented people; `sub` says as whom."""
ACCESS_SECONDS = 1800
ID_SECONDS = 300
CODE_SECONDS = 60


class Person(BaseModel):
    """An invented person of the demonstration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sub: str
    name: str
    email: str
    role: str
    roles: tuple[str, ...]
    regions: tuple[str, ...]
    units: tuple[str, ...]
    home_region: str
    title: str
    affiliation: str

    @property
    def rights(self) -> dict[str, Any]:
        """The claims that say what the person may do."""
        return {
            "roles": self.roles,
            "regions": self.regions,
            "units": self.units,
            "home_region": self.home_region,
        }

    @property
    def profile(self) -> dict[str, Any]:
        """The claims that say who the person is."""
        return {"name": self.name, "email": self.email, "title": self.title, "affiliation": self.affiliation}


class Client(BaseModel):
    """A program that may ask for tokens, as `clients.json` says it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: str
    client_secret: SecretStr
    redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ()
    scope: str = ""
    roles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    event_types: tuple[str, ...] | None = None

    def has_secret(self, secret: str) -> bool:
        """Whether this is the client's secret."""
        return secrets.compare_digest(self.client_secret.get_secret_value().encode(), secret.encode())

    @property
    def rights(self) -> dict[str, Any]:
        """The claims of the client's own tokens; without roles named it is a service by its scope, else a machine."""
        own = ("service",) if "service" in self.scope.split() else ("machine",)
        narrowed = {} if self.event_types is None else {"event_types": self.event_types}
        return {"roles": self.roles or own, "regions": self.regions, "units": (), **narrowed}


def read_people() -> dict[str, Person]:
    """Give the demonstration people by subject."""
    return {each.sub: each for each in TypeAdapter(list[Person]).validate_json(PEOPLE.read_bytes())}


def read_clients(directory: Path) -> dict[str, Client]:
    """Give the clients by id; raise Trouble when `clients.json` is missing or cannot be read."""
    path = directory / "clients.json"
    try:
        return {each.client_id: each for each in TypeAdapter(list[Client]).validate_json(path.read_bytes())}
    except OSError as error:
        raise Trouble(f"The issuer's clients are missing: {path} cannot be read ({error.strerror}).") from error
    except ValidationError as error:
        raise Trouble(f"The issuer's clients in {path} are not valid: {error.error_count()} faults.") from error


class Signer:
    """Signs tokens in the issuer's name, with an ES256 key that is made when there is none."""

    def __init__(self, issuer: str, directory: Path) -> None:
        """Take the issuer's name and the folder of its key. Raises Trouble when the key cannot be kept there."""
        self.issuer = issuer
        path = directory / "signing-key.pem"
        try:
            if not path.exists():
                _write_private(path, _new_key())
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise Trouble(f"The issuer's signing key {path} cannot be read or written: {error}.") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Trouble(f"The issuer's signing key {path} is not an EC key.")
        self._key = key

    @cached_property
    def public_jwk(self) -> dict[str, Any]:
        """The public key as a JWK; its id is the key's thumbprint (RFC 7638)."""
        jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key()))
        known = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
        digest = hashlib.sha256(json.dumps(known, separators=(",", ":"), sort_keys=True).encode()).digest()
        return {**known, "kid": _base64url(digest), "use": "sig", "alg": "ES256"}

    def access_token(self, client: Client, person: Person | None) -> str:
        """Give an access token (RFC 9068) for a person who uses the client, or for the client itself."""
        rights = person.rights if person else client.rights
        claims = {"sub": person.sub if person else client.client_id, "aud": AUDIENCE, "client_id": client.client_id}
        return self.sign({**claims, "scope": client.scope, **rights}, typ="at+jwt", seconds=ACCESS_SECONDS)

    def id_token(self, client: Client, person: Person, nonce: str | None) -> str:
        """Give the ID token of a person who signed in at the client."""
        claims = {"sub": person.sub, "aud": client.client_id, **person.rights, **person.profile}
        return self.sign({**claims, **({"nonce": nonce} if nonce else {})}, typ="JWT", seconds=ID_SECONDS)

    def sign(self, claims: dict[str, Any], *, typ: str, seconds: int) -> str:
        """Give a token of this type with these claims, good for so many seconds."""
        now = int(time.time())
        return jwt.encode(
            {"iss": self.issuer, "iat": now, "exp": now + seconds, "jti": secrets.token_urlsafe(16), **claims},
            self._key,
            algorithm="ES256",
            headers={"typ": typ, "kid": self.public_jwk["kid"]},
        )

    def subject_of(self, token: str) -> str:
        """Give the subject of one of our access tokens; raise jwt.PyJWTError when it does not hold."""
        key = self._key.public_key()
        claims = jwt.decode(token, key, algorithms=["ES256"], audience=AUDIENCE, issuer=self.issuer)
        return str(claims["sub"])


@dataclass(frozen=True)
class Grant:
    """What a code stands for."""

    client_id: str
    redirect_uri: str
    sub: str
    nonce: str | None
    challenge: str
    expires: float

    def answers(self, client: Client, redirect_uri: str, verifier: str) -> bool:
        """Whether this client, address and PKCE verifier are those that the code was asked for with."""
        challenge = _base64url(hashlib.sha256(verifier.encode()).digest())
        return (
            client.client_id == self.client_id
            and redirect_uri == self.redirect_uri
            and secrets.compare_digest(challenge, self.challenge)
        )


class Codes:
    """Codes on their way from the browser to the client: each works once, for a minute."""

    def __init__(self) -> None:
        """Begin with none."""
        self._grants: dict[str, Grant] = {}

    def issue(self, *, client_id: str, redirect_uri: str, sub: str, nonce: str | None, challenge: str) -> str:
        """Give a new code for this grant."""
        now = time.monotonic()
        self._grants = {code: grant for code, grant in self._grants.items() if grant.expires > now}
        code = secrets.token_urlsafe(32)
        self._grants[code] = Grant(client_id, redirect_uri, sub, nonce, challenge, now + CODE_SECONDS)
        return code

    def redeem(self, code: str) -> Grant | None:
        """Give the grant of a code and forget it; None when it is unknown, used or too old."""
        grant = self._grants.pop(code, None)
        return grant if grant is not None and grant.expires > time.monotonic() else None


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_private(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
