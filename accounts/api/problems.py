"""How the API's errors look in its OpenAPI document (RFC 9457)."""

from typing import Any

from rest_framework import serializers

MEDIA_TYPE = "application/problem+json"


class FieldProblem(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="Where, as a JSON pointer (RFC 6901).")
    detail = serializers.CharField(help_text="How to mend it.")
    code = serializers.CharField(required=False, help_text="What is wrong, as a word that never changes.")


class Problem(serializers.Serializer[Any]):
    """What went wrong, and how to mend it."""

    type = serializers.CharField(help_text="What kind of problem it is; never changes.")
    title = serializers.CharField(help_text="The kind in words.")
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False, help_text="How to mend it.")
    errors = FieldProblem(  # type: ignore[assignment]
        many=True, required=False, help_text="The fields that need mending."
    )


def problems(*statuses: int) -> dict[tuple[int, str], type[Problem]]:
    """Responses of `extend_schema`: a problem document for each of these statuses."""
    return {(status, MEDIA_TYPE): Problem for status in statuses}
