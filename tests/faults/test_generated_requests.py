"""Requests that Schemathesis makes of each service's OpenAPI document, right ones and wrong ones: none breaks it."""

import os
from collections import Counter
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from tests.faults.sites import FIELDS, Site

# All services together; a fixed sample unless the whole number is asked for.
REQUESTS = 10_000 if os.environ.get("LABINOV_LONG") else 250
MARKER = "NILAI-RAHASIA"


def planted(value: Any) -> Any:
    """Give a value with the marker at the end of every text in it."""
    if isinstance(value, str):
        return value + MARKER
    if isinstance(value, dict):
        return {name: planted(member) for name, member in value.items()}
    return [planted(each) for each in value] if isinstance(value, list) else value


@pytest.fixture(scope="session")
def operations(sites: dict[str, Site]) -> dict[str, list[Any]]:
    """What each service's document offers."""
    found = {}
    for name, site in sites.items():
        schema = schemathesis.openapi.from_dict(site.app.openapi())
        made: list[Any] = list(schema.get_all_operations())
        found[name] = [each.ok() for each in made if not goes_on(each.ok())]
    return found


def goes_on(operation: Any) -> bool:
    """Whether the answer has no end, which is tried where streams are."""
    content: dict[str, Any] = operation.definition.raw["responses"].get("200", {}).get("content", {})
    return "text/event-stream" in content


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["submission", "review", "showcase"])
def test_no_generated_request_breaks_a_service(
    sites: dict[str, Site], operations: dict[str, list[Any]], name: str
) -> None:
    site, each, statuses = sites[name], REQUESTS // sum(map(len, operations.values())), Counter[int]()
    with requests.Session() as session:
        for operation in operations[name]:
            for mode in GenerationMode:
                if mode is GenerationMode.POSITIVE or can_be_wrong(operation):
                    ask(site, session, operation, mode, (each + 1) // 2, statuses)
    # A test of doors that nothing gets through would say little.
    assert statuses[200] > 0
    assert statuses[422] > 0


def can_be_wrong(operation: Any) -> bool:
    """Whether a request can go against the document: not where all that it takes is a text in its path or headers."""
    said = operation.definition.raw
    parameters = [each["schema"] for each in said.get("parameters", []) if each["in"] in ("path", "query")]
    return "requestBody" in said or any(set(schema) - {"type", "title"} for schema in parameters)


def ask(
    site: Site,
    session: requests.Session,
    operation: Any,
    mode: GenerationMode,
    number: int,
    statuses: Counter[int],
) -> None:
    """Send a number of generated requests to one operation, count the answers and hold what each must be."""

    @settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode), st.booleans(), st.booleans(), st.booleans())
    def check(case: Any, known: bool, plain: bool, marked: bool) -> None:  # noqa: FBT001 - Hypothesis passes them
        if known:
            # Made-up ids lead nowhere: half of the requests are about what is there.
            case.path_parameters.update({key: site.known[key] for key in case.path_parameters if key in site.known})
        if marked:
            case.body, case.query = planted(case.body), planted(case.query)
        case.headers.pop("Prefer", None)  # a long poll is allowed to take its time
        if plain:
            case.headers = {}
        own = {name: value for name, value in site.headers().items() if name not in case.headers}
        answer = case.call(base_url=site.url, session=session, headers=own)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, case.as_curl_command()
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"], case.as_curl_command()
            problem = answer.json()
            assert set(problem) == FIELDS
            assert [[problem["correlation"]], problem["status"]] == [
                answer.headers["x-request-id"],
                answer.status_code,
            ]
            assert MARKER not in answer.text, case.as_curl_command()

    check()
