"""Test a policy file with example calls, under the law in effect: for a team's own CI."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rest_framework.exceptions import ValidationError

from accounts.models import LineOfBusiness
from policies.api.shapes import CallToTry, call_of
from policies.domain.errors import PolicyProblem
from policies.domain.expectations import Difference, ExampleCall, differences, example_calls
from policies.domain.files import PolicyFile
from policies.management.commands.policy_file import problem_text, read, text_of
from policies.services.decisions import preview
from trail.domain.actors import CALLWARD


class Command(BaseCommand):
    help = "Decide the example calls in CALLS with the policy in FILE; ends with 1 where an answer is not as expected."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="A policy file, YAML or JSON.")
        parser.add_argument("--calls", type=Path, required=True, help="A list of {name, call, expect{path: value}}.")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_: Any, file: Path, calls: Path, as_json: bool, **__: Any) -> None:
        policy = read(file)
        try:
            examples = example_calls(text_of(calls))
        except PolicyProblem as error:
            raise CommandError(problem_text(calls, error)) from error
        results = [(example, *_tried(example, policy)) for example in examples]
        failed = [example for example, problem, found in results if problem or found]
        if as_json:
            self.stdout.write(json.dumps({"passed": not failed, "examples": [_as_json(*result) for result in results]}))
        else:
            for result in results:
                self.stdout.write(_as_text(*result))
        if failed:
            raise CommandError(f"{len(failed)} of {len(results)} example calls are not answered as expected.")
        if not as_json:
            self.stdout.write(f"All {len(results)} example calls are answered as expected.")


def _tried(example: ExampleCall, policy: PolicyFile) -> tuple[str, list[Difference]]:
    """(what is wrong with the call itself, where its answer differs)."""
    asked = CallToTry(data={"line_of_business": _line(policy), **example.call})
    try:
        asked.is_valid(raise_exception=True)
        outcome = preview(call_of(asked.validated_data), document=policy.document, actor=CALLWARD)
    except ValidationError as error:
        return json.dumps(error.detail, ensure_ascii=False), []
    except PolicyProblem as error:
        return str(error), []
    return "", differences(outcome.answer, example.expect)


def _line(policy: PolicyFile) -> str:
    """Of a call that names none: the first of the file's that is here, else the one for calls without a line."""
    known = set(LineOfBusiness.objects.filter(code__in=policy.lines).values_list("code", flat=True))
    return next((code for code in policy.lines if code in known), LineOfBusiness.UNASSIGNED)


def _as_json(example: ExampleCall, problem: str, found: list[Difference]) -> Mapping[str, Any]:
    shown = [{"path": item.path, "expected": item.expected, "found": item.found} for item in found]
    return {"name": example.name, "line": example.line, "problem": problem or None, "differences": shown}


def _as_text(example: ExampleCall, problem: str, found: list[Difference]) -> str:
    if problem:
        return f"FAILED {example.name} (line {example.line}): {problem}"
    if not found:
        return f"passed {example.name}"
    lines = [f"  {item.path}: expected {_shown(item.expected)}, found {_shown(item.found)}" for item in found]
    return "\n".join([f"FAILED {example.name} (line {example.line})", *lines])


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
