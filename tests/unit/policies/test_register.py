import shutil

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from policies.domain.errors import LawRefused
from policies.domain.register.checks import register_of
from policies.models import AreaCode, DisclosureRequirement, Jurisdiction, LawRelease, RetentionRule
from policies.services.register import SHIPPED, current_release, load_law, load_shipped_law
from tests.unit.policies.laws import texts
from trail.domain.actors import CALLWARD
from trail.models import Event


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped files, to be changed."""
    for file in SHIPPED.glob("*.[cj]s*"):
        shutil.copy(file, tmp_path)
    return tmp_path


def change(folder, file, before, after):
    text = (folder / file).read_text()
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1))


@pytest.mark.django_db
def test_every_row_of_the_shipped_files_is_in_the_first_release():
    counts = [
        model.objects.filter(release=1).count()
        for model in (Jurisdiction, RetentionRule, DisclosureRequirement, AreaCode)
    ]
    assert counts == [115, 113, 140, 433]
    assert Event.objects.filter(verb="law.loaded", subject_id="1").count() == 1


@pytest.mark.django_db
def test_loading_the_same_release_again_changes_nothing():
    before = LawRelease.objects.count()
    assert load_shipped_law() == current_release()
    assert LawRelease.objects.count() == before


@pytest.mark.django_db
def test_another_release_takes_over_with_the_next_number_and_the_old_one_stays(folder):
    change(folder, "jurisdictions.csv", "US-TX,Texas,US,one_party", "US-TX,Texas (changed),US,one_party")
    release = load_law(folder=folder, actor=CALLWARD)
    assert release.number == 2
    assert current_release() == release
    assert Jurisdiction.objects.get(release=1, code="US-TX").name == "Texas"
    assert Jurisdiction.objects.get(release=2, code="US-TX").name == "Texas (changed)"


@pytest.mark.parametrize(
    ("file", "before", "after", "column"),
    [
        ("jurisdictions.csv", "US-TX,Texas,US,one_party", "US-TX,Texas,US,no_party", "consent_rule"),
        ("jurisdictions.csv", "US-TX,Texas,US,", "US-TX,Texas,UZ,", "parent"),
        ("jurisdictions.csv", "US-TX,Texas,", "US-FL,Texas,", "code"),
        ("jurisdictions.csv", "US-TX,Texas,", "Texas,Texas,", "code"),
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
        ("nanp_area_codes.csv", "area_code,", "area,", "header"),
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
    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_law", str(folder))


@pytest.mark.django_db
def test_a_missing_file_is_named(folder):
    (folder / "retention_rules.csv").unlink()
    with pytest.raises(LawRefused, match=r"retention_rules\.csv"):
        load_law(folder=folder, actor=CALLWARD)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policies_jurisdiction SET telephone_rule = 'one_party' WHERE code = 'US-CA'",
        "DELETE FROM policies_retentionrule WHERE code = 'US-CFPB-REGF-CALL'",
        "UPDATE policies_disclosurerequirement SET severity = 'minor'",
        "UPDATE policies_lawrelease SET digest = ''",
        "DELETE FROM policies_areacode",
    ],
)
def test_a_shipped_row_is_never_edited_not_even_around_the_orm(statement):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
