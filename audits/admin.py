"""What the admin shows of this room. Plans, forms and findings have pages of their own; scores are nobody's to edit."""

from django.contrib import admin

from accounts.guarded import GuardedAdmin
from accounts.permissions import Act
from audits.models.findings import Finding
from audits.models.forms import FormVersion
from audits.models.plans import Assignment, AuditPlan, Sample
from audits.models.reviews import Review


@admin.register(AuditPlan)
class PlanAdmin(GuardedAdmin):
    see = Act.SEE_AUDITS
    line_path = "lines"
    list_display = ("name", "form", "size", "per", "period_days", "is_active", "next_draw_at")
    list_select_related = ("form",)


@admin.register(Sample)
class SampleAdmin(GuardedAdmin):
    see = Act.SEE_AUDITS
    line_path = "plan__lines"
    list_display = ("plan", "period_from", "period_to", "frame_size", "frame_digest", "drawn_at")
    list_select_related = ("plan",)
    ordering = ("-frame_committed_at",)
    exclude = ("frame", "drawn")


@admin.register(Assignment)
class AssignmentAdmin(GuardedAdmin):
    see = Act.SEE_AUDITS
    line_path = "line_of_business_id"
    list_display = ("recording_id", "reviewer", "state", "due_at", "flagged_overdue_at")
    list_filter = ("state", "reviewer")
    list_select_related = ("reviewer",)
    ordering = ("due_at",)


@admin.register(Review)
class ReviewAdmin(GuardedAdmin):
    see = Act.SEE_AUDITS
    line_path = "assignment__line_of_business_id"
    list_display = ("id", "assignment", "started_at", "submitted_at", "said_all")
    list_select_related = ("assignment__reviewer",)
    ordering = ("-started_at",)


@admin.register(Finding)
class FindingAdmin(GuardedAdmin):
    see = Act.SEE_AUDITS
    line_path = "line_of_business_id"
    list_display = ("requirement", "severity", "state", "owner", "opened_at", "due_at")
    list_filter = ("state", "severity")
    list_select_related = ("owner",)
    ordering = ("-opened_at",)


@admin.register(FormVersion)
class FormVersionAdmin(GuardedAdmin):
    see = Act.SEE_AUDITS
    list_display = ("form", "number", "state", "published_at")
    list_select_related = ("form",)
