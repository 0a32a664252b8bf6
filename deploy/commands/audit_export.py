"""`labinov audit export`: logs with their proofs and the payloads that may be read, in a folder with its verifier."""

import os
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.audit import exporting
from deploy.commands.installed import reachable, service
from deploy.embedded import environment
from deploy.embedded.errors import Trouble
from deploy.embedded.processes import PRODUCERS
from deploy.embedded.state import State
from shared.access import AccessKind, checked_reason, record
from shared.domain import NATIONAL, Rejection
from shared.seals import ServiceSeals
from shared.service_tokens import ServiceTokens
from shared.tokens import Issuer

OPERATOR = "operator"
VARIABLE = "LABINOV_AUDITOR_SECRET"


def export(
    out: Annotated[Path, typer.Option(help="The folder to make; empty or new.")],
    reason: Annotated[str, typer.Option(help="Why: recorded in the access log before anything is read.")],
    region: Annotated[str | None, typer.Option(help="Only this region, such as 33.27; else all.")] = None,
    only: Annotated[str | None, typer.Option("--service", help="Only this service's logs.")] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="With all payloads, from the database itself: to move a region.")
    ] = False,
    url: Annotated[str | None, typer.Option(help="Address of Labinov; else the embedded default's.")] = None,
    issuer: Annotated[str | None, typer.Option(help="The issuer that the client is known to; for --url.")] = None,
    client_id: Annotated[str, typer.Option(help="The auditor's client there.")] = environment.AUDITOR,
    secret_env: Annotated[str, typer.Option(help="Environment variable with its secret.")] = VARIABLE,
) -> None:
    """Write logs with their signed heads, tiles, leaves and payloads to a folder, with what verifies it.

    Holds what is sealed: an event is, within a minute. Payloads that the client may not read are marked as withheld.
    """
    if only is not None and only not in PRODUCERS:
        raise Trouble(f"{only} keeps no log; {' and '.join(PRODUCERS)} do.")
    names = [each for each in PRODUCERS if only in (None, each)]
    exporting.require_empty(out)
    try:
        reason = checked_reason(reason)
    except Rejection as rejection:
        raise Trouble(str(rejection)) from rejection
    with ExitStack() as stack:
        if complete:
            sources = [_operators(stack, each, region, reason) for each in names if each in reachable()]
        else:
            auth = _client(url, issuer, client_id, secret_env)
            base = (url or environment.public_url(State(environment.home()))).rstrip("/")
            sources = [_over_http(stack, base, each, auth, region, reason) for each in names]
        logs = {each: exporting.chosen(each, region) for each in sources}
        if not any(logs.values()):
            raise Trouble("There is no such log.")
        exporting.prepare(out)
        done: list[exporting.Exported] = []
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("")

            def tell(what: str, so_far: int, of: int) -> None:
                progress.update(task, description=what, completed=so_far, total=of)

            for source, found in logs.items():
                done += exporting.export(source, out, found, tell)
    exporting.conclude(out, done, reason=reason, complete=complete)
    events, opened = sum(each.events for each in done), sum(each.opened for each in done)
    typer.echo(f"{events} sealed events in {len(done)} logs, {opened} with their payload, are in {out}.")
    typer.echo(f"To verify them: python {out / 'verify.py'}")


def _what(region: str | None) -> str:
    return f"log/{region or '*'}"


def _client(url: str | None, issuer: str | None, client_id: str, secret_env: str) -> ServiceTokens:
    secret = os.environ.get(secret_env)
    if url is None and secret is None:
        state = State(environment.home())
        if not (state.folder / "postgres").exists():
            raise Trouble(f"Nothing is installed in {state.folder}; name another installation with --url.")
        secret, issuer = state.secret(f"client.{client_id}"), f"{environment.public_url(state)}/issuer"
    if secret is None or issuer is None:
        raise Trouble(f"For --url, name the --issuer and put the client's secret into {secret_env}.")
    return ServiceTokens(Issuer(issuer), client_id, secret)


def _over_http(
    stack: ExitStack, base: str, name: str, auth: httpx.Auth, region: str | None, reason: str
) -> exporting.Source:
    client = stack.enter_context(httpx.Client(base_url=f"{base}/{name}", auth=auth, timeout=60))
    source = exporting.OverHttp(name, client)
    source.note_access(region or NATIONAL, _what(region), reason)
    return source


def _operators(stack: ExitStack, name: str, region: str | None, reason: str) -> exporting.Source:
    kernel = stack.enter_context(service(name)).kernel
    if kernel.settings.seal_dir is None:
        raise Trouble("Exporting everything needs LABINOV_SEAL_DIR, the folder of the seals.")
    try:
        record(
            kernel.commands,
            region or NATIONAL,
            AccessKind.EXPORT,
            what=_what(region),
            reason=reason,
            by=OPERATOR,
            at=datetime.now(UTC),
        )
    except Rejection as rejection:
        raise Trouble(str(rejection)) from rejection
    return exporting.Operators(kernel.log, ServiceSeals(kernel.settings.seal_dir / name))
