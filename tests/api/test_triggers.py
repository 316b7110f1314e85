"""What a period counts from, told over the API: of one recording and of all that match."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from recordings.services.retention.triggers import count_due
from tests.unit.recordings_retention.stage import AT_MOST_A_YEAR, KEEP_AFTER_CONTRACT, dates, kept

pytestmark = pytest.mark.django_db


def posted(path, body, headers):
    return Client().post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def test_a_recording_is_counted_anew_and_tells_its_history(line, bearer):
    recording, headers = kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR), bearer(lines=[line])
    before = dates(recording)
    at = (timezone.now() - timedelta(days=2)).isoformat()
    path = f"recordings/{recording.pk}/triggers/"
    answer = posted(path, {"kind": "contract_end", "at": at}, headers)
    told = answer.json()
    assert (answer.status_code, told["outcome"], told["waits_for"]) == (200, "later", [])
    assert dates(recording)[0] > before[0]
    assert posted(path, {"kind": "contract_end", "at": at}, headers).json()["trigger_id"] == told["trigger_id"]
    (effect,) = Client().get(f"/api/v1/{path}", headers=headers).json()
    assert (effect["kind"], effect["words"]) == ("contract_end", "the contract ended")
    history = Client().get(f"/api/v1/recordings/{recording.pk}/retention/", headers=headers).json()["history"]
    assert [change["cause"] for change in history] == ["trigger"]


def test_another_moment_is_a_conflict_and_nonsense_is_pointed_at(line, bearer):
    recording, headers = kept(line, KEEP_AFTER_CONTRACT), bearer(lines=[line])
    path, now = f"recordings/{recording.pk}/triggers/", timezone.now()
    posted(path, {"kind": "contract_end", "at": now.isoformat()}, headers)
    other = {"kind": "contract_end", "at": (now - timedelta(days=1)).isoformat()}
    assert posted(path, other, headers).status_code == 409
    assert posted(path, other | {"replace": True}, headers).status_code == 200
    for wrong in ({"kind": "moon_landing", "at": other["at"]}, {"kind": "contract_end", "at": "2999-01-01T00:00:00Z"}):
        assert posted(path, wrong, headers).status_code == 422


def test_all_that_match_are_counted_by_a_worker(line, other_line, bearer):
    ours, foreign = kept(line, KEEP_AFTER_CONTRACT), kept(other_line, KEEP_AFTER_CONTRACT)
    headers = bearer(lines=[line])
    body = {"kind": "contract_end", "at": timezone.now().isoformat(), "match": {"agent": ours.agent_id}}
    answer = posted("triggers/", body, headers)
    assert (answer.status_code, answer.json()["state"]) == (202, "working")
    while count_due(at=timezone.now()):
        pass
    told = Client().get(f"/api/v1/triggers/{answer.json()['id']}/", headers=headers).json()
    assert (told["state"], told["matched"]) == ("done", 1)
    foreign.refresh_from_db()
    assert foreign.known_triggers == {}


def test_no_filter_reaches_nothing(line, bearer):
    body = {"kind": "contract_end", "at": timezone.now().isoformat(), "match": {}}
    assert posted("triggers/", body, bearer(lines=[line])).status_code == 422
