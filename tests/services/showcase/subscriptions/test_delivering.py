"""Deliveries on a real database: order, retries, leases, what is withheld, and what is sent once more."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from services.showcase.feeds.copied import redact
from services.showcase.subscriptions import attempts, endpoints, notices
from services.showcase.subscriptions.delivering import SLOW_MILLISECONDS
from services.showcase.subscriptions.desk import Asked, sight_of
from services.showcase.subscriptions.endpoints import Endpoint
from services.showcase.subscriptions.progress import LEASE, PAUSES, Outcome
from services.showcase.subscriptions.store import SLOW_IN_FLIGHT
from shared.auth import Actor, Role
from shared.domain import NotFound
from shared.event_log import KeyReused
from shared.regions import regions
from shared.service import Service
from tests.services.showcase.subscriptions.hub import Hub, coordinator, key, machine
from tests.support import counting

_regions = iter(regions())
DOWN = Outcome(status=500)


@pytest.fixture
def hub(made: Service) -> Hub:
    return Hub(made.kernel.engine)


@pytest.fixture
def region() -> str:
    return next(_regions)


def test_a_log_arrives_in_order_signed_and_once(hub: Hub, region: str) -> None:
    endpoint = hub.endpoint(coordinator(region), region)
    hub.record(region, 3)
    assert hub.told == [endpoint.endpoint_id]
    # The line of a log that was new after the endpoint is the sweep's to make.
    assert hub.run(endpoint) == 0
    with hub.engine.begin() as connection:
        endpoints.spread(connection)
    assert hub.store.due(hub.now) == [endpoint.endpoint_id]
    assert (hub.run(endpoint), hub.positions(endpoint)) == (1, [1, 2, 3])
    assert endpoint.endpoint_id not in hub.store.due(hub.now)
    url, event, headers, body = hub.got[0]
    assert (url, event["data"]["unit_id"].partition("-")[0], headers["content-type"]) == (
        endpoint.url,
        region,
        "application/cloudevents+json",
    )
    assert body == bytes(_wire(hub, region, 1))
    assert headers["webhook-timestamp"] == str(int(hub.now.timestamp()))
    # The library looks at the clock, and this one stands still: what it signs is checked in test_signing.
    assert Webhook(endpoint.secret).sign(headers["webhook-id"], hub.now, body.decode()) == headers["webhook-signature"]


def _wire(hub: Hub, region: str, position: int) -> bytes:
    with hub.engine.connect() as connection:
        asked = (region, position)
        found = connection.exec_driver_sql(
            "SELECT wire FROM copied_event WHERE region = %s AND source = 'submission' AND position = %s", asked
        )
        return bytes(found.scalar_one())


def test_a_failing_event_holds_up_its_own_log_and_no_other(hub: Hub, region: str) -> None:
    other = next(_regions)
    hub.record(region, 2)
    hub.record(other, 2)
    actor = coordinator(region, other)
    endpoint = hub.endpoint(actor, region, other)
    failing = iter([DOWN, DOWN])
    hub.answers[endpoint.url] = lambda: (
        next(failing, Outcome(status=200)) if hub.got[-1][1]["partitionkey"] == region else Outcome(status=200)
    )
    hub.run(endpoint)
    arrived = [(each[1]["partitionkey"], int(each[1]["sequence"])) for each in hub.got]
    assert sorted(arrived) == sorted([(region, 1), (other, 1), (other, 2)])
    with hub.engine.connect() as connection:
        first, second = endpoints.logs(connection, endpoint.endpoint_id, 10)
    assert (first.region, first.position, first.tries, first.failing_since, first.next_try) == (
        region,
        0,
        1,
        hub.now,
        hub.now + PAUSES[0],
    )
    assert (second.region, second.position, second.tries, second.head) == (other, 2, 0, 2)
    hub.later(seconds=4)
    assert hub.run(endpoint) == 0
    hub.later(seconds=1)
    assert hub.run(endpoint) == 1
    hub.later(minutes=5)
    assert hub.run(endpoint) == 1
    at_the_region = [each for each in hub.got if each[1]["partitionkey"] == region]
    assert [int(each[1]["sequence"]) for each in at_the_region] == [1, 1, 1, 2]
    assert len({each[2]["webhook-id"] for each in at_the_region}) == 2
    with hub.engine.connect() as connection:
        log = attempts.listed(connection, endpoint.endpoint_id)
        failed = attempts.listed(connection, endpoint.endpoint_id, failed=True)
    assert ([each.attempt for each in failed], len(log), failed[0].answer) == ([2, 1], 6, f"answer of {endpoint.url}")
    assert (failed[0].status, failed[0].position, failed[0].headers["webhook-id"]) == (
        500,
        1,
        at_the_region[0][2]["webhook-id"],
    )


def test_four_days_of_silence_switch_an_endpoint_off_and_resuming_catches_up(hub: Hub, region: str) -> None:
    hub.record(region, 2)
    actor = coordinator(region)
    endpoint = hub.endpoint(actor, region)
    hub.answers[endpoint.url] = lambda: Outcome(error="timeout")
    began = hub.now
    for pause in PAUSES:
        hub.run(endpoint)
        hub.now += pause
    assert hub.desk.one(actor, endpoint.endpoint_id).state == "active"
    hub.run(endpoint)
    assert hub.now - began == timedelta(hours=75, minutes=35, seconds=5)
    assert hub.positions(endpoint) == [1] * 10
    assert hub.desk.one(actor, endpoint.endpoint_id).reason == "exhausted"
    assert letters(hub, endpoint) == []  # who made it left no address
    hub.record(region, 2)
    assert (hub.run(endpoint), endpoint.endpoint_id in hub.store.due(hub.now)) == (0, False)
    hub.answers.clear()
    hub.desk.resume(actor, endpoint.endpoint_id)
    hub.run(endpoint)
    assert hub.positions(endpoint)[10:] == [1, 2, 3, 4]


def test_gone_switches_an_endpoint_off_at_once_and_a_paused_one_waits(hub: Hub, region: str) -> None:
    hub.record(region)
    actor = coordinator(region)
    endpoint = hub.endpoint(actor, region)
    hub.desk.pause(actor, endpoint.endpoint_id)
    assert hub.run(endpoint) == 0
    hub.desk.resume(actor, endpoint.endpoint_id)
    hub.answers[endpoint.url] = lambda: Outcome(status=410)
    hub.run(endpoint)
    found = hub.desk.one(actor, endpoint.endpoint_id)
    assert (found.state, found.reason, hub.positions(endpoint)) == ("disabled", "gone", [1])


class Killed(BaseException):
    """A worker ends."""


def test_what_a_killed_worker_had_in_hand_is_taken_up_again(
    hub: Hub, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.record(region, 2)
    endpoint = hub.endpoint(coordinator(region), region)

    def dies() -> Outcome:
        raise Killed

    hub.answers[endpoint.url] = dies
    with monkeypatch.context() as patched:
        patched.setattr(hub.store, "release", lambda turn: None)
        with pytest.raises(Killed):
            hub.deliverer.turn(endpoint.endpoint_id)
    hub.answers.clear()
    assert (hub.run(endpoint), endpoint.endpoint_id in hub.store.due(hub.now)) == (0, False)
    hub.now += LEASE
    assert hub.store.due(hub.now) == [endpoint.endpoint_id]
    hub.run(endpoint)
    assert hub.positions(endpoint) == [1, 1, 2]
    assert hub.got[0][2]["webhook-id"] == hub.got[1][2]["webhook-id"]


def test_one_attempt_is_in_flight_in_a_log_and_a_few_at_an_endpoint(hub: Hub, region: str) -> None:
    held = [region, next(_regions), next(_regions)]
    for each in held:
        hub.record(each, 2)
    endpoint = hub.endpoint(coordinator(*held), *held)
    seen: list[int] = []

    def busy() -> Outcome:
        seen.append(len(hub.got))
        if len(hub.got) < 4:
            hub.deliverer.turn(endpoint.endpoint_id)
        return Outcome(status=200)

    hub.answers[endpoint.url] = busy
    hub.deliverer.turn(endpoint.endpoint_id)
    first, second, third = (each[1]["partitionkey"] for each in hub.got[:3])
    # Two at once, in two logs; the third came when the second turn was over.
    assert first != second
    assert third == second
    hub.run(endpoint)
    assert sorted(hub.positions(endpoint)) == [1, 1, 1, 2, 2, 2]


def test_a_replay_during_an_attempt_wins(hub: Hub, region: str) -> None:
    hub.record(region, 3)
    actor = coordinator(region)
    endpoint = hub.endpoint(actor, region)
    rewinds = iter([None, None, lambda: hub.desk.replay(actor, endpoint.endpoint_id, region, "submission", 1)])

    def answer() -> Outcome:
        rewind = next(rewinds, None)
        if rewind is not None:
            rewind()
        return Outcome(status=200)

    hub.answers[endpoint.url] = answer
    hub.run(endpoint)
    assert hub.positions(endpoint) == [1, 2, 3, 2, 3]


def test_a_range_is_sent_once_more_beside_what_is_new(hub: Hub, region: str) -> None:
    hub.record(region, 4)
    actor = coordinator(region)
    endpoint = hub.endpoint(actor, region, start="now")
    again = key()
    for _ in range(2):
        hub.desk.resend(actor, endpoint.endpoint_id, region, "submission", 2, 3, again)
    hub.run(endpoint)
    assert hub.positions(endpoint) == [2, 3]
    hub.desk.resend(actor, endpoint.endpoint_id, region, "submission", 4, 9, key())
    hub.record(region)
    hub.run(endpoint)
    assert sorted(hub.positions(endpoint)) == [2, 3, 4, 5]
    with hub.engine.connect() as connection:
        kinds = [each.kind for each in attempts.listed(connection, endpoint.endpoint_id)]
        lines = connection.exec_driver_sql(
            "SELECT line FROM endpoint_log WHERE endpoint_id = %s", (endpoint.endpoint_id,)
        ).all()
    assert (sorted(kinds), [each[0] for each in lines]) == (["live", "resend", "resend", "resend"], ["live"])


def test_an_endpoint_begins_where_it_was_asked_to(hub: Hub, region: str) -> None:
    hub.record(region, 3)
    actor = coordinator(region)
    starts = {"beginning": [1, 2, 3, 4], "now": [4]}
    made = {name: hub.endpoint(actor, region, start=name) for name in starts}  # type: ignore[arg-type]  # both are
    behind = hub.endpoint(actor, region, start={"submission": 2})
    beyond = hub.endpoint(actor, region, start={"submission": 200})
    hub.record(region)
    for each in (*made.values(), behind, beyond):
        hub.run(each)
    assert {name: hub.positions(each) for name, each in made.items()} == starts
    assert (hub.positions(behind), hub.positions(beyond)) == ([3, 4], [4])


def test_types_that_were_not_asked_for_are_passed_over(hub: Hub, region: str) -> None:
    hub.record(region, 3)
    endpoint = hub.endpoint(coordinator(region), region, types=("innovation.proposed",))
    assert (hub.run(endpoint), hub.got) == (1, [])
    with hub.engine.connect() as connection:
        assert [each.position for each in endpoints.logs(connection, endpoint.endpoint_id, 10)] == [3]


def test_a_token_for_some_kinds_of_events_gets_others_without_their_data(hub: Hub, region: str) -> None:
    hub.record(region)
    scoped = hub.endpoint(machine(region, types=frozenset({"innovation.proposed"})), region)
    whole = hub.endpoint(machine(region), region)
    for each in (scoped, whole):
        hub.run(each)
    assert ["data" in event for _, event, *_ in hub.got] == [False, True]
    assert {**hub.got[1][1], "data": None} == {**hub.got[0][1], "data": None}


def test_an_erased_payload_is_not_sent_again_and_its_answers_are_forgotten(hub: Hub, region: str) -> None:
    hub.record(region)
    actor = coordinator(region)
    endpoint = hub.endpoint(actor, region)
    hub.run(endpoint)
    with hub.engine.begin() as connection:
        redact(connection, region, "submission", [1])
        attempts.forget(connection, region, "submission", [1])  # `Copy` does both
    hub.later(seconds=1)
    hub.desk.replay(actor, endpoint.endpoint_id, region, "submission", 0)
    hub.run(endpoint)
    assert ["data" in event for _, event, *_ in hub.got] == [True, False]
    with hub.engine.connect() as connection:
        assert [each.answer for each in attempts.listed(connection, endpoint.endpoint_id)][1:] == [""]


def test_a_new_epoch_is_delivered_from_where_the_log_was_put_back_to(hub: Hub, region: str) -> None:
    hub.record(region, 5)
    endpoint = hub.endpoint(coordinator(region), region)
    hub.run(endpoint)
    with hub.engine.begin() as connection:
        where = (region,)
        connection.exec_driver_sql(
            "UPDATE checkpoint SET epoch = 2, position = 3 WHERE consumer = 'copy' AND region = %s", where
        )
        connection.exec_driver_sql("DELETE FROM copied_event WHERE region = %s AND position > 3", where)
    assert hub.run(endpoint) == 0
    with hub.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO copied_event SELECT region, source, 4, 2, stream, type, type_version, gen_random_uuid(), "
            "recorded_at, replace(encode(wire, 'escape'), '00000000000000000003', '00000000000000000004')::bytea "
            "FROM copied_event WHERE region = %s AND position = 3",
            where,
        )
        connection.exec_driver_sql("UPDATE checkpoint SET position = 4 WHERE consumer = 'copy' AND region = %s", where)
    hub.run(endpoint)
    assert hub.positions(endpoint) == [1, 2, 3, 4, 5, 4]


def test_slow_endpoints_have_a_share_of_the_threads_and_no_more(hub: Hub, region: str) -> None:
    hub.record(region)
    actor = coordinator(region)
    hub.milliseconds = SLOW_MILLISECONDS
    slow = [hub.endpoint(actor, region) for _ in range(SLOW_IN_FLIGHT + 1)]
    for each in slow:
        hub.run(each)
    hub.record(region)
    taken = [hub.store.take(each.endpoint_id, hub.now) for each in slow]
    assert [turn is not None for turn in taken] == [True] * SLOW_IN_FLIGHT + [False]
    hub.milliseconds = 3
    quick = hub.endpoint(actor, region)
    assert (hub.run(quick), hub.positions(quick)) == (1, [1, 2])


def test_whose_endpoints_somebody_manages(hub: Hub, region: str) -> None:
    other = next(_regions)
    lan = Actor(person=coordinator().person, roles=frozenset({Role.LAN}))
    made = {
        "own": hub.endpoint(coordinator(region), region),
        "both": hub.endpoint(lan, region, other),
        "all": hub.endpoint(lan, "*"),
        "scoped": hub.endpoint(machine(region, types=frozenset({"innovation.proposed"})), region),
    }
    sees = {
        "coordinator": coordinator(region),
        "coordinator of both": coordinator(region, other),
        "coordinator elsewhere": coordinator(other),
        "lan": lan,
        "machine": machine(region),
        "scoped machine": machine(region, types=frozenset({"innovation.proposed", "unit.renamed"})),
        "machine of other kinds": machine(region, types=frozenset({"unit.renamed"})),
        "reviewer": Actor(person="x", roles=frozenset({Role.REVIEWER}), regions=frozenset({region})),
        "everywhere": machine("*"),
    }
    found: dict[str, set[str]] = {}
    for who, actor in sees.items():
        found[who] = set()
        for name, endpoint in made.items():
            try:
                hub.desk.one(actor, endpoint.endpoint_id)
            except NotFound:
                continue
            found[who].add(name)
        with hub.engine.connect() as connection:
            listed = {each.endpoint_id for each in endpoints.listed(connection, sight_of(actor), 500)}
        assert listed & {each.endpoint_id for each in made.values()} == {made[name].endpoint_id for name in found[who]}
    assert found == {
        "coordinator": {"own", "scoped"},
        "coordinator of both": {"own", "both", "scoped"},
        "coordinator elsewhere": set(),
        "lan": {"own", "both", "all", "scoped"},
        "machine": {"own", "scoped"},
        "scoped machine": {"scoped"},
        "machine of other kinds": set(),
        "reviewer": set(),
        "everywhere": {"own", "both", "all", "scoped"},
    }


def test_a_request_that_is_repeated_makes_one_endpoint_and_turns_the_secret_once(hub: Hub, region: str) -> None:
    actor = coordinator(region)
    asked = Asked(url="https://hub.example/hook", regions=(region,))
    first, second = (hub.desk.create(actor, asked, "now", key("same")) for _ in range(2))
    assert first == second
    with pytest.raises(KeyReused):
        hub.desk.create(actor, asked, "now", key("same", b"another"))
    turned = [hub.desk.rotate(actor, first.endpoint_id, key("turn")) for _ in range(2)]
    assert turned[0].secret == turned[1].secret != first.secret
    assert turned[1].secrets(hub.now) == (turned[1].secret, first.secret)
    assert turned[1].secrets(hub.now + endpoints.OVERLAP) == (turned[1].secret,)


def test_a_turn_costs_as_many_statements_for_fifty_events_as_it_must(hub: Hub, region: str) -> None:
    hub.record(region, 10)
    endpoint = hub.endpoint(coordinator(region), region)
    with counting(hub.engine) as statements:
        hub.run(endpoint)
        # Taking the turn 4, its events 1, each attempt 2, giving it back 1; then a look that finds nothing: 3.
        assert statements() == 4 + 1 + 10 * 2 + 1 + 3


def letters(hub: Hub, endpoint: Endpoint) -> list[tuple[str, str]]:
    """Give to whom letters about an endpoint go, and where these lead."""
    with hub.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT address, body FROM mail WHERE about = %s ORDER BY created_at", (endpoint.endpoint_id,)
        ).all()
    return [(address, next(line for line in body.splitlines() if line.startswith("http"))) for address, body in rows]


def test_whoever_made_an_endpoint_gets_one_letter_each_time_it_is_switched_off(hub: Hub, region: str) -> None:
    hub.record(region)
    actor = coordinator(region)
    with hub.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO person (person, name, email, roles, regions, units, seen_at)"
            " VALUES (%s::uuid, 'Rina', 'rina@region.example', '{}', '{}', '{}', now())",
            (actor.person,),
        )
    endpoint = hub.endpoint(actor, region)
    letter = ("rina@region.example", f"https://labinov.example/desk/webhooks/{endpoint.endpoint_id}")
    for times in (1, 2):
        hub.answers[endpoint.url] = lambda: Outcome(status=410)
        hub.run(endpoint)
        assert letters(hub, endpoint) == [letter] * times
        hub.desk.resume(actor, endpoint.endpoint_id)
        hub.later(minutes=1)
    with hub.engine.begin() as connection:
        assert notices.counts(connection, actor.person) == {"letters": 2}
