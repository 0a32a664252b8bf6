"""Writes are merged and sent in sets, and the rows are those that one write after the other would have left."""

import random
from collections.abc import Sequence
from uuid import uuid4

import pytest
from sqlalchemy import Column, MetaData, Table, Text, select

from shared.envelope import Clearance
from shared.incoming import Received, UnknownVersion, Unreadable, parse
from shared.projection import (
    DuplicateRow,
    MissingRow,
    Projection,
    TablesChanged,
    Write,
    WriteRefused,
    _Batch,
    delete,
    insert,
    put,
    update,
)
from shared.sources import LocalSource
from tests.shared.ledger import (
    CATALOGUE,
    Ledger,
    ThingBegun,
    ThingCounted,
    ThingDivided,
    ThingWhispered,
    latest,
    part,
    thing,
)
from tests.support import counting


@pytest.fixture
def model(ledger: Ledger) -> Projection:
    return ledger.model(f"m_{uuid4().hex}")


def carry_out(ledger: Ledger, model: Projection, *batches: Sequence[Write]) -> None:
    """Carry out each batch of writes in a transaction of its own."""
    for batch in batches:
        with ledger.engine.begin() as connection:
            waiting = _Batch(model, connection, model.schema)
            for write in batch:
                waiting.add(write)
            waiting.flush()


def rows(ledger: Ledger, model: Projection) -> list[tuple[object, ...]]:
    with ledger.engine.connect() as connection:
        found = model.reading(connection).execute(select(thing).order_by(thing.c.thing_id)).all()
    return [tuple(row) for row in found]


def a_thing(ident: str, position: int = 1) -> dict[str, object]:
    return {"region": "11", "thing_id": ident, "name": f"name of {ident}", "position": position}


KEY = {"region": "11", "thing_id": "a"}


class TestMerging:
    """Writes to the same rows within a batch and across batches."""

    def test_insert_then_updates_is_one_row(self, ledger: Ledger, model: Projection) -> None:
        writes = [
            insert(thing, a_thing("a")),
            update(thing, key=KEY, set={"value": 1, "position": 2}),
            update(thing, key=KEY, set={"value": None, "position": 3}),
            update(thing, key=KEY, set={"name": "new"}),
        ]
        with counting(ledger.engine) as statements:
            carry_out(ledger, model, writes)
        assert statements() == 1
        assert rows(ledger, model) == [("11", "a", "new", None, 3)]

    def test_an_update_without_its_row_is_an_error(self, ledger: Ledger, model: Projection) -> None:
        with pytest.raises(MissingRow):
            carry_out(ledger, model, [update(thing, key=KEY, set={"value": 1})])

    def test_an_update_that_sets_nothing_still_needs_its_row(self, ledger: Ledger, model: Projection) -> None:
        with pytest.raises(MissingRow):
            carry_out(ledger, model, [update(thing, key=KEY, set={})])

    def test_a_second_insert_of_a_row_is_an_error(self, ledger: Ledger, model: Projection) -> None:
        with pytest.raises(DuplicateRow):
            carry_out(ledger, model, [insert(thing, a_thing("a")), insert(thing, a_thing("a"))])
        with pytest.raises(DuplicateRow):
            carry_out(ledger, model, [insert(thing, a_thing("a"))], [insert(thing, a_thing("a"))])
        with pytest.raises(DuplicateRow):
            carry_out(ledger, model, [update(thing, key=KEY, set={"value": 1}), insert(thing, a_thing("a"))])

    def test_a_delete_removes_what_was_inserted_before_it_and_not_after(
        self, ledger: Ledger, model: Projection
    ) -> None:
        writes = [
            insert(thing, a_thing("a")),
            insert(thing, a_thing("b")),
            delete(thing, KEY),
            insert(thing, a_thing("a", 9)),
        ]
        carry_out(ledger, model, writes)
        assert rows(ledger, model) == [("11", "a", "name of a", None, 9), ("11", "b", "name of b", None, 1)]

    def test_a_delete_of_a_row_that_may_not_be_new_does_not_hide_the_error(
        self, ledger: Ledger, model: Projection
    ) -> None:
        carry_out(ledger, model, [insert(thing, a_thing("a"))])
        with pytest.raises(DuplicateRow):
            carry_out(ledger, model, [insert(thing, a_thing("a")), delete(thing, KEY)])
        with pytest.raises(MissingRow):
            carry_out(
                ledger,
                model,
                [update(thing, key={**KEY, "thing_id": "z"}, set={"value": 1}), delete(thing, {"region": "11"})],
            )

    def test_an_update_after_a_delete_is_an_error(self, ledger: Ledger, model: Projection) -> None:
        carry_out(ledger, model, [insert(thing, a_thing("a"))])
        with pytest.raises(MissingRow):
            carry_out(ledger, model, [delete(thing, KEY), update(thing, key=KEY, set={"value": 1})])

    def test_put_takes_the_whole_place(self, ledger: Ledger, model: Projection) -> None:
        carry_out(ledger, model, [insert(thing, {**a_thing("a"), "value": 5})], [put(thing, a_thing("a", 2))])
        assert rows(ledger, model) == [("11", "a", "name of a", None, 2)]

    def test_put_after_an_update_still_needs_the_updated_row(self, ledger: Ledger, model: Projection) -> None:
        with pytest.raises(MissingRow):
            carry_out(ledger, model, [update(thing, key=KEY, set={"value": 1}), put(thing, a_thing("a"))])

    @pytest.mark.parametrize(
        "write",
        [
            insert(thing, {"region": "11", "thing_id": "a"}),
            insert(thing, {**a_thing("a"), "colour": "red"}),
            update(thing, key={"thing_id": "a"}, set={"value": 1}),
            update(thing, key=KEY, set={"colour": "red"}),
            update(thing, key=KEY, set={"thing_id": "b"}),
            delete(thing, {"name": "a"}),
            delete(thing, {}),
        ],
    )
    def test_a_write_that_does_not_fit_the_table_is_refused(
        self, ledger: Ledger, model: Projection, write: Write
    ) -> None:
        with pytest.raises(WriteRefused):
            carry_out(ledger, model, [write])

    def test_any_split_of_any_writes_leaves_the_same_rows_or_fails_in_each(self, ledger: Ledger) -> None:
        """Equal to sending each write alone, whatever the order of inserts, puts, updates and deletes."""
        one_by_one, at_once = ledger.model(f"m_{uuid4().hex}"), ledger.model(f"m_{uuid4().hex}")
        outcomes = set()
        for seed in range(150):
            rng = random.Random(seed)
            writes = [random_write(rng) for _ in range(rng.randint(2, 7))]
            failed = []
            for model in (one_by_one, at_once):
                carry_out(ledger, model, [delete(part, {"region": "11"})])
            for model, batches in ((one_by_one, [[each] for each in writes]), (at_once, [writes])):
                try:
                    carry_out(ledger, model, *batches)
                except WriteRefused:
                    failed.append(model)
            assert len(failed) in (0, 2), (seed, writes)
            if not failed:
                assert ledger.fingerprint(one_by_one) == ledger.fingerprint(at_once), (seed, writes)
            outcomes.add(len(failed))
        assert outcomes == {0, 2}  # both happened, or this proves nothing


def random_write(rng: random.Random) -> Write:
    key = {"region": "11", "thing_id": rng.choice("ab")}
    row = {**key, "number": rng.randint(1, 2), "name": rng.choice("xyz")}
    match rng.randint(0, 6):
        case 0 | 1:
            return insert(part, row)
        case 2 | 3:
            return put(part, row)
        case 4:
            return update(part, key={**key, "number": row["number"]}, set={"name": rng.choice("uvw")})
        case 5:
            return delete(part, key)
        case _:
            return delete(part, {**key, "number": row["number"]})


class TestHandlers:
    """From events to rows."""

    def test_events_become_rows(self, ledger: Ledger, model: Projection) -> None:
        ledger.record("12.01", "12.01-a", [ThingBegun(thing_id="12.01-a", name="A")])
        ledger.record(
            "12.01",
            "12.01-a",
            [
                ThingDivided(thing_id="12.01-a", parts=("x", "y", "z")),
                ThingCounted(thing_id="12.01-a", value=7),
                ThingDivided(thing_id="12.01-a", parts=("w",)),
                ThingWhispered(thing_id="12.01-a", words="hush"),
            ],
            after=1,
        )
        events = LocalSource(ledger.log).page("12.01", 0).events
        with ledger.engine.begin() as connection, counting(ledger.engine) as statements:
            model.apply(connection, events)
        assert statements() == 6  # thing; latest; part twice: the second division removes what the first inserted
        assert rows(ledger, model) == [("12.01", "12.01-a", "A", 7, 3)]
        with ledger.engine.connect() as connection:
            assert [tuple(row) for row in model.reading(connection).execute(select(part))] == [
                ("12.01", "12.01-a", 1, "w")
            ]
            assert [tuple(row) for row in model.reading(connection).execute(select(latest))] == [
                ("12.01", "12.01-a", 3)
            ]

    def test_a_type_has_one_handler(self, model: Projection) -> None:
        with pytest.raises(TypeError):
            model.on(next(iter(model.handlers)))(lambda event, at: ())

    def test_an_unknown_version_is_not_guessed_at(self, ledger: Ledger, model: Projection) -> None:
        (recorded,) = ledger.record("12.02", "12.02-a", [ThingBegun(thing_id="12.02-a", name="A")])
        newer = parse(CATALOGUE.render(recorded, Clearance.OWNER, opened=True).replace(b"begun.v1", b"begun.v2"))
        assert newer.version == 2
        with pytest.raises(UnknownVersion):
            list(model.writes(newer))

    def test_a_table_needs_a_key(self, model: Projection) -> None:
        with pytest.raises(TypeError):
            model.shape(Table("keyless", MetaData(), Column("name", Text)))

    def test_tables_of_another_release_are_not_taken_for_this_one_s(self, ledger: Ledger, model: Projection) -> None:
        with ledger.owner.begin() as connection:
            model.create(connection)
            connection.exec_driver_sql(f'ALTER TABLE "{model.schema}".thing DROP COLUMN name')
            with pytest.raises(TablesChanged) as refused:
                model.create(connection)
        assert str(refused.value).startswith(f"{model.schema}.thing has other columns than this release gives it.")


class TestReceived:
    """The event as it arrives."""

    def test_says_what_the_envelope_says(self, ledger: Ledger) -> None:
        (recorded,) = ledger.record("12.03", "12.03-a", [ThingBegun(thing_id="12.03-a", name="A")])
        event = parse(CATALOGUE.render(recorded, Clearance.OWNER, opened=True))
        assert event == Received(
            source="ledger",
            region="12.03",
            epoch=1,
            position=1,
            stream="thing/12.03-a",
            stream_version=1,
            type="thing.begun",
            version=1,
            event_id=str(recorded.event_id),
            recorded_at=recorded.recorded_at,
            actor="tester",
            correlation=event.wire["correlationid"],
            data={"thing_id": "12.03-a", "name": "A"},
            wire=event.wire,
        )
        assert event.leaf_hash == recorded.leaf_hash

    def test_a_withheld_payload_is_none(self, ledger: Ledger) -> None:
        (recorded,) = ledger.record("12.04", "12.04-a", [ThingWhispered(thing_id="12.04-a", words="hush")])
        event = parse(CATALOGUE.render(recorded, Clearance.SERVICE, opened=False))
        assert (event.data, event.leaf_hash) == (None, recorded.leaf_hash)

    @pytest.mark.parametrize("wire", [b"", b"{", b"[]", b"1", b"{}", b'{"type": 5}', b"\xff"])
    def test_what_is_no_event_is_unreadable(self, wire: bytes) -> None:
        with pytest.raises(Unreadable):
            parse(wire)
