"""The door: signing in by password and, in the demo alone, by one click; the theme; what is not there."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Role
from compliance_site.demo import company
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long enough secret"


@pytest.fixture
def demo_company(line):
    people = []
    for person in company.PEOPLE:
        made = UserFactory(
            username=person.username,
            first_name=person.first_name,
            last_name=person.last_name,
            role=person.role,
            all_lines=True,
        )
        made.set_password(PASSWORD)
        made.save()
        people.append(made)
    return people


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_sign_in_page_is_accessible(as_user, axe, screenshot, demo_company, theme, width):
    page = as_user(None, theme=theme, width=width)
    page.goto("/accounts/login/")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(page, f"sign-in-{width}-{theme}")


def test_a_person_signs_in_by_keyboard(as_user, demo_company):
    page = as_user(None)
    page.goto("/accounts/settings/")
    page.get_by_label("Sign-in name").fill("ruth")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your settings")


def test_a_role_of_the_demo_is_one_click(as_user, demo_company):
    page = as_user(None)
    page.goto("/accounts/login/?next=/accounts/settings/")
    page.get_by_role("button", name="Supervisor").click()
    page.goto("/accounts/settings/")
    assert page.get_by_text("Ruth Adeyemi").first.is_visible()


def test_the_theme_is_remembered_and_the_server_writes_it(as_user, supervisor):
    page = as_user(supervisor)
    page.goto("/accounts/settings/")
    page.get_by_role("button", name="Dark", exact=True).click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_the_theme_changes_without_javascript(as_user, supervisor):
    page = as_user(supervisor, java_script_enabled=False)
    page.goto("/accounts/settings/")
    page.get_by_role("button", name="Dark", exact=True).click()
    assert page.url.endswith("/accounts/settings/")
    assert page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/accounts/settings/", "/nothing/here/", "/accounts/password/change/"])
def test_own_pages_and_the_missing_one_are_accessible(as_user, axe, supervisor, path, theme, width):
    page = as_user(supervisor, theme=theme, width=width)
    page.goto(path)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_menu_opens_from_the_bottom_bar(as_user, supervisor):
    page = as_user(supervisor, width=360)
    page.goto("/accounts/settings/")
    page.get_by_role("button", name="Menu").click()
    assert page.get_by_role("link", name="People and admin").is_visible()


def test_where_to_go_next_is_never_another_site(client, demo_company):
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil"):
        form = {"login": "ruth", "password": PASSWORD, "next": elsewhere}
        answer = client.post(reverse("account_login"), form)
        assert answer.status_code == 302
        assert answer["Location"] == "/"
        client.logout()


def test_outside_the_demo_nobody_signs_in_by_one_click(client, demo_company, settings):
    assert "Look around" in client.get(reverse("account_login")).content.decode()
    settings.DEMO = False
    assert "Look around" not in client.get(reverse("account_login")).content.decode()
    assert client.post(reverse("demo-sign-in"), {"as": "ruth"}).status_code == 404
    assert "_auth_user_id" not in client.session


def test_in_the_demo_only_its_own_people_are_signed_in_by_one_click(client, demo_company):
    UserFactory(username="real-person", role=Role.OFFICER)
    assert client.post(reverse("demo-sign-in"), {"as": "real-person"}).status_code == 404
    assert client.post(reverse("demo-sign-in"), {"as": "ruth"}).status_code == 302
