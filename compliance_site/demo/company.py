"""Harbor & Vale, an insurer that does not exist: its lines, people, agents and customers.

Telephone numbers are those that regulators keep free for fiction: 555-01xx (NANP), Ofcom's and ComReg's drama numbers,
the ranges of Bundesnetzagentur, Arcep, PTS and ACMA. Who lives where no such range exists withholds the number.
"""

from dataclasses import dataclass

COMPANY = "Harbor & Vale"
SOURCE = "austin-exchange"  # the phone system, as it names itself
ARCHIVE_SOURCE = "old-exchange"  # what was there before the phone system, imported as files
WEBHOOK_SOURCE = "vcon"  # a second phone system, which pushes
SIMULATED_SOURCE = "simulator"  # marks the calls that come while the demo runs
SOURCES = (SOURCE, ARCHIVE_SOURCE, WEBHOOK_SOURCE, SIMULATED_SOURCE)
CLIENT = "Austin exchange"
VISITOR = "Visitor"
PASSWORD = "callward-demo"  # noqa: S105  printed on the sign-in page; these people exist in demo mode alone
TWO_MINUTE_LINE = "two-minute"


@dataclass(frozen=True)
class Line:
    code: str
    name: str
    zone: str
    is_demo: bool = False


LINES = (
    Line("home-cover", "Home cover", "America/Chicago"),
    Line("collections", "Collections", "America/New_York"),
    Line("claims", "Claims", "Europe/London"),
    Line(TWO_MINUTE_LINE, "Two-minute line", "UTC", is_demo=True),
)


@dataclass(frozen=True)
class Person:
    """One sign-in. Without lines: sees all of them."""

    username: str
    first_name: str
    last_name: str
    role: str
    does: str
    lines: tuple[str, ...] = ()
    access_days: int | None = None


PEOPLE = (
    Person("ines", "Ines", "Okafor", "reviewer", "scores the calls drawn for her"),
    Person("tomas", "Tomas", "Lind", "reviewer", "scores calls too"),
    Person("joel", "Joel", "Ferrer", "reviewer", "is away, and his reviews are overdue", ("home-cover", "collections")),
    Person("ruth", "Ruth", "Adeyemi", "supervisor", "plans, figures, what is late"),
    Person("daniel", "Daniel", "Brandt", "officer", "writes policies, places holds"),
    Person("mara", "Mara", "Vidal", "officer", "the second pair of eyes"),
    Person("nadia", "Nadia", "Haddad", "auditor", "reads all, changes nothing", access_days=60),
)
SIGN_INS = ("ines", "ruth", "daniel", "mara", "nadia")  # each role, and the second officer whom approvals need


@dataclass(frozen=True)
class Agent:
    id: str
    name: str
    place: str
    slips: float  # share of calls on which something is left out


AGENTS = {
    "home-cover": (
        Agent("a-04", "Dana Whitfield", "US-TX", 0.08),
        Agent("a-09", "Marcus Hale", "US-TX", 0.3),
        Agent("a-17", "Priya Raman", "US-TX", 0.12),
    ),
    "collections": (
        Agent("a-22", "Owen Castillo", "US-OH", 0.1),
        Agent("a-31", "Leila Novak", "US-OH", 0.2),
        Agent("a-33", "Samuel Price", "US-OH", 0.08),
    ),
    "claims": (
        Agent("a-41", "Tom Ashdown", "GB", 0.08),
        Agent("a-46", "Sofia Lindqvist", "GB", 0.16),
    ),
}
AGENTS[TWO_MINUTE_LINE] = AGENTS["home-cover"][:1]


@dataclass(frozen=True)
class Place:
    """Where customers live, how their numbers begin (two digits follow), and what agents do there."""

    code: str
    numbers: tuple[str, ...] = ()
    number_tells: bool = True  # else the phone system sends the place beside the number
    asks: bool = False  # agents ask for a yes, because a notice alone may not be enough
    forgives: bool = False  # one party may record: a call without any notice is a slip, not an offence


def _nanp(code: str, *area_codes: str, forgives: bool = False) -> Place:
    return Place(code, tuple(f"+1{area}55501" for area in area_codes), forgives=forgives)


UNITED_STATES = (
    _nanp("US-FL", "813", "305"),
    _nanp("US-CA", "415", "213"),
    _nanp("US-TX", "512", "214", forgives=True),
    _nanp("US-WA", "206"),
    _nanp("US-IL", "312"),
    _nanp("US-GA", "404", forgives=True),
    _nanp("US-NY", "212", forgives=True),
    _nanp("US-PA", "215"),
    _nanp("US-MA", "617"),
    _nanp("US-OH", "614", forgives=True),
    _nanp("US-NV", "702"),
    _nanp("US-AZ", "602", forgives=True),
    _nanp("US-CO", "303", forgives=True),
    _nanp("US-NC", "704", forgives=True),
)
CANADA = (_nanp("CA-ON", "416"), _nanp("CA-QC", "514"), _nanp("CA-BC", "604"))
OVERSEAS = (
    Place("GB", ("+4420794600", "+4411349600")),
    Place("IE", ("+3532091000",), number_tells=False),
    Place("DE", ("+4930231250", "+4969900090"), asks=True),
    Place("FR", ("+331990000",)),
    Place("SE", ("+468465004",)),
    Place("NL"),
    Place("ES"),
    Place("IT"),
    Place("PL"),
    Place("CH", asks=True),
    Place("AU-NSW", ("+612555000",), number_tells=False, asks=True),
    Place("JP"),
    Place("BR"),
)
CUSTOMERS_LIVE_IN = {
    "home-cover": UNITED_STATES + CANADA[:2],
    "collections": UNITED_STATES,
    "claims": OVERSEAS + CANADA[2:] + UNITED_STATES[:3],
    TWO_MINUTE_LINE: UNITED_STATES[2:3],
}
ALL_PARTIES_AGREE = {"US-FL", "US-CA", "US-WA", "US-IL", "US-PA", "US-NV", "DE", "CH"}
GIVEN_NAMES = [
    "Ada", "Bela", "Carlos", "Dilek", "Emil", "Fatou", "Greta", "Hugo", "Iris", "Jamal", "Kira", "Luis", "Mei", "Nils",
    "Olga", "Pavel", "Rosa", "Sven", "Thandi", "Umar", "Vera", "Wen",
]  # fmt: skip
FAMILY_NAMES = [
    "Abara", "Brandvold", "Ceder", "Duarte", "Ekman", "Fontaine", "Grau", "Holm", "Ivers", "Jansen", "Kato", "Lowe",
    "Moreau", "Nwosu", "Ortega", "Petrov", "Quist", "Roth",
]  # fmt: skip

INBOUND_SHARE = {"home-cover": 0.4, "collections": 0.0, "claims": 0.8, TWO_MINUTE_LINE: 1.0}
SHARE_OF_CALLS = {"home-cover": 4, "collections": 3, "claims": 3}
FACTS: dict[str, dict[str, str | list[str]]] = {
    "home-cover": {"sector": "insurance", "party": "consumer"},
    "collections": {"sector": "debt_collection", "entity": "fdcpa_debt_collector", "party": "consumer"},
    "claims": {"sector": "insurance", "channel": "customer_service", "party": "consumer"},
    TWO_MINUTE_LINE: {"channel": "customer_service"},
}
PURPOSES = {
    "home-cover": ["quality_assurance", "training", "contract_evidence"],
    "collections": ["quality_assurance", "dispute_resolution", "regulatory"],
    "claims": ["quality_assurance", "customer_experience", "dispute_resolution"],
    TWO_MINUTE_LINE: ["quality_assurance"],
}
