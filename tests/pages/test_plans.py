"""Plans, the draw, the sample's proof, and the forms, in the browser."""

from django.urls import reverse

from audits.models import AuditPlan, FormVersion, Sample
from tests.pages.audits import drawn, faults


def test_the_pages_of_the_draw_are_open_to_everybody(as_user, axe, screenshot, line, reviewer, supervisor):
    made = drawn(line, reviewer, supervisor)
    things = {"plan": made.plan.pk, "edit-plan": made.plan.pk, "sample": made.sample.pk}
    things["form"] = FormVersion.objects.get().pk
    pages = {name: reverse(f"audits:{name}", args=[thing]) for name, thing in things.items()}
    pages |= {name: reverse(f"audits:{name}") for name in ("plans", "new-plan", "forms")}
    assert faults(as_user, axe, screenshot, supervisor, pages) == []


def test_a_plan_is_made_drawn_and_proved(as_user, line, reviewer, supervisor):
    # given calls, and no plan
    drawn(line, reviewer, supervisor)
    page = as_user(supervisor)
    # when a supervisor makes one and draws it
    page.goto(reverse("audits:plans"))
    page.get_by_role("link", name="New plan").click()
    page.get_by_label("Name").fill("Home cover, everything")
    page.get_by_label("Home cover").check()
    page.get_by_label("Calls", exact=True).fill("4")
    page.get_by_label(str(reviewer)).check()
    page.get_by_role("button", name="Make the plan").click()
    page.get_by_role("button", name="Draw 4 calls now").click()
    # then the sample's page proves that nobody picked
    page.get_by_text("4 calls drawn from 10.").wait_for()
    plan = AuditPlan.objects.get(name="Home cover, everything")
    sample = Sample.objects.get(plan=plan)
    assert page.get_by_text(sample.frame_digest, exact=True).is_visible()
    assert page.get_by_text("Drawn again just now").is_visible()
    assert page.locator("tbody tr").count() == 4


def test_what_keeps_a_plan_from_being_made_is_said_at_its_field(as_user, axe, line, supervisor):
    page = as_user(supervisor)
    page.goto(reverse("audits:new-plan"))
    page.get_by_label("Name").fill("Nobody reviews it")
    page.get_by_label("Home cover").check()
    page.get_by_role("button", name="Make the plan").click()
    page.get_by_role("alert").wait_for()
    assert page.get_by_role("heading", name="1 thing to mend").is_visible()
    assert axe(page) == []
