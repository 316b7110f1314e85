"""The admin in a browser: our look in both themes, under the same strict content security policy."""

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten, label_for_field
from django.urls import reverse

from accounts.models import Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(db):
    return UserFactory(username="whole", first_name="Ruth", last_name="Adeyemi", role=Role.SUPERVISOR, all_lines=True)


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_index_list_and_form_are_accessible(as_user, axe, screenshot, owner, reviewer, theme, width):
    page = as_user(owner, theme=theme, width=width)
    pages = {
        "index": "/admin/",
        "list": reverse("admin:accounts_user_changelist"),
        "person": reverse("admin:accounts_user_change", args=[reviewer.pk]),
        "token": reverse("admin:accounts_token_add"),
    }
    for name, path in pages.items():
        page.goto(path)
        screenshot(page, f"admin-{name}-{width}-{theme}")
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_every_field_that_a_page_names_is_there():
    for model, page in admin.site._registry.items():
        for name in flatten(page.fields or ()) + list(page.list_display):
            label_for_field(name, model, page)  # raises where there is none


def test_a_token_is_shown_once(as_user, owner):
    page = as_user(owner)
    page.goto(reverse("admin:accounts_token_add"))
    page.get_by_label("Client").fill("Austin exchange")
    page.get_by_label("recordings:write").check()
    page.get_by_role("button", name="Save", exact=True).click()
    assert page.locator("#secret").inner_text().startswith("cw_")
    page.goto(reverse("admin:accounts_token_changelist"))
    assert page.get_by_text("Austin exchange").first.is_visible()
