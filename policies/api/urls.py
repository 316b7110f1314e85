from django.urls import path

from policies.api.views import DecisionsView, PreviewView

urlpatterns = [
    path("", DecisionsView.as_view(), name="decisions"),
    path("preview/", PreviewView.as_view(), name="decisions-preview"),
]
