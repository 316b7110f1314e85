"""A call read back from what its decision stored: the same facts and places, without any number."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from policies.domain.calls import Call, ConsentDocument, PartyFacts
from policies.domain.places import Place


def read_call(
    stored: Mapping[str, Any],
    *,
    line_of_business: str,
    started_at: datetime,
    ended_at: datetime | None = None,
    language: str = "",
) -> Call:
    """The call of these circumstances at these times. Its parties stand where they stood: see `read_places`."""
    return Call(
        direction=stored["direction"],
        medium=stored["medium"],
        line_of_business=line_of_business,
        purposes=tuple(stored["purposes"]),
        facts={key: tuple(values) for key, values in stored["facts"].items()},
        parties=tuple(PartyFacts(party["role"]) for party in stored["parties"]),
        started_at=started_at,
        ended_at=ended_at,
        language=language,
        consent_document=read_document(stored.get("consent_document")),
    )


def read_places(stored: Mapping[str, Any]) -> tuple[Place, ...]:
    """Where each party was as far as was known at call time."""
    return tuple(
        Place(
            party["jurisdiction"],
            party["source"],
            party["certainty"],
            party["mismatch"],
            tuple(party.get("hints", ())),
            party.get("unlisted_area_code", ""),
        )
        for party in stored["parties"]
    )


def read_document(stored: Mapping[str, Any] | None) -> ConsentDocument | None:
    """The signed consent, where one is stored."""
    if stored is None:
        return None
    return ConsentDocument(stored["sha256"], date.fromisoformat(stored["signed_on"]), tuple(stored["purposes"]))
