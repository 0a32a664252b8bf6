"""The projection that all handlers of the public read model belong to."""

from services.showcase import tables
from shared.projection import Projection

FIRST_SCHEMA = "showcase_v1"

showcase = Projection("showcase", tables.metadata, FIRST_SCHEMA)
