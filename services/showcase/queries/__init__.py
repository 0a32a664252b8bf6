"""What the pages and the JSON API read from the model: a fixed number of statements each, every column by its name."""

from services.showcase.queries.everywhere import by_region_and_stage, flows, newest, outcomes, programmes
from services.showcase.queries.feedback import feedback
from services.showcase.queries.innovations import candidates, innovation
from services.showcase.queries.lineage import lineage
from services.showcase.queries.listed import listed, listed_innovations, listed_pages
from services.showcase.queries.model import Model, Rows, statement
from services.showcase.queries.regions import region_programme, region_programmes, region_tally, region_units
from services.showcase.queries.units import unit, unit_innovations

__all__ = [
    "Model",
    "Rows",
    "by_region_and_stage",
    "candidates",
    "feedback",
    "flows",
    "innovation",
    "lineage",
    "listed",
    "listed_innovations",
    "listed_pages",
    "newest",
    "outcomes",
    "programmes",
    "region_programme",
    "region_programmes",
    "region_tally",
    "region_units",
    "statement",
    "unit",
    "unit_innovations",
]
