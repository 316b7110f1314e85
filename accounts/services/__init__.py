"""What happens in this room: each function is one transaction with one trail event."""

from accounts.services.access import give_call, take_call
from accounts.services.clients import switch_client
from accounts.services.letters import send_letters, write_letters
from accounts.services.lines import add_line, change_line
from accounts.services.names import names_of
from accounts.services.people import add_person, appoint, change_name, change_password, close_person, reopen_person
from accounts.services.tokens import (
    clients_within,
    issue_token,
    revoke_token,
    revoke_tokens,
    seen_token,
    token_actor,
    tokens_within,
)

__all__ = [
    "add_line",
    "add_person",
    "appoint",
    "change_line",
    "change_name",
    "change_password",
    "clients_within",
    "close_person",
    "give_call",
    "issue_token",
    "names_of",
    "reopen_person",
    "revoke_token",
    "revoke_tokens",
    "seen_token",
    "send_letters",
    "switch_client",
    "take_call",
    "token_actor",
    "tokens_within",
    "write_letters",
]
