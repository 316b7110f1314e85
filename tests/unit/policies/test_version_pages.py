"""A version's pages: written while its words are looked at, compared, carried as a file, cloned, ended, kept."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from policies.domain.documents import CAREFUL_DEFAULT
from policies.models import Policy, PolicyVersion
from policies.services import versions
from policies.services.retirement import request_retirement
from tests.pages.approvals import SHORTER, submitted

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
FIELDS = {
    "company": "Harbor & Vale",
    "standard": "notice_required",
    "form": "implied_by_notice",
    "reading": "best",
    "hints": "best_source",
    "card_data": "when_taken",
    "on_refusal": "stop_recording",
    "max_period": "90 days",
    "cooling_period": "7 days",
    "purposes": ["quality_assurance"],
    "language": "en",
    "opt_out_key": "9",
}


@pytest.fixture
def draft(line, officer):
    return versions.draft_version(document=SHORTER, code="home-cover", name="Home cover", lines=[line], actor=officer)


@pytest.fixture
def in_force(line, officer, second_officer):
    return versions.publish_version(version=submitted(line, officer), actor=second_officer)


def text(answer):
    return " ".join(answer.content.decode().split())


def looked_at(client, **fields):
    answer = client.post("/policies/versions/draft/", FIELDS | fields, headers=PART)
    assert answer.status_code == 200
    return text(answer)


# ---- written while its words are looked at


def test_what_is_said_stands_beside_the_fields_while_they_are_filled_in(client, line, officer):
    client.force_login(officer)
    page = looked_at(client)
    assert "You are speaking with Harbor &amp; Vale." in page
    assert "You can object" not in page
    page = looked_at(client, disclosures=["rights_notice"], max_period="1 year")
    assert "You can object" in page
    assert "We keep the recording for 1 year" in page
    assert "<html" not in page
    assert not PolicyVersion.objects.exclude(ships=True).exists()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"as_language": "es"}, "Conservamos la grabación durante 90 días"),
        ({"as_language": "fr", "say_fr_recording": "On vous enregistre."}, "On vous enregistre."),
        ({"language": "de"}, "90 Tage"),
        ({"as_place": "US-FL"}, "To a customer in Florida"),
        ({"scope_countries": "DE"}, "To a customer in Germany"),
    ],
)
def test_it_is_said_in_the_language_and_to_the_place_that_were_chosen(client, line, officer, fields, says):
    client.force_login(officer)
    assert says in looked_at(client, **fields)


def test_what_cannot_be_saved_law_refuses_or_is_laxer_than_the_default_is_told_while_writing(client, line, officer):
    client.force_login(officer)
    page = looked_at(client, say_en_retention="{perod}")
    assert "1 thing to mend before it can be saved" in page
    assert 'href="#id_say_en_retention"' in page
    assert "This call is recorded." in page
    page = looked_at(client, scope_countries="DE", standard="one_party")
    assert "Laxer than law" in page
    assert "StGB" in page
    assert "The careful default says: every party has to be told." in page
    assert "needs mending" not in looked_at(client, max_period="")


def test_without_scripts_a_button_looks_and_saves_nothing(client, draft, officer):
    client.force_login(officer)
    page = text(client.post(f"/policies/versions/{draft.pk}/change/", FIELDS | {"look": "1", "company": "Elm"}))
    assert "<html" in page
    assert 'value="Elm"' in page
    draft.refresh_from_db()
    assert draft.document["company"] == "Harbor & Vale"


def test_what_is_laxer_than_law_cannot_be_handed_in(client, line, officer):
    document = CAREFUL_DEFAULT | {"scope": {"countries": ["DE"]}}
    version = versions.draft_version(document=document, code="de", name="German", lines=[line], actor=officer)
    client.force_login(officer)
    page = text(client.get(f"/policies/versions/{version.pk}/"))
    assert "Laxer than law: it cannot be submitted" in page
    assert "Submit for approval" not in page
    refused = client.post(f"/policies/versions/{version.pk}/submit/")
    assert refused.status_code == 409
    assert "StGB" in text(refused)


# ---- compared, carried as a file, cloned


def test_any_two_versions_are_compared_in_words(client, draft, officer, stranger):
    careful = PolicyVersion.objects.get(ships=True)
    client.force_login(officer)
    page = text(client.get("/policies/versions/compare/", {"before": careful.pk, "after": draft.pk}))
    assert "every party has to be told" in page
    assert "every party has to agree" in page
    assert "Stricter" in page
    same = text(client.get("/policies/versions/compare/", {"before": draft.pk, "after": draft.pk}))
    assert "The two ask the same." in same
    client.force_login(stranger)
    assert client.get("/policies/versions/compare/", {"before": careful.pk, "after": draft.pk}).status_code == 404


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_a_version_leaves_as_a_file_and_comes_back_as_the_next_draft(client, draft, officer, kind):
    client.force_login(officer)
    file = client.get(f"/policies/versions/{draft.pk}/file/", {"format": kind})
    assert file["Content-Disposition"] == f'attachment; filename="home-cover-1.{kind}"'
    changed = file.content.replace(b"P30D", b"P60D")
    looked = client.post("/policies/versions/import/", {"file": SimpleUploadedFile(f"policy.{kind}", changed)})
    page = text(looked)
    assert "Make version 2 of Home cover" in page
    assert "Kept at most: 60 days, before: 30 days." in page
    assert Policy.objects.get(code="home-cover").versions.count() == 1
    made = client.post("/policies/versions/import/", {"text": changed.decode(), "draft": "1"})
    version = PolicyVersion.objects.get(policy__code="home-cover", number=2)
    assert made["Location"] == f"/policies/versions/{version.pk}/"
    assert version.document["retention"]["max_period"] == "P60D"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("policy: home-cover\nname: Home cover\ndocument:\n  compny: Elm\n", "Line 4, <code>/document/compny</code>"),
        ("policy: [", "Line"),
        ("policy: new\nname: New\nlines_of_business: [nowhere]\ndocument: {}\n", "nowhere"),
        ("", "Choose a file, or put its text into the field."),
    ],
)
def test_a_file_that_cannot_be_a_policy_says_where_and_nothing_is_made(client, draft, officer, written, says):
    client.force_login(officer)
    answer = client.post("/policies/versions/import/", {"text": written, "draft": "1"})
    assert answer.status_code == 422
    assert says in text(answer)
    assert PolicyVersion.objects.exclude(ships=True).count() == 1


def test_bytes_that_are_no_text_are_no_policy_file(client, officer):
    client.force_login(officer)
    answer = client.post("/policies/versions/import/", {"file": SimpleUploadedFile("p.yaml", b"\xff\xfe")})
    assert "no text in UTF-8" in text(answer)


def test_a_clone_is_a_policy_of_its_own_and_begins_as_a_draft(client, in_force, line, officer):
    client.force_login(officer)
    taken = client.post(f"/policies/versions/{in_force.pk}/clone/", {"name": "Home Cover", "lines": [line.pk]})
    assert taken.status_code == 422
    assert "Another policy has this name" in text(taken)
    client.post(f"/policies/versions/{in_force.pk}/clone/", {"name": "Home cover in Texas", "lines": [line.pk]})
    clone = PolicyVersion.objects.get(policy__code="home-cover-in-texas")
    assert (clone.state, clone.document) == ("draft", in_force.document)


# ---- begins later, is kept, ends by two


def test_a_version_can_begin_on_a_later_day_and_says_so_until_then(client, line, officer, second_officer):
    version = submitted(line, officer)
    client.force_login(second_officer)
    for day, says in (("", "Give the day"), (timezone.localdate().isoformat(), "Choose a later day")):
        answer = client.post(f"/policies/versions/{version.pk}/publish/", {"begins": "day", "day": day})
        assert answer.status_code == 422
        assert says in text(answer)
    day = timezone.localdate() + timedelta(days=9)
    client.post(f"/policies/versions/{version.pk}/publish/", {"begins": "day", "day": day.isoformat()})
    page = text(client.get(f"/policies/versions/{version.pk}/"))
    assert "Begins later" in page
    assert "until then the version before it counts" in page
    assert f'from <time datetime="{day.isoformat()}' in text(client.get("/policies/"))


def test_a_version_stays_in_force_until_the_next_one_begins_and_both_say_so(client, in_force, officer, second_officer):
    after = versions.draft_version(document=SHORTER, policy=in_force.policy, actor=officer)
    versions.submit_version(version=after, actor=officer)
    begins = timezone.now() + timedelta(days=9)
    versions.publish_version(version=after, actor=second_officer, effective_from=begins)
    client.force_login(officer)
    page = text(client.get(f"/policies/versions/{in_force.pk}/"))
    assert "It is in force and never changes. It ends" in page
    assert f"before={in_force.pk}&amp;after={after.pk}" in page
    listed = text(client.get("/policies/"))
    assert listed.count("In force</span>") == 2  # the careful default's too
    assert listed.count("Begins later</span>") == 1


def test_a_version_that_was_looked_at_stays_until_the_next_day_of_review(client, in_force, officer):
    client.force_login(officer)
    day = timezone.localdate() + timedelta(days=200)
    assert (
        client.post(f"/policies/versions/{in_force.pk}/confirm/", {"next_review_on": "2020-01-01"}).status_code == 422
    )
    client.post(f"/policies/versions/{in_force.pk}/confirm/", {"next_review_on": day.isoformat()})
    in_force.refresh_from_db()
    assert in_force.next_review_on == day


def test_a_version_ends_when_another_officer_agrees_and_says_before_what_follows(
    client, in_force, officer, second_officer
):
    client.force_login(officer)
    assert client.post(f"/policies/versions/{in_force.pk}/retire/", {"retirement_reason": "Why"}).status_code == 422
    client.post(f"/policies/versions/{in_force.pk}/retire/", {"retirement_reason": "The line closes in May."})
    assert "You asked for it. Another officer has to agree." in text(client.get(f"/policies/versions/{in_force.pk}/"))
    assert client.post(f"/policies/versions/{in_force.pk}/retire/approve/").status_code == 403
    client.force_login(second_officer)
    page = text(client.get(f"/policies/versions/{in_force.pk}/"))
    assert "The line closes in May." in page
    assert "at last to the careful default. Stored dates stay." in page
    client.post(f"/policies/versions/{in_force.pk}/retire/approve/")
    assert "It ended" in text(client.get(f"/policies/versions/{in_force.pk}/"))


def test_whoever_asked_takes_it_back_and_it_stands(client, in_force, officer):
    request_retirement(version=in_force, reason="The line closes.", actor=officer)
    client.force_login(officer)
    assert "Take it back" in text(client.get(f"/policies/versions/{in_force.pk}/"))
    client.post(f"/policies/versions/{in_force.pk}/keep/")
    in_force.refresh_from_db()
    assert in_force.retirement_asked_by is None


def test_the_careful_default_offers_no_end(client, officer):
    careful = PolicyVersion.objects.get(ships=True)
    client.force_login(officer)
    page = text(client.get(f"/policies/versions/{careful.pk}/"))
    assert "ships with Callward" in page
    assert "Ask to end" not in page
