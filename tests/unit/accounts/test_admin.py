"""The admin: who comes in, what it changes through services, and that there is no way round through it."""

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.domain.errors import NotAllowed, ZoneUnknown
from accounts.guarded import GuardedAdmin
from accounts.models import IntegrationClient, LineOfBusiness, Role, Token, User
from accounts.services import add_line, revoke_token, switch_client
from policies.models import Policy
from tests.factories import UserFactory
from trail.models import Event

pytestmark = pytest.mark.django_db


def every_list() -> list[str]:
    return [f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry]


@pytest.fixture
def owner(db):
    """A supervisor of the whole company."""
    return UserFactory(username="whole", role=Role.SUPERVISOR, all_lines=True)


def person_form(person: User, **changes: object) -> dict[str, object]:
    now = {
        "username": person.username,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "role": person.role,
        "lines": [str(line.pk) for line in person.lines.all()],
        "is_active": "on",
        "access_until": "",
    }
    if person.all_lines:
        now["all_lines"] = "on"
    return {name: value for name, value in (now | changes).items() if value is not None}


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.OFFICER, Role.AUDITOR])
def test_only_supervisors_come_in(client, line, role):
    person = UserFactory(role=role, lines=[line], is_staff=True, is_superuser=True)
    client.force_login(person)
    assert client.get("/admin/").status_code == 404 or client.get("/admin/", follow=True).status_code == 404


def test_who_is_not_signed_in_signs_in_at_the_one_door(client):
    answer = client.get("/admin/login/?next=/admin/")
    assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("route", every_list())
def test_every_list_opens_for_a_supervisor(client, owner, route):
    client.force_login(owner)
    answer = client.get(reverse(route))
    assert answer.status_code == 200
    assert b"delete_selected" not in answer.content
    assert b"style=" not in answer.content


def test_every_page_is_guarded_and_nothing_can_be_deleted(rf, owner):
    request = rf.get("/admin/")
    request.user = owner
    assert admin.site._registry
    for page in admin.site._registry.values():
        assert isinstance(page, GuardedAdmin)
        assert not page.has_delete_permission(request)
    changed = {model for model, page in admin.site._registry.items() if page.has_change_permission(request)}
    assert changed == {User, LineOfBusiness}
    added = {model for model, page in admin.site._registry.items() if page.has_add_permission(request)}
    assert added == {User, LineOfBusiness, Token}


def test_a_supervisor_adds_a_person_whose_password_is_shown_once(client, owner, line):
    client.force_login(owner)
    form = {"username": "nora", "first_name": "Nora", "last_name": "Lund", "role": "reviewer", "lines": [str(line.pk)]}
    answer = client.post(reverse("admin:accounts_user_add"), form)
    assert answer.status_code == 200
    person = User.objects.get(username="nora")
    assert person.check_password(answer.context["secret"])
    assert list(person.lines.all()) == [line]
    assert [event.verb for event in Event.objects.about(person)] == ["person.added"]


def test_a_change_of_role_goes_through_the_service(client, owner, reviewer, line):
    client.force_login(owner)
    page = reverse("admin:accounts_user_change", args=[reviewer.pk])
    answer = client.post(page, person_form(reviewer, role="supervisor"))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    reviewer.refresh_from_db()
    assert reviewer.role == Role.SUPERVISOR
    assert Event.objects.about(reviewer).get(verb="person.appointed").actor_id == owner.actor_id


def test_nobody_lifts_themselves(client, owner):
    client.force_login(owner)
    answer = client.post(reverse("admin:accounts_user_change", args=[owner.pk]), person_form(owner, role="officer"))
    assert answer.status_code == 200
    assert "Nobody changes their own role" in answer.content.decode()
    owner.refresh_from_db()
    assert owner.role == Role.SUPERVISOR


@pytest.mark.parametrize("change", [{"role": "officer"}, {"all_lines": "on"}, {"is_active": None}])
def test_a_supervisor_of_one_line_gives_no_more_than_they_have(client, supervisor, line, change):
    person = UserFactory(role=Role.OFFICER if change == {"is_active": None} else Role.REVIEWER, lines=[line])
    client.force_login(supervisor)
    answer = client.post(reverse("admin:accounts_user_change", args=[person.pk]), person_form(person, **change))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    person.refresh_from_db()
    assert (person.all_lines, person.is_active) == (False, True)


def test_a_closed_person_is_out_at_once(client, owner, reviewer, django_user_model):
    client.force_login(reviewer)
    assert client.get("/").status_code == 200
    from accounts.services import close_person

    close_person(person=reviewer, actor=owner)
    assert client.get("/").status_code == 302


def test_a_token_is_issued_shown_once_and_revoked(client, owner):
    client.force_login(owner)
    form = {"name": "Austin exchange", "scopes": ["recordings:write"], "sources": "austin", "days": "30"}
    answer = client.post(reverse("admin:accounts_token_add"), form)
    assert answer.status_code == 200, answer.context["adminform"].form.errors
    secret, token = answer.context["secret"], Token.objects.get()
    assert secret.startswith(token.prefix)
    assert token.sources == ["austin"]
    chosen = {"action": "revoke", "_selected_action": [str(token.pk)]}
    client.post(reverse("admin:accounts_token_changelist"), chosen)
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert secret not in client.get(reverse("admin:accounts_token_change", args=[token.pk])).content.decode()


def test_a_supervisor_of_one_line_issues_no_token_for_all(client, supervisor):
    client.force_login(supervisor)
    form = {"name": "Austin exchange", "scopes": ["recordings:write"], "sources": "", "days": "30"}
    answer = client.post(reverse("admin:accounts_token_add"), form)
    assert answer.status_code == 403
    assert not IntegrationClient.objects.exists()


def test_people_of_another_line_are_not_in_the_list(client, supervisor, stranger, reviewer):
    client.force_login(supervisor)
    page = client.get(reverse("admin:accounts_user_changelist")).content.decode()
    assert str(reviewer) in page
    assert client.get(reverse("admin:accounts_user_change", args=[stranger.pk])).status_code in {302, 404}
    assert str(stranger) not in page


@pytest.mark.parametrize("zone", ["Mars/Olympus", "EST5", "", "Factory", "america/new_york", "../etc/localtime"])
def test_a_line_is_not_added_with_a_zone_that_does_not_exist(client, owner, zone):
    client.force_login(owner)
    said = {"code": "new", "name": "New", "zone": zone}
    answer = client.post(reverse("admin:accounts_lineofbusiness_add"), said)
    assert answer.status_code == 200
    assert "zone" in answer.context["adminform"].form.errors
    with pytest.raises(ZoneUnknown):
        add_line(**said, actor=owner)
    with pytest.raises(ValidationError):
        LineOfBusiness(**said).full_clean()
    assert not LineOfBusiness.objects.filter(code="new").exists()


def test_a_line_is_added_with_a_zone_that_exists(client, owner):
    client.force_login(owner)
    said = {"code": "new", "name": "New", "zone": "Europe/Berlin"}
    assert client.post(reverse("admin:accounts_lineofbusiness_add"), said).status_code == 302
    assert LineOfBusiness.objects.get(code="new").zone == "Europe/Berlin"


def test_a_policy_keeps_its_name_and_code_in_the_admin(client, owner):
    client.force_login(owner)
    policy = Policy.objects.filter(versions__state="published").first()
    url = reverse("admin:policies_policy_change", args=[policy.pk])
    page = client.get(url)
    assert page.status_code == 200
    assert b'name="name"' not in page.content
    assert b'name="code"' not in page.content
    assert client.post(url, {"name": "Renamed", "code": "renamed"}).status_code in {403, 404}
    kept = Policy.objects.get(pk=policy.pk)
    assert (kept.name, kept.code) == (policy.name, policy.code)


def test_a_supervisor_of_one_line_administers_no_token_that_reaches_further(
    client, supervisor, line, other_line, bearer
):
    # given a token of their own line, and two that reach further
    bearer("decisions", lines=[line], name="Ours")
    bearer("decisions", lines=[line, other_line], name="Shared")
    bearer("decisions", name="Everywhere")
    client.force_login(supervisor)
    # when they look, they find their own
    for kind in ("token", "integrationclient"):
        seen = client.get(reverse(f"admin:accounts_{kind}_changelist")).content.decode()
        assert [name for name in ("Ours", "Shared", "Everywhere") if name in seen] == ["Ours"]
    # then the services refuse the others too
    for name in ("Shared", "Everywhere"):
        further = Token.objects.get(client__name=name)
        with pytest.raises(NotAllowed):
            revoke_token(token=further, actor=supervisor)
        with pytest.raises(NotAllowed):
            switch_client(client=further.client, is_active=False, actor=supervisor)
    revoke_token(token=Token.objects.get(client__name="Ours"), actor=supervisor)
    assert Token.objects.filter(revoked_at=None).count() == 2
