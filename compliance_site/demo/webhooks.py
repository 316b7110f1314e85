"""A second phone system pushes its calls as vCons by webhook: two are taken in, one has audio that nobody can read."""

import base64
import hashlib
import hmac
import http.client
import json
import secrets
import time
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from compliance_site.demo import company
from compliance_site.demo.calls import DemoCall, fresh_call
from compliance_site.demo.phone import DeliveryRefused
from recordings.models import IntakeDelivery
from recordings.services.sources import configure_source
from trail.domain.actors import CALLWARD

LINE = "home-cover"
FROM_GEORGIA, OF_THE_AGENT = ("+14045550133", "+14045550148", "+14045550171"), "+15125550104"
MINUTES_AGO = 55


def deliver_vcons(base_url: str, anchor: datetime) -> int:
    """Configure the source and push its calls; how many deliveries came. Twice is once. Raises DeliveryRefused."""
    known = IntakeDelivery.objects.filter(source_id=company.WEBHOOK_SOURCE).count()
    if known >= len(FROM_GEORGIA):
        return known
    secret = secrets.token_bytes(24)
    values = {
        "standard_webhooks_secret": f"whsec_{base64.b64encode(secret).decode()}",
        "line_of_business": LINE,
        "purposes": company.PURPOSES[LINE],
    }
    configure_source(name=company.WEBHOOK_SOURCE, values=values, actor=CALLWARD)
    for place, number in enumerate(FROM_GEORGIA):
        ended_at = anchor - timedelta(minutes=MINUTES_AGO + 9 * place)
        call = fresh_call(LINE, f"vcon-{place}", ended_at, company.WEBHOOK_SOURCE)
        _push(base_url, secret, _vcon(call, number, is_damaged=number == FROM_GEORGIA[-1]), f"demo-{place}")
    return len(FROM_GEORGIA)


def _vcon(call: DemoCall, number: str, *, is_damaged: bool) -> dict[str, Any]:
    """The document that the vCon draft describes; a damaged one has audio in no encoding that there is."""
    agent = call.metadata["agent"]
    audio = "not base64url!" if is_damaged else base64.urlsafe_b64encode(call.audio()).decode().rstrip("=")
    return {
        "vcon": "0.4.0",
        "uuid": call.external_id,
        "created_at": call.metadata["ended_at"],
        "parties": [
            {"tel": f"tel:{number}", "role": "customer"},
            {"tel": f"tel:{OF_THE_AGENT}", "role": "agent", "name": agent["name"], "uuid": agent["id"]},
        ],
        "dialog": [
            {
                "type": "recording",
                "start": call.metadata["started_at"],
                "duration": call.clip.duration_s,
                "parties": [1, 0],
                "originator": 0,
                "mediatype": "audio/ogg",
                "encoding": "base64url",
                "body": audio,
            }
        ],
    }


def _push(base_url: str, secret: bytes, document: dict[str, Any], message_id: str) -> None:
    """One signed delivery, as Standard Webhooks says."""
    body, stamp = json.dumps(document).encode(), str(int(time.time()))
    digest = hmac.digest(secret, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    address = urlsplit(base_url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.netloc, timeout=30)
    try:
        connection.request("POST", f"/api/v1/intake/{company.WEBHOOK_SOURCE}/", body, headers)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status not in {200, 201, 202, 410}:
        raise DeliveryRefused(f"POST intake: {answer.status} {content[:500].decode(errors='replace')}")
