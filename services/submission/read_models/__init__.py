"""Lists over the service's own log, brought up to its head before they are read: one query a question."""

from services.submission.read_models.projection import LISTS
from services.submission.read_models.queries import (
    InnovationFilter,
    innovations,
    place_of,
    programme_stages,
    programmes,
    similar_titles,
    stage_counts,
    unit_counts,
    units,
)

__all__ = [
    "LISTS",
    "InnovationFilter",
    "innovations",
    "place_of",
    "programme_stages",
    "programmes",
    "similar_titles",
    "stage_counts",
    "unit_counts",
    "units",
]
