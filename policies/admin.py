"""What the admin shows of this room. Versions are written, approved and published on their own pages, by two people."""

from django.contrib import admin

from accounts.guarded import GuardedAdmin
from accounts.permissions import Act
from policies.models.policies import Policy, PolicyVersion
from policies.models.register import LawRelease


@admin.register(Policy)
class PolicyAdmin(GuardedAdmin):
    see = Act.SEE_POLICY
    list_display = ("name", "code")
    fields = ("code", "name", "lines")


@admin.register(PolicyVersion)
class PolicyVersionAdmin(GuardedAdmin):
    see = Act.SEE_POLICY
    list_display = ("policy", "number", "state", "author", "approver", "published_at", "effective_from", "retired_at")
    list_filter = ("state",)
    list_select_related = ("policy", "author", "approver")
    ordering = ("policy", "-number")


@admin.register(LawRelease)
class LawReleaseAdmin(GuardedAdmin):
    see = Act.SEE_POLICY
    list_display = ("number", "reviewed_on", "known_from", "digest")
    ordering = ("-number",)
