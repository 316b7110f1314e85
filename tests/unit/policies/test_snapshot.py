from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from policies.services import versions
from policies.services.decisions import decide
from tests.unit.policies.laws import call


def max_period(line):
    asked = call("US-TX", "US-TX", line_of_business=line.code, started_at=timezone.now())
    return decide(asked).answer["retention"]["max_period"]


@pytest.mark.django_db(transaction=True)
def test_what_another_process_publishes_counts_with_the_next_decision(line, officer, second_officer):
    def publish_elsewhere():
        try:
            document = {"retention": {"max_period": "P2Y"}}
            draft = versions.draft_version(document=document, code="own", name="Own", lines=[line], actor=officer)
            versions.submit_version(version=draft, actor=officer)
            versions.publish_version(version=draft, actor=second_officer)
        finally:
            connection.close()

    assert max_period(line) == "P90D"
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(publish_elsewhere).result()
    assert max_period(line) == "P2Y"


@pytest.mark.django_db
def test_a_decision_asks_the_database_once(line, django_assert_num_queries):
    max_period(line)
    with django_assert_num_queries(1):
        max_period(line)
