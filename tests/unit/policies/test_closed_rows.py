"""What is published is whole for ever, also for whoever speaks SQL: nothing of it is emptied, nothing joins it."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from policies.models import Jurisdiction, Policy, PolicyVersion
from policies.services import versions
from policies.services.register import current_release
from trail.domain.ids import uuid7

pytestmark = pytest.mark.django_db

TABLES = [
    "lawrelease",
    "jurisdiction",
    "retentionrule",
    "disclosurerequirement",
    "areacode",
    "examplecall",
    "lawoverride",
    "policy_lines",
    "policyversion",
    "decision",
    "answer",
    "decisionoutcome",
]


@pytest.mark.parametrize("table", TABLES)
def test_no_table_of_what_governs_or_was_decided_is_ever_emptied(table):
    with pytest.raises(IntegrityError, match="never emptied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE policies_{table} CASCADE")


def test_no_row_joins_a_release_that_is_published():
    row = Jurisdiction.objects.filter(release=current_release(), code="US-CA").get()
    row.id, row.code, row._state.adding = uuid7(), "US-MP", True
    with pytest.raises(IntegrityError, match="before it is published"), transaction.atomic():
        row.save(force_insert=True)


@pytest.fixture
def published(line, officer, second_officer):
    draft = versions.draft_version(document={}, code="home-cover", name="Home cover", lines=[line], actor=officer)
    versions.submit_version(version=draft, actor=officer)
    return versions.publish_version(version=draft, actor=second_officer)


def refuses(statement, values=(), match=""):
    with pytest.raises(DatabaseError, match=match), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO policies_policy_lines (policy_id, lineofbusiness_id) VALUES (%(policy)s, %(other)s)",
        "UPDATE policies_policy_lines SET lineofbusiness_id = %(other)s WHERE policy_id = %(policy)s",
        "UPDATE policies_policy_lines SET policy_id = %(free)s WHERE policy_id = %(policy)s",
        "UPDATE policies_policy_lines SET policy_id = %(policy)s WHERE policy_id = %(free)s",
        "DELETE FROM policies_policy_lines WHERE policy_id = %(policy)s",
    ],
)
def test_what_a_policy_reaches_is_fixed_once_a_version_is_published(statement, published, other_line):
    free = Policy.objects.create(code="free", name="Free")
    free.lines.set([other_line])
    values = {"policy": published.policy_id, "other": other_line.pk, "free": free.pk}
    refuses(statement, values, match="fixed with its first published version")


def test_what_a_policy_reaches_may_change_while_it_has_only_drafts(line, other_line, officer):
    draft = versions.draft_version(document={}, code="x", name="X", lines=[line], actor=officer)
    draft.policy.lines.set([other_line])
    assert list(draft.policy.lines.all()) == [other_line]


@pytest.mark.parametrize("before", [None, "1 day"])
def test_a_version_gets_no_end_in_the_past(before, published):
    with connection.cursor() as cursor:
        change = "UPDATE policies_policyversion SET retired_at = now() + %s::interval WHERE id = %s"
        cursor.execute(change, [before, published.pk])
    refuses(
        "UPDATE policies_policyversion SET retired_at = now() - interval '1 minute' WHERE id = %s",
        [published.pk],
        match="Cannot update",
    )


def test_an_end_that_has_come_is_not_moved_further_back(published):
    PolicyVersion.objects.filter(pk=published.pk).update(retired_at=timezone.now(), state="retired")
    for moved in ("NULL", "now() - interval '1 second'", "now() + interval '1 day'"):
        refuses(
            f"UPDATE policies_policyversion SET retired_at = {moved} WHERE id = %s",  # noqa: S608  ours
            [published.pk],
            match="Cannot update",
        )


@pytest.mark.parametrize("state", ["published", "draft"])
@pytest.mark.parametrize("code", ["careful-default", "own"])
def test_only_the_careful_default_ships_and_once(code, state):
    policy, _ = Policy.objects.get_or_create(code=code, defaults={"name": "Own"})
    version = {"policy": policy, "number": 9, "state": state, "document": {}, "published_at": timezone.now()}
    with pytest.raises(IntegrityError, match="Only the careful default ships"), transaction.atomic():
        PolicyVersion.objects.create(**version, ships=True)


def test_a_draft_never_becomes_one_that_ships(line, officer):
    draft = versions.draft_version(document={}, code="x", name="X", lines=[line], actor=officer)
    refuses(
        "UPDATE policies_policyversion SET ships = true, state = 'published', published_at = now() WHERE id = %s",
        [draft.pk],
        match="Cannot update",
    )
