"""Who may not read numbers and names cannot ask for them either."""

import pytest
from django.urls import reverse

from accounts.services import give_call
from recordings import keys
from recordings.models import Party
from tests.factories import RecordingFactory

pytestmark = pytest.mark.django_db

NUMBER = "+18135550142"


@pytest.fixture
def call(line, reviewer):
    recording = RecordingFactory(line_of_business=line)
    Party.objects.filter(recording=recording).update(number_index=keys.number_index(NUMBER))
    give_call(user=reviewer, recording_id=recording.pk)
    return recording


def test_a_number_finds_its_calls_for_who_may_read_numbers(client, call, supervisor):
    client.force_login(supervisor)
    page = client.post(reverse("recordings:find"), {"q": NUMBER}, follow=True).content.decode()
    assert str(call.pk) in page


def test_a_reviewer_learns_nothing_by_asking_for_a_number(client, call, reviewer):
    client.force_login(reviewer)
    assert str(call.pk) in client.get(reverse("recordings:list")).content.decode()
    by_number = client.post(reverse("recordings:find"), {"q": NUMBER}, follow=True)
    assert str(call.pk) not in by_number.content.decode()
