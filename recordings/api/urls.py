"""Addresses of the room's API."""

from django.urls import path

from recordings.api.certificates import CertificatesView, CertificateView
from recordings.api.detail import CallHistory, OneRecording, WhyKept
from recordings.api.holds import HoldReport, HoldsView, HoldView, ReleasePreviewView, ReleaseView
from recordings.api.shared import RecordingAudio, Recordings
from recordings.api.triggers import OneTrigger, RecordingTriggers, Triggers
from recordings.api.vcon import AsVcon, SigningKeys
from recordings.api.vendors import FromVendor

urlpatterns = [
    path("recordings/", Recordings.as_view(), name="recordings"),
    path("recordings/<uuid:recording_id>/", OneRecording.as_view(), name="recording"),
    path("recordings/<uuid:recording_id>/audio", RecordingAudio.as_view(), name="recording-audio"),
    path("recordings/<uuid:recording_id>/retention/", WhyKept.as_view(), name="recording-retention"),
    path("recordings/<uuid:recording_id>/events/", CallHistory.as_view(), name="recording-events"),
    path("recordings/<uuid:recording_id>/vcon", AsVcon.as_view(), name="recording-vcon"),
    path("recordings/<uuid:recording_id>/triggers/", RecordingTriggers.as_view(), name="recording-triggers"),
    path("keys/", SigningKeys.as_view(), name="keys"),
    path("triggers/", Triggers.as_view(), name="triggers"),
    path("triggers/<uuid:trigger_id>/", OneTrigger.as_view(), name="trigger"),
    path("intake/<slug:source>/", FromVendor.as_view(), name="intake"),
    path("holds/", HoldsView.as_view(), name="holds"),
    path("holds/<uuid:hold_id>/", HoldView.as_view(), name="hold"),
    path("holds/<uuid:hold_id>/report/", HoldReport.as_view(), name="hold-report"),
    path("holds/<uuid:hold_id>/release/preview/", ReleasePreviewView.as_view(), name="hold-release-preview"),
    path("holds/<uuid:hold_id>/release/", ReleaseView.as_view(), name="hold-release"),
    path("certificates/", CertificatesView.as_view(), name="certificates"),
    path("certificates/<uuid:recording_id>/", CertificateView.as_view(), name="certificate"),
]
