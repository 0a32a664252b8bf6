"""An innovation that is in use, recorded as its stream would be: what citizens can say something about."""

from dataclasses import replace
from uuid import uuid4

from services.submission.domain.innovation import INNOVATION
from services.submission.domain.programme import PROGRAMME
from services.submission.domain.unit import UNIT
from shared.domain import Event
from shared.envelope import Meta
from shared.kernel import Kernel
from tests.services.submission import examples


def innovation_in_use(kernel: Kernel, region: str, *, launched: bool = True) -> str:
    """Record a launched innovation of the region's unit `disdukcapil`, or one that is not launched; give its id."""
    ident, unit_id, programme_id = f"{region}-{uuid4().hex}", f"{region}-disdukcapil", f"{region}-2020"
    events: list[Event] = [replace(examples.proposed, innovation_id=ident, unit_id=unit_id, programme_id=programme_id)]
    if launched:
        events.append(replace(examples.launched, innovation_id=ident))
    meta = Meta(actor=examples.ACTOR, at=examples.AT, correlation="test")
    if kernel.commands.state(UNIT, unit_id)[0] is None:
        unit = replace(examples.registered, unit_id=unit_id)
        kernel.log.append(region, UNIT.stream(unit_id), 0, [unit], meta, epoch=1)
        programme = replace(examples.requested, programme_id=programme_id)
        kernel.log.append(region, PROGRAMME.stream(programme_id), 0, [programme], meta, epoch=1)
    kernel.log.append(region, INNOVATION.stream(ident), 0, events, meta, epoch=1)
    return ident
