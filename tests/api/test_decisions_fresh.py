"""What was compiled is never stale: a publication, a right or a token that ends counts with the very next answer."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection

from accounts.models import IntegrationClient, LineOfBusiness, Role, Token
from accounts.services import revoke_tokens, switch_client
from policies.models import Decision, Policy, PolicyVersion
from policies.services import giving, snapshot
from tests.api.test_decisions import URL, asked
from tests.factories import UserFactory
from tests.served import ServedClient
from tests.unit.policies.laws import call as plain_call
from trail.domain.actors import CALLWARD
from trail.models import Event

GOVERNING = [
    "accounts_lineofbusiness",
    "accounts_integrationclient",
    "accounts_token",
    "accounts_token_lines",
    "policies_lawrelease",
    "policies_policy",
    "policies_policy_lines",
    "policies_policyversion",
]


@pytest.fixture
def post(bearer, line):
    client, headers = ServedClient(), bearer("decisions", lines=[line])
    return lambda body: client.post(URL, json.dumps(body), content_type="application/json", headers=headers)


def elsewhere(change):
    """In a thread with a connection of its own, committed before this returns: as another process would do it."""

    def changed():
        try:
            return change()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        return other.submit(changed).result()


def generation():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM accounts_generation")
        return cursor.fetchone()[0]


def publish(line, max_period):
    """A version of the line's own, in force from now on."""
    policy, _ = Policy.objects.get_or_create(code="own", defaults={"name": "Own"})
    policy.lines.set([line])
    return PolicyVersion.objects.create(
        policy=policy,
        number=policy.versions.count() + 1,
        state="published",
        author=UserFactory(role=Role.OFFICER),
        approver=UserFactory(role=Role.OFFICER),
        document={"retention": {"max_period": max_period}},
        published_at=PolicyVersion.objects.first().published_at,
    )


def max_period(answer):
    assert answer.status_code == 201, answer.content
    return answer.json()["retention"]["max_period"]


@pytest.mark.django_db(transaction=True)
def test_a_version_published_elsewhere_counts_with_the_next_answer(post, line):
    call = asked(line, facts={}, started_at=...)
    assert [max_period(post(call)) for _ in range(2)] == ["P90D", "P90D"]
    elsewhere(lambda: publish(line, "P2Y"))
    assert max_period(post(call)) == "P2Y"
    assert max_period(post(call)) == "P2Y"


@pytest.mark.django_db(transaction=True)
def test_without_its_trigger_a_table_would_go_unnoticed(post, line):
    call = asked(line, facts={}, started_at=...)
    assert max_period(post(call)) == "P90D"
    with connection.cursor() as cursor:
        for table in ("policies_policyversion", "policies_policy", "policies_policy_lines"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER changes_generation")
    try:
        elsewhere(lambda: publish(line, "P2Y"))
        assert max_period(post(call)) == "P90D"  # this is what the triggers are for
    finally:
        with connection.cursor() as cursor:
            for table in ("policies_policyversion", "policies_policy", "policies_policy_lines"):
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER changes_generation")


@pytest.mark.django_db(transaction=True)
def test_what_is_published_between_thinking_and_storing_is_thought_of_again(post, line, monkeypatch):
    call = asked(line, facts={}, started_at=...)
    assert max_period(post(call)) == "P90D"
    thought_of = []

    def drafted(calls, rules, actor, *, in_list):
        drafts = giving_drafted(calls, rules, actor, in_list=in_list)
        if not thought_of:
            elsewhere(lambda: publish(line, "P2Y"))
        thought_of.append(rules.generation)
        return drafts

    giving_drafted = giving.drafted
    monkeypatch.setattr(giving, "drafted", drafted)
    monkeypatch.setattr("policies.api.express.drafted", drafted)
    before = Decision.objects.count()
    assert max_period(post(call)) == "P2Y"
    assert len(thought_of) == 2
    assert Decision.objects.count() == before + 1


@pytest.mark.django_db
@pytest.mark.parametrize("table", GOVERNING)
def test_every_table_that_governs_renames_the_generation(table, bearer, line):
    bearer("decisions", lines=[line])
    Policy.objects.create(code="own", name="Own").lines.set([line])
    before = generation()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DELETE FROM {table} WHERE FALSE")  # noqa: S608  one of ours
    assert generation() != before


@pytest.mark.django_db
def test_the_use_of_a_token_changes_nothing_that_governs(bearer, line):
    bearer("decisions", lines=[line])
    before = generation()
    Token.objects.update(last_used_at=Token.objects.get().created_at)
    assert generation() == before


@pytest.mark.django_db
def test_what_was_rolled_back_leaves_no_name_that_could_come_again(line):
    before = generation()
    names = set()
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT tried")
            LineOfBusiness.objects.filter(pk=line.pk).update(zone="UTC")
            names.add(generation())
            cursor.execute("ROLLBACK TO SAVEPOINT tried")
        assert generation() == before
    assert len(names | {before}) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda: revoke_tokens(name="Austin exchange", actor=CALLWARD), 401),
        (lambda: switch_client(client=IntegrationClient.objects.get(), is_active=False, actor=CALLWARD), 401),
        (lambda: Token.objects.update(expires_at=Token.objects.get().created_at), 401),
        (lambda: Token.objects.update(scopes=["recordings:read"]), 403),
        (lambda: Token.objects.get().lines.clear(), 422),
    ],
)
def test_a_right_that_ends_elsewhere_ends_with_the_next_call(post, line, change, status):
    assert [post(asked(line)).status_code for _ in range(2)] == [201, 201]
    before = Decision.objects.count()
    elsewhere(change)
    assert post(asked(line)).status_code == status
    assert Decision.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_requests_that_come_together_get_each_their_own(line):
    places = ["US-CA", "US-FL", "US-TX", "US-NY", "US-WA", "DE"]
    calls = {place: plain_call("US-TX", place, line_of_business=line.code, facts={}) for place in places}
    for call in calls.values():
        giving.give(call, actor=CALLWARD)

    def give(place):
        try:
            return place, giving.give(calls[place], actor=CALLWARD)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(places)) as threads:
        answers = dict(threads.map(give, places))
    for place, answer in answers.items():
        assert Decision.objects.get(pk=answer.id).call["parties"][1]["jurisdiction"] == place
    assert Decision.objects.count() == Event.objects.filter(verb="decision.given").count() == 2 * len(places)


@pytest.mark.django_db(transaction=True)
def test_a_failure_stores_nothing_and_the_next_goes_on(line, monkeypatch):
    call = plain_call("US-TX", "US-CA", line_of_business=line.code)
    giving.give(call, actor=CALLWARD)
    with monkeypatch.context() as patched:
        patched.setattr(giving, "EDITION", None)
        with pytest.raises(IntegrityError):
            giving.give(call, actor=CALLWARD)
    assert Decision.objects.count() == 1
    giving.give(call, actor=CALLWARD)
    assert Decision.objects.count() == 2


@pytest.mark.django_db
def test_each_decision_has_one_event_that_names_its_answer(post, line):
    for _ in range(3):
        post(asked(line))
    for decision in Decision.objects.all():
        event = Event.objects.about(decision).get()
        assert (event.verb, event.facts["answer"]) == ("decision.given", decision.digest)
        assert event.line_of_business_id == line.pk


@pytest.mark.django_db
def test_an_answer_that_is_gone_from_the_database_is_kept_again(post, line):
    post(asked(line))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM policies_answer")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    answer = post(asked(line)).json()
    assert Decision.objects.get(pk=answer["id"]).answer["may_record"] is True
    assert snapshot.known_rules() is not None
