"""The base of every shape that comes in."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know, by name: a misspelt field is never silently dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            known = ", ".join(sorted(name for name, field in self.fields.items() if not field.read_only))
            raise serializers.ValidationError(
                {str(name): [f"This field does not exist. Leave it out, or use one of: {known}."] for name in unknown},
                code="unknown",
            )
        return super().to_internal_value(data)
