"""Genesys Cloud: the `_metadata.json` beside each recording of a bulk export to S3, forwarded with a header of ours.

The bucket is not in it: it stands as `bucket` in the address, or in the source's settings.
"""

from recordings.domain.told import AudioTold, CallTold, Understood, by_direction, number_of, party, told
from recordings.intake.port import Sent, Setup, assert_header_key, media_type_of, named, text
from recordings.intake.query import direction_of

WANTED = ("connection_api_key_header", "connection_api_key")


def verify(sent: Sent, setup: Setup) -> None:
    assert_header_key(sent, setup)


def understand(sent: Sent, setup: Setup) -> Understood:
    said = sent.json
    if text(said.get("mediaType") or "Call") != "Call" or text(said.get("mediaSubtype")) == "Screen":
        return Understood(ignored="not_a_call")
    direction = direction_of(said.get("initialDirection"))
    bucket, key = text(sent.query.get("bucket")) or setup.text("bucket"), text(said.get("filePath"), 1500)
    milliseconds = number_of(said.get("durationMs"))
    users = said.get("userIds")
    call = CallTold(
        source="genesys_cloud",
        external_id=named(said.get("recordingId"), "recordingId"),
        call_id=text(said.get("conversationId")),
        direction=direction,
        parties=by_direction(
            direction,
            party(text(said.get("ani")), region=setup.region),
            party(text(said.get("dnis")), region=setup.region),
        ),
        agent_id=text(users[0], 120) if isinstance(users, list) and users else "",
        audio=AudioTold("s3", f"s3://{bucket}/{key}" if bucket and key else "", media_type_of(key)) if key else None,
    )
    return Understood(
        (
            told(
                call,
                started_at=said.get("startTime"),
                ended_at=said.get("endTime"),
                duration_s=milliseconds / 1000 if milliseconds is not None else None,
            ),
        )
    )
