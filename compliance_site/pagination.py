"""Keyset pages: `{"next": url or null, "results": […]}`. A page costs the same at any depth, and nothing is counted."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError as BadValue
from django.db.models import BooleanField, F, Func, QuerySet, Value
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class KeysetPages(BasePagination):
    """A view names its `ordering`, the keyset, newest first: `("-started_at", "-id")`; all fields in one direction."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.fields = [name.lstrip("-") for name in view.ordering]
        limit = _limit(request.query_params.get("limit"))
        if cursor := request.query_params.get("cursor"):
            queryset = _after(
                queryset, self.fields, _read(cursor, len(self.fields)), descending=view.ordering[0][0] == "-"
            )
        rows = list(queryset.order_by(*view.ordering)[: limit + 1])
        self.last = rows[limit - 1] if len(rows) > limit else None
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._next(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        properties = {"next": {"type": ["string", "null"], "format": "uri"}, "results": schema}
        return {"type": "object", "required": ["next", "results"], "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        return [
            {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "From `next`."},
            {"name": "limit", "in": "query", "schema": limit},
        ]

    def _next(self) -> str | None:
        if self.last is None:
            return None
        values = [str(_value(self.last, name)) for name in self.fields]
        cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
        query = {key: value for key, value in self.request.query_params.items() if key != "cursor"}
        return self.request.build_absolute_uri(f"{self.request.path}?{urlencode(query | {'cursor': cursor})}")


def _value(row: Any, name: str) -> Any:
    value = row[name] if isinstance(row, dict) else getattr(row, name)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_LIMIT:
        raise ValidationError({"limit": f"Write a whole number from 1 to {MAX_LIMIT}."})
    return int(text)


def _read(cursor: str, size: int) -> list[str]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != size or not all(isinstance(value, str) for value in values):
        raise ValidationError({"cursor": "Take the cursor from `next`, unchanged."})
    return values


def _after(queryset: QuerySet[Any], fields: list[str], values: list[str], *, descending: bool) -> QuerySet[Any]:
    """Rows past the cursor, as one row comparison, which an index on the same fields serves."""
    columns = [queryset.model._meta.get_field(name) for name in fields]
    try:
        typed = [
            Value(column.to_python(value), output_field=column) for column, value in zip(columns, values, strict=True)
        ]
    except BadValue as error:
        raise ValidationError({"cursor": "Take the cursor from `next`, unchanged."}) from error
    left = [F(name) for name in fields]
    return queryset.filter(_RowComparison(*left, *typed, comparison="<" if descending else ">", size=len(fields)))


class _RowComparison(Func):
    """`(a, b) < (x, y)`."""

    output_field = BooleanField()

    def __init__(self, *expressions: Any, comparison: str, size: int, **extra: Any) -> None:
        super().__init__(*expressions, **extra)
        self.comparison, self.size = comparison, size

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, Any]:
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        sql = [part for part, _ in parts]
        params = [param for _, given in parts for param in given]
        return f"({', '.join(sql[: self.size])}) {self.comparison} ({', '.join(sql[self.size :])})", params
