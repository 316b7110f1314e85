"""An object in a customer's S3 as an address that is good for a few minutes: so it is fetched like all else."""

from typing import Any
from urllib.parse import urlsplit

from recordings.domain.errors import AudioUnreachable

GOOD_FOR_SECONDS = 900


def address_of(ref: str, settings: dict[str, Any]) -> str:
    """`s3://bucket/key` as a signed https address. Raises AudioUnreachable.

    Settings: `buckets`, the only ones that are read; `aws_region`; `aws_access_key_id` with `aws_secret_access_key`,
    else boto3's usual places; `s3_endpoint` where it is not Amazon's.
    """
    bucket, key = _named(ref)
    if bucket not in settings.get("buckets", []):
        raise AudioUnreachable(
            "The audio's bucket is not among the buckets of this source. Add it with configure_source."
        )
    try:
        from boto3.session import Session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise AudioUnreachable("To read S3, install Callward's extra s3.") from error
    endpoint = settings.get("s3_endpoint")
    config = Config(signature_version="s3v4", s3={"addressing_style": "path" if endpoint else "virtual"})
    session = Session(settings.get("aws_access_key_id"), settings.get("aws_secret_access_key"))
    try:
        client = session.client(
            "s3", region_name=settings.get("aws_region") or "us-east-1", endpoint_url=endpoint, config=config
        )
        return str(
            client.generate_presigned_url(
                "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=GOOD_FOR_SECONDS
            )
        )
    except (BotoCoreError, ValueError) as error:
        raise AudioUnreachable("There are no credentials for the audio's bucket, or they are incomplete.") from error


def _named(ref: str) -> tuple[str, str]:
    """Raises AudioUnreachable. Not `urlsplit(ref).path`: a key may hold `?` and `#`."""
    bucket, _, key = ref.removeprefix("s3://").partition("/")
    if not ref.startswith("s3://") or not bucket or not key or urlsplit(f"//{bucket}").netloc != bucket:
        raise AudioUnreachable("The audio's place in S3 is not told as bucket and key.")
    return bucket, key
