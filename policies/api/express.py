"""`POST decisions/` on the short way: a call that is sent plainly, by a token that was just seen, under known rules.

Nothing here asks the database but the one statement that stores the decisions, and that statement confirms all that
was taken for known: who asks, what governs. Whatever is not as usual (a header, a field, a right, something published
a moment ago) is left to the view, which reads everything anew and says what is wrong; until then nothing is stored.
"""

from django.db import Error, connection
from django.http import HttpRequest
from rest_framework.exceptions import ParseError

from accounts.api.parsers import strict_json
from accounts.services import seen_token
from policies.api.quick import NotPlain, calls_of
from policies.domain.errors import PolicyProblem
from policies.services.giving import Given, drafted, stored
from policies.services.snapshot import known_rules

JSON = "application/json"
HEADERS = {"Content-Type": JSON, "Allow": "POST, OPTIONS"}
ACCEPTED = frozenset({"", "*/*", JSON, "application/json, */*", "application/json, text/plain, */*"})


def answered(request: HttpRequest, sent: bytes) -> bytes | None:
    """The answer to what was sent, to go out with status 201 and HEADERS; None: ask the view."""
    meta = request.META
    if meta.get("CONTENT_TYPE") != JSON or meta.get("HTTP_ACCEPT", "") not in ACCEPTED or meta.get("QUERY_STRING"):
        return None
    scheme, _, secret = meta.get("HTTP_AUTHORIZATION", "").partition(" ")
    seen, rules = seen_token(secret), known_rules()
    if scheme != "Bearer" or seen is None or rules is None or seen.generation != rules.generation:
        return None
    try:
        data = strict_json(sent)
        in_list = isinstance(data, dict) and "calls" in data
        drafts = drafted(calls_of(data), rules, seen.actor, in_list=in_list)
        if not stored(drafts, rules, seen.actor):
            return None
    except (ParseError, NotPlain, PolicyProblem):
        return None
    except Error:
        connection.close_if_unusable_or_obsolete()  # a lost connection is opened anew for the view
        return None
    return body_of([draft.given for draft in drafts], in_list=in_list)


def body_of(given: list[Given], *, in_list: bool) -> bytes:
    """One decision, or `{"results": […]}` in the order of the calls."""
    if not in_list:
        return given[0].body
    return b'{"results":[' + b",".join([decision.body for decision in given]) + b"]}"
