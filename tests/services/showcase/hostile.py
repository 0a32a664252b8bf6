"""Events of every type with a hostile text in every text that somebody may write, and what browsers make of pages."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from services.submission.domain.vocabulary import Stage
from shared.domain import Event
from tests.services.showcase.logs import CATALOGUES, STARTED, Logs

_TAIL = (
    "\"'></title></textarea></script></style>--><script>xss()</script><img src=x onerror=xss()><xss-e xss-a=\"'"
    " {{7*7}}xss ${7*7}xss &lt;xss-e&gt; \u202e\u200bxss ]]></xss-e>"
    "\r\nBEGIN:XSS\r\nER  - \r\nUR  - javascript:xss()\r\n"
)
# An address and a formula are what they are by how they begin.
TEXTS = (f"javascript:xss(){_TAIL}", f"=cmd|'/C xss'!A0{_TAIL}")

# What ends or hides a thing is recorded of a second one, so that the first is shown in full.
_ENDS = {
    "innovation.withdrawn",
    "innovation.retired",
    "programme.stalled",
    "feedback.withheld",
    "feedback.withdrawn",
    "festival.cancelled",
    "assessment.cancelled",
}
_LEFT_OUT = {"programme.resumed", "programme.closed", "payloads.erased", "person.erased"}
_OPENS = (
    *("unit.registered", "programme.requested", "innovation.proposed"),
    *("feedback.given", "festival.announced", "assessment.opened"),
)


def things(region: str, number: int) -> dict[str, str]:
    """Give the ids that the events of one hostile text are about."""
    ident = f"{region}-{number:032x}"
    return {
        "unit_id": f"{region}-unit{number}",
        "programme_id": f"{region}-20{number:02}",
        "innovation_id": ident,
        "feedback_id": ident,
        "festival_id": f"{region}-f{number}",
        "assessment_id": ident,
        "rubric_id": "00-rubric",
        "reviewer_id": "00-reviewer",
    }


def record(submission: Logs, review: Logs, region: str) -> list[dict[str, str]]:
    """Record every type of event with every text; give the ids of what is shown in full, one for each text."""
    shown = []
    for number, text in enumerate(TEXTS, start=1):
        # No region has two programmes of one edition, which is how a page tells them apart.
        ids, ended = things(region, number), {**things(region, number + 50), "edition": f"2 {text}"}
        for logs in (submission, review):
            types = {name: each.cls for name, each in CATALOGUES[logs.name].types.items() if name not in _LEFT_OUT}
            for name, cls in types.items():
                if name not in _ENDS:
                    _record(logs, region, cls, text, ids, adapted_from=ended["innovation_id"])
            for name in (*_OPENS, *sorted(_ENDS)):
                if name in types:
                    _record(logs, region, types[name], text, ended, adapted_from=None)
        shown.append(ids)
    return shown


def _record(
    logs: Logs, region: str, cls: type[Event], text: str, ids: Mapping[str, str], *, adapted_from: str | None
) -> None:
    event = _made(cls, text, {**ids, "adapted_from": adapted_from})
    noun = cls.wire_name.partition(".")[0]
    stream = f"{noun}/{ids.get(noun + '_id', region + '-' + noun)}"
    logs.record(region, stream, event, at=STARTED)


def _made(cls: type, text: str, ids: Mapping[str, Any]) -> Any:
    """Give an event, or a part of one, whose texts are all this text, but for the ids of things."""
    hints = get_type_hints(cls)
    return cls(**{each.name: _value(each.name, hints[each.name], text, ids) for each in fields(cls)})


def _value(name: str, hint: Any, text: str, ids: Mapping[str, Any]) -> Any:
    if name in ids:
        return ids[name]
    kind, inner = get_origin(hint), get_args(hint)
    if kind is UnionType:
        return _value(name, next(each for each in inner if each is not NoneType), text, ids)
    if kind is tuple:
        return (_value(name.removesuffix("s"), inner[0], text, ids),)
    if kind is dict:
        return {_value("", inner[0], text, ids): _value("", inner[1], text, ids)}
    if is_dataclass(hint):
        return _made(hint, text, ids)  # type: ignore[arg-type]  # a class, not one of its instances
    if issubclass(hint, Enum):
        return Stage.DISPLAY if hint is Stage else next(iter(hint))
    plain: dict[type, Any] = {
        str: text,
        bool: True,
        int: 3,
        Decimal: Decimal("2.5"),
        date: date(2026, 1, 5),
        time: time(9, 30),
        datetime: STARTED,
    }
    return plain[hint]


# Given pages as [address, html], gives whatever in them is not of our making, as a browser reads them.
FOREIGN = """
pages => pages.flatMap(([address, html]) => {
  const read = new DOMParser().parseFromString(html, "text/html"), wrong = [];
  const links = ["href", "src", "action", "formaction", "xlink:href", "poster", "srcset", "data", "cite", "ping"];
  for (const element of read.querySelectorAll("*")) {
    const tell = what => wrong.push([address, element.localName, what]);
    if (element.localName.includes("xss")) tell("element");
    if (["iframe", "object", "embed", "base", "applet", "frame"].includes(element.localName)) tell("element");
    if (element.localName === "script") {
      if (element.type === "application/ld+json") try { JSON.parse(element.text); } catch { tell("not JSON"); }
      else if (!(element.getAttribute("src") ?? "").startsWith("/static/")) tell("script");
    }
    if (element.localName === "style" && element.textContent.includes("xss")) tell("style");
    if (element.httpEquiv === "refresh" && element.content.includes("xss")) tell("refresh");
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name.includes("xss") || name === "srcdoc") tell(name);
      if (name === "style" && value.includes("xss")) tell(name);
      if (links.includes(name) && URL.canParse(value, "http://127.0.0.1:8000/")) {
        const { protocol } = new URL(value, "http://127.0.0.1:8000/");
        if (!["http:", "https:", "mailto:", "webcal:"].includes(protocol)) tell(`${name}=${value.slice(0, 60)}`);
      }
    }
  }
  if (read.documentElement.textContent.includes("49xss")) wrong.push([address, "text", "a template in a text was run"]);
  return wrong;
})
"""


def foreign_lines(text: str) -> Sequence[str]:
    """Give the lines of a calendar or a citation that a text has smuggled in."""
    return [line for line in text.splitlines() if line.startswith(("BEGIN:XSS", "UR  - javascript"))]
