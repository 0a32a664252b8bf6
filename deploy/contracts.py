"""Writes each service's published contracts, made from its code: `python -m deploy.contracts [--check]`.

`services/<name>/contracts/`: a JSON Schema per event type and version, `asyncapi.json` with an example of each type
(the payload that the tests hold it against), `openapi.json`, and `released.json`. Schemas of earlier versions stay
where they are: what was once published is never taken back.

`python -m deploy.contracts --release 1.4.0` writes the shape of every schema into `released.json`. From then on
`--check` refuses a schema of that release that is gone or of another shape: what changes gets a new version.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from deploy.embedded.processes import SERVICES
from shared.asyncapi import document
from shared.service import load
from shared.settings import Settings

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "tests" / "vectors"


def settings_for(service: str) -> Settings:
    """Give settings with which a service can be looked at; it connects to nothing while it is not used."""
    nowhere = "127.0.0.1:9"
    return Settings(
        deployment="contracts",
        database_url=SecretStr(f"postgresql+psycopg://nobody@{nowhere}/nothing"),
        broker_url=SecretStr(f"redis://{nowhere}/0"),
        public_url="https://labinov.example",
        root_path="" if service == "showcase" else f"/{service}",
        producers={"submission": f"http://{nowhere}", "review": f"http://{nowhere}"},
        issuer="https://issuer.example",
        client_id=service,
        client_secret=SecretStr("unused"),
        session_secret=SecretStr("unused"),
    )


def contracts(service: str) -> Iterator[tuple[str, str]]:
    """Give file names and contents of a service's contracts."""
    made = load(f"services.{service}.main:service", settings_for(service))
    catalogue = made.kernel.catalogue
    if catalogue is not None:
        for name, kind in sorted(catalogue.types.items()):
            yield kind.schema_name, _text(catalogue.schema(name))
        yield "asyncapi.json", _text(document(catalogue, examples(service)))
    yield "openapi.json", _text(made.api().openapi())


def examples(service: str) -> dict[str, Any]:
    """Give the example payloads of a service's events by schema name: the tests' golden ones."""
    return {path.name: json.loads(path.read_bytes()) for path in (EXAMPLES / service).glob("*.json")}


def shape(schema: Any) -> str:
    """Give a digest of what a JSON Schema allows; its titles and descriptions may be written better at any time."""
    return hashlib.sha256(json.dumps(_bare(schema), sort_keys=True).encode()).hexdigest()


def _bare(schema: Any, *, named: bool = False) -> Any:
    """Leave titles and descriptions out, except where they are the names of fields (`named`)."""
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _bare(value, named=not named and name in ("properties", "$defs"))
        for name, value in schema.items()
        if named or name not in ("title", "description")
    }


def shapes(folder: Path) -> dict[str, str]:
    """Give the shape of each event schema in a folder of contracts, by file name."""
    return {path.name: shape(json.loads(path.read_bytes())) for path in sorted(folder.glob("*.v*.json"))}


def broken(released: dict[str, dict[str, str]], present: dict[str, str]) -> list[str]:
    """Give a sentence for each schema of a release that is gone or has another shape now."""
    found = []
    for release, frozen in released.items():
        for name, digest in frozen.items():
            if name not in present:
                found.append(f"{name} was released with {release} and is gone")
            elif present[name] != digest:
                found.append(f"{name} was released with {release} and has another shape now: make it a new version")
    return found


def _released(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / "released.json"
    found: dict[str, dict[str, str]] = json.loads(path.read_bytes()) if path.exists() else {}
    return found


def release(version: str) -> None:
    """Write down the shapes of all schemas as those of a release; raise ValueError for one that is already there."""
    for service in SERVICES:
        folder = ROOT / "services" / service / "contracts"
        released, present = _released(folder), shapes(folder)
        if version in released:
            raise ValueError(f"{version} was released before: its contracts do not change")
        if present:
            # Only what this release adds: what earlier ones froze is frozen.
            before = {name for frozen in released.values() for name in frozen}
            released[version] = {name: digest for name, digest in present.items() if name not in before}
            (folder / "released.json").write_text(_text(released), encoding="utf-8")


def _text(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write what has changed, or with `--check` only say so. Gives the exit code: 1 where something is not right."""
    if arguments[:1] == ["--release"]:
        release(*arguments[1:])
        return 0
    check, stale = "--check" in arguments, []
    for service in SERVICES:
        folder = ROOT / "services" / service / "contracts"
        for name, text in contracts(service):
            path = folder / name
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(path.relative_to(ROOT))
            if not check:
                folder.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'not fresh' if check else 'written'}: {path}")
    breaks = [
        f"{service}: {each}"
        for service in SERVICES
        for folder in [ROOT / "services" / service / "contracts"]
        for each in broken(_released(folder), shapes(folder))
    ]
    for each in breaks:
        print(each)
    return 1 if breaks or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
