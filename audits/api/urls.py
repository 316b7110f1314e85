"""Addresses of the room's API."""

from django.urls import path

from audits.api.views import FindingsView, ResultsView

urlpatterns = [
    path("audits/results/", ResultsView.as_view(), name="audit-results"),
    path("findings/", FindingsView.as_view(), name="findings"),
]
