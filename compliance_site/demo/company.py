"""Who works there, which lines they have, whom they call. Numbers are those that regulators keep free for fiction."""

from dataclasses import dataclass, field

LINES = [
    {"code": "collections", "name": "Harbor Collections", "zone": "America/New_York"},
    {"code": "home-cover", "name": "Home cover", "zone": "America/Chicago"},
    {"code": "service", "name": "Northwind service", "zone": "Europe/Berlin"},
    {"code": "demo", "name": "Demo line", "zone": "UTC", "is_demo": True},
]


@dataclass(frozen=True)
class Person:
    """One sign-in of the demo."""

    username: str
    first_name: str
    last_name: str
    role: str
    lines: tuple[str, ...] = ()  # empty: all


PEOPLE = [
    Person("ines", "Ines", "Okafor", "reviewer", ("collections", "home-cover", "service")),
    Person("tomas", "Tomas", "Lind", "reviewer", ("collections", "home-cover", "service")),
    Person("ruth", "Ruth", "Adeyemi", "supervisor"),
    Person("daniel", "Daniel", "Brandt", "officer"),
    Person("mina", "Mina", "Sato", "officer"),
    Person("paul", "Paul", "Verhoeven", "auditor"),
]

AGENTS = {
    "collections": [("a-101", "Marcus Hale"), ("a-102", "Leila Novak"), ("a-103", "Owen Castillo")],
    "home-cover": [("a-201", "Dana Whitfield"), ("a-202", "Priya Raman"), ("a-203", "Jonas Becker")],
    "service": [("a-301", "Sofia Lindqvist"), ("a-302", "Theo Marchetti")],
    "demo": [("a-901", "Demo Agent")],
}
AGENT_PLACE = {"collections": "US-TX", "home-cover": "US-TX", "service": "DE", "demo": "US-TX"}

# Place and the beginning of a number there; the rest is counted up. Fictional ranges: NANP 555-01xx, Ofcom's drama
# numbers, Bundesnetzagentur's and Arcep's ranges for film.
ABROAD = ["+49302312501", "+3363998010", "+4420794601"]  # and two digits more
NANP = ["813", "415", "512", "212", "206", "312", "404", "215", "617", "503", "416", "514", "305", "213", "703"]
CALLED = {
    "collections": [f"+1{area}55501" for area in NANP],
    "home-cover": [f"+1{area}55501" for area in NANP[:10]],
    "service": [*ABROAD, "+151255501", "+121255501", "+141655501"],
    "demo": ["+151255501"],
}
NAMES = ["Ada", "Bela", "Carlos", "Dilek", "Emil", "Fatou", "Greta", "Hugo", "Iris", "Jamal", "Kira", "Luis", "Mei", "Nils"]
FAMILY = ["Abara", "Brandvold", "Ceder", "Duarte", "Ekman", "Fontaine", "Grau", "Holm", "Ivers", "Jansen", "Kato", "Lowe"]

FACTS = {
    "collections": {"sector": "debt_collection", "entity": "fdcpa_debt_collector", "party": "consumer"},
    "home-cover": {"sector": "insurance", "channel": "outbound_sales", "party": "consumer"},
    "service": {"sector": "utilities", "channel": "customer_service", "party": "consumer"},
    "demo": {"channel": "customer_service"},
}
PURPOSES = {
    "collections": ["quality_assurance", "dispute_resolution", "regulatory"],
    "home-cover": ["quality_assurance", "contract_evidence", "training"],
    "service": ["quality_assurance", "customer_experience", "training"],
    "demo": ["quality_assurance"],
}


@dataclass(frozen=True)
class Clip:
    """One spoken call that the repository holds, and what is heard in it."""

    file: str
    duration_s: float
    verdict: str  # full, partial, late, none
    consent: str  # yes, no, not_asked
    disclosures: list[dict[str, object]] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
