"""The runbook names what there is: every setting, its default, and the figures that it raises alarms on."""

import re

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from deploy.embedded.state import ROOT
from shared.settings import Settings

RUNBOOK = (ROOT / "deploy" / "README.md").read_text()


def _shown(default: object) -> str:
    match default:
        case _ if default is PydanticUndefined:
            return "required"
        case None | "":
            return "–"
        case tuple():
            return f"`{list(default)}`".replace("'", '"')
        case SecretStr():
            raise AssertionError("a secret has a default")
        case _:
            return f"`{default}`"


def test_the_table_of_settings_is_complete() -> None:
    table = RUNBOOK.partition("## Settings")[2].partition("\n## ")[0]
    told: dict[str, str] = {}
    for names, defaults in re.findall(r"^\| (`[A-Z_`, ]+`) \| ([^|]+) \|", table, re.MULTILINE):
        found = re.findall(r"`(\w+)`", names)
        # One word for all names of a row, or one for each.
        each = defaults.strip().split(", ") if len(found) > 1 else [defaults.strip()]
        told |= dict(zip(found, each * len(found) if len(each) == 1 else each, strict=True))
    assert told == {
        name.upper(): _shown(field.get_default(call_default_factory=True))
        for name, field in Settings.model_fields.items()
    }


def test_the_figures_of_alarms_exist() -> None:
    named = set(re.findall(r"`(labinov_\w+?)`", RUNBOOK))
    defined = set(re.findall(r'"(labinov_\w+)"', (ROOT / "shared" / "health.py").read_text()))
    assert named == defined
