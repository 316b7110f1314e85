"""The tests' own browser: it sees what it should, and complains of what it should."""


def test_the_sign_in_page_opens_without_a_complaint(as_user, axe):
    page = as_user(None)
    page.goto("/accounts/login/")
    assert page.get_by_label("Password").is_visible()
    assert axe(page) == []


def test_axe_finds_what_was_planted(as_user, axe):
    page = as_user(None)
    page.goto("/accounts/login/")
    page.evaluate(
        "document.documentElement.removeAttribute('lang'); document.body.append(document.createElement('button'))"
    )
    assert {line.split(" ")[0] for line in axe(page)} >= {"button-name", "html-has-lang"}


def test_a_signed_in_person_is_known(as_user, supervisor):
    page = as_user(supervisor, theme="dark")
    page.goto("/")
    assert page.url.rstrip("/").endswith(page.evaluate("location.host"))


def test_what_was_shipped_is_there_after_a_test_that_committed(transactional_db):
    from accounts.models import LineOfBusiness
    from tests import stage

    LineOfBusiness.objects.update(name="renamed")
    LineOfBusiness.objects.create(code="extra", name="Extra")
    stage.restore()
    assert list(LineOfBusiness.objects.values_list("code", "name")) == [("unassigned", "Unassigned")]
