"""The box at the end of a start, and the line that grows."""

import io
import json
import re
from pathlib import Path

from compliance_site.demo import company
from compliance_site.demo.box import box
from compliance_site.demo.progress import Progress


def test_the_box_has_an_address_one_sign_in_for_each_role_and_the_way_out():
    said = box(address="http://127.0.0.1:8000", home=Path("/srv/callward"), token="cw_1_secret")
    assert "http://127.0.0.1:8000" in said
    assert "/srv/callward" in said
    assert "make reset" in said
    assert "Ctrl-C" in said
    roles = {person.role for person in company.PEOPLE if f"{person.username} " in said}
    assert roles == {"reviewer", "supervisor", "officer", "auditor"}


def test_the_box_is_a_box_on_a_terminal_of_eighty_columns():
    framed = [
        line
        for line in box(address="http://127.0.0.1:8000", home=Path("/srv/x")).splitlines()
        if line and line[0] in "┌│└"
    ]
    assert len({len(line) for line in framed}) == 1
    assert len(framed[0]) <= 80


def test_the_curl_line_carries_json_and_the_token_or_the_way_to_one():
    with_token = box(address="http://127.0.0.1:8000", home=Path("/srv/x"), token="cw_1_secret")
    assert "Bearer cw_1_secret" in with_token
    body = re.search(r"-d '(.*)'", with_token)
    assert json.loads(body.group(1))["line_of_business"] == "home-cover"
    without = box(address="http://127.0.0.1:8000", home=Path("/srv/x"))
    assert "issue_token" in without


def test_in_a_log_each_step_is_one_line():
    stream = io.StringIO()
    assert list(Progress(stream).each("Calls", iter("abc"), 3)) == ["a", "b", "c"]
    assert stream.getvalue().count("\n") == 1
    assert "\r" not in stream.getvalue()
    assert "3 in" in stream.getvalue()


def test_on_a_terminal_the_line_redraws_itself():
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    list(Progress(stream).each("Calls", iter("abcd"), 4))
    assert stream.getvalue().count("\r") == 6
    assert "2/4" in stream.getvalue()
    assert stream.getvalue().endswith("s\n")
