"""Every template keeps the strict content security policy; the tags and filters write things one way."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.template.loader import get_template, render_to_string
from django.test import override_settings
from django.utils import timezone

from compliance_site.templatetags import callward

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html"))
SYMBOLS = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "ui" / "icons.svg").read_text()))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_holds_inline_script_or_style(path):
    text = path.read_text()
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\son\w+=\"", text)
    assert all("src=" in tag or 'type="application/json"' in tag for tag in re.findall(r"<script\b[^>]*>", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_every_template_can_be_read_and_names_symbols_that_exist(path):
    get_template(str(path.relative_to(ROOT / "templates")))
    assert set(re.findall(r'{% icon "([\w-]+)"', path.read_text())) <= SYMBOLS
    assert set(re.findall(r'{% state "([\w-]+)"', path.read_text())) <= set(callward.STATES)


def test_every_state_has_a_symbol_that_exists():
    assert {symbol for symbol, _ in callward.STATES.values()} <= SYMBOLS


def test_the_page_of_a_breakdown_needs_nothing(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        page = render_to_string("errors/broken.html")
    assert "Something broke in Callward" in page


def test_an_instant_is_shown_in_the_readers_zone_and_exactly_on_hover():
    moment = datetime(2026, 11, 24, 19, 2, 5, tzinfo=UTC)
    with timezone.override("America/New_York"):
        shown = callward.when(moment)
    assert ">24 Nov 2026, 14:02<" in shown
    assert 'title="2026-11-24 19:02:05 UTC"' in shown
    assert 'datetime="2026-11-24T19:02:05+00:00"' in shown


def test_the_day_of_an_instant_is_the_readers_day():
    moment = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    with timezone.override("America/New_York"):
        assert ">23 Nov 2026<" in callward.day(moment)
    assert ">24 Nov 2026<" in callward.day(date(2026, 11, 24))


@pytest.mark.parametrize(
    ("filtered", "value", "shown"),
    [
        (callward.clock, 0, "0:00"),
        (callward.clock, 372.9, "6:12"),
        (callward.clock, 3729, "1:02:09"),
        (callward.clock, None, ""),
        (callward.size, 999, "999 bytes"),
        (callward.size, 2_900_000, "2.9 MB"),
        (callward.size, None, ""),
        (callward.number, 1204, "1,204"),
        (callward.percent, 0.965, "96.5\N{NO-BREAK SPACE}%"),
        (callward.percent, None, ""),
        (callward.spoken, 372, "6 minutes 12"),
        (callward.spoken, 60, "1 minute 00"),
        (callward.spoken, 1, "1 second"),
        (callward.when, None, ""),
    ],
)
def test_amounts_are_written_one_way(filtered, value, shown):
    assert filtered(value) == shown


@pytest.mark.parametrize(
    ("away", "shown"),
    [
        (timedelta(days=3, minutes=1), "in 3 days"),
        (timedelta(days=-2, minutes=-1), "2 days ago"),
        (timedelta(hours=1, minutes=1), "in 1 hour"),
        (timedelta(minutes=-5, seconds=-1), "5 minutes ago"),
    ],
)
def test_a_distance_is_told_in_the_largest_unit_that_fits(away, shown):
    assert callward.distance(timezone.now() + away) == shown


def test_a_field_names_its_help_and_its_error(db):
    from accounts.admin_forms import LineForm

    form = LineForm({"code": "x", "name": "X", "zone": "Mars/Olympus"})
    page = str(form)
    assert 'aria-describedby="id_zone_helptext id_zone_error"' in page
    assert 'id="id_zone_error"' in page
    assert "Write an IANA time zone, such as America/New_York." in page


def test_every_static_file_of_the_templates_is_there():
    """Also the fonts that the style sheets name; the manifest of production refuses a missing one."""
    from django.contrib.staticfiles import finders

    named = {name for path in TEMPLATES for name in re.findall(r"{% static '([^']+)' %}", path.read_text())}
    named |= {
        name for sheet in (ROOT / "ui").glob("*.css") for name in re.findall(r'url\("([^"#]+)"\)', sheet.read_text())
    }
    assert named
    assert [name for name in sorted(named) if finders.find(name) is None] == []


@override_settings(DEMO=False)
def test_no_demo_people_are_offered_outside_the_demo(db):
    from compliance_site.tour import demo_people

    assert demo_people() == []


def test_production_is_never_a_demo():
    """The setting is a constant there, whatever the environment or an earlier demo says."""
    text = (ROOT / "compliance_site" / "settings" / "production.py").read_text()
    assert re.search(r"^DEMO = False$", text, re.MULTILINE)
