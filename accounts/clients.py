"""The integration client behind a token, as somebody who acts."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from accounts.models import Token


@dataclass(frozen=True)
class TokenActor:
    """Who calls the API: the client, limited to what this token of it may do."""

    token: Token
    own_line_ids: frozenset[UUID] | None = None  # the token's lines, where they were asked along with it

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
        if self.token.all_lines:
            return None
        if self.own_line_ids is not None:
            return self.own_line_ids
        return frozenset(self.token.lines.values_list("pk", flat=True))

    def has_source(self, source: str) -> bool:
        return not self.token.sources or source in self.token.sources
