"""Policies as files: written from a version, judged against law, drafted from a file."""

from django.utils import timezone

from accounts.models import LineOfBusiness, User
from policies.domain.documents import policy_document
from policies.domain.errors import PolicyFileRefused, unknown_line
from policies.domain.files import PolicyFile
from policies.domain.laxity import Laxer, Warning, against_default, against_law  # noqa: A004
from policies.models import Policy, PolicyVersion
from policies.services.approvals import law_in_effect
from policies.services.version_rows import require
from policies.services.versions import draft_version


def file_of(version: PolicyVersion) -> PolicyFile:
    """A version as a file."""
    policy = version.policy
    codes = tuple(policy.lines.order_by("code").values_list("code", flat=True))
    return PolicyFile(policy.code, policy.name, codes, version.document)


def judged(file: PolicyFile) -> tuple[list[Laxer], list[Warning]]:
    """(where it asks for less than the law in effect, where it is laxer than the careful default)."""
    document = policy_document(file.document, is_demo=True)
    return against_law(document, law_in_effect(), timezone.localdate()), against_default(document)


def draft_from_file(*, file: PolicyFile, actor: User) -> PolicyVersion:
    """Begin the next version of the file's policy, or the policy where there is none of this code.

    Raises PolicyFileRefused: the policy has another name or other lines; UnknownLine; NotAllowed; DocumentRefused.
    """
    policy = Policy.objects.filter(code=file.code).first()
    if policy is None:
        lines = [_line(code) for code in file.lines]
        return draft_version(document=file.document, code=file.code, name=file.name, lines=lines, actor=actor)
    require(actor, list(policy.lines.all()))
    _refuse_another(policy, file)
    return draft_version(document=file.document, policy=policy, actor=actor)


def _line(code: str) -> LineOfBusiness:
    line = LineOfBusiness.objects.filter(code=code, retired_at=None).first()
    if line is None:
        raise unknown_line(code)
    return line


def _refuse_another(policy: Policy, file: PolicyFile) -> None:
    """A version changes the document alone; whose policy it is stays."""
    problems = []
    codes = sorted(policy.lines.values_list("code", flat=True))
    if policy.name != file.name:
        detail = f"The policy {policy.code} is called {policy.name}. Use its name, or a code of your own."
        problems.append({"pointer": "/name", "detail": detail})
    if codes != sorted(file.lines):
        speaks = ", ".join(codes) or "every line"
        detail = f"The policy {policy.code} speaks for {speaks}. Use the same, or a code of your own."
        problems.append({"pointer": "/lines_of_business", "detail": detail})
    if problems:
        raise PolicyFileRefused("The file is of another policy; errors names each place.", problems)
