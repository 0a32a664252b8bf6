"""A letter is queued once and sent once, whatever repeats, races or breaks off; only a person sends it again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from shared import mail
from shared.domain import Stale
from shared.mail import Mail, Sender, Server, Sight
from tests.shared.postbox import Postbox, postbox
from tests.support import Database

FROM = "labinov@example.go.id"
EVERYTHING = Sight(person=str(UUID(int=9)), everywhere=True)


@pytest.fixture(scope="module")
def engine(kernel_database: Database, kernel_engine: Engine) -> Engine:
    """A database that has an outbox."""
    role = str(make_url(kernel_database.app_url).username)
    url = make_url(kernel_database.owner_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as owner:
        for statement in mail.mail_ddl(role):
            owner.execute(statement.encode())
    return kernel_engine


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_waits(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE mail SET state = 'held' WHERE state IN ('queued', 'sending')")


def a_letter(**changes: Any) -> Mail:
    made = Mail(
        key=f"letter/{uuid4()}",
        region="36.74",
        about=f"36.74-{uuid4().hex}",
        kind="advance",
        address="dewi@example.go.id",
        language="id",
        subject="Penetapan – “Lapor Lurah”",
        body="Yth. Ibu Dewi,\n.\nSelesai é.\n",
    )
    return replace(made, **changes)


def put(engine: Engine, *letters: Mail) -> int:
    with engine.begin() as connection:
        return mail.queue(connection, letters)


def kept(engine: Engine, letter: Mail, sight: Sight = EVERYTHING) -> list[mail.Kept]:
    with engine.connect() as connection:
        return mail.listed(connection, sight, about=letter.about)


def again(engine: Engine, found: mail.Kept, number: int) -> bool:
    with engine.begin() as connection:
        return mail.resend(connection, found, number=number, reason="Tidak sampai.")


def sender(engine: Engine, box: Postbox) -> Sender:
    return Sender(engine, Server.of(box.url), FROM)


def hurry(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE mail SET next_try_at = now() WHERE state = 'queued'")


def test_a_letter_arrives_as_it_was_written(engine: Engine, box: Postbox) -> None:
    letter = a_letter()
    put(engine, letter)
    sender(engine, box).run()
    (found,), (arrived,) = kept(engine, letter), box.arrived
    assert (found.state, found.attempts, found.error, found.sent_at is not None) == ("sent", 1, None, True)
    assert (arrived["Subject"], arrived["To"], arrived["From"]) == (letter.subject, letter.address, FROM)
    assert arrived.get_content().replace("\r\n", "\n") == letter.body


def test_it_is_queued_once_whatever_repeats_and_races(engine: Engine, box: Postbox) -> None:
    letter, start = a_letter(), Barrier(8)

    def try_it(_: int) -> int:
        start.wait()
        return put(engine, letter)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1
        senders = [sender(engine, box) for _ in range(8)]
        list(pool.map(lambda each: each.run(), senders))
    assert (put(engine, letter), len(box.arrived)) == (0, 1)


def test_without_a_server_it_is_held(engine: Engine) -> None:
    letter = a_letter()
    put(engine, letter)
    Sender(engine, None, FROM).run()
    assert [each.state for each in kept(engine, letter)] == ["held"]


def test_a_crash_leaves_it_uncertain_and_it_is_never_sent_by_itself(
    engine: Engine, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter, running = a_letter(), sender(engine, box)
    put(engine, letter)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(running, "_send", die)
        with pytest.raises(KeyboardInterrupt):
            running.run()
    running.run()
    assert [each.state for each in kept(engine, letter)] == ["sending"]
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE mail SET claimed_at = now() - interval '1 hour' WHERE state = 'sending'")
    running.run()
    running.run()
    assert ([each.state for each in kept(engine, letter)], box.arrived) == (["uncertain"], [])


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"done": ""}, "uncertain"),
        ({"done": "554 no"}, "failed"),
        ({"RCPT": "550 nobody"}, "failed"),
        ({"RCPT": "450 later"}, "queued"),
        ({"MAIL": ""}, "queued"),
        ({"hello": "421 full"}, "queued"),
    ],
)
def test_how_it_goes_when_the_server_does_not_take_it(
    engine: Engine, box: Postbox, answers: dict[str, str], state: str
) -> None:
    letter = a_letter()
    put(engine, letter)
    box.answers = answers
    sender(engine, box).run()
    (found,) = kept(engine, letter)
    assert (found.state, box.arrived, letter.address in (found.error or "")) == (state, [], False)
    box.answers = {}
    hurry(engine)
    sender(engine, box).run()
    assert len(box.arrived) == (state == "queued")


def test_sending_again_makes_exactly_one_more(engine: Engine, box: Postbox) -> None:
    letter, start = a_letter(), Barrier(6)
    put(engine, letter)
    with pytest.raises(mail.StillOnItsWay):
        again(engine, kept(engine, letter)[0], 1)
    sender(engine, box).run()
    (found,) = kept(engine, letter)

    def press(_: int) -> bool:
        start.wait()
        return again(engine, found, 1)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(press, range(6))) == 1
    sender(engine, box).run()
    second, first = kept(engine, letter)
    assert (second.resent_of, second.reason, len(box.arrived)) == (first.mail_id, "Tidak sampai.", 2)
    with pytest.raises(Stale):
        again(engine, first, 3)
    assert again(engine, second, 2)
    assert {each.resent_of for each in kept(engine, letter)} == {None, first.mail_id}


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Halo\r\nBcc: semua@example.go.id"},
        {"address": "a@example.go.id\r\nBcc: semua@example.go.id"},
        {"address": "bukan alamat, semua@example.go.id"},
    ],
)
def test_nothing_that_was_merged_becomes_a_header(engine: Engine, box: Postbox, changes: dict[str, str]) -> None:
    letter = a_letter(**changes)
    put(engine, letter)
    sender(engine, box).run()
    assert ([each.state for each in kept(engine, letter)], box.envelopes) == (["failed"], [])


def test_who_sees_a_letter(engine: Engine) -> None:
    chair, other, reviewer, member = (str(uuid4()) for _ in range(4))
    letter = a_letter(unit="36.74-dinas", recipient_person=member)
    sealed = a_letter(about=letter.about, only_for=chair, recipient_person=reviewer)
    put(engine, letter, sealed)
    region = frozenset({"36.74"})
    sights = {
        "chair": Sight(person=chair, regions=region),
        "other chair": Sight(person=other, regions=region),
        "everywhere": Sight(person=other, everywhere=True),
        "another region": Sight(person=other, regions=frozenset({"33.27"})),
        "chair who left": Sight(person=chair),
        "reviewer": Sight(person=reviewer),
        "unit": Sight(person=other, units=frozenset({"36.74-dinas"})),
    }
    seen = {name: len(kept(engine, letter, sight)) for name, sight in sights.items()}
    assert seen == {
        "chair": 2,
        "other chair": 1,
        "everywhere": 1,
        "another region": 0,
        "chair who left": 0,
        "reviewer": 1,
        "unit": 1,
    }


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "mail.example.go.id:25"])
def test_an_address_that_is_none_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"^LABINOV_SMTP_URL is not an address"):
        Server.of(url)


def test_an_address_with_everything() -> None:
    server = Server.of("smtp://labinov:p%40ss@mail.example.go.id?starttls=1")
    assert (server.host, server.port, server.user, server.password, server.starttls, server.tls) == (
        "mail.example.go.id",
        587,
        "labinov",
        "p@ss",
        True,
        False,
    )
    assert "p@ss" not in repr(server)
