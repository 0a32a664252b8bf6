"""The published events of a service as a page that people read: each type, who may read its data, fields, an example.

GET /contracts                  all types
GET /contracts/types/{name}     one type
GET /contracts/….json           JSON Schemas, AsyncAPI and OpenAPI as files (`shared.application`)
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from shared.auth import Public
from shared.domain import NotFound, Visibility
from shared.http import FormRoute
from shared.kernel import Kernel
from shared.web.messages import N_

READERS = {
    Visibility.PUBLIC: N_("Everybody reads the data"),
    Visibility.REGIONAL: N_("The region's roles read the data"),
    Visibility.SEALED: N_("Sealed until opened, then for the region's roles"),
    Visibility.SEALED_IDENTITY: N_("Sealed: who a reviewer is stands in no feed"),
    Visibility.AUDIT: N_("Auditors read the data"),
    Visibility.INTERNAL: N_("Only Labinov's own services read the data"),
}


@dataclass(frozen=True)
class Field:
    """A field of a payload: where it stands, what it holds, whether it is always there, what it says."""

    path: str
    type: str
    required: bool
    description: str


def fields(schema: Mapping[str, Any]) -> list[Field]:
    """Give the fields of a JSON Schema in order, those of nested objects behind their parent."""
    return list(_fields(schema, schema.get("$defs", {}), ""))


def _fields(schema: Mapping[str, Any], known: Mapping[str, Any], prefix: str) -> Iterator[Field]:
    required = set(schema.get("required", ()))
    for name, part in schema.get("properties", {}).items():
        shown, inner, many = _resolved(part, known)
        path = f"{prefix}{name}{'[]' if many else ''}"
        yield Field(path, shown, name in required, part.get("description") or inner.get("description", ""))
        yield from _fields(inner, known, f"{path}.")


def _resolved(part: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[str, Mapping[str, Any], bool]:
    """Give a part's type in words of JSON Schema, the object it leads to, and whether that stands in a list."""
    if "$ref" in part:
        return _resolved(known[part["$ref"].rpartition("/")[2]], known)
    if "anyOf" in part:
        found = [_resolved(each, known) for each in part["anyOf"]]
        inside, many = next(((inner, many) for _, inner, many in found if inner), ({}, False))
        return " | ".join(dict.fromkeys(shown for shown, _, _ in found)), inside, many
    if "enum" in part:
        return " | ".join(json.dumps(each) for each in part["enum"]), {}, False
    if "const" in part:
        return json.dumps(part["const"]), {}, False
    if part.get("type") == "array":
        shown, inner, _ = _resolved(part.get("items", {}), known)
        return f"array of {shown}", inner, True
    kind = str(part.get("type", "any"))
    if "format" in part:
        kind += f" ({part['format']})"
    return kind, part if "properties" in part else {}, False


def router(kernel: Kernel) -> APIRouter:
    """Give the routes of the pages."""
    routes = APIRouter(route_class=FormRoute, include_in_schema=False)
    pages, catalogue, folder = kernel.pages, kernel.log.catalogue, kernel.folder / "contracts"

    def about(request: Request, name: str) -> dict[str, Any]:
        kind = catalogue[name].cls
        return {
            "name": name,
            "version": kind.schema_version,
            "sentence": pages.gettext(request, (kind.__doc__ or "").strip().splitlines()[0]),
            "readers": pages.gettext(request, READERS[kind.visibility]),
            "visibility": kind.visibility.value,
            "opened_by": kind.opened_by,
            "erasable": kind.erasable,
        }

    @routes.get("/contracts")
    def index(actor: Public, request: Request) -> Response:
        """Every type of event that the service publishes."""
        types = [about(request, name) for name in sorted(catalogue.types)]
        return pages.render(request, "contracts.html", service=kernel.name, types=types)

    @routes.get("/contracts/types/{name}")
    def one(actor: Public, request: Request, name: str) -> Response:
        """One type with its fields, an example and its earlier versions."""
        if name not in catalogue.types:
            raise NotFound
        kind = catalogue[name]
        return pages.render(
            request,
            "contract.html",
            service=kernel.name,
            it=about(request, name),
            cloud_type=kind.cloud_type,
            fields=fields(catalogue.schema(name)),
            example=_example(folder, name),
            schemas=[f"{name}.v{version}.json" for version in range(kind.cls.schema_version, 0, -1)],
        )

    return routes


def _example(folder: Path, name: str) -> str | None:
    """Give the published example of a type as indented JSON; None where the contracts hold none."""
    messages = json.loads((folder / "asyncapi.json").read_bytes())["components"]["messages"]
    shown = messages.get(name, {}).get("examples", [])
    return json.dumps(shown[0]["payload"], indent=2, ensure_ascii=False) if shown else None
