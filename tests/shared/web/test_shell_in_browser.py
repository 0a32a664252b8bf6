"""The shell in a real browser: accessible, within a phone's width, usable by keyboard, and safe with people's text."""

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page

from tests.shared.web.styleguide.app import ATTACK


def violations(page: Page) -> list[Any]:
    result = Axe().run(page, options={"resultTypes": ["violations", "passes"]}).response
    assert len(result["passes"]) > 10
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in result["violations"]]


# What holds most comes both ways always, the rest in a long run.
_BOTH = [("light", 1280), ("dark", 390)]
VIEWS = [("/", *_BOTH[0]), ("/", *_BOTH[1]), ("/form", *_BOTH[1]), ("/empty", *_BOTH[0]), ("/problem/404", *_BOTH[1])]
if os.environ.get("LABINOV_LONG") == "1":
    VIEWS = [(path, *view) for path in ("/", "/form", "/empty", "/problem/404") for view in _BOTH]


@pytest.mark.parametrize(("path", "scheme", "width"), VIEWS)
def test_axe_finds_nothing(browser: Browser, address: str, path: str, scheme: Any, width: int) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.goto(address + path)
    assert violations(page) == []
    page.close()


def test_axe_would_find_something(page: Page) -> None:
    page.goto("/empty")
    page.evaluate("document.querySelector('main').innerHTML += '<img src=\"/static/labinov.svg\">'")
    assert [rule for rule, _ in violations(page)] == ["image-alt"]


@pytest.mark.parametrize("path", ["/", "/?anonymous", "/form", "/form?fresh", "/empty", "/problem/404"])
def test_nothing_scrolls_sideways(page: Page, path: str) -> None:
    page.goto(path)
    widths = (320, 360, 390, 720, 794, 1024, 1440)
    found, clipped = [], []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        found.append(page.evaluate("document.documentElement.scrollWidth"))
        clipped += page.locator(".table-frame, .card, .panel, .facts, .field").evaluate_all(
            "all => all.filter(each => each.scrollWidth > each.clientWidth).map(each => each.className)"
        )
    assert found == list(widths)
    assert clipped == []


def test_keyboard_order_of_the_shell(page: Page) -> None:
    page.goto("/problem/404?x")
    seen = []
    for _ in range(10):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"))
    assert seen == [
        "Langsung ke isi",
        "LabinovLembaga Administrasi Negara",
        "ID",
        "EN",
        "Masuk",
        "Etalase",
        "Pengajuan",
        "Penilaian",
        "Etalase",
        "Pengajuan",
    ]


def test_the_skip_link_shows_and_leads_to_the_content(page: Page) -> None:
    page.goto("/empty")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") == 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Ajukan yang pertama"


def test_the_account_opens_and_closes_by_keyboard(page: Page) -> None:
    page.goto("/empty")
    page.locator(".account > summary").press("Enter")
    assert page.locator(".account__roles li").all_text_contents() == ["Koordinator daerah", "Penilai"]
    page.keyboard.press("Escape")
    assert page.evaluate("[document.querySelector('.account').open, document.activeElement.tagName]") == [
        False,
        "SUMMARY",
    ]


def test_stored_markup_shows_as_text(page: Page) -> None:
    page.goto("/")
    assert page.title() == "Komponen · Labinov"
    assert page.locator("img").count() == 0
    assert page.locator(".notice--bad p").last.text_content() == ATTACK
    assert page.locator("a[href^=javascript]").count() == 0


def test_errors_have_the_focus_and_lead_to_their_fields(page: Page) -> None:
    page.goto("/form")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    lines = [text.strip() for text in page.locator(".error-summary li").all_text_contents()]
    assert lines == [
        "Target: Angka ini paling besar 1.000.",
        "Judul: Isian ini wajib.",
        "Bentuk: Ini bukan salah satu nilai yang mungkin di sini.",
        "Ini tidak dapat dilakukan dalam keadaan sekarang.",
    ]
    page.locator(".error-summary a").first.click()
    assert page.evaluate("document.activeElement.name") == "indicators/0/target"
    described = page.locator("[name='indicators/0/target']").get_attribute("aria-describedby")
    assert described == "f-indicators-0-target-error f-indicators-0-target-unit"


def test_filled_in_values_come_back(page: Page) -> None:
    page.goto("/form")
    assert page.locator("[name='indicators/0/baseline']").input_value() == "120"
    assert page.locator("[name=sector]").input_value() == "health"
    assert page.locator("[name=due_on]").input_value() == "2026-12-01"
    checked = page.locator("[name=goals]:checked").evaluate_all("boxes => boxes.map(box => box.value)")
    assert checked == ["3", "16"]
    assert ATTACK in page.locator("[name=summary]").input_value()


def test_words_are_counted_while_typing(page: Page) -> None:
    page.goto("/form?fresh")
    counter = page.locator("#f-summary-words")
    assert counter.text_content() == "sisa 20 dari 20 kata"
    page.locator("[name=summary]").fill("satu dua " * 11)
    assert counter.text_content() == "kelebihan 2 kata; paling banyak 20"
    page.locator("[name=design]").fill("satu")
    assert page.locator("#f-design-words").text_content() == "1 kata; diminta sedikitnya 300"


def test_unsaved_changes_are_guarded(page: Page) -> None:
    page.goto("/form?fresh")
    state = page.locator("[data-state]")
    assert state.text_content() == ""
    page.locator("[name=title]").press_sequentially("Akta")
    assert state.text_content() == "Belum disimpan"
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", agree)
    page.locator(".brand").click()
    page.wait_for_url("**/")
    assert asked == ["beforeunload"]


def test_a_form_is_sent_once(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    page.goto("/form?fresh")
    page.locator("[name=title]").fill("Akta")
    page.evaluate(
        "() => { const two = document.querySelector('main form button[name=then]'); two.click(); two.click(); }"
    )
    page.locator(".notice--good[role=status]").wait_for()
    assert [("title=Akta" in body, "then=submit" in body) for body in sent] == [(True, True)]


def test_a_confirmed_button_asks_first(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if request.method == "POST" else None)
    page.goto("/")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Tarik kembali").click()
    assert sent == []
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Tarik kembali").click()
    page.locator(".notice--good[role=status]").wait_for()
    assert sent == ["POST"]


def test_everything_works_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/form?fresh")
    page.locator("[name=title]").fill("Akta")
    page.get_by_role("button", name="Simpan", exact=True).click()
    assert page.locator(".notice--good[role=status] p").text_content() == f"Keluar {ATTACK}"
    page.get_by_role("link", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    context.close()


def test_scripts_stay_small(address: str, page: Page) -> None:
    page.goto("/")
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').map(e => [new URL(e.name).pathname, e.decodedBodySize])"
    )
    assert sum(size for name, size in sizes if name.endswith(".js")) < 10_000
    assert {name for name, _ in sizes if name.startswith("/static/")} == {name for name, _ in sizes}
