"""Checkpoint and effect in one transaction, gaps, races, poison, parking, halted regions, local models."""

import threading
from collections.abc import Sequence
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared import parking
from shared.consumer import Consumer, LocalModels
from shared.envelope import Clearance, Recorded
from shared.incoming import Received, parse
from shared.parking import NotParked
from shared.projection import Projection
from shared.sources import LocalSource, Page, SourceUnavailable
from tests.shared.ledger import CATALOGUE, Down, Ledger, ThingBegun, ThingCounted, ThingWhispered, new_region
from tests.support import STAYS_IDLE, counting


@pytest.fixture
def region() -> str:
    return new_region()


class Scene:
    """A consumer of the ledger with a read model of its own, whose handler can be told what it cannot stand."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.poison: set[int] = set()
        self.seen: list[int] = []
        self.model = ledger.model(f"m_{uuid4().hex}", self.likes)
        self.consumer = self.another()

    def likes(self, at: Received) -> bool:
        self.seen.append(at.position)
        return at.position not in self.poison

    def another(self, model: Projection | None = None, *, name: str | None = None) -> Consumer:
        source = LocalSource(self.ledger.log)
        effect = model or self.model
        return Consumer(name or effect.schema, source, effect, self.ledger.engine, parked_after=3)

    def rebuilt(self, region: str) -> str:
        model = self.ledger.model(f"m_{uuid4().hex}")
        self.another(model).catch_up(region)
        return self.ledger.fingerprint(model)

    def parked(self) -> list[tuple[int, str, int]]:
        found = parking.parked(self.ledger.engine, consumer=self.consumer.name)
        return [(each.position, each.state, each.tries) for each in found]

    def at(self, region: str) -> int:
        found = self.consumer.checkpoints(region)
        return found[region].position if region in found else 0


@pytest.fixture
def scene(ledger: Ledger) -> Scene:
    return Scene(ledger)


def begin(ledger: Ledger, region: str, name: str, *values: int) -> list[Received]:
    """Record a thing that begins and is counted; give it as a message would."""
    ident = f"{region}-{name}"
    events = [ThingBegun(thing_id=ident, name=name), *(ThingCounted(thing_id=ident, value=each) for each in values)]
    return arrive(ledger.record(region, ident, events))


def arrive(recorded: Sequence[Recorded]) -> list[Received]:
    return [parse(CATALOGUE.render(each, Clearance.SERVICE, opened=False)) for each in recorded]


class TestDelivery:
    """What a message brings, and what it does not."""

    def test_what_comes_next_is_applied_and_the_checkpoint_moved(self, scene: Scene, region: str) -> None:
        events = begin(scene.ledger, region, "a", 1, 2)
        scene.consumer.deliver(region, 1, events)
        at = scene.consumer.checkpoints(region)[region]
        assert (at.epoch, at.position, at.leaf_hash, at.halted) == (1, 3, events[-1].leaf_hash, None)
        assert scene.ledger.fingerprint(scene.model) == scene.rebuilt(region)

    def test_duplicates_are_dropped(self, scene: Scene, region: str) -> None:
        events = begin(scene.ledger, region, "a", 1, 2)
        for offered in (events, events, events[:1], events[1:], [events[2], events[2]]):
            scene.consumer.deliver(region, 1, offered)
        assert scene.seen == [2, 3]
        assert scene.at(region) == 3

    def test_a_gap_is_read_from_the_source(self, scene: Scene, region: str) -> None:
        events = begin(scene.ledger, region, "a", 1, 2, 3, 4)
        scene.consumer.deliver(region, 1, events[3:])
        assert scene.seen == [2, 3, 4, 5]
        assert scene.at(region) == 5

    def test_a_gap_within_a_message_is_read_from_the_source(self, scene: Scene, region: str) -> None:
        events = begin(scene.ledger, region, "a", 1, 2, 3, 4)
        scene.consumer.deliver(region, 1, [events[4], events[0], events[2]])
        assert scene.seen == [2, 3, 4, 5]

    def test_an_old_message_of_another_epoch_changes_nothing(self, scene: Scene, region: str) -> None:
        events = begin(scene.ledger, region, "a", 1)
        scene.consumer.deliver(region, 1, events)
        scene.consumer.deliver(region, 7, events)
        assert scene.consumer.checkpoints(region)[region].halted is None

    def test_types_without_a_handler_move_the_checkpoint_only(self, scene: Scene, region: str) -> None:
        recorded = scene.ledger.record(region, f"{region}-a", [ThingWhispered(thing_id=f"{region}-a", words="x")])
        scene.consumer.deliver(region, 1, arrive(recorded))
        assert (scene.at(region), scene.parked()) == (1, [])

    def test_pages_of_500_are_a_transaction_each(self, scene: Scene, region: str) -> None:
        begin(scene.ledger, region, "a", *range(1200))
        with counting(scene.ledger.engine) as statements:
            scene.consumer.catch_up(region)
        assert scene.at(region) == 1201
        small = new_region()
        begin(scene.ledger, small, "a")
        with counting(scene.ledger.engine) as few:
            scene.consumer.catch_up(small)
        # Three pages and a bit: the cost is per page, not per event.
        assert statements() < 4 * few()

    def test_a_source_that_is_down_is_nobodys_fault(self, scene: Scene, region: str) -> None:
        events = begin(scene.ledger, region, "a", 1, 2)
        consumer = Consumer("down", Down(), scene.model, scene.ledger.engine)
        with pytest.raises(SourceUnavailable):
            consumer.deliver(region, 1, events[1:])
        assert parking.parked(scene.ledger.engine, consumer="down") == []
        consumer.deliver(region, 1, events)
        assert consumer.checkpoints(region)[region].position == 3


class TestRaces:
    """Several at once."""

    def test_two_consumers_of_one_name_apply_each_event_once(self, scene: Scene, region: str) -> None:
        messages = [begin(scene.ledger, region, f"n{number}", 1, 2, 3) for number in range(30)]
        failures: list[Exception] = []

        def work(consumer: Consumer, order: Sequence[list[Received]]) -> None:
            try:
                for events in order:
                    consumer.deliver(region, 1, events)
            except Exception as error:  # noqa: BLE001  # told to the test's own thread
                failures.append(error)

        threads = [
            threading.Thread(target=work, args=(scene.another(), order))
            for order in (messages, messages[::-1], messages[::2] + messages[1::2])
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert failures == []
        assert scene.at(region) == 120
        assert sorted(scene.seen) == [position for position in range(1, 121) if position % 4 != 1]
        assert scene.ledger.fingerprint(scene.model) == scene.rebuilt(region)

    def test_a_busy_region_is_not_counted_and_holds_up_no_other(self, scene: Scene, region: str) -> None:
        other = new_region()
        events = begin(scene.ledger, region, "a", 1)
        scene.consumer.deliver(region, 1, events[:1])
        with scene.ledger.engine.begin() as holder:
            holder.exec_driver_sql(STAYS_IDLE)
            holder.execute(text("SELECT 1 FROM checkpoint WHERE region = :region FOR UPDATE"), {"region": region})
            scene.consumer.deliver(other, 1, begin(scene.ledger, other, "b", 1))
            assert scene.at(other) == 2
            with pytest.raises(OperationalError):
                scene.consumer.deliver(region, 1, events[1:])
        assert scene.parked() == []
        scene.consumer.deliver(region, 1, events[1:])
        assert scene.at(region) == 2


class TestParking:
    """Events that cannot be applied."""

    def test_a_failing_event_is_tried_then_parked_with_its_stream_and_the_others_go_on(
        self, scene: Scene, region: str
    ) -> None:
        begin(scene.ledger, region, "a", 1, 2)
        begin(scene.ledger, region, "b", 1)
        scene.poison = {2}
        tries = []
        for _ in range(3):
            scene.consumer.catch_up(region)
            tries.append((scene.at(region), scene.parked()))
        assert tries == [
            (1, [(2, "trying", 1)]),
            (1, [(2, "trying", 2)]),
            (5, [(2, "parked", 3), (3, "behind", 0)]),
        ]
        found = parking.parked(scene.ledger.engine, consumer=scene.consumer.name)[0]
        assert (found.stream, found.type, found.error) == (f"thing/{region}-a", "thing.counted", "Poison: 1")

    def test_a_later_event_of_a_parked_stream_waits_behind_it(self, scene: Scene, region: str) -> None:
        events = begin(scene.ledger, region, "a", 1)
        scene.poison = {2}
        for _ in range(3):
            scene.consumer.deliver(region, 1, events)
        more = scene.ledger.record(
            region,
            f"{region}-a",
            [ThingCounted(thing_id=f"{region}-a", value=9), ThingWhispered(thing_id=f"{region}-a", words="x")],
            after=2,
        )
        scene.consumer.deliver(region, 1, arrive(more))
        assert scene.at(region) == 4
        assert scene.parked() == [(2, "parked", 3), (3, "behind", 0)]

    def test_retry_leads_to_the_same_read_model_as_if_nothing_had_been(self, scene: Scene, region: str) -> None:
        begin(scene.ledger, region, "a", 1, 2)
        begin(scene.ledger, region, "b", 1)
        scene.poison = {2}
        for _ in range(3):
            scene.consumer.catch_up(region)
        stream = f"thing/{region}-a"
        refused = parking.retry(scene.consumer, region, stream)
        assert (refused.applied, refused.left, refused.error) == (0, 2, "Poison: 1")
        assert scene.parked() == [(2, "parked", 4), (3, "behind", 0)]
        scene.poison = set()
        assert parking.retry(scene.consumer, region, stream) == parking.Retried(applied=2, left=0, error=None)
        assert scene.parked() == []
        assert scene.ledger.fingerprint(scene.model) == scene.rebuilt(region)
        with pytest.raises(NotParked):
            parking.retry(scene.consumer, region, stream)

    def test_skip_keeps_the_reason_and_applies_what_waited(self, scene: Scene, region: str) -> None:
        begin(scene.ledger, region, "a", 1, 2)
        scene.poison = {2}
        for _ in range(3):
            scene.consumer.catch_up(region)
        with pytest.raises(ValueError, match="say why"):
            parking.skip(scene.consumer, region, 2, " ")
        with pytest.raises(NotParked):
            parking.skip(scene.consumer, region, 3, "behind is not parked")
        assert parking.skip(scene.consumer, region, 2, "entered twice").applied == 1
        assert scene.parked() == []
        (kept,) = parking.parked(scene.ledger.engine, consumer=scene.consumer.name, resolved=True)
        assert (kept.position, kept.resolution) == (2, "entered twice")
        events = scene.ledger.record(region, f"{region}-a", [ThingCounted(thing_id=f"{region}-a", value=3)], after=3)
        scene.consumer.deliver(region, 1, arrive(events))
        assert scene.seen[-1] == 4

    def test_an_event_that_goes_well_in_the_end_is_forgotten(self, scene: Scene, region: str) -> None:
        begin(scene.ledger, region, "a", 1, 2)
        scene.poison = {3}
        scene.consumer.catch_up(region)
        assert scene.parked() == [(3, "trying", 1)]
        scene.poison = set()
        scene.consumer.catch_up(region)
        assert (scene.at(region), scene.parked()) == (3, [])

    def test_an_unknown_version_of_a_handled_type_is_parked(self, scene: Scene, region: str) -> None:
        begin(scene.ledger, region, "a", 1)
        consumer = Consumer(scene.consumer.name, Newer(scene.ledger), scene.model, scene.ledger.engine, parked_after=1)
        consumer.catch_up(region)
        assert scene.parked() == [(1, "parked", 1), (2, "behind", 0)]
        assert parking.retry(scene.consumer, region, f"thing/{region}-a").applied == 2
        assert scene.ledger.fingerprint(scene.model) == scene.rebuilt(region)

    def test_one_bad_event_among_many_costs_the_others_nothing(self, scene: Scene, region: str) -> None:
        begin(scene.ledger, region, "a", 1)
        for number in range(40):
            begin(scene.ledger, region, f"n{number}", 1)
        scene.poison = {2}
        for _ in range(3):
            scene.consumer.catch_up(region)
        assert (scene.at(region), scene.parked()) == (82, [(2, "parked", 3)])


class Newer(LocalSource):
    """The ledger of a newer release, whose things begin in another version."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger.log)

    def page(self, region: str, after: int, limit: int = 500) -> Page:
        recorded = self.log.read(region, after, limit)
        wires = [CATALOGUE.render(each, Clearance.SERVICE, opened=False) for each in recorded]
        return Page(epoch=1, events=[parse(each.replace(b"thing.begun.v1", b"thing.begun.v2")) for each in wires])


class TestHalting:
    """Logs that are not the ones that were read so far."""

    def restored(self, scene: Scene, region: str, change: str) -> None:
        """Change the checkpoint as if the log had been another one, then look again."""
        begin(scene.ledger, region, "a", 1, 2)
        scene.consumer.catch_up(region)
        with scene.ledger.engine.begin() as connection:
            connection.execute(text(f"UPDATE checkpoint SET {change} WHERE region = :region"), {"region": region})
        scene.consumer.catch_up(region)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ("position = 9", "the log ends before 9, the checkpoint: it was put back"),
            ("epoch = 2", "the log is of epoch 1, the checkpoint of 2"),
            ("leaf_hash = '\\x00'", "another event stands at 3, the checkpoint"),
        ],
    )
    def test_a_log_that_is_another_one_halts_its_region_and_no_other(
        self, scene: Scene, region: str, change: str, reason: str
    ) -> None:
        self.restored(scene, region, change)
        at = scene.consumer.checkpoints(region)[region]
        assert at.halted == reason
        more = scene.ledger.record(region, f"{region}-a", [ThingCounted(thing_id=f"{region}-a", value=3)], after=3)
        scene.consumer.deliver(region, 1, arrive(more))
        scene.consumer.catch_up(region)
        assert scene.consumer.checkpoints(region)[region] == at
        assert scene.consumer.behind(scene.consumer.checkpoints(), scene.ledger.log.heads([region])) == []
        other = new_region()
        scene.consumer.deliver(other, 1, begin(scene.ledger, other, "b", 1))
        assert scene.at(other) == 2


class TestLocalModels:
    """Read models over the service's own log."""

    def test_lists_are_brought_up_to_the_head_and_cost_one_query_when_they_are(self, scene: Scene, region: str) -> None:
        models = LocalModels([scene.consumer])
        begin(scene.ledger, region, "a", 1, 2)
        assert models.behind([region]) == [(scene.consumer.name, region)]
        models.catch_up([region])
        assert scene.at(region) == 3
        with counting(scene.ledger.engine) as statements:
            models.catch_up([region])
        assert statements() == 1

    def test_only_the_asked_regions_are_caught_up(self, scene: Scene, region: str) -> None:
        other = new_region()
        begin(scene.ledger, region, "a")
        begin(scene.ledger, other, "b")
        LocalModels([scene.consumer]).catch_up([region])
        assert (scene.at(region), scene.at(other)) == (1, 0)
        LocalModels([scene.consumer]).catch_up()
        assert scene.at(other) == 1

    def test_without_consumers_nothing_is_asked(self, scene: Scene) -> None:
        with counting(scene.ledger.engine) as statements:
            LocalModels([]).catch_up()
        assert statements() == 0

    def test_a_consumer_of_another_service_is_no_local_model(self, scene: Scene) -> None:
        with pytest.raises(TypeError):
            LocalModels([Consumer("down", Down(), scene.model, scene.ledger.engine)])


def test_all_regions_are_caught_up_at_once(scene: Scene) -> None:
    regions = [new_region() for _ in range(6)]
    for each in regions:
        begin(scene.ledger, each, "a", 1, 2)
    scene.consumer.catch_up_all()
    assert [scene.at(each) for each in regions] == [3] * 6
    heads = scene.ledger.log.heads()
    assert scene.consumer.behind(scene.consumer.checkpoints(), heads) == []
