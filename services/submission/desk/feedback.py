"""What citizens say: given by anybody without a name, moderated by the region, answered by the unit.

A citizen is known by nothing but a code that follows from the id of what was said; it stands in the address of the
receipt, and nowhere else.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import uuid4

from fastapi import Depends

from services.submission.desk.asked import Asked, Streams, may_change, may_coordinate, require_reading
from services.submission.desk.words import erase_about
from services.submission.domain.feedback import (
    FEEDBACK,
    PUBLIC_ACTOR,
    AnswerFeedback,
    Feedback,
    GiveFeedback,
    PublishFeedback,
    WithdrawFeedback,
    WithholdFeedback,
)
from services.submission.domain.feedback_events import AnswerWorded, FeedbackKind, FeedbackWorded, Withheld
from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_state import Innovation
from services.submission.read_models import Words
from shared.auth import Actor
from shared.domain import NotFound, region_of
from shared.event_log import IdempotencyKey, Outcome
from shared.http import Body, KernelOf, today
from shared.kernel import Kernel
from shared.limits import Limit, Limits
from shared.web.messages import N_

HOURLY, HOUR, DAY = 5, 3600, 86_400


class Said(Body):
    """What a citizen says: stars for a rating and only there, words for a complaint and otherwise as one likes."""

    kind: FeedbackKind
    stars: int | None = None
    text: str = ""


class NewFeedback(Said):
    """What a citizen says about which innovation."""

    innovation_id: str


class Withholding(Body):
    """Why what was said is kept from the public."""

    grounds: Withheld


class Answer(Body):
    """What the unit answers."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was said, as its page shows it."""

    feedback: Feedback
    version: int
    words: Words
    innovation: Innovation


@dataclass(frozen=True)
class Citizens:
    """What may be asked without a name."""

    kernel: Kernel
    limits: Limits

    @classmethod
    def of(cls, kernel: Kernel) -> "Citizens":
        """Give it for this service."""
        return cls(kernel, Limits(kernel.engine, kernel.settings.session_secret.get_secret_value()))

    def give(self, innovation_id: str, said: Said, *, address: str, key: str, at: datetime) -> Outcome:
        """Record what is said about an innovation, once for a key; without a key as often as it is sent.

        Raises what is wrong with it, NotFound, and TooOften for an address that said this, or much, lately.
        """
        region, about = region_of(innovation_id), INNOVATION.stream(innovation_id)
        known = self._key(innovation_id, said, address, key, at) if key else None
        if known is not None:
            earlier = self.kernel.log.load(region, [], key=known).earlier
            if earlier is not None:
                return earlier
        feedback_id = f"{region}-{uuid4().hex}"

        def command(_: Feedback | None, streams: Streams) -> GiveFeedback:
            return GiveFeedback(
                # Whoever is signed in says it as anybody does.
                actor=PUBLIC_ACTOR,
                at=at,
                feedback_id=feedback_id,
                innovation=INNOVATION.fold(streams[about]),
                kind=said.kind,
                stars=said.stars,
                text=said.text,
                on=today(),
            )

        with self.limits.within(address, at, limits_of(innovation_id, said.kind)):
            return self.kernel.commands.execute(FEEDBACK, feedback_id, command, key=known, also=[about])

    def code(self, feedback_id: str) -> str:
        """Give the code that opens the receipt; it is stored nowhere."""
        secret = self.kernel.settings.session_secret.get_secret_value().encode()
        return hmac.digest(secret, f"labinov.feedback {feedback_id}".encode(), "sha256").hex()[:40]

    def receipt(self, feedback_id: str, code: str) -> Look:
        """Give what was said to whoever holds the code; raise NotFound."""
        self._require(feedback_id, code)
        return look(self.kernel, feedback_id)

    def withdraw(self, feedback_id: str, code: str, at: datetime) -> None:
        """Take back what was said, and erase all words about it; raise NotFound without the code."""
        self._require(feedback_id, code)
        with self.kernel.engine.begin() as connection:
            command = WithdrawFeedback(actor=PUBLIC_ACTOR, at=at, on=today())
            outcome = self.kernel.commands.execute(FEEDBACK, feedback_id, command, connection=connection)
            erased = erase_about(self.kernel.commands, connection, feedback_id, actor=PUBLIC_ACTOR, at=at)
        self.kernel.commands.announce([*outcome.recorded, *erased])

    def _require(self, feedback_id: str, code: str) -> None:
        if not hmac.compare_digest(self.code(feedback_id).encode(), code.encode()):
            raise NotFound

    def _key(self, innovation_id: str, said: Said, address: str, key: str, at: datetime) -> IdempotencyKey:
        # Two people may hold the same copy of a form, so the address is part of it. It cannot be found from the hash
        # without the form's own key, which is kept nowhere.
        mine = self.limits.token(address, at, f"key {key}").hex()
        what = f"{innovation_id}\n{said.model_dump_json()}".encode()
        # Nor can words that were erased be guessed from it.
        return IdempotencyKey(key=f"{PUBLIC_ACTOR}:{mine}", request_hash=hmac.digest(key.encode(), what, "sha256"))


def limits_of(innovation_id: str, kind: FeedbackKind) -> tuple[Limit, ...]:
    """Give how often an address may say something: anything within an hour, the same kind about the same in a day."""
    return (
        Limit(
            of=f"feedback {innovation_id} {kind}",
            most=1,
            seconds=DAY,
            said=N_("This was already said from here today. You can say it again tomorrow."),
        ),
        Limit(
            of="feedback",
            most=HOURLY,
            seconds=HOUR,
            said=N_("Much was said from here within the last hour. Please come back later."),
        ),
    )


def look(kernel: Kernel, feedback_id: str) -> Look:
    """Give what was said with its words and innovation, for whoever may see it; raise NotFound."""
    region = region_of(feedback_id)
    loaded = kernel.log.load(region, [FEEDBACK.stream(feedback_id)])
    events = loaded.streams[FEEDBACK.stream(feedback_id)]
    feedback = FEEDBACK.fold(events)  # type: ignore[arg-type]  # a stream holds its own types
    if feedback is None:
        raise NotFound
    innovation, _ = kernel.commands.state(INNOVATION, feedback.given.innovation_id)
    assert innovation is not None
    words = Words()
    for each in events:
        if isinstance(each, FeedbackWorded):
            words = words._replace(text=each.text)
        elif isinstance(each, AnswerWorded):
            words = words._replace(answer=each.text)
    version = loaded.versions[FEEDBACK.stream(feedback_id)]
    return Look(feedback=feedback, version=version, words=words, innovation=innovation)


def look_as(kernel: Kernel, actor: Actor, feedback_id: str) -> Look:
    """Give what was said to whoever reads the region's records; raise NotFound."""
    require_reading(actor, region_of(feedback_id))
    return look(kernel, feedback_id)


def publish(asked: Asked, feedback_id: str) -> Outcome:
    """Let everybody read the words: who coordinates the region."""
    may_coordinate(asked.actor, region_of(feedback_id))
    return asked.carry_out(FEEDBACK, feedback_id, PublishFeedback(**asked.who, on=today()))


def withhold(asked: Asked, feedback_id: str, body: Withholding) -> Outcome:
    """Keep from the public what was said: who coordinates the region."""
    may_coordinate(asked.actor, region_of(feedback_id))
    return asked.carry_out(FEEDBACK, feedback_id, WithholdFeedback(**asked.who, grounds=body.grounds, on=today()))


def answer(asked: Asked, feedback_id: str, body: Answer) -> Outcome:
    """Answer: the innovation's unit, and who coordinates the region."""
    require_reading(asked.actor, region_of(feedback_id))

    def command(state: Feedback | None, _: Streams) -> AnswerFeedback:
        if state is None:
            raise NotFound
        innovation: Innovation | None = asked.commands.state(INNOVATION, state.given.innovation_id)[0]
        assert innovation is not None
        may_change(asked.actor, innovation.unit_id)
        return AnswerFeedback(**asked.who, text=body.text, on=today())

    return asked.carry_out(FEEDBACK, feedback_id, command)


def erase(asked: Asked, kernel: Kernel, feedback_id: str) -> None:
    """Erase all words about what was said, for ever: who coordinates the region. What is counted stays as it is."""
    may_coordinate(asked.actor, region_of(feedback_id))
    if asked.commands.state(FEEDBACK, feedback_id)[0] is None:
        raise NotFound
    with kernel.engine.begin() as connection:
        erased = erase_about(asked.commands, connection, feedback_id, actor=asked.actor.person, at=asked.at)
    asked.commands.announce(erased)


async def _citizens(kernel: KernelOf) -> Citizens:
    return Citizens.of(kernel)


CitizensOf = Annotated[Citizens, Depends(_citizens)]
"""What may be asked without a name."""
