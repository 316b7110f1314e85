"""The trail in the admin; it stands here because the trail itself knows no people and no permissions."""

from django.contrib import admin

from accounts.guarded import GuardedAdmin
from accounts.permissions import Act
from trail.models import Event


@admin.register(Event)
class EventAdmin(GuardedAdmin):
    """Every event that the person's lines may see. Append-only, by the database."""

    see = Act.SEE_TRAIL
    line_path = "line_of_business_id"
    list_display = ("sequence", "occurred_at", "verb", "actor_kind", "subject_kind", "subject_id")
    list_filter = ("verb",)
    ordering = ("-sequence",)
