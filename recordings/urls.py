"""Addresses of the room's pages."""

from django.urls import path

from recordings.views import quarantine, recording, recordings

app_name = "recordings"
urlpatterns = [
    path("", recordings.RecordingList.as_view(), name="list"),
    path("find/", recordings.FindCall.as_view(), name="find"),
    path("quarantine/", quarantine.QuarantineList.as_view(), name="quarantine"),
    path("<uuid:recording_id>/", recording.RecordingDetail.as_view(), name="detail"),
    path("<uuid:recording_id>/player/", recording.PlayerPart.as_view(), name="player"),
    path("<uuid:recording_id>/release/", recording.Release.as_view(), name="release"),
]
