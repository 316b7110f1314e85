"""What a change would do, on the pages of whoever decides: asked for, watched, read, drilled into, published with."""

import pytest

from compliance_site.whatif.job import run_reports
from policies.models import ImpactReport, PolicyVersion
from policies.services.impact import impact_of
from tests.pages.approvals import reported, submitted
from tests.pages.calls import delivered

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(line, officer):
    return submitted(line, officer)


def text(answer):
    return " ".join(answer.content.decode().split())


def test_while_something_is_stored_a_version_is_published_with_its_what_if_or_not_at_all(
    client, line, second_officer, version
):
    delivered(line, drawn=False)
    client.force_login(second_officer)
    page = text(client.get(f"/policies/versions/{version.pk}/"))
    assert "First find out what it changes for stored calls" in page
    assert "Publish version 1" not in page
    refused = client.post(f"/policies/versions/{version.pk}/publish/", {"begins": "now"})
    assert refused.status_code == 409
    # when the what-if has run
    asked = client.post(f"/what-if/version/{version.pk}/start/")
    report = impact_of(version)
    assert asked["Location"] == f"/what-if/{report.pk}/"
    assert "Waits for a worker" in text(client.get(asked["Location"]))
    run_reports()
    # then it can be published, and says before what happens and what does not
    page = text(client.get(f"/policies/versions/{version.pk}/"))
    assert "1 would go earlier. Publishing does not shorten them" in page
    done = client.post(f"/policies/versions/{version.pk}/publish/", {"begins": "now", "report": report.pk})
    assert done.status_code == 302
    version.refresh_from_db()
    assert (version.state, version.approval["report"]) == ("published", str(report.pk))
    assert "the what-if they read" in text(client.get(f"/policies/versions/{version.pk}/"))


def test_where_nothing_is_stored_no_what_if_is_asked_for(client, second_officer, version):
    client.force_login(second_officer)
    assert "Nothing is stored yet that it could change." in text(client.get(f"/policies/versions/{version.pk}/"))
    client.post(f"/policies/versions/{version.pk}/publish/", {"begins": "now"})
    assert PolicyVersion.objects.get(pk=version.pk).state == "published"


def test_a_what_if_under_way_is_told_as_a_part_and_loads_the_page_anew_when_it_is_done(client, line, officer, version):
    delivered(line, drawn=False)
    client.force_login(officer)
    client.post(f"/what-if/version/{version.pk}/start/")
    report, part = impact_of(version), {"HX-Request": "true"}
    running = client.get(f"/what-if/{report.pk}/", headers=part)
    assert 'id="what-if-job"' in text(running)
    assert "<html" not in text(running)
    run_reports()
    assert client.get(f"/what-if/{report.pk}/", headers=part)["HX-Refresh"] == "true"
    page = text(client.get(f"/what-if/{report.pk}/"))
    assert "over the 1 recording that you see" in page
    assert "Every party has to agree; a yes, a key press or another active step is needed" in page


def test_a_what_if_can_be_stopped_and_counts_for_nothing_then(client, line, officer, version):
    delivered(line, drawn=False)
    client.force_login(officer)
    client.post(f"/what-if/version/{version.pk}/start/")
    report = impact_of(version)
    client.post(f"/what-if/{report.pk}/cancel/")
    report.refresh_from_db()
    assert report.state == ImpactReport.State.CANCELLED
    assert "What it had counted is dropped" in text(client.get(f"/what-if/{report.pk}/"))
    assert "Run it again" in text(client.get(f"/what-if/{report.pk}/"))


def test_each_number_opens_the_recordings_that_it_counts_with_both_dates(client, line, officer, version):
    call = delivered(line, drawn=False)
    report = reported(version, officer)
    client.force_login(officer)
    assert f'href="/what-if/{report.pk}/recordings/?kind=earlier"' in text(client.get(f"/what-if/{report.pk}/"))
    page = text(client.get(f"/what-if/{report.pk}/recordings/?kind=earlier"))
    assert "1 recording would go earlier" in page
    assert f"/recordings/{call.pk}/" in page
    assert "only by a list of its own" in page
    assert client.get(f"/what-if/{report.pk}/recordings/?kind=louder")["Location"] == f"/what-if/{report.pk}/"


def test_a_report_of_other_lines_is_not_there(client, line, officer, stranger, version):
    delivered(line, drawn=False)
    report = reported(version, officer)
    client.force_login(officer)
    assert client.get(f"/what-if/{report.pk}/").status_code == 200
    client.force_login(stranger)
    for address in (f"/what-if/{report.pk}/", f"/what-if/{report.pk}/recordings/?kind=earlier"):
        assert client.get(address).status_code == 404
    assert client.post(f"/what-if/version/{version.pk}/start/").status_code == 404
    assert client.post(f"/what-if/nonsense/{version.pk}/start/").status_code == 404
    assert client.post("/what-if/release/seven/start/").status_code == 404
