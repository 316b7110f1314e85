"""Addresses of the room's pages."""

from django.urls import path

from policies.views.comparing import ComparePage
from policies.views.editing import ChangePage, DraftPage
from policies.views.files import ClonePage, ExportFile, ImportPage
from policies.views.moves import (
    ApproveRetirementAct,
    ConfirmAct,
    KeepAct,
    PublishAct,
    RetireAct,
    SendBackAct,
    SubmitAct,
)
from policies.views.register import JurisdictionPage, PolicyList
from policies.views.trying import TryPage
from policies.views.versions import VersionPage

app_name = "policies"
urlpatterns = [
    path("", PolicyList.as_view(), name="list"),
    path("try/", TryPage.as_view(), name="try"),
    path("law/<str:code>/", JurisdictionPage.as_view(), name="jurisdiction"),
    path("versions/draft/", DraftPage.as_view(), name="draft"),
    path("versions/import/", ImportPage.as_view(), name="import"),
    path("versions/compare/", ComparePage.as_view(), name="compare"),
    path("versions/<uuid:pk>/", VersionPage.as_view(), name="version"),
    path("versions/<uuid:pk>/change/", ChangePage.as_view(), name="change"),
    path("versions/<uuid:pk>/submit/", SubmitAct.as_view(), name="submit"),
    path("versions/<uuid:pk>/publish/", PublishAct.as_view(), name="publish"),
    path("versions/<uuid:pk>/send-back/", SendBackAct.as_view(), name="send-back"),
    path("versions/<uuid:pk>/retire/", RetireAct.as_view(), name="retire"),
    path("versions/<uuid:pk>/retire/approve/", ApproveRetirementAct.as_view(), name="retire-approve"),
    path("versions/<uuid:pk>/keep/", KeepAct.as_view(), name="keep"),
    path("versions/<uuid:pk>/confirm/", ConfirmAct.as_view(), name="confirm"),
    path("versions/<uuid:pk>/clone/", ClonePage.as_view(), name="clone"),
    path("versions/<uuid:pk>/file/", ExportFile.as_view(), name="export"),
]
