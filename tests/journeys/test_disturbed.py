"""The same journey while things break: the broker is wiped or gone, a worker is killed, services stop in turn."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from deploy.demo.journeys import Goal
from deploy.demo.steps import AwaitAssessment, AwaitDecision, Step
from deploy.embedded.processes import SERVICES
from tests.faults.checks import LONG, everything_holds
from tests.faults.subscriber import following
from tests.journeys.installation import Installation, eventually
from tests.journeys.speaking import NOBODY, REGIONAL_SYSTEM, Api
from tests.journeys.travelling import PEMALANG, Travel

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(autouse=True)
def followed(installation: Installation, api: Api) -> Iterator[None]:
    """A regional system follows the region's logs through everything, and everything holds afterwards."""
    with (
        following(api, REGIONAL_SYSTEM, "submission", PEMALANG.region),
        following(api, REGIONAL_SYSTEM, "review", PEMALANG.region),
    ):
        yield
    everything_holds(installation, api)


def test_the_broker_is_wiped_while_a_message_waits(installation: Installation, api: Api) -> None:
    travel = Travel(api, PEMALANG, "Antrean Terhapus")
    for act in travel.acts():
        if travel.next == AwaitAssessment(1):
            installation.halt("review-worker", "review-sweep")
        elif act == AwaitAssessment(1):
            eventually(lambda: travel.innovation in streams_announced(installation), "the submission is announced")
            with installation.broker() as broker:
                broker.flushall()
            assert installation.messages("review") == []
            installation.resume("review-worker", "review-sweep")
    eventually(travel.shown, "shown")


def test_a_worker_is_killed_while_it_holds_a_message(installation: Installation, api: Api) -> None:
    travel = Travel(api, PEMALANG, "Pekerja Terhenti")
    with ExitStack() as fault:
        held: list[Callable[[], bool]] = []
        for act in travel.acts():
            if travel.next == AwaitDecision(1):
                installation.halt("submission-sweep")
                held.append(fault.enter_context(checkpoint_held(installation, PEMALANG.region)))
            elif act == AwaitDecision(1):
                eventually(held[0], "the worker waits with the conclusion in its hands")
                killed = installation.kill("submission-worker")
                fault.close()
                installation.replaced("submission-worker", killed)
                installation.resume("submission-sweep")
    eventually(travel.shown, "shown")


def test_the_broker_is_gone_and_every_write_is_accepted(installation: Installation, api: Api) -> None:
    with installation.halted("valkey"):
        travel = Travel(api, PEMALANG, "Tanpa Antrean")
        travel.go()
        eventually(travel.shown, "shown by what the sweeps found")
    assert api.unavailable == 0
    # A publisher leaves a dead broker alone for up to five seconds; what it is told meanwhile is for the sweeps.
    time.sleep(6)
    Travel(api, PEMALANG, "Pemanasan", Goal.DELIVERING).go()
    with installation.halted(*(f"{service}-sweep" for service in SERVICES)):
        again = Travel(api, PEMALANG, "Antrean Kembali", Goal.DELIVERING)
        again.go()


def test_each_service_is_stopped_in_turn_while_the_others_accept_their_commands(
    installation: Installation, api: Api
) -> None:
    # Review while submission works, always; the others in a long run.
    travel = Travel(api, PEMALANG, "Bergantian")
    with ExitStack() as fault:
        fault.enter_context(installation.halted(*installation.programs_of("review")))
        for act in travel.acts():
            if act == AwaitAssessment(1):
                assert is_unavailable(api, "/review/assessments")
                fault.close()
            elif not LONG:
                continue
            elif isinstance(act, Step) and act.path.endswith("{assessment 1}/assignments"):
                fault.enter_context(installation.halted(*installation.programs_of("submission")))
                assert is_unavailable(api, "/submission/innovations")
            elif act == AwaitDecision(1):
                fault.close()
                fault.enter_context(installation.halted(*installation.programs_of("showcase")))
                assert is_unavailable(api, "/api/innovations")
    eventually(travel.shown, "shown")


def is_unavailable(api: Api, path: str) -> bool:
    """Whether the answer there is 503 and says when to come again."""
    response = api.get(NOBODY, path)
    return response.status_code == 503 and int(response.headers["Retry-After"]) > 0


def streams_announced(installation: Installation) -> set[str]:
    """Give the ids of what the messages that wait for review speak of."""
    return {each.stream.partition("/")[2] for each in installation.announced("review")}


@contextmanager
def checkpoint_held(installation: Installation, region: str) -> Iterator[Callable[[], bool]]:
    """Hold the checkpoint of submission's reactions, so that whoever has a message waits; gives what tells of one."""
    lock = "SELECT pg_backend_pid() FROM checkpoint WHERE consumer = 'submission.reactions' AND region = %s FOR UPDATE"
    blocked = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
    with (
        installation.connect("submission") as watching,
        installation.connect("submission") as connection,
        connection.transaction(),
    ):
        eventually(lambda: connection.execute(lock, (region,)).fetchone() is not None, "a checkpoint to hold")
        holder = connection.info.backend_pid

        def is_waited_for() -> bool:
            row = watching.execute(blocked, (holder,)).fetchone()
            return row is not None and row[0] != 0

        yield is_waited_for
