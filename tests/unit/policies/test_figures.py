"""When a policy has to be looked at again, and who is told."""

from datetime import date, timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from policies.domain.documents import CAREFUL_DEFAULT
from policies.domain.periods import a_year_after
from policies.models import PolicyVersion
from policies.services import versions
from policies.services.figures import figures

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(line, officer, second_officer):
    def publish(next_review_on=None, code="home-cover"):
        version = versions.draft_version(
            document=CAREFUL_DEFAULT, code=code, name=code, lines=[line], actor=officer, next_review_on=next_review_on
        )
        versions.submit_version(version=version, actor=officer)
        return versions.publish_version(version=version, actor=second_officer)

    return publish


@pytest.mark.parametrize(
    ("day", "next_year"),
    [
        (date(2026, 11, 24), date(2027, 11, 24)),
        (date(2028, 2, 28), date(2029, 2, 28)),
        (date(2028, 2, 29), date(2029, 3, 1)),
        (date(2027, 2, 28), date(2028, 2, 28)),
    ],
)
def test_a_year_after_is_the_same_day_of_the_next_year(day, next_year):
    assert a_year_after(day) == next_year


def test_a_version_is_looked_at_again_a_year_after_it_is_published(published):
    assert published().next_review_on == a_year_after(timezone.localdate())
    assert PolicyVersion.objects.get(ships=True).next_review_on is not None


def test_the_day_that_the_author_chose_stays(published):
    chosen = timezone.localdate() + timedelta(days=40)
    assert published(chosen).next_review_on == chosen


def test_a_version_is_to_review_from_the_day_after_until_a_new_one_takes_its_place(
    published, line, officer, second_officer, stranger
):
    now = timezone.now()
    version = published(timezone.localdate() + timedelta(days=40))
    assert figures(officer, now + timedelta(days=40)).to_review == ()
    assert figures(officer, now + timedelta(days=41)).to_review == (version,)
    assert figures(stranger, now + timedelta(days=41)).to_review == ()
    newer = versions.draft_version(document=CAREFUL_DEFAULT, policy=version.policy, actor=officer)
    versions.submit_version(version=newer, actor=officer)
    versions.publish_version(version=newer, actor=second_officer)
    assert figures(officer, timezone.now() + timedelta(days=41)).to_review == ()


def test_the_count_is_two_queries(published, officer, django_assert_num_queries):
    published()
    published(code="another")
    officer = type(officer).objects.get(pk=officer.pk)
    officer.all_lines = True
    with django_assert_num_queries(2):
        told = figures(officer, timezone.now() + timedelta(days=800))
    assert (told.in_force, len(told.to_review)) == (3, 3)


@pytest.mark.parametrize("who", ["officer", "supervisor"])
def test_today_names_a_policy_past_its_review_day_and_links_to_it(client, published, who, request):
    version = published()
    PolicyVersion.objects.filter(pk=version.pk).update(next_review_on=F("next_review_on") - timedelta(days=366))
    client.force_login(request.getfixturevalue(who))
    page = client.get("/").content.decode()
    assert f"{version.policy.name} is past its review date" in page
    assert reverse("policies:version", args=[version.pk]) in page


def test_the_draft_form_asks_for_the_day_and_refuses_one_that_is_past(client, published, officer):
    policy = published().policy
    client.force_login(officer)
    page = f"{reverse('policies:draft')}?policy={policy.code}"
    form = client.get(page).context["form"]
    values = {name: value for name, value in form.initial.items() if value is not None}
    refused = client.post(page, values | {"next_review_on": "2020-01-01"})
    assert (refused.status_code, refused.context["form"].errors["next_review_on"]) == (422, ["Choose a later day."])
    chosen = timezone.localdate() + timedelta(days=90)
    client.post(page, values | {"next_review_on": chosen.isoformat()})
    draft = policy.versions.get(state="draft")
    assert draft.next_review_on == chosen
    change = client.get(reverse("policies:change", args=[draft.pk])).content.decode()
    assert f'value="{chosen.isoformat()}"' in change
