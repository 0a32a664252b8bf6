"""Lists over the service's own log, brought up to its head before they are read: one query a question.

The rubrics alone come from review, as its messages arrive.
"""

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
from services.submission.read_models.rubrics import RUBRICS, KnownRubric, rubrics

__all__ = [
    "LISTS",
    "RUBRICS",
    "InnovationFilter",
    "KnownRubric",
    "innovations",
    "place_of",
    "programme_stages",
    "programmes",
    "rubrics",
    "similar_titles",
    "stage_counts",
    "unit_counts",
    "units",
]
