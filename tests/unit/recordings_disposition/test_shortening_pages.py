"""Dates that come earlier, as pages: a list, its number, the brake, a second person, no way back."""

import pytest
from django.db import connection
from django.utils import timezone

from recordings.models import ShorteningJob
from recordings.services import shortening
from tests.pages.approvals import published, submitted
from tests.pages.calls import delivered


@pytest.fixture
def job(line, officer, second_officer, transactional_db, client):
    """Three calls that would leave earlier under the version in force: proposed by the first officer, counted."""
    for number in range(3):
        delivered(line, external_id=f"call-{number}", drawn=False)
    version = published(submitted(line, officer), second_officer)
    client.force_login(officer)
    went = client.post(f"/recordings/disposition/shortenings/version/{version.pk}/propose/")
    assert went.status_code == 302
    count()
    return ShorteningJob.objects.get()


def count():
    while shortening.shorten_due(at=timezone.now()):
        pass
    connection.close()


def text(answer):
    return " ".join(answer.content.decode().split())


def address(job, act=""):
    return f"/recordings/disposition/shortenings/{job.pk}/{act}"


def test_a_second_officer_reads_the_list_and_types_its_number_before_any_date_comes_earlier(
    client, job, officer, second_officer
):
    # the one who proposed it sees that it is not theirs to approve
    page = text(client.get(address(job)))
    assert "You proposed it. Another officer has to approve it." in page
    assert "Let 3 leave earlier" not in page
    assert client.post(address(job, "approve/"), {"confirmed": "3"}).status_code == 403
    # the other one sees the list, the number, and that there is no way back
    client.force_login(second_officer)
    page = text(client.get(address(job)))
    assert "3 of 3 looked at" in page
    assert page.count("<del>") == 3
    assert "nobody can move them back" in page
    for typed, says in (("", "Type 3, the number"), ("2", "3"), ("three", "Write the number in digits")):
        answer = client.post(address(job, "approve/"), {"confirmed": typed})
        assert answer.status_code in {409, 422}
        assert says in text(answer)
    job.refresh_from_db()
    assert job.state == "proposed"
    client.post(address(job, "approve/"), {"confirmed": "3"})
    count()
    page = text(client.get(address(job)))
    assert "3 recordings leave earlier now" in page
    assert "typed 3" in page


def test_a_list_is_laid_aside_with_a_reason_and_every_date_stays(client, job, second_officer):
    client.force_login(second_officer)
    assert client.post(address(job, "refuse/"), {"because": "no"}).status_code == 422
    client.post(address(job, "refuse/"), {"because": "A regulator asked for them."})
    job.refresh_from_db()
    assert job.state == "refused"
    assert "A regulator asked for them." in text(client.get(address(job)))
    assert "Laid aside" in text(client.get("/recordings/disposition/shortenings/"))


def test_another_lines_officer_finds_no_list(client, job, stranger):
    client.force_login(stranger)
    assert client.get(address(job)).status_code == 404
    assert "Nothing was ever shortened" in text(client.get("/recordings/disposition/shortenings/"))
