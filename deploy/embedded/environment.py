"""What each process of the embedded default is told: its environment variables, made from the folder of state."""

import json
import os
from pathlib import Path

from deploy.embedded.identities import DEMONSTRATION_PERSON
from deploy.embedded.postgres import Postgres
from deploy.embedded.processes import PRODUCERS, SERVICES
from deploy.embedded.state import ROOT, State
from deploy.embedded.valkey import Valkey

MACHINE = "labinov-cli"
AUDITOR = "labinov-auditor"
ROOT_PATHS = {"submission": "/submission", "review": "/review", "showcase": ""}


def home() -> Path:
    """Give the folder of state: LABINOV_HOME, or `.labinov` in the checkout."""
    return Path(os.environ.get("LABINOV_HOME") or ROOT / ".labinov")


def heartbeat(state: State, process: str) -> Path:
    """Give the file that a process without an address touches as long as it gets on."""
    return state.subfolder("heartbeat") / process


def public_url(state: State) -> str:
    """Give the one address that people use."""
    return f"http://127.0.0.1:{state.port('gateway')}"


def service_url(state: State, service: str) -> str:
    """Give the address of a service's own api, behind the gateway."""
    return f"http://127.0.0.1:{state.port(f'{service}-api')}"


def service(state: State, name: str, *, owner: bool = False) -> dict[str, str]:
    """Give the settings of a service's processes; with `owner` also the right to migrate, rebuild and verify."""
    postgres = Postgres(state.folder)
    settings = {
        "LABINOV_DEPLOYMENT": "embedded",
        "LABINOV_DATABASE_URL": postgres.url(f"{name}_app", name),
        "LABINOV_BROKER_URL": Valkey(state.folder).url(),
        "LABINOV_PUBLIC_URL": public_url(state),
        "LABINOV_ROOT_PATH": ROOT_PATHS[name],
        "LABINOV_PRODUCERS": json.dumps({each: service_url(state, each) for each in PRODUCERS}),
        "LABINOV_ISSUER": f"{public_url(state)}/issuer",
        "LABINOV_CLIENT_ID": name,
        "LABINOV_CLIENT_SECRET": state.secret(f"client.{name}"),
        "LABINOV_SESSION_SECRET": state.secret(f"session.{name}"),
        "LABINOV_SEAL_DIR": str(state.subfolder("seals")),
        "LABINOV_ORIGIN": "labinov.id/embedded",
        "LABINOV_WITNESSES": os.environ.get("LABINOV_WITNESSES", "[]"),
        "LABINOV_WITNESS_QUORUM": os.environ.get("LABINOV_WITNESS_QUORUM", "0"),
    }
    if name == "submission":
        # Where a person's data are looked up and their erasure is ordered.
        others = [each for each in SERVICES if each != name]
        settings["LABINOV_PEERS"] = json.dumps({each: service_url(state, each) for each in others})
    if name in ("review", "showcase"):
        # Nobody's mail server is assumed: letters are kept in the mailbox unless one is named.
        settings |= {
            "LABINOV_SMTP_URL": os.environ.get("LABINOV_SMTP_URL", ""),
            "LABINOV_MAIL_FROM": os.environ.get("LABINOV_MAIL_FROM", "labinov@localhost"),
        }
    if name == "showcase":
        # Webhooks go to public addresses alone, unless whoever starts this says otherwise.
        settings["LABINOV_WEBHOOK_ALLOW"] = os.environ.get("LABINOV_WEBHOOK_ALLOW", "[]")
    if owner:
        settings["LABINOV_OWNER_DATABASE_URL"] = postgres.url(f"{name}_owner", name)
    return settings


def issuer(state: State) -> dict[str, str]:
    """Give the settings of the issuer, whose clients are written down for it first."""
    folder = state.subfolder("issuer")
    state.write("issuer/clients.json", json.dumps(clients(state), indent=1))
    return {
        "LABINOV_DEPLOYMENT": "embedded",
        "LABINOV_ISSUER": f"{public_url(state)}/issuer",
        "LABINOV_ISSUER_DIR": str(folder),
    }


def machine(state: State) -> dict[str, str]:
    """Give what a program needs to act as LAN's own machine through the gateway, such as the demonstration."""
    return {
        "LABINOV_DEPLOYMENT": "embedded",
        "LABINOV_PUBLIC_URL": public_url(state),
        "LABINOV_ISSUER": f"{public_url(state)}/issuer",
        "LABINOV_CLIENT_ID": MACHINE,
        "LABINOV_CLIENT_SECRET": state.secret(f"client.{MACHINE}"),
    }


def gateway(state: State) -> dict[str, str]:
    """Give the settings of the Caddyfile."""
    folder = state.subfolder("caddy")
    upstreams = {f"LABINOV_{each.upper()}_UPSTREAM": service_url(state, each) for each in SERVICES}
    return {
        **upstreams,
        "LABINOV_SITE": f"http://:{state.port('gateway')}",
        "LABINOV_BIND": "127.0.0.1",
        "LABINOV_PUBLIC_URL": public_url(state),
        "LABINOV_HOST": "127.0.0.1",
        "LABINOV_ISSUER": f"{public_url(state)}/issuer",
        "LABINOV_ISSUER_KIND": "embedded",
        "LABINOV_ISSUER_UPSTREAM": f"http://127.0.0.1:{state.port('issuer')}",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }


def clients(state: State) -> list[dict[str, object]]:
    """Give the issuer's clients: the services, the command line's machine and auditor, an example of a system."""

    def client(ident: str, scope: str, roles: list[str], regions: list[str]) -> dict[str, object]:
        return {
            "client_id": ident,
            "client_secret": state.secret(f"client.{ident}"),
            "redirect_uris": [],
            "grant_types": ["client_credentials"],
            "scope": scope,
            "roles": roles,
            "regions": regions,
        }

    services = [
        client(name, "openid profile service", ["service"], [])
        | {
            "redirect_uris": [f"{public_url(state)}{ROOT_PATHS[name]}/callback"],
            "grant_types": ["authorization_code", "client_credentials"],
        }
        for name in SERVICES
    ]
    return [
        *services,
        client(MACHINE, "lan", ["lan"], []) | {"grant_types": ["client_credentials", DEMONSTRATION_PERSON]},
        client(AUDITOR, "auditor", ["auditor"], ["*"]),
        client("pemalang-system", "machine", ["machine"], ["33.27"]),
    ]
