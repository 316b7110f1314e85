"""The line that the tour shows is taken by the API as it stands."""

import json
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from accounts.models import Role
from recordings.models import Recording
from tests.deliveries import posted, upload
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def test_the_line_for_the_shell_delivers_a_call(client, line):
    client.force_login(UserFactory(role=Role.SUPERVISOR, all_lines=True))
    words = shlex.split(client.post("/demo/line/").context["line"])
    fields = dict(word.split("=", 1) for before, word in pairwise(words) if before == "-F")
    metadata = json.loads(fields["metadata"].removesuffix(";type=application/json"))
    audio = (ROOT / fields["audio"].removesuffix(";type=audio/ogg").removeprefix("@")).read_bytes()
    name, _, value = words[words.index("-H") + 1].partition(": ")
    client.logout()
    answer = posted(client, {name: value}, upload(metadata, audio))
    assert answer.status_code == 201, answer.content
    assert Recording.objects.get().source == "visitor"
