"""After the conclusion everybody entitled can check that the scorecards are those that were committed."""

import json
from hashlib import sha256

from tests.services.review.desk import ANN, AUDITOR, BEN, CAT, CHAIR, DAN, LAN, MACHINE, OTHER_CHAIR, UNIT, Desk


def test_payload_and_salt_make_the_hash_that_stands_in_the_leaf_of_the_sealed_log(desk: Desk) -> None:
    desk.ready().scored(ANN, score="80", comment="Lama.")
    leaves = {each.position: each.leaf.decode() for each in desk.review.kernel.log.read("36.74", after=0, limit=500)}
    desk.scored(BEN, score="75").concluded()
    for actor in (LAN, CHAIR, UNIT, AUDITOR, MACHINE, ANN, BEN):
        found = desk.gets(actor, f"/assessments/{desk.assessment}/commitments").json()
        assert [each["type"] for each in found] == ["assessment.scorecard-submitted"] * 2
        for each in found:
            told = sha256(bytes.fromhex(each["salt"]) + each["payload"].encode()).hexdigest()
            assert told == each["datahash"] == json.loads(each["leaf"])["datahash"]
        # What was handed in first stood in the log, as it is now, before the other reviewer had scored.
        assert leaves[found[0]["position"]] == found[0]["leaf"]
        assert json.loads(found[0]["payload"])["marks"][0]["comment"] == "Lama."
        assert [str(each.person) in json.dumps(found) for each in (ANN, BEN)] == [False, False]


def test_an_altered_payload_does_not_fit(desk: Desk) -> None:
    desk.ready().scored(ANN, BEN).concluded()
    found = desk.gets(UNIT, f"/assessments/{desk.assessment}/commitments").json()[0]
    altered = found["payload"].replace("80", "90")
    assert altered != found["payload"]
    assert sha256(bytes.fromhex(found["salt"]) + altered.encode()).hexdigest() != found["datahash"]


def test_nothing_opens_before_the_conclusion_nor_to_strangers(desk: Desk) -> None:
    desk.ready().scored(ANN)
    path = f"/assessments/{desk.assessment}/commitments"
    for actor in (LAN, CHAIR, UNIT, AUDITOR, MACHINE, ANN):
        desk.gets(actor, path, 409)
    desk.scored(BEN)
    desk.gets(CHAIR, path, 409)
    desk.concluded()
    for actor in (OTHER_CHAIR, CAT, DAN):
        desk.gets(actor, path, 404)
