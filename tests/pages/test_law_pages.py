"""Pages of the law register as the server writes them: places, rules, releases, overrides, the calendar."""

import shutil
from datetime import timedelta

import pytest
from django.utils import timezone

from policies.models import LawOverride, LawRelease
from policies.services.register import SHIPPED, current_release, load_law
from trail.domain.actors import CALLWARD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law_officers")]


@pytest.fixture
def proposed(officer):
    """Counsel confirms Florida: no example call comes out otherwise."""
    today = timezone.localdate()
    return LawOverride.objects.create(
        table="jurisdiction",
        code="US-FL",
        kind="sign_off",
        changes={"confidence": "high", "verify_note": "Confirmed for sales calls."},
        reason="our counsel looked at the sales calls",
        opinion_by="Hale & Ostrom",
        document_sha256="ab" * 32,
        effective_from=today,
        expires_on=today + timedelta(days=60),
        author=officer,
    )


@pytest.fixture
def candidate(tmp_path):
    """The shipped register with one other note."""
    folder = tmp_path / "release"
    shutil.copytree(SHIPPED, folder)
    file = folder / "jurisdictions.csv"
    file.write_text(file.read_text().replace("Check the business-extension definition", "Check first the definition"))
    return load_law(folder=folder, actor=CALLWARD)


def text_of(client, user, address: str, status: int = 200) -> str:
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def test_a_place_shows_its_rule_how_sure_it_is_and_what_tests_it(client, reviewer):
    page = text_of(client, reviewer, "/policies/law/US-MI/")
    assert "Mich. Comp. Laws 750.539c" in page
    assert "Check first:" in page
    assert "The best reading" in page
    assert "The cautious reading" in page
    assert "agreement: none" in page  # what an example call expects, in words
    assert "Propose an override" not in page  # a reviewer proposes none


def test_a_period_and_a_thing_to_say_have_pages_of_their_own(client, reviewer):
    assert "Counted from" in text_of(client, reviewer, "/policies/law/GB-FCA-SYSC10A/")
    assert "said on every call" in text_of(client, reviewer, "/policies/law/BASE-RETENTION/")
    text_of(client, reviewer, "/policies/law/US-XX/", 404)


def test_what_a_day_required_is_shown_as_it_was_known(client, reviewer):
    day = timezone.localdate() + timedelta(days=400)
    page = text_of(client, reviewer, f"/policies/law/US-FL/?day={day}")
    assert "As the law stood on" in page
    assert "Back to today" in page
    page = text_of(client, reviewer, "/policies/law/US-FL/?known=2001-01-01")
    assert "Nothing was known yet on that day." in page


def test_an_override_is_approved_by_a_second_officer_and_shown_wherever_it_counts(
    client, officer, second_officer, proposed
):
    address = f"/policies/overrides/{proposed.pk}/"
    page = text_of(client, officer, address)
    assert "A second officer who sees every line has to approve it." in page
    assert "Approve the override" not in page
    assert "Withdraw it" in page
    assert "Approve the override" in text_of(client, second_officer, address)
    assert client.post(f"{address}approve/").status_code == 302
    release = current_release().number
    rule = text_of(client, officer, "/policies/law/US-FL/")
    assert "Our override" in rule
    assert "Confirmed for sales calls." in rule
    assert "Made by the override of US-FL" in text_of(client, officer, f"/policies/releases/{release}/")
    releases = text_of(client, officer, "/policies/releases/")
    assert "the first release" in releases
    assert f"Release {release}" in releases
    assert "Approved" in text_of(client, officer, "/policies/overrides/")
    ends = text_of(client, officer, "/policies/calendar/?kind=overrides")
    assert "Override ends" in ends
    assert "Review of a rule" not in ends
    assert "Review of a rule" in text_of(client, officer, "/policies/calendar/")


def test_whoever_proposed_an_override_cannot_approve_it_past_the_page(client, officer, proposed):
    client.force_login(officer)
    assert client.post(f"/policies/overrides/{proposed.pk}/approve/").status_code == 403
    proposed.refresh_from_db()
    assert proposed.state == LawOverride.State.PROPOSED


def test_a_refusal_says_why(client, second_officer, proposed):
    client.force_login(second_officer)
    address = f"/policies/overrides/{proposed.pk}/"
    assert client.post(f"{address}refuse/", {"reason": ""}).status_code == 422
    client.post(f"{address}refuse/", {"reason": "the opinion is about another state"})
    assert "the opinion is about another state" in text_of(client, second_officer, address)


def ground(**changed) -> dict[str, str]:
    today = timezone.localdate()
    return {
        "reason": "the court has not ruled",
        "opinion_by": "Hale & Ostrom",
        "document_sha256": "cd" * 32,
        "effective_from": today.isoformat(),
        "expires_on": (today + timedelta(days=365)).isoformat(),
    } | changed


def proposal_of(client, code: str, kind: str = "change") -> dict[str, str]:
    """What the form of this rule holds as it comes."""
    form = client.get(f"/policies/overrides/new/?code={code}&kind={kind}").context["form"]
    return {field.html_name: str(field.value() or "") for field in form if field.name != "document"}


def test_an_override_that_changes_nothing_or_breaks_an_example_call_is_refused_at_its_field(client, officer):
    client.force_login(officer)
    shipped = proposal_of(client, "US-MI") | ground()
    answer = client.post("/policies/overrides/new/?code=US-MI", shipped)
    assert answer.status_code == 422
    assert "Nothing differs from the row as it is." in answer.content.decode()
    begins = ground(effective_from="2026-11-24", expires_on="2028-11-24")
    answer = client.post("/policies/overrides/new/?code=US-MI", shipped | begins | {"telephone_rule": "all_party"})
    assert answer.status_code == 422
    assert "expected standard=one_party" in answer.content.decode()
    assert not LawOverride.objects.exists()


def test_the_opinion_is_hashed_and_not_kept(client, officer, tmp_path):
    client.force_login(officer)
    opinion = tmp_path / "opinion.pdf"
    opinion.write_bytes(b"We confirm the reading.")
    told = proposal_of(client, "US-FL", "sign_off") | ground(document_sha256="") | {"verify_note": "Confirmed."}
    with opinion.open("rb") as file:
        answer = client.post("/policies/overrides/new/?code=US-FL&kind=sign_off", told | {"document": file})
    assert answer.status_code == 302
    override = LawOverride.objects.get()
    assert override.document_sha256 == "7937e86d24e68944faa8710d299ff63beb1c6481563192b3a67d85d6cb4480cf"
    assert override.kind == "sign_off"


def test_a_release_that_is_not_there_or_not_theirs_to_publish_is_not_found(client, reviewer):
    text_of(client, reviewer, "/policies/releases/99/", 404)
    assert client.post("/policies/releases/1/publish/").status_code == 404


def test_a_candidate_is_announced_where_the_law_is_read(client, officer, candidate):
    assert f"Law release {candidate.number}" in text_of(client, officer, "/policies/")
    page = text_of(client, officer, f"/policies/releases/{candidate.number}/")
    assert "It does not count yet" in page
    assert f"Publish release {candidate.number}" in page
    client.post(f"/policies/releases/{candidate.number}/discard/")
    assert "laid it aside" in text_of(client, officer, f"/policies/releases/{candidate.number}/")
    assert LawRelease.objects.get(pk=candidate.number).state == "discarded"
