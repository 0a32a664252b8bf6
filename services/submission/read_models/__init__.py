"""Lists over the service's own log, brought up to its head before they are read: one query a question.

The rubrics alone come from review, as its messages arrive.
"""

from services.submission.read_models.feedback import (
    FeedbackFilter,
    Show,
    Waiting,
    Words,
    place_of_said,
    said,
    waiting,
    words_of,
)
from services.submission.read_models.festivals import festivals
from services.submission.read_models.projection import LISTS
from services.submission.read_models.queries import (
    InnovationFilter,
    innovations,
    place_of,
    programme_stages,
    programmes,
    silent_since,
    similar_titles,
    stage_counts,
    unit_counts,
    units,
)
from services.submission.read_models.rubrics import RUBRICS, KnownRubric, rubrics

__all__ = [
    "LISTS",
    "RUBRICS",
    "FeedbackFilter",
    "InnovationFilter",
    "KnownRubric",
    "Show",
    "Waiting",
    "Words",
    "festivals",
    "innovations",
    "place_of",
    "place_of_said",
    "programme_stages",
    "programmes",
    "rubrics",
    "said",
    "silent_since",
    "similar_titles",
    "stage_counts",
    "unit_counts",
    "units",
    "waiting",
    "words_of",
]
