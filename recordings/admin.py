"""What the admin shows of this room. It changes nothing: calls, holds and certificates have pages of their own."""

from django.contrib import admin

from accounts.guarded import GuardedAdmin
from accounts.permissions import Act
from recordings.models.disposition import Certificate
from recordings.models.holds import LegalHold
from recordings.models.recordings import Recording


@admin.register(Recording)
class RecordingAdmin(GuardedAdmin):
    """The dates and flags of each call; no number, no name, no audio."""

    see = Act.SEE_RECORDING
    line_path = "line_of_business_id"
    list_display = ("id", "line_of_business", "source", "started_at", "state", "keep_until", "delete_by", "hold_count")
    list_filter = ("state", "line_of_business")
    list_select_related = ("line_of_business",)
    ordering = ("-started_at",)
    fields = (
        ("source", "external_id"),
        ("line_of_business", "state"),
        ("started_at", "ended_at", "direction", "medium"),
        ("keep_until", "delete_by", "zone"),
        ("is_provisional", "needs_approval", "hold_count", "listed_at"),
        ("policy_version_id", "law_release", "decision_id"),
        ("size_bytes", "media_type", "stored_at"),
    )


@admin.register(LegalHold)
class HoldAdmin(GuardedAdmin):
    """Matters, and since when they hold. Placed and released on their own pages, by two people."""

    see = Act.SEE_HOLDS
    line_path = "members__line_of_business_id"
    list_display = ("matter", "placed_at", "released_at")
    ordering = ("-placed_at",)
    fields = ("matter", "reference", "reason", "placed_at", "released_at", "release_reason")


@admin.register(Certificate)
class CertificateAdmin(GuardedAdmin):
    """Proof of destruction; nothing changes it, the database refuses too."""

    see = Act.SEE_CERTIFICATE
    line_path = "line_of_business_id"
    list_display = ("recording_id", "line_of_business", "destroyed_at")
    list_select_related = ("line_of_business",)
    ordering = ("-destroyed_at",)
    fields = ("recording_id", "line_of_business", "destroyed_at", "content", "proof", "batch")
