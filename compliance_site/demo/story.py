"""The whole demo, step after step; each step finds what an earlier, interrupted run has already done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

import trail.services as trail
from accounts.models import LineOfBusiness, User
from audits.models import Assignment, Finding, Review
from compliance_site.demo import arrivals, company, early, holds, law, people, policies, requests, reviews, webhooks
from compliance_site.demo.calls import DemoCall, calls, fresh_call
from compliance_site.demo.phone import Delivered, PhoneSystem
from compliance_site.demo.progress import Progress
from recordings.models import Certificate, LegalHold, Recording
from recordings.services.alone import alone
from recordings.services.disposition import list_due, purge_batch
from trail.domain.actors import CALLWARD
from trail.models import Event

LISTED_AFTER = timedelta(days=48)  # the shortest retention less its cooling
LISTING_DAYS = 12
EXPIRING = 3  # calls on the two-minute line, so that a visitor watches the purge


class NotEmpty(RuntimeError):
    """The database holds something other than the demo, which would be mixed with invented calls."""


def is_filled() -> bool:
    """Whether a demo was told to its end in this database."""
    return Event.objects.filter(verb="demo.filled").exists()


def fill(*, base_url: str, count: int, progress: Progress) -> dict[str, object]:
    """Tell the demo to its end, or the rest of it; the figures of what is there then.

    Raises NotEmpty; DeliveryRefused and OSError where the web does not take the calls.
    """
    _demand_empty()
    begun = people.lay_company(count)
    progress.step("Lines of business and people", f"{len(company.LINES)} and {len(company.PEOPLE)}")
    progress.step("Law releases, with our overrides", str(law.tell()))
    progress.step("Policies, each by two people", str(policies.publish_all()))
    exchange = PhoneSystem(base_url, people.phone_token())
    told = list(calls(begun.at, begun.calls))
    for _ in progress.each("Calls, delivered over HTTP", _delivered(exchange, told, begun.at), len(told)):
        pass
    progress.step("Legal holds", str(holds.place_others(begun.at)))
    progress.step("Requests of people", str(requests.tell(told)))
    purge_batch(at=timezone.now())  # or the worker was faster
    progress.step("Destroyed, each with a certificate", str(Certificate.objects.count()))
    reviews.draw_and_review(begun.at, told, progress)
    progress.step("Files of the exchange before it", str(arrivals.import_archive(begun.at)))
    progress.step("Calls pushed by webhook", str(webhooks.deliver_vcons(base_url, begun.at)))
    progress.step("Calls whose recording was paused", str(arrivals.tell_pauses(exchange)))
    progress.step("Listed calls that never came", str(arrivals.compare_list(told, begun.at)))
    progress.step("Early disposals asked for", str(early.ask_for_one()))
    expiring = [
        fresh_call(company.TWO_MINUTE_LINE, f"two-minute-{number}", timezone.now()) for number in range(EXPIRING)
    ]
    for _ in progress.each("Calls that last two minutes", exchange.deliver_all(_not_yet_told(expiring)), EXPIRING):
        pass
    with transaction.atomic():
        line = LineOfBusiness.objects.get(code=company.TWO_MINUTE_LINE)
        trail.append("demo.filled", actor=CALLWARD, subject=line)
    return figures()


def _delivered(exchange: PhoneSystem, told: list[DemoCall], anchor: datetime) -> Iterator[Delivered]:
    """The oldest calls first: some held, the others on the disposition list as of the day on which they came due there.

    Listed only now, they would cool for days past their delete-by date.
    """
    old = [call for call in told if call.ended_at < anchor - LISTED_AFTER]
    with _alone_with_the_list():
        yield from exchange.deliver_all(old)
        holds.place_named()
        for days_back in range(LISTING_DAYS, -1, -1):
            list_due(at=anchor - timedelta(days=days_back))
    yield from exchange.deliver_all(told[len(old) :])


@contextmanager
def _alone_with_the_list() -> Iterator[None]:
    """Meanwhile the worker lists nothing: it would list as of now."""
    while True:
        with alone("list_due") as mine:
            if mine:
                yield
                return
        time.sleep(0.05)


def figures() -> dict[str, object]:
    """What is there now, by what a visitor looks for."""
    recordings = Recording.objects.exclude(source=company.SIMULATED_SOURCE)
    return {
        "recordings": dict(recordings.order_by("state").values_list("state").annotate(Count("pk"))),
        "held": recordings.filter(hold_count__gt=0).count(),
        "holds": LegalHold.objects.filter(released_at=None).count(),
        "destroyed": Certificate.objects.count(),
        "reviews": Review.objects.exclude(submitted_at=None).count(),
        "reviews_open": Assignment.objects.open().count(),
        "reviews_overdue": Assignment.objects.overdue(timezone.now()).count(),
        "findings": dict(Finding.objects.order_by("state").values_list("state").annotate(Count("pk"))),
    }


def _demand_empty() -> None:
    """Only the demo's own people and calls may be there."""
    others = User.objects.exclude(username__in=[person.username for person in company.PEOPLE])
    foreign = Recording.objects.exclude(source__in=company.SOURCES)
    if others.exists() or (people.begun() is None and (User.objects.exists() or foreign.exists())):
        raise NotEmpty(
            "This database is in use: it has people or calls that are not the demo's. "
            "Run the demo on an empty one, such as CALLWARD_HOME=/srv/demo PORT=8001 make run."
        )


def _not_yet_told(expiring: list[DemoCall]) -> list[DemoCall]:
    """A call is told once; one that is gone already answers 410 by itself."""
    ids = [call.external_id for call in expiring]
    known = set(
        Recording.objects.filter(source=company.SOURCE, external_id__in=ids).values_list("external_id", flat=True)
    )
    return [call for call in expiring if call.external_id not in known]
