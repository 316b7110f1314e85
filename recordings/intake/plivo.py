"""Plivo: record callbacks, signed V3: HMAC-SHA256 over address, sorted parameters and nonce, in base64.

By hand after https://www.plivo.com/docs/voice/concepts/signature-validation: its library brings the whole client.
"""

import base64
import hmac
from urllib.parse import parse_qsl, urlsplit

from recordings.domain.errors import DeliveryUnproven
from recordings.domain.told import AudioTold, CallTold, Understood, by_direction, epoch, number_of, party, told
from recordings.intake.port import Sent, Setup, media_type_of, named, same, text
from recordings.intake.query import direction_of, from_query

WANTED = ("auth_token",)
SIGNS_ADDRESS = True
TAKES_GET = True


def verify(sent: Sent, setup: Setup) -> None:
    """Several signatures may stand there: of the account, of a sub-account, of the main account apart."""
    given = ",".join(filter(None, [sent.header("x-plivo-signature-v3"), sent.header("x-plivo-signature-ma-v3")]))
    nonce = sent.header("x-plivo-signature-v3-nonce")
    if not given or not nonce:
        raise DeliveryUnproven("no_credentials", "The headers of Plivo's signature V3 are missing.")
    message = f"{_signed_address(sent)}.{nonce}".encode()
    wanted = base64.b64encode(hmac.digest(setup.key("auth_token").encode(), message, "sha256")).decode()
    if not any(same(one.strip(), wanted) for one in given.split(",")):
        raise DeliveryUnproven("bad_signature", "The signature is not Plivo's for this address and these parameters.")


def understand(sent: Sent, setup: Setup) -> Understood:
    said = sent.told
    external_id = named(said.get("RecordingID") or said.get("RecordingUUID"), "RecordingID")
    milliseconds = number_of(said.get("RecordingDurationMs"))
    seconds = number_of(said.get("RecordingDuration"))
    address = text(said.get("RecordUrl") or said.get("RecordingURL"), 2000)
    if not address or (milliseconds is None and seconds is None):
        return Understood(ignored="not_finished")  # the early `action` call says -1
    direction = direction_of(said.get("Direction"))
    call = CallTold(
        source="plivo",
        external_id=external_id,
        call_id=text(said.get("CallUUID")),
        direction=direction,
        parties=by_direction(
            direction, party(said.get("From"), region=setup.region), party(said.get("To"), region=setup.region)
        ),
        audio=AudioTold("url", address, media_type_of(urlsplit(address).path)),
    )
    return Understood(
        (
            told(
                from_query(call, sent.query, setup),
                started_at=epoch(said.get("RecordingStartMs"), per_second=1000),
                ended_at=epoch(said.get("RecordingEndMs"), per_second=1000),
                duration_s=milliseconds / 1000 if milliseconds is not None else seconds,
            ),
        )
    )


def _signed_address(sent: Sent) -> str:
    """The address with its query sorted; `?` or `.`; then the parameters, sorted, name and value joined."""
    parts = urlsplit(sent.url)
    address = f"{parts.scheme}://{parts.netloc}{parts.path}"
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    fields = "".join(name + value for name in sorted(sent.fields) for value in sorted(sent.fields[name]))
    if query:
        address += "?" + "&".join(f"{name}={value}" for name, value in query)
        return f"{address}.{fields}" if fields else address
    return f"{address}?{fields}" if fields else address
