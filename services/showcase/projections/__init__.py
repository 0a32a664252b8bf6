"""How each event of submission and review changes the public read model. Pure: event and place in, writes out."""

from services.showcase.projections import assessments, feedback, festivals, innovations, programmes, units
from services.showcase.projections.base import FIRST_SCHEMA, showcase

__all__ = ["FIRST_SCHEMA", "assessments", "feedback", "festivals", "innovations", "programmes", "showcase", "units"]
