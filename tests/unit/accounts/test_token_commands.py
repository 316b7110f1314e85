import io

import pytest
from django.core.management import CommandError, call_command

from accounts.domain.errors import TokenRefused
from accounts.models import Token
from accounts.services import token_actor
from trail.models import Event


def issue(*arguments: str) -> str:
    out = io.StringIO()
    call_command("issue_token", *arguments, stdout=out)
    return out.getvalue()


def test_the_token_stands_alone_on_standard_output_and_works(line):
    said = issue("Austin exchange", "--scope", "decisions", "--scope", "recordings:write", "--source", "acme")
    actor = token_actor(said.removesuffix("\n"))
    assert actor.scopes == {"decisions", "recordings:write"}
    assert actor.has_source("acme")
    assert not actor.has_source("other")
    assert actor.line_ids is None


def test_a_token_is_held_to_the_lines_that_were_named(line, other_line):
    actor = token_actor(issue("Austin exchange", "--scope", "decisions", "--line-of-business", line.code).strip())
    assert actor.line_ids == {line.pk}


def test_issuing_leaves_one_event_and_no_secret(line):
    before = Event.objects.count()
    secret = issue("Austin exchange", "--scope", "decisions").strip()
    event = Event.objects.order_by("sequence").last()
    assert Event.objects.count() == before + 1
    assert secret not in str(event.facts)
    assert secret.encode() != bytes(Token.objects.get().digest)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scope", "recordings:burn"], "no scope 'recordings:burn'. Scopes are: decisions"),
        (
            ["--scope", "decisions", "--line-of-business", "nowhere"],
            "no line of business nowhere. There are: home-cover",
        ),
        (["--scope", "decisions", "--expires-in-days", "0"], "1 to 3650 days"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_issued(line, arguments, said):
    with pytest.raises(CommandError, match="".join(said.split("\n"))):
        issue("Austin exchange", *arguments)
    assert not Token.objects.exists()


def test_revoking_ends_every_token_of_the_client_at_once(line):
    secrets = [issue("Austin exchange", "--scope", "decisions").strip() for _ in range(2)]
    other = issue("Berlin exchange", "--scope", "decisions").strip()
    out = io.StringIO()
    call_command("revoke_token", "Austin exchange", stdout=out)
    assert out.getvalue() == "2 tokens of Austin exchange ended.\n"
    for secret in secrets:
        with pytest.raises(TokenRefused):
            token_actor(secret)
    assert token_actor(other)


def test_revoking_an_unknown_client_names_the_known_ones(line):
    issue("Austin exchange", "--scope", "decisions")
    with pytest.raises(CommandError, match=r"no integration client 'Nobody'. Clients: Austin exchange"):
        call_command("revoke_token", "Nobody")
