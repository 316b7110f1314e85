"""A policy as a file that a team keeps in git: YAML or JSON, read without surprises, each problem with its line."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from policies.domain.document_fields import ALLOWED
from policies.domain.documents import policy_document
from policies.domain.errors import DocumentRefused, PolicyFileRefused
from policies.domain.yaml_values import LONGEST_FILE, YamlValues

CODE = r"[a-z0-9]+(?:-[a-z0-9]+)*"
LONGEST_CODE, LONGEST_NAME, MOST_LINES = 50, 120, 200
FILE_KEYS = ("policy", "name", "lines_of_business", "document")


@dataclass(frozen=True)
class PolicyFile:
    """What a file says. `document` is as it was written; it was read once and is whole."""

    code: str
    name: str
    lines: tuple[str, ...]
    document: Mapping[str, Any] = field(default_factory=dict)


def policy_file(text: str, *, is_json: bool = False) -> PolicyFile:
    """Read `{policy, name, lines_of_business[], document{}}`. No lines: for every line of business.

    Raises PolicyFileRefused: unreadable, or with every wrong field, its pointer and (in YAML) its line. Periods in
    seconds pass here; whether the lines are for demonstration is asked when it is drafted.
    """
    raw, lines = (_json(text), {}) if is_json else _yaml(text)
    if not isinstance(raw, Mapping):
        raise _refused([{"pointer": "", "detail": f"A policy file is an object with {', '.join(FILE_KEYS)}."}], lines)
    problems = [
        *(
            {"pointer": f"/{key}", "detail": f"Unknown; a policy file has {', '.join(FILE_KEYS)}."}
            for key in sorted(set(raw) - set(FILE_KEYS), key=str)
        ),
        *_wrong_head(raw),
        *_wrong_document(raw.get("document")),
    ]
    if problems:
        raise _refused(problems, lines)
    document = raw["document"]
    return PolicyFile(raw["policy"], raw["name"].strip(), tuple(raw.get("lines_of_business", [])), document)


def policy_file_text(file: PolicyFile, *, is_json: bool = False) -> str:
    """The file as text, its keys in the order in which a document is explained; what `policy_file` reads back alike."""
    document = {key: file.document[key] for key in ALLOWED[""] if key in file.document}
    content = {
        "policy": file.code,
        "name": file.name,
        "lines_of_business": list(file.lines),
        "document": document,
    }
    if is_json:
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)


def _wrong_head(raw: Mapping[str, Any]) -> list[dict[str, str]]:
    problems = []
    code, name, codes = raw.get("policy"), raw.get("name"), raw.get("lines_of_business", [])
    if not isinstance(code, str) or len(code) > LONGEST_CODE or not re.fullmatch(CODE, code):
        allowed = f"Name the policy in small letters, digits and hyphens, at most {LONGEST_CODE}, such as home-cover."
        problems.append({"pointer": "/policy", "detail": allowed})
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
        problems.append({"pointer": "/name", "detail": f"Send a name of at most {LONGEST_NAME} characters."})
    if not isinstance(codes, list) or len(codes) > MOST_LINES or not all(isinstance(item, str) for item in codes):
        problems.append({"pointer": "/lines_of_business", "detail": "Send a list of codes; none: every line."})
    elif len(set(codes)) < len(codes):
        problems.append({"pointer": "/lines_of_business", "detail": "Name each line once."})
    return problems


def _wrong_document(raw: object) -> list[dict[str, str]]:
    try:
        policy_document(raw, is_demo=True)
    except DocumentRefused as error:
        return [{"pointer": f"/document{item['pointer']}", "detail": item["detail"]} for item in error.fields]
    return []


def _refused(problems: list[dict[str, str]], lines: Mapping[str, int]) -> PolicyFileRefused:
    """With the line of each pointer, or of the nearest part above it that stands in the file."""
    for problem in problems:
        at = problem["pointer"]
        while at and at not in lines:
            at = at.rpartition("/")[0]
        if at in lines:
            problem["line"] = str(lines[at])
    return PolicyFileRefused("The policy file needs mending; errors names each place.", problems)


def _json(text: str) -> Any:
    if len(text) > LONGEST_FILE:
        raise PolicyFileRefused(f"A policy file has at most {LONGEST_FILE} characters.")
    try:
        return json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise PolicyFileRefused(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise PolicyFileRefused("The file is nested too deep.") from error
    except ValueError as error:
        raise PolicyFileRefused(str(error)) from error


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise PolicyFileRefused(f"The key {twice} stands twice. Keep one of them.")
    return found


def _no_constant(name: str) -> Any:
    raise PolicyFileRefused(f"{name} is no value of a policy.")


def _yaml(text: str) -> tuple[Any, dict[str, int]]:
    values = YamlValues(text)
    return values.value, values.lines
