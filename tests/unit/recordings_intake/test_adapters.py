"""What the samples do not show: other encodings, legs, file names, old spellings, and what is passed over."""

import base64
import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from recordings.domain.errors import DeliveryUnproven, DeliveryUnreadable
from recordings.domain.told import merged
from recordings.intake import ADAPTERS
from recordings.intake.port import Setup
from tests.telephony import Sample, sample


def read(case: Sample, body: bytes | str, *, kind: str = "", **settings):
    headers = case.sent.headers | ({"content-type": kind} if kind else {})
    sent = replace(case.sent, body=body.encode() if isinstance(body, str) else body, headers=headers)
    return ADAPTERS[case.source].understand(sent, Setup(case.settings | settings))


def one(case: Sample, body: bytes | str, **more):
    (call,) = read(case, body, **more).calls
    return call


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- FreeSWITCH

FREESWITCH = sample("freeswitch/json_cdr_plain")


def test_freeswitch_says_the_same_in_every_encoding():
    plain = one(FREESWITCH, FREESWITCH.body)
    form = b"cdr=" + quote(FREESWITCH.body).encode()
    packed = b"cdr=" + quote(base64.b64encode(FREESWITCH.body)).encode()
    assert one(FREESWITCH, form, kind="application/x-www-form-urlencoded") == plain
    assert one(FREESWITCH, packed, kind="application/x-www-form-base64-encoded") == plain
    assert one(FREESWITCH, FREESWITCH.body, kind="application/x-www-form-urlencoded") == plain  # the type was lost
    assert one(FREESWITCH, _as_xml(json.loads(FREESWITCH.body)), kind="text/xml") == plain


def _as_xml(said) -> str:
    variables = "".join(f"<{name}>{quote(value)}</{name}>" for name, value in said["variables"].items())
    members = said["callflow"][0]["caller_profile"].items()
    profile = "".join(f"<{name}>{quote(value)}</{name}>" for name, value in members)
    flow = f"<callflow><caller_profile>{profile}</caller_profile></callflow>"
    return f"<?xml version='1.0'?><cdr><variables>{variables}</variables>{flow}</cdr>"


def _changed(**variables) -> str:
    said = json.loads(FREESWITCH.body)
    said["variables"] |= variables
    for name in [name for name, value in variables.items() if value is None]:
        del said["variables"][name]
    return json.dumps(said)


def test_a_leg_that_was_not_recorded_is_passed_over():
    said = json.loads(FREESWITCH.body)
    said["variables"] = {k: v for k, v in said["variables"].items() if not k.startswith("record")}
    said["app_log"] = {}
    assert read(FREESWITCH, json.dumps(said)).ignored == "no_recording"


def test_a_call_of_our_own_extension_is_outbound():
    said = json.loads(FREESWITCH.body)
    said["callflow"][0]["caller_profile"]["caller_id_number"] = "204"
    assert one(FREESWITCH, json.dumps(said)).direction == "outbound"


def test_what_was_never_answered_begins_with_its_start():
    call = one(FREESWITCH, _changed(answer_uepoch="0", answer_epoch="0"))
    assert call.started_at == datetime.fromtimestamp(1794924159.004, UTC)


def test_mono_is_not_made_up():
    assert one(FREESWITCH, _changed(RECORD_STEREO=None)).channels is None


# --- Asterisk

ARI, CDR = sample("asterisk/ari_recording_finished"), sample("asterisk/cdr_csv")


def _named(name: str, **settings):
    said = json.loads(ARI.body)
    said["recording"]["name"] = name
    return one(ARI, json.dumps(said), **settings)


@pytest.mark.parametrize(
    ("name", "direction", "numbers", "extension"),
    [
        ("out-16145550123-204-20261117-090311-1794924182.1", "outbound", ["204", "16145550123"], "204"),
        ("q-600-16145550123-20261117-090311-1794924182.1", "inbound", ["16145550123", "600"], "600"),
        ("internal-205-204-20261117-090311-1794924182.1", "internal", ["204", "205"], ""),
        ("force-204-16145550123-20261117-090311-1794924182.1", "", ["16145550123", "204"], ""),
        ("external-204-anonymous-20261117-090311-1794924182.1", "inbound", ["anonymous", "204"], "204"),
        ("my-own-name", "", [], ""),
    ],
)
def test_a_file_s_name_tells_what_it_tells(name, direction, numbers, extension):
    call = _named(name)
    assert (call.direction, [party.number for party in call.parties]) == (direction, numbers)
    assert call.agent_extension == extension


def test_without_a_zone_the_event_s_own_time_counts():
    call = _named(json.loads(ARI.body)["recording"]["name"], assume_timezone="")
    assert call.ended_at == utc("2026-11-17T14:03:41.906")


@pytest.mark.parametrize(("epoch", "hour"), [(1793511000, 5), (1793514600, 6)])
def test_in_the_hour_that_comes_twice_the_channel_s_epoch_tells_which(epoch, hour):
    call = _named(f"external-204-16145550123-20261101-013000-{epoch}.1")
    assert call.started_at == utc(f"2026-11-01T{hour:02d}:30:00")


def test_a_cdr_without_a_zone_is_read_by_its_uniqueid():
    call = one(CDR, CDR.body, assume_timezone="")
    assert (call.started_at, call.ended_at) == (utc("2026-11-17T14:03:11"), utc("2026-11-17T14:03:41"))


def test_a_cdr_as_json_says_the_same_as_one_line_of_csv():
    names = CDR.request["columns"]
    (row,) = csv.reader([CDR.body.decode()])
    assert one(CDR, json.dumps(dict(zip(names, row, strict=True)))) == one(CDR, CDR.body)


def test_a_cdr_without_a_file_is_passed_over_and_several_lines_are_several_calls():
    line = CDR.body.decode().strip()
    bare = line.replace("external-204-16145550123-20261117-090311-1794924182.4711.wav", "")
    assert read(CDR, bare).ignored == "no_recording"
    other = line.replace("4711.wav", "4712.wav")
    assert len(read(CDR, f"{line}\n{bare}\n{other}\n").calls) == 2


def test_event_and_cdr_of_one_file_are_one_call_with_the_caller_s_name():
    event, cdr = one(ARI, ARI.body), one(CDR, CDR.body)
    for together in (merged(event, cdr), merged(cdr, event)):
        assert together.parties[0].name == "Alex Rivera"
        assert together.started_at == utc("2026-11-17T14:03:11")


# --- Amazon Connect

CONTACT, OBJECT = sample("amazon_connect/contact_record"), sample("amazon_connect/s3_object_created")


def test_s3_s_own_notification_writes_its_keys_encoded():
    told = json.loads(OBJECT.body)["detail"]
    key = quote(told["object"]["key"], safe="/")
    assert "%3A" in key
    record = {"s3": {"bucket": told["bucket"], "object": {"key": key, "size": told["object"]["size"]}}}
    assert one(OBJECT, json.dumps({"Records": [record]})) == one(OBJECT, OBJECT.body)


@pytest.mark.parametrize("key", ["connect/Analysis/x.json", "CallRecordings/2026/x.wav", "prefix/ivr/y.wav"])
def test_other_objects_of_the_bucket_are_passed_over(key):
    said = json.loads(OBJECT.body)
    said["detail"]["object"]["key"] = key
    assert read(OBJECT, json.dumps(said)).ignored == "no_recording"


@pytest.mark.parametrize(
    "changes", [{"Channel": "CHAT"}, {"Recording": None, "Recordings": None}, {"Recording": None, "Recordings": []}]
)
def test_contacts_without_a_recorded_call_are_passed_over(changes):
    assert read(CONTACT, json.dumps(json.loads(CONTACT.body) | changes)).ignored in {"not_a_call", "no_recording"}


def test_on_an_outbound_contact_the_system_calls_the_customer():
    call = one(CONTACT, json.dumps(json.loads(CONTACT.body) | {"InitiationMethod": "OUTBOUND"}))
    assert [(party.role, party.number) for party in call.parties] == [
        ("agent", "+14155550188"),
        ("customer", "+16145550123"),
    ]


def test_how_a_contact_began_that_says_nothing_of_the_direction_leaves_it_unknown():
    call = one(CONTACT, json.dumps(json.loads(CONTACT.body) | {"InitiationMethod": "TRANSFER"}))
    assert call.direction == ""
    assert {party.role for party in call.parties} == {"customer", "agent"}  # the record itself says who is who


# --- SIPREC

BYE = sample("siprec/final_metadata")


def test_old_recorders_use_another_namespace_and_addresses_without_a_scheme():
    old = BYE.body.decode().replace("urn:ietf:params:xml:ns:recording:1", "urn:ietf:params:xml:ns:recording")
    old = old.replace('aor="sip:', 'aor="')
    assert one(BYE, old) == one(BYE, BYE.body)


def test_without_our_domains_nobody_s_role_is_known():
    call = one(BYE, BYE.body, own_domains=[])
    assert {party.role for party in call.parties} == {"unknown"}
    assert (call.agent_id, call.agent_channel) == ("", None)


def test_a_time_of_1970_is_no_time():
    call = one(BYE, BYE.body.decode().replace("<start-time>2026-11-17T14:03:11Z", "<start-time>1970-01-01T00:00:00Z"))
    assert call.started_at is None


def test_who_sends_on_which_label_tells_the_agent_s_channel():
    assert one(BYE, BYE.body).agent_channel == 1


def test_an_invite_with_sdp_alone_is_passed_over():
    invite = sample("siprec/invite_multipart")
    alone = invite.body.partition(b"--uniqueBoundary\nContent-Disposition: recording-session")[0].partition(
        b"--uniqueBoundary\r\nContent-Disposition: recording-session"
    )[0]
    assert read(invite, alone + b"--uniqueBoundary--\r\n").ignored == "no_metadata"


# --- vCon

VCON = sample("vcon/external_recording")


def _vcon(**changes) -> str:
    return json.dumps(json.loads(VCON.body) | changes)


def test_a_critical_extension_that_is_not_known_is_refused_and_others_are_passed_over():
    with pytest.raises(DeliveryUnreadable):
        read(VCON, _vcon(critical=["nobody-knows"]))
    assert one(VCON, _vcon(extensions=["any"], vcon="0.9.9", strange=1)).external_id == json.loads(VCON.body)["uuid"]


def test_an_encrypted_vcon_is_refused():
    with pytest.raises(DeliveryUnreadable):
        read(VCON, json.dumps({"ciphertext": "x", "recipients": []}))


def test_a_signed_vcon_is_refused_where_no_certificate_is_trusted():
    signed = sample("vcon/signed")
    with pytest.raises(DeliveryUnproven):
        read(signed, signed.body, trusted_certificate_pem="")


def test_old_spellings_are_read():
    (dialog,) = json.loads(VCON.body)["dialog"]
    digest = dialog.pop("content_hash").removeprefix("sha512-")
    dialog |= {"mimetype": dialog.pop("mediatype"), "alg": "SHA-512", "signature": digest}
    call = one(VCON, _vcon(dialog=[dialog]))
    assert (call.audio.media_type, call.audio.content_hash) == ("audio/x-mp3", f"sha512-{digest}")


def test_each_recording_of_a_vcon_is_one_call():
    (dialog,) = json.loads(VCON.body)["dialog"]
    calls = read(VCON, _vcon(dialog=[{"type": "text"}, dialog, dialog])).calls
    uuid = json.loads(VCON.body)["uuid"]
    assert [call.external_id for call in calls] == [uuid, f"{uuid}/2"]


@pytest.mark.parametrize(("parties", "channel"), [([[0], [1]], 0), ([[1], None, [0]], 2), (0, None), ([1, 0], 1)])
def test_parties_stand_as_index_as_list_or_by_channel(parties, channel):
    (dialog,) = json.loads(VCON.body)["dialog"]
    assert one(VCON, _vcon(dialog=[dialog | {"parties": parties}])).agent_channel == channel


# --- the others


def test_zoom_tells_of_several_recordings_in_one_event():
    zoom = sample("zoom_phone/recording_completed")
    said = json.loads(zoom.body)
    (first,) = said["payload"]["object"]["recordings"]
    said["payload"]["object"]["recordings"].append(first | {"id": "another"})
    assert [call.external_id for call in read(zoom, json.dumps(said)).calls] == [first["id"], "another"]


@pytest.mark.parametrize("status", ["in-progress", "absent", "failed"])
def test_twilio_s_other_statuses_are_no_recording(status):
    twilio = sample("twilio/completed")
    assert read(twilio, twilio.body.replace(b"=completed", f"={status}".encode())).ignored


def test_plivo_s_early_call_without_a_length_is_no_recording():
    plivo = sample("plivo/recording_callback")
    body = plivo.body.replace(b"DurationMs=27411", b"DurationMs=-1").replace(b"Duration=27", b"Duration=-1")
    assert read(plivo, body).ignored == "not_finished"


def test_genesys_screens_and_chats_are_passed_over():
    genesys = sample("genesys_cloud/export_metadata")
    for changes in ({"mediaType": "Chat"}, {"mediaSubtype": "Screen"}):
        assert read(genesys, json.dumps(json.loads(genesys.body) | changes)).ignored == "not_a_call"


def test_telnyx_without_what_is_in_no_schema_is_known_by_its_leg():
    telnyx = sample("telnyx/call_recording_saved")
    said = json.loads(telnyx.body)
    for name in ("recording_id", "from", "to", "client_state"):
        del said["data"]["payload"][name]
    call = one(telnyx, json.dumps(said))
    assert call.external_id == "428c31b6-7af4-4bcb-b7f5-5013ef9657c1/2026-11-17T14:03:11.482113Z"
    assert (call.parties, call.agent_id) == ((), "")
