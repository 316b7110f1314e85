"""What is published is whole for ever, also for whoever speaks SQL: nothing of it is emptied, nothing joins it."""

import pytest
from django.db import IntegrityError, connection, transaction

from policies.models import Jurisdiction
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
