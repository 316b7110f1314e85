import shutil
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from policies.domain.errors import LawRefused, ReleaseNotMovable
from policies.domain.register.checks import register_of
from policies.domain.register.examples import wrong_examples
from policies.domain.register.files import COLUMNS, written
from policies.models import AreaCode, DisclosureRequirement, ExampleCall, Jurisdiction, LawRelease, RetentionRule
from policies.services.register import (
    SHIPPED,
    current_release,
    difference,
    load_law,
    load_shipped_law,
    release_at,
)
from policies.services.releases import discard_release, publish_release
from policies.services.stored_register import rows_of
from tests.unit.policies.laws import texts
from trail.domain.actors import CALLWARD
from trail.models import Event

TEXAS = "US-TX,Texas,US,one_party"
CHANGED = "US-TX,Texas (changed),US,one_party"


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped files, to be changed."""
    for file in SHIPPED.glob("*.[cj]s*"):
        shutil.copy(file, tmp_path)
    return tmp_path


def change(folder, file, before, after):
    text = (folder / file).read_bytes().decode()
    assert before in text
    (folder / file).write_bytes(text.replace(before, after, 1).encode())


@pytest.fixture
def candidate(folder, db):
    change(folder, "jurisdictions.csv", TEXAS, CHANGED)
    return load_law(folder=folder, actor=CALLWARD)


@pytest.mark.django_db
def test_every_row_of_the_shipped_files_is_in_the_first_release():
    counts = [
        model.objects.filter(release=1).count()
        for model in (Jurisdiction, RetentionRule, DisclosureRequirement, AreaCode)
    ]
    assert counts == [116, 113, 141, 433]
    register, _ = register_of(texts())
    assert ExampleCall.objects.filter(release=1).count() == len(register.rows["example_calls.csv"])
    assert Event.objects.filter(verb="law.loaded", subject_id="1").count() == 1
    assert Event.objects.filter(verb="law.published", subject_id="1").count() == 1


@pytest.mark.django_db
def test_a_stored_release_gives_the_rows_back_as_the_files_had_them():
    shipped, _ = register_of(texts())
    stored = rows_of(current_release())
    for file in COLUMNS:
        assert sorted(map(str, map(dict, stored.of(file)))) != []
        key = sorted(COLUMNS[file])
        assert sorted([row[name] for name in key] for row in stored.of(file)) == sorted(
            [row[name] for name in key] for row in shipped.of(file)
        )
    assert register_of(written(stored))[1] == []


@pytest.mark.django_db
def test_loading_the_same_release_again_changes_nothing():
    before = LawRelease.objects.count()
    assert load_shipped_law() == current_release()
    assert LawRelease.objects.count() == before


def test_another_release_waits_as_a_candidate_and_the_one_in_effect_stays(candidate):
    assert (candidate.number, candidate.state, candidate.based_on_id) == (2, "candidate", 1)
    assert candidate.known_from is None
    assert current_release().number == 1
    assert Jurisdiction.objects.get(release=1, code="US-TX").name == "Texas"
    assert Jurisdiction.objects.get(release=2, code="US-TX").name == "Texas (changed)"


def test_a_candidate_that_waits_is_not_loaded_twice(candidate, folder):
    assert load_law(folder=folder, actor=CALLWARD) == candidate


@pytest.mark.usefixtures("law_officers")
def test_an_officer_publishes_a_candidate_and_from_then_on_it_is_believed(candidate, officer):
    before = timezone.now()
    published = publish_release(release=candidate, actor=officer)
    assert current_release() == published
    assert (published.state, published.published_by) == ("published", officer)
    assert published.known_from >= before
    assert release_at(published.known_from) == published
    assert release_at(published.known_from - timedelta(microseconds=1)).number == 1
    assert Event.objects.get(verb="law.published", subject_id="2").facts["number"] == 2


@pytest.mark.usefixtures("law_officers")
def test_a_row_is_believed_since_the_first_release_in_which_it_stood_in_these_words(candidate, officer):
    publish_release(release=candidate, actor=officer)
    texas = Jurisdiction.objects.get(release=2, code="US-TX")
    california = Jurisdiction.objects.get(release=2, code="US-CA")
    assert texas.known_from == LawRelease.objects.get(pk=2).known_from
    assert california.known_from == LawRelease.objects.get(pk=1).known_from


def test_the_difference_is_told_rule_by_rule_and_column_by_column(candidate):
    (changed,) = difference(current_release(), candidate)
    assert (changed.code, changed.table, changed.kind) == ("US-TX", "jurisdictions.csv", "changed")
    assert changed.columns == (("name", "Texas", "Texas (changed)"),)


def test_a_rule_that_is_new_or_gone_is_told_with_all_its_cells(folder, db):
    text = (folder / "readings.csv").read_bytes().decode()
    lines = text.splitlines(keepends=True)
    (folder / "readings.csv").write_bytes("".join(lines[:-1]).encode())
    (gone,) = difference(current_release(), load_law(folder=folder, actor=CALLWARD))
    assert (gone.code, gone.table, gone.kind) == ("IN", "readings.csv", "removed")
    assert ("reading", "other", "") in gone.columns


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["supervisor", "reviewer", "auditor"])
def test_only_officers_publish_and_discard(who, candidate, request):
    person = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        publish_release(release=candidate, actor=person)
    with pytest.raises(NotAllowed):
        discard_release(release=candidate, actor=person)


@pytest.mark.usefixtures("law_officers")
def test_what_is_discarded_is_never_published_and_may_be_loaded_again(candidate, folder, officer):
    discard_release(release=candidate, actor=officer)
    with pytest.raises(ReleaseNotMovable, match="discarded already"):
        publish_release(release=candidate, actor=officer)
    assert current_release().number == 1
    assert load_law(folder=folder, actor=CALLWARD).number == 3


@pytest.mark.usefixtures("law_officers")
def test_a_candidate_upon_a_release_that_is_over_cannot_be_published(candidate, folder, officer):
    change(folder, "jurisdictions.csv", "US-VT,Vermont,", "US-VT,Vermont (changed),")
    later = load_law(folder=folder, actor=CALLWARD)
    publish_release(release=later, actor=officer)
    with pytest.raises(ReleaseNotMovable, match="Load it again"):
        publish_release(release=candidate, actor=officer)


@pytest.mark.usefixtures("law_officers")
def test_a_newer_shipped_register_waits_and_a_discarded_one_does_not_come_back(folder, officer, monkeypatch):
    change(folder, "jurisdictions.csv", TEXAS, CHANGED)
    monkeypatch.setattr("policies.services.register.SHIPPED", folder)
    shipped = load_shipped_law()
    assert (shipped.state, current_release().number) == ("candidate", 1)
    assert load_shipped_law() == shipped
    discard_release(release=shipped, actor=officer)
    assert load_shipped_law() == shipped
    assert LawRelease.objects.count() == 2


@pytest.mark.parametrize(
    ("file", "before", "after", "column"),
    [
        ("jurisdictions.csv", "US-TX,Texas,US,one_party", "US-TX,Texas,US,no_party", "consent_rule"),
        ("jurisdictions.csv", "US-TX,Texas,US,", "US-TX,Texas,UZ,", "parent"),
        ("jurisdictions.csv", "US-TX,Texas,", "US-FL,Texas,", "code"),
        ("jurisdictions.csv", "US-TX,Texas,", "Texas,Texas,", "code"),
        ("jurisdictions.csv", "1968-06-19", "1968-6-19", "effective_from"),
        ("jurisdictions.csv", "1968-06-19", "19680619", "effective_from"),
        ("jurisdictions.csv", "2026-11-24,2027-11-24", "2026-11-24,2026-11-24", "next_review_on"),
        ("jurisdictions.csv", "2026-11-24,2027-11-24", "2026-11-24,", "next_review_on"),
        ("jurisdictions.csv", "2027-05-14,,2026", "2027-05-13,,2026", "code"),
        ("retention_rules.csv", "US-FCC-TPV", "x" * 65, "code"),
        ("retention_rules.csv", "P25M", "25 months", "min_period"),
        (
            "retention_rules.csv",
            "jurisdiction=US;sector=health_insurance",
            "jurisdiction=US;sector=pirates",
            "applies_when",
        ),
        ("retention_rules.csv", "jurisdiction=JP", "jurisdiction=QQ", "applies_when"),
        ("disclosure_requirements.csv", "BASE-RECORDING,BASELINE", "BASE-RECORDING,ATLANTIS", "jurisdiction_or_regime"),
        ("nanp_area_codes.csv", "201,US-NJ", "20,US-NJ", "area_code"),
        ("nanp_area_codes.csv", "201,US-NJ", "²01,US-NJ", "area_code"),
        ("nanp_area_codes.csv", "201,US-NJ", "201,US-XX", "region_code"),
        ("nanp_area_codes.csv", "area_code,", "area,", "header"),
        ("readings.csv", "US-DE,best,one_party", "US-DE,kind,one_party", "reading"),
        ("readings.csv", "US-DE,best,one_party", "US-DX,best,one_party", "code"),
        ("example_calls.csv", "US-DE,face to face", "US-DX,face to face", "rule"),
    ],
)
def test_a_wrong_cell_is_told_by_file_line_and_column(file, before, after, column):
    changed = texts()
    assert before in changed[file]
    line = changed[file][: changed[file].index(before)].count("\n") + 1
    changed[file] = changed[file].replace(before, after, 1)
    _, wrong = register_of(changed)
    assert [(cell.file, cell.line, cell.column) for cell in wrong][:1] == [(file, line, column)]
    assert str(wrong[0]).startswith(f"{file}, line {line}, column {column}: ")


@pytest.mark.django_db
def test_with_one_wrong_cell_nothing_is_loaded(folder):
    change(folder, "nanp_area_codes.csv", "201,US-NJ", "20,US-NJ")
    with pytest.raises(LawRefused, match=r"nanp_area_codes\.csv, line 2, column area_code"):
        load_law(folder=folder, actor=CALLWARD)
    assert LawRelease.objects.count() == 1


@pytest.mark.django_db
def test_while_an_example_call_fails_nothing_is_loaded(folder):
    change(folder, "retention_rules.csv", "PCI-DSS-3-3-1,", "PCI-DSS-3-3-1,")
    text = (folder / "retention_rules.csv").read_bytes().decode()
    begins = text.index("PCI-DSS-3-3-1")
    (folder / "retention_rules.csv").write_bytes((text[:begins] + text[begins:].replace("P0D", "P1D", 1)).encode())
    with pytest.raises(LawRefused, match=r"example_calls\.csv, line \d+, column expects: PCI-DSS-3-3-1, .*maximum=P0D"):
        load_law(folder=folder, actor=CALLWARD)
    assert LawRelease.objects.count() == 1


def test_a_rule_without_an_example_call_is_told():
    changed = texts()
    lines = changed["example_calls.csv"].splitlines(keepends=True)
    changed["example_calls.csv"] = "".join(line for line in lines if not line.startswith("NZ-NOTICE,"))
    register, wrong = register_of(changed)
    assert wrong == []
    (missing,) = wrong_examples(register)
    assert (missing.file, missing.column) == ("disclosure_requirements.csv", "code")
    assert "NZ-NOTICE has no example call" in missing.detail


@pytest.mark.django_db
def test_a_missing_file_is_named(folder):
    (folder / "retention_rules.csv").unlink()
    with pytest.raises(LawRefused, match=r"retention_rules\.csv"):
        load_law(folder=folder, actor=CALLWARD)


@pytest.mark.django_db
def test_bytes_that_are_no_text_are_told_by_line(folder):
    data = (folder / "readings.csv").read_bytes()
    (folder / "readings.csv").write_bytes(data.replace(b"US-DE,best", b"US-DE,b\xffst", 1))
    with pytest.raises(LawRefused, match=r"readings\.csv, line \d+, column byte 8: it is not UTF-8"):
        load_law(folder=folder, actor=CALLWARD)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policies_jurisdiction SET telephone_rule = 'one_party' WHERE code = 'US-CA'",
        "DELETE FROM policies_retentionrule WHERE code = 'US-CFPB-REGF-CALL'",
        "UPDATE policies_disclosurerequirement SET severity = 'minor'",
        "UPDATE policies_lawrelease SET digest = ''",
        "UPDATE policies_lawrelease SET state = 'discarded', known_from = NULL",
        "DELETE FROM policies_lawrelease",
        "UPDATE policies_examplecall SET expects = 'silent=true'",
        "DELETE FROM policies_areacode",
    ],
)
def test_a_shipped_row_is_never_edited_not_even_around_the_orm(statement):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_a_release_is_known_from_its_publication_and_not_before():
    with pytest.raises(IntegrityError, match="law_release_is_known_once_published"), transaction.atomic():
        LawRelease.objects.create(number=9, digest="9", reviewed_on="2026-11-24", known_from=timezone.now())
