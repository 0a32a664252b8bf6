"""The gallery at national size: 18,000 innovations made of the real titles, and how PostgreSQL finds its pages."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine

from services.showcase import gallery
from services.showcase.queries import Model, Rows
from services.showcase.queries.model import statement
from shared.cursors import Cursors
from shared.regions import regions
from tests.services.showcase.search.world import DATA, rows
from tests.services.showcase.site import Running

pytestmark = pytest.mark.skipif("LABINOV_LONG" not in os.environ, reason="18,000 rows: LABINOV_LONG=1")

INNOVATIONS = 18_000
UNITS = 10  # a region

_FILL = (
    """INSERT INTO showcase_v1.unit (region, unit_id, name, short_name, kind, aliases, position)
SELECT r.code, r.code || '-u' || n, o.name, o.short, 'opd', '[]', 1
FROM unnest(%(regions)s::text[]) r(code), generate_series(0, %(units)s - 1) n
JOIN unnest(%(names)s::text[], %(shorts)s::text[]) WITH ORDINALITY o(name, short, at) ON o.at = n + 1""",
    """INSERT INTO showcase_v1.innovation (region, innovation_id, programme_id, unit_id, title, meaning, sector,
    initiator, channel, is_example, source, proposed_on, year, stage, status, returned, launched_on, displayed_on,
    first_position, position, recorded_at)
SELECT code, code || '-' || lpad(to_hex(n), 32, '0'), code || '-2020', code || '-u' || n %% %(units)s,
       title || ' ' || n, meaning, sector, 'unit', 'lab-session', n %% 50 = 0, '', day, extract(year FROM day), stage,
       CASE WHEN n %% 40 = 0 THEN 'withdrawn' ELSE 'active' END, false, CASE WHEN n %% 5 > 2 THEN day + 90 END,
       CASE WHEN n %% 5 = 4 THEN day + 200 END, 1, 1, now()
FROM generate_series(1, %(innovations)s) n,
LATERAL (SELECT (%(regions)s::text[])[1 + n %% cardinality(%(regions)s::text[])] AS code,
                (%(titles)s::text[])[1 + n %% cardinality(%(titles)s::text[])] AS title,
                (%(meanings)s::text[])[1 + n %% cardinality(%(titles)s::text[])] AS meaning,
                (%(sectors)s::text[])[1 + n %% cardinality(%(titles)s::text[])] AS sector,
                DATE '2020-01-01' + (n * 7919) %% 2200 AS day,
                (ARRAY['drum-up', 'diagnose', 'design', 'deliver', 'display'])[1 + n %% 5] AS stage) x""",
    """INSERT INTO showcase_v1.innovation_text (region, innovation_id, title, meaning, idea, public_summary,
    replication_notes, shown_indicators)
SELECT region, innovation_id, title, meaning, repeat(meaning || '. ', 12), '', '',
       CASE WHEN stage = 'display' THEN '[{"indicator_id": "waktu", "kind": "outcome", "name": "Waktu",
            "baseline": "14", "target": "3", "unit_of_measure": "hari"}]'::jsonb END FROM showcase_v1.innovation""",
    """INSERT INTO showcase_v1.measurement
SELECT region, innovation_id, n, 'waktu', 10 - n, displayed_on + n::int, '' FROM showcase_v1.innovation,
generate_series(1, 6) n WHERE displayed_on IS NOT NULL""",
    "ANALYZE",
)


@dataclass(frozen=True)
class Explaining(Model):
    """A model that also asks how each statement was carried out."""

    plans: list[dict[str, Any]] = field(default_factory=list)

    def run(self, template: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Give the rows, and keep the plan."""
        text = "EXPLAIN (ANALYZE, FORMAT JSON) " + statement(template, self.schema)
        (plan,) = self.connection.exec_driver_sql(text, dict(parameters or {})).scalar_one()
        self.plans.append(plan)
        return super().run(template, parameters)


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


@pytest.fixture(scope="module")
def model(running: Running, owner: Engine) -> Iterator[Explaining]:
    real = rows(DATA)
    names = sorted({row["unit"] for row in real if row["unit"].startswith("Dinas")})[:UNITS]
    values = {
        "regions": [code for code, each in regions().items() if each.kind != "province"],
        "units": UNITS,
        "innovations": INNOVATIONS,
        "names": names,
        "shorts": ["".join(word[0] for word in name.split()) for name in names],
        **{f"{name}s": [row[name] for row in real] for name in ("title", "meaning", "sector")},
    }
    with owner.begin() as connection:
        for each in _FILL:
            used = {name: value for name, value in values.items() if f"%({name})s" in each}
            connection.exec_driver_sql(each, used)
    with running.service.kernel.engine.connect() as connection:
        yield Explaining(connection, "showcase_v1")


ASKED = {
    "first page": {},
    "displayed": {"sort": "displayed"},
    "alphabetical": {"sort": "alphabetical"},
    "outcome": {"sort": "outcome"},
    "three filters": {"sector": "health", "stage": "design", "year": "2022"},
    "one word": {"q": "kesehatan"},
    "three words": {"q": "layanan adminduk desa"},
    "misspelt": {"q": "hipertnsi keluarga"},
    "region": {"q": "puskesmas banyuwangi"},
    "everything": {"q": "kabupaten"},
    "stale": {"running": "stale"},
}


INDEXES = {
    "first page": "innovation_newest",
    "displayed": "innovation_displayed",
    "alphabetical": "innovation_alphabetical",
    "three filters": "innovation_sector",
}


def test_pages_and_counts_are_answered_at_national_size(model: Explaining) -> None:
    every = gallery.bitmaps(model)
    # The counts of all that can be asked read every table once.
    (plan,) = model.plans
    read = Counter(node["Relation Name"] for node in nodes(plan["Plan"]) if node["Node Type"] == "Seq Scan")
    assert set(read.values()) == {1}
    for name, asked in ASKED.items():
        model.plans.clear()
        wanted = gallery.Filter(**asked)
        found = gallery.search(model, wanted.words) if wanted.words else None
        page = gallery.page(model, wanted, Cursors("secret"), found)
        counts = every.counted(wanted, found)
        took = [round(plan["Execution Time"], 1) for plan in model.plans]
        print(f"{name}: {took} ms, {counts.total} found, {len(page.rows)} shown")
        used = {node.get("Index Name") for node in nodes(model.plans[-1]["Plan"])}
        assert name not in INDEXES or INDEXES[name] in used
        # No table is read from end to end more than once to find words, whatever is found.
        steps = [node for plan in model.plans[:-1] for node in nodes(plan["Plan"]) if node["Node Type"] == "Seq Scan"]
        assert [node["Relation Name"] for node in steps if node["Actual Loops"] > 1] == []
