"""Telephony sources: their keys and settings, sealed with the keyset, opened for the moment in which they are used."""

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.models import LineOfBusiness
from policies.domain.calls import PURPOSES
from recordings import keys
from recordings.domain.errors import DeliveryUnproven, SettingsRefused, SourceUnknown
from recordings.intake import ADAPTERS
from recordings.intake.port import Adapter, Setup
from recordings.models import TelephonySource
from trail.domain.actors import Actor

CHANNELS = {"left": 0, "right": 1, "0": 0, "1": 1}
# What every source may have beside its keys: how it is written.
TEXTS = {
    "assume_timezone", "default_region", "line_of_business", "audio_folder", "bucket", "aws_region",
    "aws_access_key_id", "aws_secret_access_key", "s3_endpoint", "note",
}  # fmt: skip
LISTS = {"own_domains", "columns", "purposes", "buckets"}
KEYS = {
    "auth_token", "shared_key_id", "shared_key_secret", "auth_id", "public_key_base64", "private_seed_base64",
    "signature_secret", "api_key", "application_id", "private_key_pem", "secret_token", "bearer_token", "basic_user",
    "basic_password", "connection_api_key_header", "connection_api_key", "standard_webhooks_secret",
    "trusted_certificate_pem", "oauth_account_id", "oauth_client_id", "oauth_client_secret",
    "signing_key_pkcs8_der_base64",
}  # fmt: skip
NEVER_KEPT = {"private_seed_base64", "signing_key_pkcs8_der_base64", "note"}  # a sender's own key is none of ours


def adapter_of(name: str) -> Adapter:
    """Raises SourceUnknown."""
    if name not in ADAPTERS:
        raise SourceUnknown
    return ADAPTERS[name]


def source_of(name: str) -> tuple[TelephonySource, Setup]:
    """The source with its settings. Raises DeliveryUnproven: it was never configured, so nothing can be proven."""
    row = TelephonySource.objects.filter(pk=name).first()
    if row is None:
        raise DeliveryUnproven("not_configured", "This source has no keys here. Run manage.py configure_source.")
    return row, setup_of(row)


def setup_of(row: TelephonySource) -> Setup:
    """Raises KeysUnavailable: sealed with another keyset."""
    return Setup(json.loads(keys.unseal_with_keyset(row.sealed, f"source {row.pk}")))


@transaction.atomic
def configure_source(*, name: str, values: Mapping[str, Any], actor: Actor) -> TelephonySource:
    """Keep the keys and settings of a source, in the place of those before. Raises SourceUnknown, SettingsRefused."""
    adapter = adapter_of(name)
    kept = {key: value for key, value in values.items() if key not in NEVER_KEPT}
    _assert_known(values)
    _assert_sound(kept)
    if missing := [key for key in adapter.WANTED if not kept.get(key)]:
        raise SettingsRefused(f"{name} needs {', '.join(missing)}.", pointer=f"/{missing[0]}")
    line = None
    if code := kept.get("line_of_business"):
        line = LineOfBusiness.objects.filter(code=code).first()
        if line is None:
            known = ", ".join(LineOfBusiness.objects.order_by("code").values_list("code", flat=True))
            raise SettingsRefused(
                f"There is no line of business {code!r}. There are: {known}.", pointer="/line_of_business"
            )
    row, created = TelephonySource.objects.update_or_create(
        pk=name,
        defaults={
            "sealed": keys.seal_with_keyset(json.dumps(kept).encode(), f"source {name}"),
            "line_of_business": line,
            "configured_at": timezone.now(),
        },
    )
    trail.append("source.configured", actor=actor, subject=row, source=name, created=created)
    return row


def agent_channel(setup: Setup) -> int | None:
    """Which channel of this source's audio is the agent, as its settings say; None: they do not."""
    return CHANNELS.get(str(setup.values.get("agent_channel", "")).lower())


def _assert_known(values: Mapping[str, Any]) -> None:
    known = KEYS | TEXTS | LISTS | {"agent_channel", "audio_headers"}
    if strange := sorted(set(values) - known):
        raise SettingsRefused(f"There is no setting {strange[0]!r}. Leave it out.", pointer=f"/{strange[0]}")


def _assert_sound(values: Mapping[str, Any]) -> None:
    """Each setting has the shape that it needs. Raises SettingsRefused; never repeats a key."""
    for key, value in values.items():
        if key in KEYS | TEXTS and not isinstance(value, str):
            raise SettingsRefused(f"{key} is text.", pointer=f"/{key}")
        if key in LISTS and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise SettingsRefused(f"{key} is a list of texts.", pointer=f"/{key}")
    _assert_zone(str(values.get("assume_timezone") or "UTC"))
    region = values.get("default_region")
    if region and str(region).upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise SettingsRefused("default_region is a country by ISO 3166, such as US.", pointer="/default_region")
    if strange := [purpose for purpose in values.get("purposes", []) if purpose not in PURPOSES]:
        raise SettingsRefused(
            f"There is no purpose {strange[0]!r}. There are: {', '.join(PURPOSES)}.", pointer="/purposes"
        )
    if "agent_channel" in values and str(values["agent_channel"]).lower() not in CHANNELS:
        raise SettingsRefused("agent_channel is left or right.", pointer="/agent_channel")
    if "audio_headers" in values and not isinstance(values["audio_headers"], dict):
        raise SettingsRefused("audio_headers is {host: {header: value}}.", pointer="/audio_headers")


def _assert_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsRefused(
            "assume_timezone is an IANA zone, such as America/New_York.", pointer="/assume_timezone"
        ) from error
