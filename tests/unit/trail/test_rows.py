"""Rows that travel as one text arrive as they were."""

import pytest
from django.db import connection

from trail.rows import copied

ODD = ["", "plain", "a\tb", "a\nb", "a\r\nb", "a\\b", "\\N", "\\.", "ü→", '{"a":"b\\n"}', "'\";--"]


@pytest.mark.django_db
def test_whatever_a_value_holds_it_arrives_as_it_was():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE arrived (place int, value text, nothing text) ON COMMIT DROP")
        with cursor.copy("COPY arrived FROM STDIN") as copy:
            copy.write("".join(copied((str(place), value, None)) for place, value in enumerate(ODD)))
        cursor.execute("SELECT value, nothing FROM arrived ORDER BY place")
        assert cursor.fetchall() == [(value, None) for value in ODD]
