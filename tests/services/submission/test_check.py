"""The page that a record's QR code leads to, and the receipt that names the record."""

import os
from pathlib import Path
from uuid import uuid4

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from shared.proofs import Proof
from shared.sealer import Sealer
from shared.tlog import Verifier
from tests.services.submission.signed_in import Running, lan
from tests.shared.web.serving import serving

UNIT = {"region": "33.27", "code": "dinkes", "name": "Dinas Kesehatan", "short_name": "Dinkes", "kind": "opd"}


def seal(submission: Running) -> None:
    kernel = submission.service.kernel
    assert kernel.settings.seal_dir is not None
    Sealer("submission", kernel.engine, kernel.settings.seal_dir, kernel.settings.origin, 30).seal_once(at_once=True)


def test_a_receipt_leads_to_a_proof_of_the_very_leaf_it_names(submission: Running, browser: Browser) -> None:
    key = str(uuid4())
    answers = [submission.as_(lan()).send("POST", "/units", UNIT, key=key).json() for _ in range(2)]
    receipt = answers[0]["receipt"]
    assert answers[0] == answers[1]
    assert {name: receipt[name] for name in ("log", "epoch", "position", "proof")} == {
        "log": "labinov.id/submission/33.27/1",
        "epoch": 1,
        "position": 1,
        "proof": "/submission/events/33.27/1/proof",
    }
    nobody = submission.as_(None)
    page = nobody.get("/check/33.27/1").text
    assert "/events/33.27/1/proof" not in page
    seal(submission)
    vkey = Verifier.parse(nobody.get("/log/key").text)
    proof = Proof.parse(nobody.get("/events/33.27/1/proof").content)
    assert proof.check(bytes.fromhex(receipt["leaf_hash"]), vkey).origin == receipt["log"]
    page = nobody.get("/check/33.27/1").text
    assert [each in page for each in (str(vkey), "/events/33.27/1/proof", '<svg role="img"')] == [True] * 3
    assert [nobody.get(f"/check/{each}").status_code for each in ("33.27/2", "99.99/1", "33.27/0")] == [404, 404, 422]

    found = {}
    with serving(submission.service.api()) as address:
        for width in (390, 1280):
            context = browser.new_context(base_url=address, viewport={"width": width, "height": 800})
            shown = context.new_page()
            shown.goto("/check/33.27/1")
            wider = shown.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            found[width] = ([each["id"] for each in Axe().run(shown).response["violations"]], wider)
            if folder := os.environ.get("SHOTS"):
                shown.screenshot(path=Path(folder) / f"check-{width}.png", full_page=True)
            context.close()
    assert found == {390: ([], False), 1280: ([], False)}
