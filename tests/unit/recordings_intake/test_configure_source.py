"""Keys of phone systems: checked, sealed, never shown again."""

import json

import pytest
from django.core.management import CommandError, call_command

from recordings.models import TelephonySource
from recordings.services.sources import setup_of
from tests.telephony import SAMPLES
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def configure(tmp_path):
    def run(source: str, values, **options) -> None:
        file = tmp_path / "keys.json"
        file.write_text(values if isinstance(values, str) else json.dumps(values))
        call_command("configure_source", source, "--keys", str(file), **options)

    return run


@pytest.mark.parametrize("source", sorted(folder.name for folder in SAMPLES.iterdir()))
def test_the_keys_of_every_vendor_are_taken_as_they_are(configure, source, capsys):
    configure(source, json.loads((SAMPLES / source / "keys.json").read_text()))
    assert f"{source} configured." in capsys.readouterr().out
    assert Event.objects.get(verb="source.configured").facts["source"] == source


def test_keys_are_sealed_and_a_sender_s_own_key_is_not_kept(configure):
    configure("telnyx", json.loads((SAMPLES / "telnyx/keys.json").read_text()))
    row = TelephonySource.objects.get()
    assert b"GGpPZhI2" not in bytes(row.sealed)
    assert "private_seed_base64" not in setup_of(row).values
    assert "GGpPZhI2" not in repr(setup_of(row))


def test_configuring_again_takes_the_place_of_what_was(configure, line):
    configure("asterisk", {"bearer_token": "one"})
    configure("asterisk", {"bearer_token": "two", "line_of_business": line.code, "assume_timezone": "Europe/Berlin"})
    row = TelephonySource.objects.get()
    assert (setup_of(row).text("bearer_token"), row.line_of_business) == ("two", line)


WRONG = {
    "no key": ({}, "needs bearer_token"),
    "an unknown setting": ({"bearer_token": "a", "colour": "red"}, "no setting 'colour'"),
    "a zone that is none": ({"bearer_token": "a", "assume_timezone": "Mars/Base"}, "assume_timezone"),
    "a country that is none": ({"bearer_token": "a", "default_region": "XX"}, "default_region"),
    "a line that is none": ({"bearer_token": "a", "line_of_business": "nowhere"}, "There are: unassigned"),
    "a purpose that is none": ({"bearer_token": "a", "purposes": ["fun"]}, "no purpose 'fun'"),
    "a side that is none": ({"bearer_token": "a", "agent_channel": "middle"}, "left or right"),
    "a key that is no text": ({"bearer_token": 5}, "bearer_token is text"),
    "a list that is none": ({"bearer_token": "a", "columns": "src"}, "list of texts"),
    "no JSON": ("{", "is not JSON"),
    "no object": ("[]", "one JSON object"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_and_nothing_is_kept(configure, name):
    values, said = WRONG[name]
    with pytest.raises(CommandError, match=said):
        configure("asterisk", values)
    assert not TelephonySource.objects.exists()


def test_an_unknown_source_is_told_what_there_is(configure):
    with pytest.raises(CommandError, match="There are: amazon_connect, asterisk"):
        configure("carrier_pigeon", {})


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("configure_source", "asterisk", "--keys", str(tmp_path / "none.json"))
