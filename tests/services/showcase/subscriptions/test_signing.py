"""What we sign, checked by libraries that others wrote, in two languages, and by the vector of the specification."""

import json
import subprocess
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.showcase.subscriptions.signing import headers, new_secret, signature
from tests.npm import npm_packages

BODY = '{"specversion":"1.0","type":"labinov.test","data":{"judul":"Lapor Lurah – é 𝄞"}}'.encode()

NODE = """
const { Webhook: Standard } = require("standardwebhooks");
const { Webhook: Svix } = require("svix");
for (const each of JSON.parse(require("fs").readFileSync(0, "utf8"))) {
  console.log([Standard, Svix].map((Webhook) => {
    try { new Webhook(each.secret).verify(each.body, each.headers); return "accepted"; }
    catch (error) { return error.name; }
  }).join(" "));
}
"""


def test_the_vector_of_the_specification() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_has_as_many_bytes_as_the_specification_asks() -> None:
    first, second = new_secret(), new_secret()
    assert (len(first), first[:6], first == second) == (50, "whsec_", False)


def test_a_library_for_python_accepts_it_and_refuses_what_was_altered() -> None:
    secret = new_secret()
    sent = headers([secret], "msg_1", datetime.now(UTC), BODY)
    assert Webhook(secret).verify(BODY, sent) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.replace(b"Lurah", b"Camat"), sent)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, sent)


def test_during_a_rotation_either_secret_is_accepted() -> None:
    new, former = new_secret(), new_secret()
    sent = headers([new, former], "msg_1", datetime.now(UTC), BODY)
    assert [Webhook(each).verify(BODY, sent)["specversion"] for each in (new, former)] == ["1.0", "1.0"]


def test_two_libraries_for_javascript_accept_it_and_refuse_what_was_altered() -> None:
    folder = npm_packages("standardwebhooks@1.1.1", "svix@2.5.0")
    new, former = new_secret(), new_secret()
    sent = headers([new, former], "msg_1", datetime.now(UTC), BODY)
    body = BODY.decode()
    cases = [
        {"secret": new, "body": body, "headers": sent},
        {"secret": former, "body": body, "headers": sent},
        {"secret": new, "body": body + " ", "headers": sent},
        {"secret": new_secret(), "body": body, "headers": sent},
        {"secret": new, "body": body, "headers": {**sent, "webhook-id": "msg_2"}},
    ]
    done = subprocess.run(["node", "-e", NODE], cwd=folder, input=json.dumps(cases), capture_output=True, text=True)
    refused = "WebhookVerificationError WebhookVerificationError"
    assert (done.stderr, done.stdout.splitlines()) == ("", ["accepted accepted"] * 2 + [refused] * 3)
