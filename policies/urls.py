"""Addresses of the room's pages."""

from django.urls import path

from policies.views.register import JurisdictionPage, PolicyList
from policies.views.trying import TryPage
from policies.views.versions import (
    ChangePage,
    DraftPage,
    PublishAct,
    RetireAct,
    SendBackAct,
    SubmitAct,
    VersionPage,
)

app_name = "policies"
urlpatterns = [
    path("", PolicyList.as_view(), name="list"),
    path("try/", TryPage.as_view(), name="try"),
    path("law/<str:code>/", JurisdictionPage.as_view(), name="jurisdiction"),
    path("versions/draft/", DraftPage.as_view(), name="draft"),
    path("versions/<uuid:pk>/", VersionPage.as_view(), name="version"),
    path("versions/<uuid:pk>/change/", ChangePage.as_view(), name="change"),
    path("versions/<uuid:pk>/submit/", SubmitAct.as_view(), name="submit"),
    path("versions/<uuid:pk>/publish/", PublishAct.as_view(), name="publish"),
    path("versions/<uuid:pk>/send-back/", SendBackAct.as_view(), name="send-back"),
    path("versions/<uuid:pk>/retire/", RetireAct.as_view(), name="retire"),
]
