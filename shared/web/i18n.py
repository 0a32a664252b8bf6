"""What language a reader gets, and how sentences and rejections are put into it. Message ids are English.

`python -m shared.web.i18n extract` brings the `translations/id.po` of the kernel and of every service up to date;
`python -m shared.web.i18n check` fails when a sentence lacks its Indonesian text or a text has no sentence.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from shared.domain import Rejection, Several
from shared.web.formats import Formats
from shared.web.stages import NAMES

LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
DEFAULT_LANGUAGE = "id"
SHELL = Path(__file__).parent


@cache
def translations(language: str, *rooms: Path) -> NullTranslations:
    """Give the texts of a language: the shell's, then those in `translations/` of each room (a service's folder).

    English needs none: its texts are the message ids.
    """
    merged = Translations()
    for room in (SHELL, *rooms):
        path = room / "translations" / f"{language}.po"
        if path.exists():
            with path.open("rb") as source:
                compiled = BytesIO()
                write_mo(compiled, read_po(source, locale=language))
            compiled.seek(0)
            texts = Translations(compiled)
            merged.merge(texts)
            # Merging takes the texts alone; the language's own plural says which of them fits a number.
            merged.plural = texts.plural
    return merged


def translate_rejection(rejection: Rejection, language: str, *rooms: Path) -> str:
    """Give the rejection's sentence in the language, its facts filled in after the translation.

    A fact that is a sentence or name with a translation of its own is translated, numbers and days are formatted.
    """
    texts, formats = translations(language, *rooms), Formats(language)
    facts = {name: _fact(value, texts, formats) for name, value in rejection.facts.items()}
    return texts.gettext(rejection.template).format(**facts)


def field_errors(rejection: Rejection, language: str, *rooms: Path) -> dict[str, str]:
    """Give field path → sentence, as the form macros take it; what concerns no field stands under ""."""
    errors: dict[str, str] = {}
    for each in _each(rejection):
        sentence = translate_rejection(each, language, *rooms)
        field = each.field or ""
        errors[field] = f"{errors[field]} {sentence}" if field in errors else sentence
    return errors


def _each(rejection: Rejection) -> Iterator[Rejection]:
    if isinstance(rejection, Several):
        for inner in rejection.rejections:
            yield from _each(inner)
    else:
        yield rejection


def _fact(value: Any, texts: NullTranslations, formats: Formats) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return formats.number(value)
    if isinstance(value, date):
        return formats.moment(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_fact(each, texts, formats) for each in value)
    if not isinstance(value, str) or not value:
        return str(value)
    return NAMES.get(value) or texts.gettext(value)


def main(arguments: Sequence[str]) -> int:
    """Run `extract` or `check`; give the exit code: 0 fine, 1 something is missing or unused, 2 wrong usage."""
    from shared.web import extraction

    if list(arguments) == ["extract"]:
        for scope in extraction.scopes():
            extraction.update(scope)
        return 0
    if list(arguments) == ["check"]:
        faults = [fault for scope in extraction.scopes() for fault in extraction.faults(scope)]
        print("\n".join(faults) or "Every sentence has its Indonesian text.")
        return 1 if faults else 0
    print("usage: python -m shared.web.i18n extract|check", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
