"""Policies as files: export a version, check a file, draft a version from one, print the JSON Schema."""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.domain.errors import NotAllowed
from accounts.models import User
from policies.domain.errors import PolicyProblem
from policies.domain.files import PolicyFile, policy_file, policy_file_text
from policies.domain.schema import file_schema
from policies.models import PolicyVersion
from policies.services.policy_files import draft_from_file, file_of, judged


class Command(BaseCommand):
    help = "Keep policies as YAML or JSON files: export, check, draft, schema."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        export = acts.add_parser("export", help="Print a policy's version in force, or any version, as a file.")
        export.add_argument("of", help="The policy's code, or a version's id.")
        export.add_argument("--format", choices=["yaml", "json"], default="yaml", dest="shape")
        check = acts.add_parser("check", help="Say what is wrong with a file, where law asks for more, what is laxer.")
        check.add_argument("file", type=Path)
        check.add_argument("--json", action="store_true", dest="as_json")
        draft = acts.add_parser("draft", help="Draft the next version from a file; a second person publishes it.")
        draft.add_argument("file", type=Path)
        draft.add_argument("--as", required=True, dest="username", help="The user name of the officer who drafts.")
        acts.add_parser("schema", help="Print the JSON Schema of a policy file.")

    def handle(self, *_: Any, act: str, **options: Any) -> None:
        if act == "export":
            self._export(options["of"], is_json=options["shape"] == "json")
        elif act == "check":
            self._check(options["file"], as_json=options["as_json"])
        elif act == "draft":
            self._draft(options["file"], options["username"])
        else:
            self.stdout.write(json.dumps(file_schema(), ensure_ascii=False, indent=2))

    def _export(self, of: str, *, is_json: bool) -> None:
        self.stdout.write(policy_file_text(file_of(_version(of)), is_json=is_json), ending="")

    def _check(self, path: Path, *, as_json: bool) -> None:
        file = read(path, self.stdout if as_json else None)
        laxer, warnings = judged(file)
        refused = [{"pointer": item.pointer, "detail": item.detail, "rule": item.rule} for item in laxer]
        warned = [{"pointer": item.pointer, "detail": item.detail} for item in warnings]
        if as_json:
            self.stdout.write(json.dumps({"valid": not refused, "refused": refused, "warned": warned}))
        for item in warned if not as_json else ():
            self.stdout.write(f"warning: {item['pointer']}: {item['detail']}")
        if refused:
            raise CommandError("\n".join(f"{path}: {item['pointer']}: {item['detail']}" for item in refused))
        if not as_json:
            self.stdout.write(f"{path} is a policy file.")

    def _draft(self, path: Path, username: str) -> None:
        actor = User.objects.filter(username=username, is_active=True).first()
        if actor is None:
            raise CommandError(f"Nobody is called {username} here. Use the user name of an officer.")
        file = read(path)
        try:
            version = draft_from_file(file=file, actor=actor)
        except (PolicyProblem, NotAllowed) as error:
            raise CommandError(problem_text(path, error)) from error
        self.stdout.write(f"Version {version.number} of {version.policy.name} is drafted: {version.pk}")


def read(path: Path, json_to: Any = None) -> PolicyFile:
    """The file; `-` reads from standard input. Raises CommandError, each problem with its line."""
    try:
        return policy_file(text_of(path), is_json=path.suffix == ".json")
    except PolicyProblem as error:
        if json_to is not None:
            json_to.write(json.dumps({"valid": False, "problems": error.fields or [{"detail": str(error)}]}))
        raise CommandError(problem_text(path, error)) from error


def text_of(path: Path) -> str:
    """What a file says. Raises CommandError."""
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read as text: {error}") from error


def problem_text(path: Path, error: Exception) -> str:
    """`policy.yaml:9: /document/retention/max_period: …`, a line for each problem."""
    fields = getattr(error, "fields", [])
    if not fields:
        return f"{path}: {error}"
    return "\n".join(
        f"{path}{':' + field['line'] if 'line' in field else ''}: {field['pointer'] or '/'}: {field['detail']}"
        for field in fields
    )


def _version(of: str) -> PolicyVersion:
    """The version with this id; else of the policy with this code the one in force, else its newest."""
    versions = PolicyVersion.objects.select_related("policy")
    try:
        found = versions.filter(pk=UUID(of)).first()
    except ValueError:
        newest = versions.filter(policy__code=of).order_by("-number")
        found = newest.filter(state=PolicyVersion.State.PUBLISHED).first() or newest.first()
    if found is None:
        raise CommandError(f"There is no policy and no version {of}.")
    return found
