"""The storage page: figures without a browser; what is wrong stands there, and only an officer lets objects go."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from recordings.models import SetAside
from recordings.services.disposition import purge_batch
from recordings.services.storekeeping import fixity, orphans
from recordings.store import store
from recordings.views import storage
from tests.factories import RecordingFactory

pytestmark = pytest.mark.django_db

LATER = timedelta(hours=2)


@pytest.fixture(autouse=True)
def _own_store(file_store):
    return file_store


def _page(client, person):
    client.force_login(person)
    return client.get(reverse("recordings:storage"))


def _orphans(count):
    for _ in range(count):
        incoming = store().incoming()
        incoming.write(b"sealed")
        incoming.keep()
    orphans.scan(timezone.now() + LATER)


def test_a_house_in_order_says_so(client, supervisor, line):
    RecordingFactory(line_of_business=line)
    orphans.scan(timezone.now() + LATER)
    shown = _page(client, supervisor).content.decode()
    assert "every byte has its owner" in shown
    assert "nothing was found changed" in shown
    assert "Every destroyed recording was read back as absent" in shown


def test_before_the_first_look_it_says_when_it_comes(client, supervisor):
    shown = _page(client, supervisor).content.decode()
    assert "the first scan comes within a minute" in shown


def test_what_was_changed_stands_there_with_its_way_out_and_no_other_lines(client, supervisor, line, other_line):
    mine, theirs = RecordingFactory(line_of_business=line), RecordingFactory(line_of_business=other_line)
    for call in (mine, theirs):
        store().delete(call.object_key)
    fixity.look(timezone.now() + LATER, seconds=60, most_bytes=1 << 30)
    shown = _page(client, supervisor).content.decode()
    assert reverse("recordings:detail", args=[mine.pk]) in shown
    assert str(theirs.pk) not in shown
    assert "Not in the store" in shown
    assert "Put the object back from a backup" in shown


def test_removals_that_wait_stand_there_with_their_reason(client, supervisor, line):
    RecordingFactory(expired=True, line_of_business=line)
    assert purge_batch(at=timezone.now()) == 1
    assert "Not tried yet." in _page(client, supervisor).content.decode()


def test_orphans_go_by_themselves_where_they_are_few(client, officer):
    _orphans(2)
    shown = _page(client, officer).content.decode()
    assert "there must be none" in shown
    assert "They stay where they are for some days" in shown
    assert 'name="confirmed"' not in shown


def test_where_they_are_many_an_officer_types_their_number(client, officer, supervisor):
    _orphans(21)
    assert 'name="confirmed"' not in _page(client, supervisor).content.decode()
    assert client.post(reverse("recordings:storage"), {"confirmed": "21"}).status_code == 404
    assert 'name="confirmed"' in _page(client, officer).content.decode()
    wrong = client.post(reverse("recordings:storage"), {"confirmed": "20"})
    assert (wrong.status_code, SetAside.objects.filter(let_go_at=None).count()) == (422, 21)
    done = client.post(reverse("recordings:storage"), {"confirmed": "21"}, follow=True)
    assert "21 let go" in done.content.decode()
    assert not SetAside.objects.filter(let_go_at=None).exists()


def test_only_so_many_incidents_are_shown(client, supervisor, line, monkeypatch):
    monkeypatch.setattr(storage, "SHOWN", 1)
    for _ in range(2):
        store().delete(RecordingFactory(line_of_business=line).object_key)
    fixity.look(timezone.now() + LATER, seconds=60, most_bytes=1 << 30)
    assert "1 or more" in _page(client, supervisor).content.decode()


def test_a_store_that_is_away_is_said_and_the_page_still_opens(client, supervisor, settings):
    settings.STORAGE_URL = "ftp://elsewhere"
    store.cache_clear()
    answer = _page(client, supervisor)
    assert answer.status_code == 200
    assert "begins with ftp:" in answer.content.decode()


def test_nobody_else_sees_it(client, reviewer):
    assert _page(client, reviewer).status_code == 404
