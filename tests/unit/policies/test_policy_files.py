import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts.domain.errors import NotAllowed
from accounts.domain.scopes import Scope
from policies.domain.documents import CAREFUL_DEFAULT
from policies.domain.errors import PolicyFileRefused, UnknownLine
from policies.domain.files import PolicyFile, policy_file, policy_file_text
from policies.domain.schema import file_schema
from policies.models import Policy, PolicyVersion
from policies.services import versions
from policies.services.policy_files import draft_from_file, file_of, judged

pytestmark = pytest.mark.django_db

DOCUMENT = {
    "company": "Harbor & Vale",
    "retention": {"max_period": "P56D"},
    "disclosures": CAREFUL_DEFAULT["disclosures"],
}


@pytest.fixture
def file(line):
    return PolicyFile("home-cover", "Home cover", (line.code,), DOCUMENT)


@pytest.fixture
def path(file, tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(policy_file_text(file), encoding="utf-8")
    return path


def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def failed(*arguments):
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command(*arguments, stdout=out)
    return str(error.value), out.getvalue()


def test_a_file_begins_a_policy_and_then_its_next_version(file, officer):
    first, second = draft_from_file(file=file, actor=officer), draft_from_file(file=file, actor=officer)
    assert (first.number, second.number, first.policy, first.author) == (1, 2, second.policy, officer)
    assert file_of(second) == file


def test_a_file_of_another_name_or_other_lines_is_refused(file, officer, other_line):
    draft_from_file(file=file, actor=officer)
    other = PolicyFile(file.code, "Another", (*file.lines, other_line.code), DOCUMENT)
    with pytest.raises(PolicyFileRefused) as error:
        draft_from_file(file=other, actor=officer)
    assert error.value.fields == [
        {
            "pointer": "/name",
            "detail": "The policy home-cover is called Home cover. Use its name, or a code of your own.",
        },
        {
            "pointer": "/lines_of_business",
            "detail": "The policy home-cover speaks for home-cover. Use the same, or a code of your own.",
        },
    ]


def test_lines_that_are_not_there_and_people_who_may_not(file, officer, stranger, supervisor):
    with pytest.raises(UnknownLine):
        draft_from_file(file=PolicyFile("x", "X", ("nowhere",), DOCUMENT), actor=officer)
    for person in (stranger, supervisor):
        with pytest.raises(NotAllowed):
            draft_from_file(file=file, actor=person)
    draft_from_file(file=file, actor=officer)
    with pytest.raises(NotAllowed):
        draft_from_file(file=file, actor=stranger)
    assert PolicyVersion.objects.filter(policy__code="home-cover").count() == 1


def test_a_file_is_judged_by_the_law_in_effect():
    lax = PolicyFile("x", "X", (), CAREFUL_DEFAULT | {"scope": {"countries": ["US-CA"]}, "disclosures": []})
    laxer, warnings = judged(lax)
    assert [(item.rule, item.pointer) for item in laxer] == [("US-CA", "/consent/standard")]
    assert {warning.pointer for warning in warnings} == {"/disclosures"}


@pytest.mark.parametrize("shape", ["yaml", "json"])
def test_a_version_is_exported_as_a_file(file, officer, second_officer, shape):
    published = draft_from_file(file=file, actor=officer)
    versions.submit_version(version=published, actor=officer)
    versions.publish_version(version=published, actor=second_officer)
    draft_from_file(file=PolicyFile(file.code, file.name, file.lines, {"company": "Draft"}), actor=officer)
    for of in ("home-cover", str(published.pk)):
        text = run("policy_file", "export", of, "--format", shape)
        assert policy_file(text, is_json=shape == "json") == file


def test_what_is_not_there_is_not_exported():
    for of in ("nothing", "0190a3b0-0000-7000-8000-000000000000"):
        assert failed("policy_file", "export", of)[0] == f"There is no policy and no version {of}."


def test_a_good_file_is_checked(path):
    assert run("policy_file", "check", str(path)) == f"{path} is a policy file.\n"
    assert json.loads(run("policy_file", "check", str(path), "--json")) == {"valid": True, "refused": [], "warned": []}


def test_each_problem_of_a_file_is_told_with_its_line(path):
    path.write_text(path.read_text().replace("P56D", "56 days"))
    detail = "'56 days' is not a period. Write years, months or days, such as P3Y, P1Y6M or P90D."
    said, _ = failed("policy_file", "check", str(path))
    assert said == f"{path}:8: /document/retention/max_period: {detail}"
    said, out = failed("policy_file", "check", str(path), "--json")
    assert json.loads(out) == {
        "valid": False,
        "problems": [{"pointer": "/document/retention/max_period", "detail": detail, "line": "8"}],
    }


def test_a_file_laxer_than_law_fails_and_a_warning_does_not(path, file, tmp_path):
    lax = tmp_path / "lax.json"
    document = DOCUMENT | {"scope": {"countries": ["US-CA"]}, "retention": {"max_period": "P91D"}}
    lax.write_text(policy_file_text(PolicyFile("x", "X", (), document), is_json=True))
    said, out = failed("policy_file", "check", str(lax))
    assert said.startswith(f"{lax}: /consent/standard: The policy speaks for calls with US-CA")
    assert said.endswith("(US-CA: Cal. Penal Code 632, 632.7, 637.2; CPUC General Order 107-B)")
    assert out == (
        "warning: /retention/max_period: It keeps recordings for 91 days. The careful default keeps them for 90 days.\n"
    )
    _, out = failed("policy_file", "check", str(lax), "--json")
    assert [item["rule"] for item in json.loads(out)["refused"]] == ["US-CA"]


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    assert "cannot be read as text" in failed("policy_file", "check", str(tmp_path / "none.yaml"))[0]
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe")
    assert "cannot be read as text" in failed("policy_file", "check", str(binary))[0]
    bomb = tmp_path / "bomb.yaml"
    bomb.write_text("a: &a [x]\nb: [*a, *a]\n")
    assert failed("policy_file", "check", str(bomb))[0].startswith(f"{bomb}: Line 1, column 4: Anchors")


def test_an_officer_drafts_from_a_file_by_command(path, officer, supervisor):
    said = run("policy_file", "draft", str(path), "--as", officer.username)
    version = Policy.objects.get(code="home-cover").versions.get()
    assert said == f"Version 1 of Home cover is drafted: {version.pk}\n"
    assert (version.state, version.author, version.document) == ("draft", officer, DOCUMENT)
    assert "You may not do this" in failed("policy_file", "draft", str(path), "--as", supervisor.username)[0]
    assert failed("policy_file", "draft", str(path), "--as", "nobody")[0] == (
        "Nobody is called nobody here. Use the user name of an officer."
    )


def test_the_schema_is_printed():
    assert json.loads(run("policy_file", "schema")) == file_schema()


CALLS = """\
- name: Florida has to agree
  call:
    direction: inbound
    parties: [{role: agent, jurisdiction: US-TX}, {role: customer, jurisdiction: US-FL}]
  expect:
    consent.standard: all_party
    retention.max_period: P56D
    disclosures.agent_and_company_identity.say: You are speaking with Harbor & Vale.
"""


@pytest.fixture
def calls(tmp_path):
    calls = tmp_path / "calls.yaml"
    calls.write_text(CALLS)
    return calls


def test_example_calls_pass(path, calls):
    assert run("try_policy", str(path), "--calls", str(calls)) == (
        "passed Florida has to agree\nAll 1 example calls are answered as expected.\n"
    )


def test_a_policy_of_lines_that_are_not_here_is_tried_all_the_same(calls, tmp_path):
    path = tmp_path / "other.json"
    path.write_text(policy_file_text(PolicyFile("x", "X", ("not-here",), DOCUMENT), is_json=True))
    assert json.loads(run("try_policy", str(path), "--calls", str(calls), "--json")) == {
        "passed": True,
        "examples": [{"name": "Florida has to agree", "line": 1, "problem": None, "differences": []}],
    }


def test_an_answer_that_is_not_as_expected_fails_with_the_difference(path, calls):
    calls.write_text(CALLS.replace("P56D", "P90D").replace("all_party", "[]"))
    said, out = failed("try_policy", str(path), "--calls", str(calls))
    assert said == "1 of 1 example calls are not answered as expected."
    assert out == (
        "FAILED Florida has to agree (line 1)\n"
        '  consent.standard: expected [], found "all_party"\n'
        '  retention.max_period: expected "P90D", found "P56D"\n'
    )
    _, out = failed("try_policy", str(path), "--calls", str(calls), "--json")
    found = json.loads(out)
    assert (found["passed"], found["examples"][0]["differences"][1]) == (
        False,
        {"path": "retention.max_period", "expected": "P90D", "found": "P56D"},
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("inbound", "sideways", "Use one of: inbound, outbound, internal."),
        ("direction: inbound", "direction: inbound\n    line_of_business: nowhere", "nowhere"),
    ],
)
def test_a_call_that_cannot_be_decided_fails(path, calls, old, new, says):
    calls.write_text(CALLS.replace(old, new, 1))
    said, out = failed("try_policy", str(path), "--calls", str(calls))
    assert said == "1 of 1 example calls are not answered as expected."
    assert out.startswith("FAILED Florida has to agree (line 1): ")
    assert says in out


def test_wrong_example_calls_are_told_with_their_line(path, calls):
    calls.write_text("- name: a\n  call: {}\n")
    assert failed("try_policy", str(path), "--calls", str(calls))[0] == (
        f"{calls}:1: /0/expect: Send what the answer has to say, such as {{consent.standard: all_party}}."
    )


def test_the_schema_over_the_api(client, bearer):
    assert client.get("/api/v1/policies/schema.json").status_code == 401
    answer = client.get("/api/v1/policies/schema.json", headers=bearer(Scope.DECISIONS))
    assert (answer.status_code, answer.json()) == (200, file_schema())
