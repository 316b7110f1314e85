"""The demo's requests of people: one whose copy was made and sent, one that waits to be looked through."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from compliance_site.demo.calls import DemoCall
from recordings.models import PersonRequest, PersonRequestItem
from recordings.services import person_requests as requests
from recordings.services.person_copies import make_due
from recordings.services.person_requests import Requester

State = PersonRequest.State
ADDRESS = "By the customer's mailbox in their account"


def tell(told: Sequence[DemoCall]) -> int:
    """Open what is not there yet, and bring the first to its answer; how many requests there are. Twice is once."""
    daniel = User.objects.get(username="daniel")
    people = _with_calls(told)
    known = list(PersonRequest.objects.order_by("opened_at"))
    for days_ago, place, requester in list(zip((12, 4), ("US-CA", "US-CA"), people, strict=False))[len(known) :]:
        known.append(
            requests.open_request(
                kind=PersonRequest.Kind.ACCESS,
                requester=requester,
                received_on=timezone.localdate() - timedelta(days=days_ago),
                place=place,
                language="en",
                actor=daniel,
            )
        )
    if known:
        _answer(known[0], daniel)
    return len(known)


def _answer(request: PersonRequest, daniel: User) -> None:
    """From wherever an interrupted run left it."""
    if request.state == State.OPEN:
        requests.check_identity(request_id=request.pk, how=PersonRequest.Identity.ACCOUNT, actor=daniel)
        theirs = {item.pk: (str(PersonRequestItem.Choice.THEIRS), "") for item in request.items.all()}
        requests.choose_calls(request_id=request.pk, choices=theirs, actor=daniel)
        requests.start_copy(request_id=request.pk, actor=daniel)
        request.refresh_from_db()
    if request.state == State.WORKING:
        make_due(timezone.now())  # or the worker was faster
        request.refresh_from_db()
    if request.state == State.READY:
        requests.answer_request(request_id=request.pk, actor=daniel)


def _with_calls(told: Sequence[DemoCall]) -> Iterator[Requester]:
    """Customers by their newest call, each number once."""
    seen = set()
    for call in reversed(told):
        for party in call.metadata["parties"]:
            number = party.get("number")
            if party["role"] == "customer" and number and number not in seen:
                seen.add(number)
                yield Requester(name=party.get("name", ""), number=number, address=ADDRESS)
