"""Which side of a stereo recording is the agent: a setting of the source, never a guess."""

import pytest

from recordings.models import TelephonyFacts
from recordings.player import _lanes
from tests.factories import RecordingFactory

pytestmark = pytest.mark.django_db

STEREO = [[10] * 500, [20] * 500]


@pytest.mark.parametrize(
    ("channel", "names"),
    [(0, ["Agent", "Customer"]), (1, ["Customer", "Agent"]), (None, ["Channel 1", "Channel 2"])],
)
def test_each_lane_is_named_as_the_source_is_set(line, channel, names):
    recording = RecordingFactory(line_of_business=line)
    TelephonyFacts.objects.create(recording=recording, sealed=b"x", agent_channel=channel)
    assert [lane.name for lane in _lanes(STEREO, recording)] == names


def test_who_delivers_over_the_api_puts_the_agent_left(line):
    assert [lane.name for lane in _lanes(STEREO, RecordingFactory(line_of_business=line))] == ["Agent", "Customer"]
