"""Sentences and rejections in the reader's language; the check finds what is missing, unused or of another shape."""

from datetime import date
from pathlib import Path

import pytest

from shared.domain import Invalid, Several, Stale
from shared.web.extraction import ROOT, Scope, faults, messages, scopes, update
from shared.web.i18n import field_errors, translate_rejection, translations

CODE = '''
"""A service's module."""
from shared import domain
from shared.domain import Conflict, Invalid as Wrong
from other import Conflict as Unrelated

class Closed(Conflict):
    """This is closed.

    The rest is for engineers.
    """

class Later(Closed):
    """This comes {days} days later."""

class NotOurs(Unrelated):
    """Not a rejection."""

def refuse(_):
    raise Wrong("Choose a number from {least} to {most}.", field="n", least=1, most=5)
    raise domain.NotFound("There is no such region.")
    raise Unrelated("nobody reads this")
    return _("Saved.")
'''
TEMPLATE = '{{ _("Programmes") }}{% trans n=n %}{{ n }} unit{% pluralize %}{{ n }} units{% endtrans %}'
EXPECTED = {
    "This is closed.",
    "This comes {days} days later.",
    "Choose a number from {least} to {most}.",
    "There is no such region.",
    "Saved.",
    "Programmes",
    ("%(n)s unit", "%(n)s units"),
}


@pytest.fixture
def scope(tmp_path: Path) -> Scope:
    service = tmp_path / "services/house"
    (service / "templates").mkdir(parents=True)
    (tmp_path / "shared/web/translations").mkdir(parents=True)
    (tmp_path / "shared/domain.py").write_bytes((ROOT / "shared/domain.py").read_bytes())
    (service / "__init__.py").write_text("")
    (service / "main.py").write_text(CODE)
    (service / "templates/a.html").write_text(TEMPLATE)
    return scopes(tmp_path)[1]


def fill(scope: Scope, text: str = "teks") -> None:
    """Give every message an Indonesian text with the placeholders that it has."""
    update(scope)
    lines: list[str] = []
    last = ""
    for line in scope.catalogue.read_text().splitlines():
        if line.startswith("msgid ") and line != 'msgid ""':
            lines.append(line)
            last = line.removeprefix("msgid ")
        elif line.startswith("msgid_plural "):
            lines.append(line)
            last = line.removeprefix("msgid_plural ")
        elif line in ('msgstr ""', 'msgstr[0] ""') and len(lines) > 2:
            lines.append(f'{line[:-2]}"{text} {last[1:-1]}"')
        else:
            lines.append(line)
    scope.catalogue.write_text("\n".join(lines) + "\n")


def test_every_kind_of_sentence_is_found(scope: Scope) -> None:
    assert set(messages(scope)) == EXPECTED


def test_the_check_passes_when_all_is_there(scope: Scope) -> None:
    fill(scope)
    assert faults(scope) == []


def test_the_check_names_each_missing_text(scope: Scope) -> None:
    assert scope.parent is not None
    found = faults(scope)
    assert len(found) == len(EXPECTED)
    assert f"{scope.folder}/main.py:23: no Indonesian text in {scope.catalogue} for 'Saved.'" in found


def test_the_check_finds_one_missing_unused_and_misshapen_text(scope: Scope) -> None:
    fill(scope)
    whole = scope.catalogue.read_text()
    scope.catalogue.write_text(whole.replace('"teks Saved."', '""'))
    assert faults(scope) == [f"{scope.folder}/main.py:23: no Indonesian text in {scope.catalogue} for 'Saved.'"]
    scope.catalogue.write_text(whole + '\nmsgid "Gone."\nmsgstr "Hilang."\n')
    assert faults(scope) == [f"{scope.catalogue}: nothing uses 'Gone.'"]
    scope.catalogue.write_text(whole.replace('"teks This comes {days} days', '"teks This comes {day} days'))
    assert faults(scope) == [f"{scope.catalogue}: other placeholders than in 'This comes {{days}} days later.'"]


def test_a_service_need_not_repeat_what_the_shell_says(scope: Scope) -> None:
    assert scope.parent is not None
    fill(scope)
    scope.parent.catalogue.write_text('msgid ""\nmsgstr ""\n\nmsgid "Saved."\nmsgstr "Tersimpan."\n')
    assert faults(scope) == [f"{scope.catalogue}: nothing uses 'Saved.'"]
    update(scope)
    assert faults(scope) == []


def test_updating_keeps_texts_and_is_stable(scope: Scope) -> None:
    fill(scope)
    update(scope)
    before = scope.catalogue.read_text()
    update(scope)
    assert scope.catalogue.read_text() == before
    assert before.count("teks ") == len(EXPECTED)


def test_every_sentence_of_the_shell_has_its_indonesian_text() -> None:
    shell = Scope(ROOT / "shared/web", ROOT / "shared/web/translations/id.po")
    assert [fault for fault in faults(shell) if "nothing uses" not in fault] == []


def test_a_rejection_is_translated_before_its_facts_are_filled_in() -> None:
    assert translate_rejection(Stale(), "id") == (
        "Ada yang mengubahnya sejak Anda membukanya. Buka kembali lalu ulangi perubahan Anda."
    )
    assert translate_rejection(Stale(), "en") == Stale.__doc__
    large = Invalid("This number must be at most {le}.", le=1234567)
    assert translate_rejection(large, "id") == "Angka ini paling besar 1.234.567."
    assert translate_rejection(large, "en") == "This number must be at most 1,234,567."
    facts = Invalid(
        "{le} {when} {role} {stage} {more}",
        le=2.5,
        when=date(2020, 12, 21),
        role="Reviewer",
        stage="drum-up",
        more=["Unit member", "x"],
    )
    assert translate_rejection(facts, "id") == "2,5 21 Desember 2020 Penilai Drum-up Anggota unit, x"


def test_several_rejections_stand_beside_their_fields() -> None:
    several = Several(
        [Invalid("This field is required.", field="a/0/b"), Several([Stale()]), Invalid(field="a/0/b")],
    )
    assert field_errors(several, "id") == {
        "a/0/b": "Isian ini wajib. Ada bagian permintaan yang tidak sah.",
        "": "Ada yang mengubahnya sejak Anda membukanya. Buka kembali lalu ulangi perubahan Anda.",
    }


def test_a_rooms_texts_come_on_top_of_the_shells(scope: Scope) -> None:
    fill(scope)
    both = translations("id", scope.folder)
    assert (both.gettext("Saved."), both.gettext("Cancel")) == ("teks Saved.", "Batal")
    assert both.ngettext("%(n)s unit", "%(n)s units", 1) == "teks %(n)s units"
    assert translations("id").gettext("Saved.") == "Saved."
