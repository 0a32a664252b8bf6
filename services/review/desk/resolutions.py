"""That an auditor asked who a reviewer was is an access as well: how the access log reads it."""

from collections.abc import Mapping
from typing import Any

from services.review.domain.events import ReviewerResolved
from shared.access_log import Noted


def _noted(data: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        "kind": "reviewer-resolved",
        "what": f"{data['assessment_id']}/{data['slot']}",
        "reason": data["reason"],
        "by": data["resolved_by"],
    }


ALSO_ACCESSES: Mapping[str, Noted] = {ReviewerResolved.wire_name: _noted}
