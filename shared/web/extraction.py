"""Which sentences the code and the templates hold, and whether each has its Indonesian text."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE = "id"
_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
_TEMPLATE_OPTIONS = {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true", "trimmed": "true"}
_PLACEHOLDER = re.compile(r"%\(\w+\)\w|(?<!\{)\{\w+[^{}]*\}")

# Without the dates and names that gettext's tools write: they would make every change a conflict.
_HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"

"""

MessageId = str | tuple[str, str]


@dataclass(frozen=True)
class Scope:
    """A part of the tree with a catalogue of its own; what a parent already translates it need not repeat."""

    folder: Path
    catalogue: Path
    parent: "Scope | None" = None


@dataclass(frozen=True)
class Module:
    """A parsed module and what the names in it stand for, so that classes of one name in two modules stay apart."""

    path: Path
    tree: ast.Module
    names: dict[str, str]

    @classmethod
    def read(cls, path: Path, root: Path) -> "Module":
        """Parse a file; its classes and imports become full names such as `shared.domain.Rejection`."""
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        tree, names = ast.parse(path.read_bytes()), {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                names[node.name] = f"{name}.{node.name}"
            elif isinstance(node, ast.ImportFrom):
                names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
            elif isinstance(node, ast.Import):
                names |= {each.asname: each.name for each in node.names if each.asname}
        return cls(path, tree, names)

    def full(self, node: ast.expr) -> str:
        """Give the full name of what an expression names; "" for anything else."""
        if isinstance(node, ast.Subscript):
            return self.full(node.value)
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        return f"{self.full(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""

    def rejections(self, refused: set[str]) -> Iterator[tuple[int, str]]:
        """Give line and sentence of every rejection declared or raised here, given the full names of all."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef) and self.names[node.name] in refused:
                if sentence := ast.get_docstring(node):
                    yield node.lineno, sentence.strip().splitlines()[0]
            elif isinstance(node, ast.Call) and node.args and self.full(node.func) in refused:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value:
                    yield node.lineno, first.value

    def events(self) -> Iterator[tuple[int, str]]:
        """Give line and sentence of every event type declared here: the page of a record says it."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef) and any(
                isinstance(each, ast.Call) and self.full(each.func) == "shared.domain.event"
                for each in node.decorator_list
            ):
                yield node.lineno, (ast.get_docstring(node) or "").strip().splitlines()[0]


def rejection_names(modules: Iterable[Module]) -> set[str]:
    """Give the full names of the classes that are rejections, by following their bases."""
    bases = {
        module.names[node.name]: {module.full(base) for base in node.bases}
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }
    names = {"shared.domain.Rejection"}
    while more := {name for name, above in bases.items() if above & names} - names:
        names |= more
    return names


def scopes(root: Path = ROOT) -> list[Scope]:
    """Give the kernel's scope, then one for each service."""
    kernel = Scope(root / "shared", root / "shared/web/translations" / f"{LANGUAGE}.po")
    services = sorted(path.parent for path in root.glob("services/*/__init__.py"))
    return [kernel, *(Scope(path, path / "translations" / f"{LANGUAGE}.po", kernel) for path in services)]


def messages(scope: Scope) -> dict[MessageId, list[str]]:
    """Give every message id in the scope with the places (`file:line`) where it stands."""
    found: dict[MessageId, list[str]] = {}
    for path in sorted(scope.folder.rglob("*.py")):
        for line, message in _python(path):
            found.setdefault(message, []).append(_place(path, line))
    kernel = scope.parent or scope
    modules = [Module.read(path, kernel.folder.parent) for path in _sources(scope)]
    refused = rejection_names(modules)
    for module in modules:
        if module.path.is_relative_to(scope.folder):
            for line, sentence in (*module.rejections(refused), *module.events()):
                found.setdefault(sentence, []).append(_place(module.path, line))
    for path in sorted(scope.folder.rglob("templates/**/*.html")):
        for line, message in _template(path):
            found.setdefault(message, []).append(_place(path, line))
    return found


def faults(scope: Scope) -> list[str]:
    """Give a line for each message without a text, text without a message, and text with other placeholders."""
    used, catalogue = messages(scope), _read(scope)
    inherited = {_id(each) for each in _read(scope.parent)} if scope.parent else set()
    result = []
    for message, places in used.items():
        if message in inherited:
            continue
        entry = catalogue.get(_first(message))
        if entry is None or not _texts(entry) or entry.fuzzy:
            result.append(f"{places[0]}: no Indonesian text in {_place(scope.catalogue)} for {_first(message)!r}")
        elif any(
            set(_PLACEHOLDER.findall(text)) != set(_PLACEHOLDER.findall(_last(message))) for text in _texts(entry)
        ):
            result.append(f"{_place(scope.catalogue)}: other placeholders than in {_first(message)!r}")
    unused = [_id(entry) for entry in catalogue if _id(entry) and (_id(entry) not in used or _id(entry) in inherited)]
    return result + [f"{_place(scope.catalogue)}: nothing uses {_first(message)!r}" for message in unused]


def update(scope: Scope) -> None:
    """Write the scope's catalogue anew: texts stay, new messages come without a text, unused ones go."""
    known = _read(scope)
    inherited = {_id(each) for each in _read(scope.parent)} if scope.parent else set()
    fresh = read_po(StringIO(_HEADER), locale=LANGUAGE)
    for message, places in sorted(messages(scope).items(), key=lambda item: _first(item[0]).lower()):
        if message in inherited:
            continue
        entry = known.get(_first(message))
        text = entry.string if entry is not None and _id(entry) == message else None
        # Files without line numbers: a catalogue should change only when its sentences do.
        files = sorted({place.rpartition(":")[0] for place in places})
        fresh.add(message, text, locations=[(file, 0) for file in files])
    if not len(fresh) and not scope.catalogue.exists():
        return
    target = BytesIO()
    write_po(target, fresh, width=120, omit_header=True, include_lineno=False)
    scope.catalogue.parent.mkdir(parents=True, exist_ok=True)
    scope.catalogue.write_text(_HEADER + target.getvalue().decode().strip() + "\n")


def _python(path: Path) -> Iterator[tuple[int, MessageId]]:
    with path.open("rb") as source:
        for line, function, message, _ in extract_python(source, _KEYWORDS, (), {}):
            yield from _message(line, function, message)


def _template(path: Path) -> Iterator[tuple[int, MessageId]]:
    with path.open("rb") as source:
        for line, function, message, _ in babel_extract(source, list(_KEYWORDS), (), _TEMPLATE_OPTIONS):
            yield from _message(line, function, message)


def _message(line: int, function: object, message: object) -> Iterator[tuple[int, MessageId]]:
    parts = message if isinstance(message, (tuple, list)) else [message]
    texts = [part for part in parts if isinstance(part, str) and part]
    if function == "ngettext" and len(texts) >= 2:
        yield line, (texts[0], texts[1])
    elif texts:
        yield line, texts[0]


def _read(scope: Scope) -> Catalog:
    if not scope.catalogue.exists():
        return Catalog(locale=LANGUAGE)
    with scope.catalogue.open("rb") as source:
        return read_po(source, locale=LANGUAGE, abort_invalid=True)


def _sources(scope: Scope) -> list[Path]:
    folders = [scope.folder, *([scope.parent.folder] if scope.parent else [])]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def _id(entry: Message) -> MessageId:
    return entry.id if isinstance(entry.id, str) else (entry.id[0], entry.id[1])


def _first(message: MessageId) -> str:
    return message if isinstance(message, str) else message[0]


def _last(message: MessageId) -> str:
    return message if isinstance(message, str) else message[-1]


def _texts(entry: Message) -> list[str]:
    texts = [entry.string] if isinstance(entry.string, str) else entry.string or ()
    return [text for text in texts if text]


def _place(path: Path, line: int | None = None) -> str:
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return str(shown) if line is None else f"{shown}:{line}"
