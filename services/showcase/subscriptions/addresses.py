"""Which addresses a webhook may go to: public ones by https, and whatever the operator's allow-list adds.

A URL is looked at when it is registered; what its name resolves to is looked at again at every connection, which is
then made to the very address that was looked at. So nothing that answers differently the second time gets through.
"""

import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from shared.domain import Invalid

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int, float], "list[Address]"]
"""Gives the addresses of a host and port within some seconds; raises OSError where there are none."""

MAX_URL = 2000
REGISTRATION_SECONDS = 5.0
RESOLVERS = 16

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_NUMERIC = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_GLOBAL = IPv6Network("2000::/3")
# What carries an IPv4 address inside, or is set aside for examples and tunnels, though it lies within 2000::/3.
_NOT_REALLY_GLOBAL = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))


class BadUrl(Invalid):
    """This must be an address such as https://example.go.id/hooks, without a user name or a fragment."""


class NotAllowed(Invalid):
    """Events do not go to this address: it is private, local or reserved, or its port is an unusual one."""


class Unresolvable(Invalid):
    """This host name is not known to the domain name system. Check its spelling."""


class Refused(Exception):
    """A connection was not made, because of the address that the name resolved to."""


@dataclass(frozen=True)
class Target:
    """A receiver's URL, taken apart."""

    tls: bool
    host: str
    port: int
    path: str

    @property
    def literal(self) -> Address | None:
        """The host as an address, None where it is a name."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None


def parse(url: str) -> Target:
    """Take a URL apart; raise BadUrl for one that two programs could read in two ways, or that no receiver needs."""
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or any(each in url for each in ' \\"<>^`{|}'):
        raise BadUrl(field="url")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadUrl(field="url") from None
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or parts.fragment or "@" in parts.netloc or port == 0:
        raise BadUrl(field="url")
    if "[" in parts.netloc:
        if not _is_v6(host):
            raise BadUrl(field="url")
    elif not _is_v4(host):
        labels = host.removesuffix(".").split(".")
        # As browsers do it: a host whose last label is a number is an address, and only the plain spelling is taken.
        if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)) or _NUMERIC.fullmatch(labels[-1]):
            raise BadUrl(field="url")
    tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(tls=tls, host=host, port=port or (443 if tls else 80), path=path)


def _is_v4(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False


def _is_v6(host: str) -> bool:
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False


def is_public(address: Address) -> bool:
    """Whether an address is one that anybody on the internet may be found at."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    # Mapped, translated (64:ff9b::/96), unique local and link-local ones lie outside 2000::/3.
    return address in _GLOBAL and address.is_global and not any(address in each for each in _NOT_REALLY_GLOBAL)


@dataclass(frozen=True)
class Allowed:
    """The operator's allow-list: networks such as `10.20.0.0/16`, single addresses, and names of hosts."""

    entries: tuple[str, ...] = ()

    @cached_property
    def networks(self) -> list[object]:
        """The entries that are networks or addresses."""
        return [found for each in self.entries if (found := _network(each)) is not None]

    @cached_property
    def names(self) -> set[str]:
        """The entries that are names."""
        return {each.lower().removesuffix(".") for each in self.entries if _network(each) is None}

    def lists(self, target: Target, address: Address) -> bool:
        """Whether the operator allowed this host or this address."""
        inside = any(address in each for each in self.networks)  # type: ignore[operator]  # networks of both kinds
        return inside or target.host.lower().removesuffix(".") in self.names

    def admits(self, target: Target, address: Address) -> bool:
        """Whether an event may go there: by https to a public address, or as the operator allowed."""
        usual = target.tls and (target.port == 443 or target.port > 1023) and is_public(address)
        return usual or self.lists(target, address)


def _network(entry: str) -> object | None:
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        return None


# A look-up has no bound of its own; its thread is left behind, and ends when the system's resolver gives up.
_RESOLVERS = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolve")


def system_resolver(host: str, port: int, seconds: float) -> list[Address]:
    """Ask the system's resolver; raise OSError where it knows none or takes longer."""
    asked = _RESOLVERS.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = asked.result(seconds)
    except TooSlow:
        asked.cancel()
        raise TimeoutError("no answer from the domain name system") from None
    except UnicodeError as error:
        raise OSError("no name") from error
    return list(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))


def resolve_checked(target: Target, allowed: Allowed, resolve: Resolve, seconds: float) -> list[Address]:
    """Give where to connect to; every address that the name has must be admitted. Raises Refused, and OSError."""
    literal = target.literal
    found = [literal] if literal is not None else resolve(target.host, target.port, seconds)
    if not found:
        raise OSError("no addresses")
    if not all(allowed.admits(target, each) for each in found):
        raise Refused
    return found


def check(url: str, allowed: Allowed, resolve: Resolve = system_resolver) -> None:
    """Look at a URL that is to be registered; raise BadUrl, NotAllowed or Unresolvable, each naming the field `url`."""
    target = parse(url)
    if not target.tls and not allowed.entries:
        raise BadUrl(field="url")
    try:
        resolve_checked(target, allowed, resolve, REGISTRATION_SECONDS)
    except Refused:
        raise NotAllowed(field="url") from None
    except OSError:
        raise Unresolvable(field="url") from None
