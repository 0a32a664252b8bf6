"""The page for developers: its samples check real signatures, and its addresses are those that there are."""

import base64
import hashlib
import hmac
import html
import json
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.showcase.developers import LANGUAGES, sample
from tests.services.showcase.site import Running

SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two random bytes").decode()
BODY = '{"nama":"Sëhat","n":1}'
PYTHON = """import json, sys
for case in json.load(sys.stdin): print(verified(case["secret"], case["headers"], case["body"].encode()))
"""
NODE = """import { readFileSync } from "node:fs";
const say = (it) => (verified(it.secret, it.headers, it.body) ? "True" : "False");
for (const it of JSON.parse(readFileSync(0, "utf8"))) console.log(say(it));
"""
PHP = """
foreach (json_decode(file_get_contents('php://stdin'), true) as $it)
    echo verified($it['secret'], $it['headers'], $it['body']) ? "True\\n" : "False\\n";
"""
# Java has no JSON of its own: its cases come as lines, secret, headers and body in Base64.
JAVA = """
class Run { public static void main(String[] a) throws Exception {
    var in = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
    for (String line; (line = in.readLine()) != null;) {
        String[] p = line.split(" ");
        for (int i = 0; i < p.length; i++) p[i] = new String(Base64.getDecoder().decode(p[i]), UTF_8);
        var headers = Map.of("webhook-id", p[1], "webhook-timestamp", p[2], "webhook-signature", p[3]);
        System.out.println(Verify.verified(p[0], headers, p[4].getBytes(UTF_8)) ? "True" : "False");
    }
}}
"""


def signed(*, secret: str = SECRET, sent: int | None = None, body: str = BODY, beside: str = "") -> dict[str, object]:
    """Give a delivery as Standard Webhooks says it, the body as it arrives."""
    sent = int(time.time()) if sent is None else sent
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, f"msg_1.{sent}.{BODY}".encode(), hashlib.sha256).digest()).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(sent),
        "webhook-signature": f"{beside}v1,{signature}",
    }
    return {"secret": secret, "headers": headers, "body": body}


def cases() -> dict[str, tuple[dict[str, object], bool]]:
    """Give deliveries of this moment, and whether each is to be believed."""
    return {
        "right": (signed(), True),
        "during a rotation": (signed(beside="v1,AAAA "), True),
        "another body": (signed(body=BODY.replace("1", "2")), False),
        "another secret": (signed(secret="whsec_" + base64.b64encode(b"x" * 32).decode()), False),
        "ten minutes old": (signed(sent=int(time.time()) - 600), False),
    }


def _runs(language: str, folder: Path, deliveries: list[dict[str, object]]) -> tuple[list[str], str]:
    """Give the command that runs a sample, and what it reads."""
    told = json.dumps(deliveries)
    if language == "python":
        (folder / "run.py").write_text(sample(language) + "\n" + PYTHON)
        return ["python3", "run.py"], told
    if language == "javascript":
        (folder / "run.mjs").write_text(sample(language) + "\n" + NODE)
        return ["node", "run.mjs"], told
    if language == "php":
        (folder / "run.php").write_text(sample(language) + PHP)
        return ["php", "run.php"], told
    (folder / "Run.java").write_text(sample(language).replace("class Verify", JAVA + "\nclass Verify", 1))
    return ["java", "Run.java"], "\n".join(map(_line, deliveries)) + "\n"


def _line(case: Mapping[str, object]) -> str:
    headers = case["headers"]
    assert isinstance(headers, dict)
    parts = [case["secret"], *headers.values(), case["body"]]
    return " ".join(base64.b64encode(str(each).encode()).decode() for each in parts)


@pytest.mark.parametrize("language", [key for key, _ in LANGUAGES])
def test_a_sample_tells_true_signatures_from_others(language: str, tmp_path: Path) -> None:
    expected = cases()
    command, told = _runs(language, tmp_path, [case for case, _ in expected.values()])
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, cwd=tmp_path, input=told, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == [str(believed) for _, believed in expected.values()]


def test_a_sample_fits_on_a_screen() -> None:
    assert {key: len(sample(key).splitlines()) <= 24 for key, _ in LANGUAGES} == {key: True for key, _ in LANGUAGES}


def test_the_page_shows_every_sample_as_it_is_run(running: Running) -> None:
    for language in ("id", "en"):
        page = running.page(f"/developers?lang={language}")
        shown = [html.unescape(each) for each in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)]
        assert [sample(key) for key, _ in LANGUAGES] == [each for each in shown if "verified(" in each]
