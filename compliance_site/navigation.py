"""Where this person can go: the four questions as groups, only what exists and what they may use."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from accounts.permissions import Act, may
from compliance_site.counts import Count, counts


@dataclass(frozen=True)
class Place:
    """One destination, as it is written down below."""

    word: str
    route: str
    icon: str
    act: Act | None  # None: everybody who is signed in


@dataclass(frozen=True)
class Link:
    """One destination, as this person sees it on this page."""

    word: str
    url: str
    icon: str
    is_here: bool = False
    count: int = 0  # only where somebody has to act
    counted: str = ""  # what the count counts, for who hears the page
    is_late: bool = False


@dataclass(frozen=True)
class Group:
    title: str
    links: list[Link]


@dataclass(frozen=True)
class Navigation:
    """Everything that the shell draws of it."""

    home: str
    find: str  # searched by post: a number that somebody types stays out of addresses and their logs
    role: str
    groups: list[Group] = field(default_factory=list)
    shortcuts: list[Link] = field(default_factory=list)


TODAY = Place("Today", "today", "today", None)
GROUPS: dict[str, tuple[Place, ...]] = {
    "": (TODAY,),
    "Calls": (
        Place("Recordings", "recordings:list", "recordings", Act.SEE_RECORDING),
        Place("Quarantine", "recordings:quarantine", "quarantined", Act.JUDGE_QUARANTINE),
        Place("Holds", "recordings:holds", "hold", Act.SEE_HOLDS),
        Place("Disposition", "recordings:disposition", "disposition", Act.SEE_DISPOSITION),
        Place("Dates to decide", "recordings:inbox", "clock", Act.JUDGE_QUARANTINE),
        Place("Requests", "recordings:person-requests", "requests", Act.SEE_PERSON_REQUESTS),
    ),
    "Reviews": (
        Place("My queue", "audits:queue", "queue", Act.DO_REVIEW),
        Place("Reviews", "audits:queue", "queue", Act.SEE_AUDITS),
        Place("Plans", "audits:plans", "plan", Act.SEE_AUDITS),
        Place("Findings", "audits:findings", "finding", Act.SEE_AUDITS),
        Place("Results", "audits:results", "results", Act.SEE_AUDITS),
    ),
    "Rules": (
        Place("Policies", "policies:list", "policies", Act.SEE_POLICY),
        Place("Approvals", "inbox", "check", Act.APPROVE_POLICY),
        Place("Try a call", "policies:try", "decide", Act.DECIDE_CALL),
        Place("Forms", "audits:forms", "forms", Act.SEE_POLICY),
    ),
    "Proof": (Place("Certificates", "recordings:certificates", "certificate", Act.SEE_CERTIFICATE),),
    "House": (
        Place("Intake", "recordings:intake", "phone", Act.SEE_INTAKE),
        Place("People and admin", "admin:index", "admin", Act.ADMINISTER_PEOPLE),
        Place("Storage", "recordings:storage", "stored", Act.SEE_DISPOSITION),
        Place("System", "system", "system", Act.SEE_DISPOSITION),
    ),
}
SHORTCUTS = ("recordings:list", "audits:queue", "recordings:disposition")


def navigation(request: HttpRequest) -> Navigation:
    """The navigation of whoever is signed in; for nobody, the way home alone."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return Navigation(home="/", find="", role="")
    known = counts(user)
    here = _here(request.path, (place for places in GROUPS.values() for place in places))
    groups = []
    for title, places in GROUPS.items():
        if links := list(_links(places, user, here, known)):
            groups.append(Group(title, links))
    by_route = {link.url: link for group in groups for link in group.links}
    wanted = [_url(TODAY.route), *(_url(route) for route in SHORTCUTS)]
    return Navigation(
        home=_url(TODAY.route),
        find=_url("recordings:find"),
        role=f"{user.get_role_display()}, {_lines(user)}",
        groups=groups,
        shortcuts=[by_route[url] for url in wanted if url in by_route],
    )


def _links(places: Iterable[Place], user: User, here: str, known: dict[str, Count]) -> Iterator[Link]:
    for place in places:
        url = _url(place.route)
        if url and (place.act is None or may(user, place.act)):
            count = known.get(place.route, Count())
            yield Link(
                word=place.word,
                url=url,
                icon=place.icon,
                is_here=url == here,
                count=count.number,
                counted=count.of,
                is_late=count.is_late,
            )


def _here(path: str, places: Iterable[Place]) -> str:
    """The address in the navigation that this page lies under: the longest that its path begins with."""
    urls = {_url(place.route) for place in places} - {"", "/"}
    return max((url for url in urls if path.startswith(url)), key=len, default="/" if path == "/" else "")


def _url(route: str) -> str:
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def _lines(user: User) -> str:
    if user.all_lines:
        return "all lines"
    names = list(user.lines.values_list("name", flat=True)[:3])
    if not names:
        return "no line yet"
    return names[0] if len(names) == 1 else f"{names[0]} and {'more' if len(names) > 2 else names[1]}"
