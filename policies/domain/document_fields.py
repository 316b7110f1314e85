"""One field of a policy document after the other: read, or its place and what is allowed there."""

from collections.abc import Mapping
from typing import Any

from policies.domain.errors import PeriodUnreadable
from policies.domain.periods import Period, period
from policies.domain.places import is_place

# What each part of a document may hold. The JSON Schema is made from the same table.
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "": (
        "summary",
        "company",
        "contact",
        "scope",
        "consent",
        "location",
        "retention",
        "pause",
        "purposes",
        "disclosures",
        "on_refusal",
        "language",
        "script",
    ),
    "scope": ("direction", "medium", "countries", "sectors"),
    "consent": ("standard", "form", "reading", "readings"),
    "retention": ("min_period", "max_period", "cooling_period", "needs_approval"),
    "location": ("withheld_default", "hints"),
    "pause": ("card_data",),
    "contact": ("opt_out_key",),
}
PLACE_WANTED = "Use an ISO 3166 code: a country such as DE, or a part such as US-CA."


class DocumentFields:
    """Reads fields and collects what is wrong with them, so that a person mends all of it at once."""

    def __init__(self) -> None:
        self.problems: list[dict[str, str]] = []

    def wrong(self, pointer: str, detail: str) -> None:
        self.problems.append({"pointer": pointer, "detail": detail})

    def only(self, raw: Mapping[str, Any], name: str) -> None:
        """Tell of every key that this part does not have."""
        for key in sorted(set(raw) - set(ALLOWED[name]), key=str):
            pointer = f"/{name}/{key}" if name else f"/{key}"
            self.wrong(pointer, f"Unknown; {name or 'a policy'} has {', '.join(sorted(ALLOWED[name]))}.")

    def part(self, raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = raw.get(name, {})
        if not isinstance(value, Mapping):
            self.wrong(f"/{name}", "Send an object.")
            return {}
        self.only(value, name)
        return value

    def choice(self, raw: Mapping[str, Any], path: str, allowed: tuple[str, ...], default: str) -> str:
        value = raw.get(path.rpartition("/")[2], default)
        if not isinstance(value, str) or value not in allowed:
            self.wrong(path, f"Use one of: {', '.join(allowed)}.")
            return default
        return value

    def choices(
        self, raw: Mapping[str, Any], path: str, allowed: tuple[str, ...], default: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """In the order of `allowed`, each once."""
        value = self._texts(raw, path, default)
        for position, item in enumerate(value):
            if item not in allowed:
                self.wrong(f"{path}/{position}", f"Use one of: {', '.join(allowed)}.")
        return tuple(item for item in allowed if item in value)

    def places(self, raw: Mapping[str, Any], path: str) -> tuple[str, ...]:
        """Sorted, each once."""
        value = self._texts(raw, path, ())
        for position, item in enumerate(value):
            if not is_place(item):
                self.wrong(f"{path}/{position}", PLACE_WANTED)
        return tuple(sorted({item for item in value if is_place(item)}))

    def place(self, raw: Mapping[str, Any], path: str) -> str | None:
        value = raw.get(path.rpartition("/")[2])
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not is_place(value):
            self.wrong(path, PLACE_WANTED)
            return None
        return value

    def choice_by_place(self, raw: Mapping[str, Any], path: str, allowed: tuple[str, ...]) -> Mapping[str, str]:
        """`{"US-DE": "cautious"}`, sorted by place."""
        value = raw.get(path.rpartition("/")[2], {})
        if not isinstance(value, Mapping):
            self.wrong(path, f'Send an object, such as {{"US-DE": "{allowed[-1]}"}}.')
            return {}
        for place, chosen in value.items():
            if not isinstance(place, str) or not is_place(place):
                self.wrong(f"{path}/{place}", PLACE_WANTED)
            elif chosen not in allowed:
                self.wrong(f"{path}/{place}", f"Use one of: {', '.join(allowed)}.")
        return {str(place): str(value[place]) for place in sorted(value, key=str)}

    def period(self, raw: Mapping[str, Any], path: str, default: str | None) -> Period | None:
        value = raw.get(path.rpartition("/")[2], default)
        if value is None or value == "":
            return period(default) if default else None
        try:
            if not isinstance(value, str):
                raise PeriodUnreadable("Write a period as text, such as P90D.")
            return period(value)
        except PeriodUnreadable as error:
            self.wrong(path, str(error))
            return None

    def flag(self, raw: Mapping[str, Any], path: str) -> bool:
        value = raw.get(path.rpartition("/")[2], False)
        if not isinstance(value, bool):
            self.wrong(path, "Send true or false.")
        return value is True

    def text(self, raw: Mapping[str, Any], name: str, default: str, longest: int) -> str:
        value = raw.get(name, default)
        if not isinstance(value, str) or len(value) > longest:
            self.wrong(f"/{name}", f"Send text of at most {longest} characters.")
            return default
        return value.strip() or default

    def _texts(self, raw: Mapping[str, Any], path: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = raw.get(path.rpartition("/")[2], list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(path, "Send a list.")
            return ()
        return tuple(value)
