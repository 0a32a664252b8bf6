"""What a page is narrowed down to: a province, or the whole country (None)."""

from collections.abc import Iterator, Mapping

from shared.domain import Invalid
from shared.regions import regions


class NoProvince(Invalid):
    """There is no province with this code."""


def asked(parameters: Mapping[str, str]) -> str | None:
    """Give the code that a query string asks for, None for the whole country; `wrong` says whether it is one."""
    return parameters.get("province", "").strip() or None


def wrong(code: str | None) -> Iterator[NoProvince]:
    """Check that a code is that of a province."""
    known = regions().get(code or "")
    if code is not None and (known is None or known.kind != "province"):
        yield NoProvince(field="province")


def choices() -> list[tuple[str, str]]:
    """Give the code and the name of every province, by their names."""
    found = [(code, each.name) for code, each in regions().items() if each.kind == "province"]
    return sorted(found, key=lambda each: each[1])


def within(region: str, province: str | None) -> bool:
    """Whether a region is the province or in it; every one is in the whole country."""
    known = regions().get(region)
    return province is None or (known is not None and known.province_code == province)
