"""The read model on a connection: statements are plain text with the schema filled in when they run.

The active schema changes at run time and pages are many, so each noun beside this one holds its own statements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row

Rows = Sequence[Row[Any]]


@lru_cache(maxsize=128)
def statement(template: str, schema: str) -> str:
    """Give a statement with its tables found in this schema."""
    return template.replace("{s}", f'"{schema}"')


@dataclass(frozen=True)
class Model:
    """The read model on one connection, in one schema."""

    connection: Connection
    schema: str

    def run(self, template: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Give the rows of a statement; `{s}` in it stands for the schema."""
        return self.connection.exec_driver_sql(statement(template, self.schema), dict(parameters or {})).all()
