"""What the pages and the JSON API read from the model: a fixed number of statements each, every column by its name."""

from services.showcase.queries.everywhere import by_region_and_stage, newest, programmes
from services.showcase.queries.innovations import innovation
from services.showcase.queries.model import Model, Rows, statement
from services.showcase.queries.regions import region_programmes, region_tally, region_units
from services.showcase.queries.units import unit, unit_innovations

__all__ = [
    "Model",
    "Rows",
    "by_region_and_stage",
    "innovation",
    "newest",
    "programmes",
    "region_programmes",
    "region_tally",
    "region_units",
    "statement",
    "unit",
    "unit_innovations",
]
