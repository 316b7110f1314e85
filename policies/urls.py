"""Addresses of the room's pages."""

from django.urls import path

from policies.views.calendar import CalendarPage
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
from policies.views.overrides import (
    OverrideApproveAct,
    OverrideEndAct,
    OverrideList,
    OverrideNew,
    OverridePage,
    OverrideRefuseAct,
)
from policies.views.places import JurisdictionPage
from policies.views.register import PolicyList
from policies.views.releases import ReleaseDiscardAct, ReleaseList, ReleasePage, ReleasePublishAct
from policies.views.trying import TryPage
from policies.views.versions import VersionPage

app_name = "policies"
urlpatterns = [
    path("", PolicyList.as_view(), name="list"),
    path("try/", TryPage.as_view(), name="try"),
    path("law/<str:code>/", JurisdictionPage.as_view(), name="jurisdiction"),
    path("releases/", ReleaseList.as_view(), name="releases"),
    path("releases/<int:number>/", ReleasePage.as_view(), name="release"),
    path("releases/<int:number>/publish/", ReleasePublishAct.as_view(), name="release-publish"),
    path("releases/<int:number>/discard/", ReleaseDiscardAct.as_view(), name="release-discard"),
    path("overrides/", OverrideList.as_view(), name="overrides"),
    path("overrides/new/", OverrideNew.as_view(), name="override-new"),
    path("overrides/<uuid:pk>/", OverridePage.as_view(), name="override"),
    path("overrides/<uuid:pk>/approve/", OverrideApproveAct.as_view(), name="override-approve"),
    path("overrides/<uuid:pk>/refuse/", OverrideRefuseAct.as_view(), name="override-refuse"),
    path("overrides/<uuid:pk>/end/", OverrideEndAct.as_view(), name="override-end"),
    path("calendar/", CalendarPage.as_view(), name="calendar"),
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
