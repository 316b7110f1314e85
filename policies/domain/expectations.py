"""Example calls beside a policy file, and what the answer to each has to say: `{name, call, expect}`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policies.domain.errors import PolicyFileRefused
from policies.domain.yaml_values import YamlValues

EXAMPLE_KEYS = ("name", "call", "expect")
NAMED_BY = ("key", "kind", "rule", "party")  # what a part of a list is called in a path
MISSING = "(not in the answer)"


@dataclass(frozen=True)
class ExampleCall:
    """A call in the shape of the decision API, and values by dotted path that its answer has to have."""

    name: str
    call: Mapping[str, Any]
    expect: Mapping[str, Any]
    line: int


@dataclass(frozen=True)
class Difference:
    """What the answer says at a path instead of what was expected."""

    path: str
    expected: Any
    found: Any


def example_calls(text: str) -> list[ExampleCall]:
    """Read a YAML or JSON list of example calls. Raises PolicyFileRefused with pointer and line."""
    values = YamlValues(text, with_numbers=True)
    if not isinstance(values.value, list) or not values.value:
        raise PolicyFileRefused("Example calls are a list of name, call and expect.")
    problems = [
        {"pointer": f"/{index}{pointer}", "detail": detail, "line": str(values.lines[f"/{index}"])}
        for index, item in enumerate(values.value)
        for pointer, detail in _wrong(item)
    ]
    names = [item["name"] for item in values.value] if not problems else []
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise PolicyFileRefused(f"Give each example a name of its own; {', '.join(twice)} stands twice.")
    if problems:
        raise PolicyFileRefused("The example calls need mending; errors names each place.", problems)
    return [
        ExampleCall(item["name"], item["call"], item["expect"], values.lines[f"/{index}"])
        for index, item in enumerate(values.value)
    ]


def differences(answer: Mapping[str, Any], expect: Mapping[str, Any]) -> list[Difference]:
    """Where the answer is not as expected, in the order of `expect`.

    A path goes by dots: `consent.standard`; in a list by position or by the name of a part: `disclosures.0.say`,
    `disclosures.recording.say`, `conflicts.no_policy`.
    """
    found = [(path, wanted, _at(answer, path)) for path, wanted in expect.items()]
    return [Difference(path, wanted, value) for path, wanted, value in found if value != wanted or value is MISSING]


def _wrong(item: Any) -> list[tuple[str, str]]:
    if not isinstance(item, Mapping):
        return [("", f"An example is an object with {', '.join(EXAMPLE_KEYS)}.")]
    problems = [
        (f"/{key}", f"Unknown; an example has {', '.join(EXAMPLE_KEYS)}.") for key in item.keys() - EXAMPLE_KEYS
    ]
    if not isinstance(item.get("name"), str) or not item["name"].strip():
        problems.append(("/name", "Say in a few words what the example shows."))
    if not isinstance(item.get("call"), Mapping):
        problems.append(("/call", "Send a call as the decision API takes it."))
    if not isinstance(item.get("expect"), Mapping) or not item["expect"]:
        problems.append(("/expect", "Send what the answer has to say, such as {consent.standard: all_party}."))
    return sorted(problems)


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list):
            value = _in_list(value, step)
        else:
            return MISSING
    return value


def _in_list(items: list[Any], step: str) -> Any:
    if step.isascii() and step.isdigit():
        return items[int(step)] if int(step) < len(items) else MISSING
    for item in items:
        if isinstance(item, Mapping) and step in [item.get(name) for name in NAMED_BY]:
            return item
    return MISSING
