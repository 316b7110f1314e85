"""Keyset pages: `{"next": url or null, "results": […]}`. A page costs the same at any depth, and nothing is counted."""

from typing import Any

from django.core.exceptions import ValidationError as BadValue
from django.db.models import BooleanField, F, Func, QuerySet, Value
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.cursors import DEFAULT_LIMIT, MAX_LIMIT, limit_of, next_url, values_of

BAD_CURSOR = {"cursor": "Take the cursor from `next`, unchanged."}


class KeysetPages(BasePagination):
    """A view names its `ordering`, the keyset, newest first: `("-started_at", "-id")`; all fields in one direction."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.fields = [name.lstrip("-") for name in view.ordering]
        after, limit = self.asked(queryset.model, request, view)
        if after is not None:
            queryset = _after(queryset, self.fields, after, descending=view.ordering[0][0] == "-")
        rows = list(queryset.order_by(*view.ordering)[: limit + 1])
        self.last = rows[limit - 1] if len(rows) > limit else None
        return rows[:limit]

    def asked(self, model: Any, request: Request, view: Any) -> tuple[list[Any] | None, int]:
        """Where the page begins, as values of the keyset's columns (None: at the top), and how many rows it has.

        Raises ValidationError.
        """
        columns = [model._meta.get_field(name.lstrip("-")) for name in view.ordering]
        try:
            limit = limit_of(request.query_params.get("limit"))
        except ValueError as error:
            raise ValidationError({"limit": f"Write a whole number from 1 to {MAX_LIMIT}."}) from error
        if not (cursor := request.query_params.get("cursor")):
            return None, limit
        try:
            texts = values_of(cursor, len(columns))
            return [column.to_python(text) for column, text in zip(columns, texts, strict=True)], limit
        except (ValueError, BadValue) as error:
            raise ValidationError(BAD_CURSOR) from error

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
        return next_url(self.request._request, [_value(self.last, name) for name in self.fields])


def _value(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _after(queryset: QuerySet[Any], fields: list[str], values: list[Any], *, descending: bool) -> QuerySet[Any]:
    """Rows past the cursor, as one row comparison, which an index on the same fields serves."""
    columns = [queryset.model._meta.get_field(name) for name in fields]
    typed = [Value(value, output_field=column) for column, value in zip(columns, values, strict=True)]
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
