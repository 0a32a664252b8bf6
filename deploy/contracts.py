"""Writes each service's published contracts, made from its code: `python -m deploy.contracts [--check]`.

`services/<name>/contracts/`: a JSON Schema per event type and version, `asyncapi.json`, `openapi.json`. Schemas of
earlier versions stay where they are: what was once published is never taken back.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr

from deploy.embedded.processes import SERVICES
from shared.asyncapi import document
from shared.service import load
from shared.settings import Settings

ROOT = Path(__file__).parent.parent


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
        yield "asyncapi.json", _text(document(catalogue))
    yield "openapi.json", _text(made.api().openapi())


def _text(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write what has changed, or with `--check` only say so. Gives the exit code: 1 where something is not fresh."""
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
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
