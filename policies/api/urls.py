from django.urls import path

from policies.api.views import DecisionsView, DecisionView, OutcomeView, PreviewView

urlpatterns = [
    path("", DecisionsView.as_view(), name="decisions"),
    path("preview/", PreviewView.as_view(), name="decisions-preview"),
    path("<uuid:decision_id>/", DecisionView.as_view(), name="decision"),
    path("<uuid:decision_id>/outcome/", OutcomeView.as_view(), name="decision-outcome"),
]
