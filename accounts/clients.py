"""The integration client behind a token, as somebody who acts."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from accounts.models import Token


@dataclass(frozen=True)
class TokenActor:
    """Who calls the API: the client, limited to what this token of it may do."""

    token: Token

    actor_kind = "client"
    is_authenticated = True

    @property
    def actor_id(self) -> str:
        return str(self.token.client_id)

    @cached_property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.token.scopes)

    @cached_property
    def line_ids(self) -> frozenset[UUID] | None:
        """Lines of business that this token sees; None: all."""
        return None if self.token.all_lines else frozenset(self.token.lines.values_list("pk", flat=True))

    def has_source(self, source: str) -> bool:
        return not self.token.sources or source in self.token.sources
