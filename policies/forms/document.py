"""A policy's document as the values of the editor's fields, and back: every field by the place that it is about."""

from collections.abc import Mapping
from typing import Any

from policies.domain.documents import CAREFUL_DEFAULT
from policies.domain.languages import BY_CODE, ENGLISH

SCRIPTED = tuple(ENGLISH.texts)
READING = "reading_"  # and the code of a place whose law is not settled


def document_of(values: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Cleaned values as a document. What is missing among them (its field has an error) is left as it ships."""

    def given(*names: str) -> dict[str, Any]:
        return {name: values[name] for name in names if name in values}

    readings = {name.removeprefix(READING): value for name, value in values.items() if name.startswith(READING)}
    scope = {key: list(values.get(f"scope_{key}") or ()) for key in ("direction", "medium", "countries", "sectors")}
    return {
        **given("summary", "company", "purposes", "disclosures", "on_refusal", "language"),
        "scope": scope,
        "consent": given("standard", "form", "reading")
        | {"readings": {key: how for key, how in readings.items() if how}},
        "location": given("hints") | {"withheld_default": values.get("withheld_default")},
        "retention": given("max_period", "cooling_period", "needs_approval")
        | {"min_period": values.get("min_period") or None},
        "pause": given("card_data"),
        "contact": given("opt_out_key"),
        "script": _script(values, base.get("script", {})),
    }


def _script(values: Mapping[str, Any], before: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Each language's own words; those of a key without a field are carried over."""
    said_in = {}
    for code in BY_CODE:
        carried = {key: text for key, text in before.get(code, {}).items() if key not in SCRIPTED}
        said_in[code] = carried | {key: text for key in SCRIPTED if (text := values.get(f"say_{code}_{key}"))}
    return {code: texts for code, texts in said_in.items() if texts} or {"en": {}}


def field_at(pointer: str, names: Mapping[str, Any]) -> str | None:
    """The field that a JSON pointer into the document is about: `/script/es/retention` → say_es_retention."""
    parts = pointer.strip("/").split("/")
    candidates = [
        f"say_{'_'.join(parts[1:3])}" if parts[0] == "script" else "",
        READING + parts[2] if parts[:2] == ["consent", "readings"] and len(parts) > 2 else "",
        f"scope_{parts[1]}" if parts[0] == "scope" and len(parts) > 1 else "",
        parts[1] if len(parts) > 1 else "",
        parts[0],
    ]
    return next((name for name in candidates if name in names), None)


def initial_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document as the form's first values; what it does not say is as it ships."""
    whole = {
        name: part | document.get(name, {}) if isinstance(part, dict) else document.get(name, part)
        for name, part in CAREFUL_DEFAULT.items()
    }
    consent, scope = whole["consent"], whole["scope"]
    texts = [(code, key, text) for code, said in whole["script"].items() for key, text in said.items()]
    return {
        **{name: whole[name] for name in ("company", "summary", "purposes", "disclosures", "on_refusal", "language")},
        **{f"scope_{key}": scope[key] for key in ("direction", "medium", "sectors")},
        "scope_countries": ", ".join(scope["countries"]),
        **{name: consent[name] for name in ("standard", "form", "reading")},
        **{READING + code: reading for code, reading in consent["readings"].items()},
        **whole["location"],
        **whole["retention"],
        **whole["pause"],
        **whole["contact"],
        **{f"say_{code}_{key}": text for code, key, text in texts},
    }
