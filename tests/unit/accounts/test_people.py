"""Who may make whom what; from the admin's services and from the machine."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import services
from accounts.domain.appointments import Standing, objection
from accounts.domain.errors import NotAllowed
from accounts.domain.scopes import Scope
from accounts.models import Role, User
from accounts.permissions import givable_scopes, may
from tests.factories import UserFactory
from trail.domain.actors import CALLWARD
from trail.models import Event

A, B = "line a", "line b"


@pytest.mark.parametrize(
    ("by", "before", "after", "is_refused"),
    [
        (Standing("supervisor", {A}), None, Standing("reviewer", {A}), False),
        (Standing("supervisor", {A}), None, Standing("reviewer", {A, B}), True),
        (Standing("supervisor", {A}), None, Standing("reviewer", None), True),
        (Standing("supervisor", None), None, Standing("reviewer", None), False),
        (Standing("supervisor", {A}), Standing("reviewer", {B}), Standing("reviewer", {A}), True),
        (Standing("supervisor", None), None, Standing("officer", {A}), True),
        (Standing("supervisor", None), Standing("officer", {A}), Standing("reviewer", {A}), True),
        (Standing("supervisor", None), Standing("reviewer", {A}), Standing("supervisor", {A}), False),
    ],
)
def test_nobody_gives_what_they_do_not_have(by, before, after, is_refused):
    assert bool(objection(by=by, before=before, after=after, is_self=False)) is is_refused


def test_nobody_appoints_themselves():
    standing = Standing("supervisor", None)
    assert objection(by=standing, before=standing, after=standing, is_self=True)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.REVIEWER, Role.OFFICER, Role.AUDITOR])
def test_only_a_supervisor_administers_people(line, role):
    person = UserFactory(role=role, all_lines=True)
    other = UserFactory(role=Role.REVIEWER, lines=[line])
    deeds = [
        lambda: services.add_person(username="new", password="x" * 12, role="reviewer", lines=[line], actor=person),
        lambda: services.close_person(person=other, actor=person),
        lambda: services.change_password(person=other, password="x" * 12, actor=person),
        lambda: services.add_line(code="new", name="New", zone="UTC", actor=person),
        lambda: services.issue_token(
            name="New", scopes=["decisions"], expires_at=timezone.now() + timedelta(days=1), actor=person
        ),
    ]
    for deed in deeds:
        with pytest.raises(NotAllowed):
            deed()
    assert not Event.objects.filter(actor_id=person.actor_id).exists()


@pytest.mark.django_db
def test_a_supervisor_cannot_sign_in_as_an_officer_by_a_new_password(line):
    supervisor = UserFactory(role=Role.SUPERVISOR, all_lines=True)
    officer = UserFactory(role=Role.OFFICER, lines=[line])
    with pytest.raises(NotAllowed):
        services.change_password(person=officer, password="x" * 12, actor=supervisor)


@pytest.mark.django_db
def test_a_supervisor_issues_no_token_that_holds_or_releases(line):
    supervisor = UserFactory(role=Role.SUPERVISOR, all_lines=True)
    assert givable_scopes(supervisor) == set(Scope) - {Scope.HOLDS_WRITE}
    assert givable_scopes(CALLWARD) == set(Scope)
    with pytest.raises(NotAllowed, match="holds:write"):
        services.issue_token(
            name="Mine", scopes=["holds:write"], expires_at=timezone.now() + timedelta(days=1), actor=supervisor
        )


@pytest.mark.django_db
def test_a_lapsed_auditor_may_nothing_and_the_last_second_counts(auditor):
    auditor.access_until = timezone.now() + timedelta(seconds=30)
    assert may(auditor, "see_recording")
    auditor.access_until = timezone.now()
    assert not may(auditor, "see_recording")


@pytest.mark.django_db
def test_names_are_found_for_people_clients_and_callward(reviewer, bearer):
    bearer("decisions", name="Austin exchange")
    from accounts.models import IntegrationClient

    client = IntegrationClient.objects.get()
    assert services.names_of([reviewer.actor_id, client.actor_id, "callward", "nobody"]) == {
        reviewer.actor_id: str(reviewer),
        client.actor_id: "Austin exchange",
        "callward": "Callward",
    }


@pytest.mark.django_db
def test_the_machine_appoints_officers_and_prints_a_first_password(capsys, line):
    call_command("add_person", "mara", "--role", "officer", "--name", "Mara Vidal", "--line-of-business", line.code)
    password = capsys.readouterr().out.strip()
    person = User.objects.get(username="mara")
    assert person.check_password(password)
    assert (person.role, str(person), list(person.lines.all())) == ("officer", "Mara Vidal", [line])
    assert Event.objects.about(person).get().verb == "person.added"


@pytest.mark.django_db
def test_the_machine_names_what_is_wrong_with_an_appointment(line):
    with pytest.raises(CommandError, match="--until"):
        call_command("add_person", "paul", "--role", "auditor", "--all-lines")
    with pytest.raises(CommandError, match=line.code):
        call_command("add_person", "paul", "--role", "reviewer", "--line-of-business", "nowhere")
    assert not User.objects.filter(username="paul").exists()
