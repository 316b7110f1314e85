"""Tokens: made, shown once, found by their prefix, compared by digest, ended at once."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

import trail.services as trail
from accounts.clients import TokenActor
from accounts.domain.errors import NotAllowed, TokenRefused, UnknownClient
from accounts.models import IntegrationClient, LineOfBusiness, Token
from accounts.permissions import Act, demand, givable_scopes, lines_of
from trail.domain.actors import Actor

PREFIX = "cw_"
USE_NOTED_EVERY = timedelta(minutes=1)  # `last_used_at` is for people; one write a minute is exact enough

# In SQL because each call of the API asks it.
_QUESTION = """
    SELECT token.*, client.is_active AS has_active_client,
           ARRAY(SELECT lineofbusiness_id FROM accounts_token_lines WHERE token_id = token.id) AS own_line_ids,
           (SELECT name FROM accounts_generation) AS generation
    FROM accounts_token token JOIN accounts_integrationclient client ON client.id = token.client_id
    WHERE token.prefix = %s
"""


@transaction.atomic
def issue_token(
    *,
    name: str,
    scopes: Collection[str],
    sources: Collection[str] = (),
    lines: Collection[LineOfBusiness] = (),
    expires_at: datetime,
    actor: Actor,
) -> str:
    """Make a token for the client of this name, and the client where it is new. The secret is returned and never kept.

    Without sources or lines the token has all of them. 256 random bits behind a prefix by which it is found.
    Raises NotAllowed: a person who may not, or who gives a token lines that are not theirs.
    """
    demand(actor, Act.ADMINISTER_PEOPLE)
    own = lines_of(actor)
    if own is not None and (not lines or not {line.pk for line in lines} <= own):
        raise NotAllowed("Give the token lines of business that are yours.")
    if more := sorted(set(scopes) - givable_scopes(actor)):
        raise NotAllowed(
            f"Your role cannot give {', '.join(more)}. It is issued on the machine, by manage.py issue_token."
        )
    client, _ = IntegrationClient.objects.get_or_create(name=name)
    found_by = PREFIX + secrets.token_hex(6)
    secret = f"{found_by}_{secrets.token_urlsafe(32)}"
    token = Token.objects.create(
        client=client,
        prefix=found_by,
        digest=_digest(secret),
        scopes=sorted(scopes),
        sources=sorted(sources),
        all_lines=not lines,
        expires_at=expires_at,
    )
    token.lines.set(lines)
    trail.append("token.issued", actor=actor, subject=token, client=str(client.pk), scopes=sorted(scopes))
    return secret


def token_actor(secret: str) -> TokenActor:
    """Whoever holds this secret now. Raises TokenRefused: unknown, revoked, expired, or its client is switched off."""
    found_by = "_".join(secret.split("_")[:2])
    token = next(iter(Token.objects.raw(_QUESTION, [found_by])), None)
    now = timezone.now()
    if token is None or not hmac.compare_digest(bytes(token.digest), _digest(secret)):
        raise TokenRefused
    if token.revoked_at is not None or token.expires_at <= now or not token.has_active_client:  # type: ignore[attr-defined]
        raise TokenRefused
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
        token.last_used_at = now
    actor = TokenActor(token, frozenset(token.own_line_ids))  # type: ignore[attr-defined]
    _keep(_digest(secret), SeenToken(actor, token.generation))  # type: ignore[attr-defined]
    return actor


@dataclass(frozen=True)
class SeenToken:
    """A token that was let in, and under which generation: it is let in again for as long as that is the name."""

    actor: TokenActor
    generation: UUID


SEEN_AT_MOST = 1024
_seen: dict[bytes, SeenToken] = {}  # by the secret's digest


def _keep(digest: bytes, token: SeenToken) -> None:
    if len(_seen) >= SEEN_AT_MOST:
        _seen.clear()
    _seen[digest] = token


def seen_token(secret: str) -> SeenToken | None:
    """The token as this process last saw it, without asking the database; None: ask `token_actor`.

    Whoever acts on it has to have the database confirm the generation in the very statement that acts. It is asked for
    anew after its expiry, and each minute, so that its use is noted.
    """
    seen = _seen.get(_digest(secret))
    if seen is None:
        return None
    token, now = seen.actor.token, timezone.now()
    used = token.last_used_at
    return seen if used is not None and now - used <= USE_NOTED_EVERY and now < token.expires_at else None


@transaction.atomic
def revoke_tokens(*, name: str, actor: Actor) -> int:
    """End every token of this client at once; how many ended. Raises UnknownClient, NotAllowed."""
    demand(actor, Act.ADMINISTER_PEOPLE)
    client = IntegrationClient.objects.filter(name=name).first()
    if client is None:
        raise UnknownClient(name)
    ended = list(client.tokens.filter(revoked_at=None).select_for_update())
    Token.objects.filter(pk__in=[token.pk for token in ended]).update(revoked_at=timezone.now())
    trail.append_many("token.revoked", actor=actor, subjects=ended)
    return len(ended)


@transaction.atomic
def revoke_token(*, token: Token, actor: Actor) -> None:
    """End one token at once; twice is once. Raises NotAllowed."""
    demand(actor, Act.ADMINISTER_PEOPLE)
    if not tokens_within(Token.objects.filter(pk=token.pk), actor).exists():
        raise NotAllowed("This token reaches lines of business that are not yours. Ask who supervises all of them.")
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        trail.append("token.revoked", actor=actor, subject=token)


def tokens_within(tokens: QuerySet[Token], actor: Actor) -> QuerySet[Token]:
    """The tokens that reach no further than the actor: a supervisor of some lines administers no others."""
    own = lines_of(actor)
    if own is None:
        return tokens
    beyond = Token.lines.through.objects.filter(token=OuterRef("pk")).exclude(lineofbusiness_id__in=own)
    return tokens.filter(~Exists(beyond), all_lines=False)


def clients_within(clients: QuerySet[IntegrationClient], actor: Actor) -> QuerySet[IntegrationClient]:
    """The clients all of whose tokens are within the actor's reach."""
    within = tokens_within(Token.objects.all(), actor)
    beyond = Token.objects.filter(client=OuterRef("pk")).exclude(pk__in=within.values("pk"))
    return clients.filter(~Exists(beyond))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
