"""The picture that stands for a page where people share its address: PNG, 1200 by 630, set by typst.

What is written on it is data to typst (its input), never part of its markup, so that no text can become a command.
"""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from threading import Lock

import typst

from services.showcase.incoming import STAGES
from shared.waiting import Crowded

WIDTH, HEIGHT = 1200, 630
KEPT = 200
# Setting one takes a tenth of a second; the api has few threads, and one of them may do this at a time.
_WAIT_SECONDS = 3.0

_SHEET = b"""
#let it = json(bytes(sys.inputs.it))
#let tones = ("#1f6f8f", "#17877f", "#5f9f5b", "#c8a23c", "#e8a33d").map(rgb)
#set page(width: 1200pt, height: 630pt, margin: 0pt, fill: rgb("#0a3350"))
#set text(font: "Libertinus Serif", fill: white, lang: it.language, hyphenate: false)
#set par(leading: 0.42em)
#place(top + left, grid(columns: (1fr,) * 5, ..tones.map(tone => rect(width: 100%, height: 12pt, fill: tone))))
#let eyebrow = text(size: 30pt, fill: rgb("#c3dbe6"), it.eyebrow)
#place(top + left, dx: 72pt, dy: 60pt, block(width: 1056pt, height: 38pt, clip: true, eyebrow))
#let title(size) = block(width: 1056pt, text(size: size, weight: "bold", it.title))
#let room = if it.figures.len() == 0 { 300pt } else { 235pt }
#place(top + left, dx: 72pt, dy: 112pt, context {
  let size = (76pt, 66pt, 58pt, 50pt, 44pt, 38pt, 32pt).find(size => measure(title(size)).height <= room)
  block(height: room, clip: true, title(if size == none { 28pt } else { size }))
  if size != none and size >= 50pt and it.text != "" and it.figures.len() == 0 {
    let below = measure(title(size)).height + 34pt
    let sentence = text(size: 30pt, fill: rgb("#d7e8f0"), it.text)
    place(top + left, dy: below, block(width: 1000pt, height: 84pt, clip: true, sentence))
  }
})
#if it.figures.len() > 0 {
  let cells = it.figures.map(each => stack(
    spacing: 12pt,
    text(size: 54pt, weight: "bold", fill: rgb("#f0b354"), each.value),
    text(size: 25pt, fill: rgb("#d7e8f0"), each.label),
  ))
  place(top + left, dx: 72pt, dy: 352pt, grid(columns: (1fr,) * cells.len(), column-gutter: 40pt, ..cells))
}
#place(bottom + left, dx: 72pt, dy: -58pt, stack(dir: ltr, spacing: 26pt,
  box(stack(dir: ltr, spacing: 8pt, ..range(5).map(n => rect(
    width: 14pt, height: 60pt, radius: 7pt, fill: if n < it.stage { tones.at(n) } else { rgb("#2a5470") })))),
  box(height: 60pt, align(horizon, text(size: 28pt, it.standing))),
))
#place(bottom + right, dx: -72pt, dy: -64pt, align(right, stack(spacing: 10pt,
  text(size: 36pt, weight: "bold", "Labinov"), text(size: 22pt, fill: rgb("#c3dbe6"), it.host))))
"""


@dataclass(frozen=True)
class Figure:
    """A number on the picture and what it is."""

    value: str
    label: str


@dataclass(frozen=True)
class Card:
    """What a picture says: above the title, the title, a sentence, at most three figures, how far of the five stages.

    The sentence is left out where figures stand. `standing` says the stage in words, `host` where the page is.
    """

    language: str
    eyebrow: str
    title: str
    text: str
    figures: Sequence[Figure]
    stage: int
    standing: str
    host: str


class Pictures:
    """Makes pictures, one at a time, and keeps the newest asked for. Safe to use from several threads."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._setting, self._lock = Lock(), Lock()

    def png(self, card: Card) -> bytes:
        """Give the picture; raise Crowded where too many are asked for at a time."""
        said = json.dumps({**asdict(card), "stage": min(max(card.stage, 0), len(STAGES))})
        found = self._kept.get(said)
        if found is not None:
            return found
        if not self._setting.acquire(timeout=_WAIT_SECONDS):
            raise Crowded
        try:
            found = draw(said)
        finally:
            self._setting.release()
        with self._lock:
            self._kept[said] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def draw(said: str) -> bytes:
    """Give the picture of a card's JSON: with the fonts that typst carries, so that it is the same everywhere."""
    # One point is one pixel.
    made = typst.compile(_SHEET, format="png", ppi=72, ignore_system_fonts=True, sys_inputs={"it": said})
    assert isinstance(made, bytes)
    return made
