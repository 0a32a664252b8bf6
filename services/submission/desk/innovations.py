"""Innovations: putting them forward, their way through the stages, and their end."""

from services.submission.desk.asked import Asked, Streams, may_change, may_coordinate, new_innovation_id
from services.submission.domain.innovation import INNOVATION
from services.submission.domain.innovation_commands import (
    DisplayInnovation,
    InnovationCommand,
    LeaveStage,
    ProposeInnovation,
    RetireInnovation,
    ReturnInnovation,
    WithdrawInnovation,
)
from services.submission.domain.innovation_state import Innovation
from services.submission.domain.programme import PROGRAMME, Programme
from services.submission.domain.unit import UNIT
from services.submission.domain.vocabulary import Channel, Initiator, Sector, Stage
from shared.domain import Forbidden, NotFound, region_of
from shared.event_log import Outcome
from shared.http import Body, Day


class NewInnovation(Body):
    """An innovation to put forward. `is_example` and `source` are for whoever coordinates the region."""

    programme_id: str
    unit_id: str
    title: str
    meaning: str = ""
    idea: str = ""
    sector: Sector
    initiator: Initiator
    channel: Channel
    team: tuple[str, ...] = ()
    adapted_from: str | None = None
    is_example: bool = False
    source: str = ""
    proposed_on: Day


class Step(Body):
    """The date of a step on the way."""

    on: Day


class Return(Body):
    """To which stage an innovation goes back, and what must change."""

    to_stage: Stage
    required_changes: str
    on: Day


class End(Body):
    """Why an innovation ends, and when."""

    reason: str
    on: Day


def propose(asked: Asked, body: NewInnovation) -> Outcome:
    """Put an innovation forward: the unit's members, and who coordinates the region."""
    region = region_of(body.programme_id)
    may_change(asked.actor, body.unit_id)
    if (body.is_example or body.source) and not asked.actor.coordinates(region):
        raise Forbidden
    innovation_id = new_innovation_id(region, asked.at)
    programme, unit = PROGRAMME.stream(body.programme_id), UNIT.stream(body.unit_id)

    def command(_: Innovation | None, streams: Streams) -> ProposeInnovation:
        return ProposeInnovation(
            **asked.who,
            innovation_id=innovation_id,
            programme=PROGRAMME.fold(streams[programme]),
            unit_id=body.unit_id,
            unit_known=bool(streams[unit]),
            title=body.title,
            meaning=body.meaning,
            idea=body.idea,
            sector=body.sector,
            initiator=body.initiator,
            channel=body.channel,
            team=body.team,
            adapted_from=body.adapted_from,
            original_known=body.adapted_from is not None and _exists(asked, body.adapted_from),
            is_example=body.is_example,
            source=body.source,
            proposed_on=body.proposed_on,
        )

    return asked.carry_out(INNOVATION, innovation_id, command, also=[programme, unit])


def leave_stage(asked: Asked, ident: str, body: Step) -> Outcome:
    """Go on to the next stage, at once or by way of a gate: the unit's members, and who coordinates the region."""

    def command(state: Innovation | None, _: Streams) -> LeaveStage:
        present = own(asked, state)
        programme: Programme | None = asked.commands.state(PROGRAMME, present.programme_id)[0]
        if programme is None:
            raise NotFound
        return LeaveStage(**asked.who, programme=programme, on=body.on)

    return asked.carry_out(INNOVATION, ident, command)


def send_back(asked: Asked, ident: str, body: Return) -> Outcome:
    """Return an innovation to an earlier stage: who coordinates the region."""
    may_coordinate(asked.actor, region_of(ident))
    command = ReturnInnovation(**asked.who, to_stage=body.to_stage, required_changes=body.required_changes, on=body.on)
    return asked.carry_out(INNOVATION, ident, command)


def display(asked: Asked, ident: str, body: Step) -> Outcome:
    """Show an innovation to the public."""
    return change(asked, ident, DisplayInnovation(**asked.who, on=body.on))


def withdraw(asked: Asked, ident: str, body: End) -> Outcome:
    """Withdraw an innovation."""
    return change(asked, ident, WithdrawInnovation(**asked.who, reason=body.reason, on=body.on))


def retire(asked: Asked, ident: str, body: End) -> Outcome:
    """Retire an innovation."""
    return change(asked, ident, RetireInnovation(**asked.who, reason=body.reason, on=body.on))


def change(asked: Asked, ident: str, command: InnovationCommand) -> Outcome:
    """Carry out a command of the unit's members, or of who coordinates the region."""

    def permitted(state: Innovation | None, _: Streams) -> InnovationCommand:
        own(asked, state)
        return command

    return asked.carry_out(INNOVATION, ident, permitted)


def own(asked: Asked, state: Innovation | None) -> Innovation:
    """Give the innovation if the actor may change it; raise NotFound or Forbidden."""
    if state is None:
        raise NotFound
    may_change(asked.actor, state.unit_id)
    return state


def _exists(asked: Asked, innovation_id: str) -> bool:
    try:
        return asked.commands.state(INNOVATION, innovation_id)[0] is not None
    except NotFound:
        return False
