"""What a page says, read from its HTML as a program reads it: tables by caption, numbers by what stands beside them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    """An element with what is in it."""

    name: str
    attributes: dict[str, str]
    inside: "list[Element | str]" = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, with single spaces."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for each in self.inside:
            if isinstance(each, str):
                yield each
            else:
                yield from each._texts()

    def all(self, name: str | None = None, cls: str | None = None) -> "Iterator[Element]":
        """Give the elements in it of this name, or of this class, in order."""
        for each in self.inside:
            if isinstance(each, Element):
                if name in (None, each.name) and (cls is None or cls in each.attributes.get("class", "").split()):
                    yield each
                yield from each.all(name, cls)

    def one(self, name: str | None = None, cls: str | None = None) -> "Element":
        """Give the first of them, which must be there."""
        return next(self.all(name, cls))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if any(each.name == tag for each in self.open):
            while self.open.pop().name != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read(html: str) -> Element:
    """Give a page, which ours are well-formed enough for."""
    reader = _Reader()
    reader.feed(html)
    return reader.open[0]


def number(text: str) -> int | float | None:
    """Give the number that a text begins with, as English pages write it; None for a dash."""
    first = text.split(maxsplit=1)[0].replace(",", "") if text else "–"
    if first == "–":
        return None
    return float(first) if "." in first else int(first)


def stats(element: Element) -> list[tuple[str, int | float | None]]:
    """Give the large numbers with their labels, in order."""
    return [
        (each.one(cls="stat__label").text, number(each.one(cls="stat__value").text)) for each in element.all(cls="stat")
    ]


def table(element: Element, caption: str) -> list[list[str]]:
    """Give the rows of the first table whose caption begins so, as texts; none where there is no such table."""
    for each in element.all("table"):
        if any(found.text.startswith(caption) for found in each.all("caption")):
            rows = each.one("tbody").all("tr")
            return [[cell.text for cell in row.inside if isinstance(cell, Element)] for row in rows]
    return []


def progress(element: Element) -> dict[str, tuple[int | float | None, int | float | None]]:
    """Give what is said as `n of m`, by its label."""
    found = {}
    for each in element.all("p", "progress__text"):
        value, _, most = each.one("strong").text.partition(" of ")
        found[each.one("span").text] = (number(value), number(most))
    return found
