"""A link in a service's own navigation; apart from the pages, so that what has no pages need not import them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NavItem:
    """A link in a service's own navigation: a path in the service, an English label marked with `N_`, who sees it.

    Without roles everybody sees it, signed in or not.
    """

    path: str
    label: str
    roles: frozenset[str] = frozenset()
