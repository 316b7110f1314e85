"""Which of several policies speaks for a call: the most specific one, and in words why the others do not."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from policies.domain.calls import Call
from policies.domain.documents import PolicyDocument, Scope
from policies.domain.languages import ENGLISH
from policies.domain.places import Place

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
MEDIUM_WORDS: Mapping[str, str] = {"phone": "by phone", "video": "by video", "in_person": "in person"}


@dataclass(frozen=True)
class Candidate:
    """A version in force on the call's day: of its line, or for every line."""

    version: str
    name: str
    document: PolicyDocument
    has_line: bool
    ships: bool = False
    published_at: datetime | None = None
    number: int = 1


@dataclass(frozen=True)
class Outranked:
    """A version that does not decide, and why."""

    name: str
    because: str


@dataclass(frozen=True)
class Chosen:
    """`outranked` also speak for the call but are less specific; `passed_over` are for other calls of the line."""

    winner: Candidate | None
    because: str
    outranked: tuple[Outranked, ...] = ()
    passed_over: tuple[Outranked, ...] = ()


def own_reach(code: str) -> frozenset[str]:
    """A place and its country: `US-CA` → US-CA and US. The register's `Law.covered_by` knows the EU as well."""
    return frozenset({code, code.partition("-")[0]})


def choose(
    candidates: Sequence[Candidate],
    call: Call,
    places: Sequence[Place],
    facts: Mapping[str, Collection[str]],
    *,
    reach: Callable[[str], frozenset[str]] = own_reach,
) -> Chosen:
    """The most specific of the candidates whose scope the call is in.

    Compared one after the other: its line, then country (a part of one before the whole, that before the EU), sector,
    direction, medium; then what was written here before what ships; then the one published later.
    """
    asked = _Asked.of(call, places, facts, reach)
    ranked, passed_over = [], []
    for candidate in candidates:
        if reason := asked.lies_outside(candidate.document.scope):
            passed_over.append(Outranked(candidate.name, reason))
        else:
            ranked.append((asked.rank_of(candidate), candidate))
    if not ranked:
        return Chosen(None, "No policy in force speaks for this call.", (), tuple(passed_over))
    ranked.sort(key=lambda pair: pair[0], reverse=True)
    (best, winner), others = ranked[0], ranked[1:]
    outranked = tuple(Outranked(other.name, _why_less(_Pair(best, rank, winner, asked))) for rank, other in others)
    return Chosen(winner, _why_chosen(winner, asked, len(others)), outranked, tuple(passed_over))


def scope_words(scope: Scope) -> str:
    """`inbound calls by phone with DE or FR in insurance`; `every call` where nothing narrows it."""
    if scope == Scope():
        return "every call"
    parts = [
        *([_or(scope.direction)] if scope.direction else []),
        "calls",
        *([_or([MEDIUM_WORDS[medium] for medium in scope.medium])] if scope.medium else []),
        *([f"with {_or(scope.countries)}"] if scope.countries else []),
        *([f"in {_or(scope.sectors)}"] if scope.sectors else []),
    ]
    return " ".join(parts)


Rank = tuple[bool, int, bool, bool, bool, bool, datetime, int, str]


@dataclass(frozen=True)
class _Asked:
    """What of a call its policy depends on. `reached` are the places that count, and all that covers them."""

    direction: str
    medium: str
    sectors: frozenset[str]
    reached: frozenset[str]
    places: tuple[str, ...]

    @classmethod
    def of(
        cls,
        call: Call,
        places: Sequence[Place],
        facts: Mapping[str, Collection[str]],
        reach: Callable[[str], frozenset[str]],
    ) -> "_Asked":
        """Everybody but the agents counts; an agent's place where nothing is known of anybody else."""
        known = [(party.role, place.jurisdiction) for party, place in zip(call.parties, places, strict=True)]
        others = [code for role, code in known if code and role != "agent"]
        counted = tuple(dict.fromkeys(others or [code for _, code in known if code]))
        reached = frozenset(code for place in counted for code in reach(place))
        return cls(call.direction, call.medium, frozenset(facts.get("sector", ())), reached, counted)

    def lies_outside(self, scope: Scope) -> str:
        """Why the call is not in the scope; empty where it is."""
        if scope.direction and self.direction not in scope.direction:
            return f"It is for {_or(scope.direction)} calls; this one is {self.direction}."
        if scope.medium and self.medium not in scope.medium:
            return f"It is for calls {_medium(scope)}; this one is {MEDIUM_WORDS[self.medium]}."
        if scope.countries and self.reached.isdisjoint(scope.countries):
            return (
                f"It is for calls with {_or(scope.countries)}; this one is with {_or(self.places) or 'nobody known'}."
            )
        if scope.sectors and self.sectors.isdisjoint(scope.sectors):
            stated = f"states {_or(sorted(self.sectors))}" if self.sectors else "states none"
            return f"It is for the sector {_or(scope.sectors)}; this call {stated}."
        return ""

    def rank_of(self, candidate: Candidate) -> Rank:
        scope = candidate.document.scope
        return (
            candidate.has_line,
            max((_narrowness(code) for code in self.met(scope)), default=0),
            bool(scope.sectors),
            bool(scope.direction),
            bool(scope.medium),
            not candidate.ships,
            candidate.published_at or _LONG_AGO,
            candidate.number,
            candidate.version,
        )

    def met(self, scope: Scope) -> list[str]:
        """The places of the scope that the call has, the narrowest first."""
        return sorted(self.reached & set(scope.countries), key=lambda code: (-_narrowness(code), code))


@dataclass(frozen=True)
class _Pair:
    best: Rank
    rank: Rank
    winner: Candidate
    asked: _Asked


def _narrowness(code: str) -> int:
    return 3 if "-" in code else 1 if code == "EU" else 2


def _why_less(pair: _Pair) -> str:
    """The first point at which the winner is more specific."""
    name, scope = pair.winner.name, pair.winner.document.scope
    first = next((index for index, (mine, its) in enumerate(zip(pair.best, pair.rank, strict=True)) if mine != its), 8)
    narrowest = (pair.asked.met(scope) or [""])[0]
    wider = f"a wider place than {narrowest}" if pair.rank[1] else "every country"
    return (
        f"It is for every line of business; {name} is for this one.",
        f"It is for {wider}; {name} is for calls with {narrowest}.",
        f"It is for every sector; {name} is for {_or(scope.sectors)}.",
        f"It is for every direction; {name} is for {_or(scope.direction)} calls.",
        f"It is for every medium; {name} is for calls {_medium(scope)}.",
        f"It came with Callward; {name} was written here.",
        f"{name} was published later.",
        f"{name} has the higher number.",
        f"{name} comes first by its id.",
    )[first]


def _why_chosen(winner: Candidate, asked: _Asked, others: int) -> str:
    scope = winner.document.scope
    points = [
        *(["this line of business"] if winner.has_line else []),
        *([f"calls with {asked.met(scope)[0]}"] if scope.countries else []),
        *([f"the sector {_or(scope.sectors)}"] if scope.sectors else []),
        *([f"{_or(scope.direction)} calls"] if scope.direction else []),
        *([f"calls {_medium(scope)}"] if scope.medium else []),
    ]
    speaks = f"It is for {ENGLISH.listed(points)}" if points else "It is for every call"
    if not others:
        return f"{speaks}; no other policy speaks for this call."
    return f"{speaks}, the most specific of the {others + 1} policies that speak for this call."


def _medium(scope: Scope) -> str:
    return _or([MEDIUM_WORDS[medium] for medium in scope.medium])


def _or(values: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`, with spaces for underscores."""
    said = [value.replace("_", " ") for value in values]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}" if said else ""
