"""Every address of Callward. Pages by room, the API under /api/v1/, the machines' own under /healthz and its kin."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from policies.api.schema import PolicySchemaView

api: list[URLPattern | URLResolver] = [
    path("decisions/", include("policies.api.urls")),
    path("policies/schema.json", PolicySchemaView.as_view(), name="policy-schema"),
    path("", include("recordings.api.urls")),
    path("", include("audits.api.urls")),
    path("openapi.json", SpectacularJSONAPIView.as_view(), name="openapi"),
]

urlpatterns = [
    path("", include("compliance_site.pages")),
    path("", include("compliance_site.health")),
    path("recordings/", include("recordings.urls")),
    path("reviews/", include("audits.urls")),
    path("policies/", include("policies.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("accounts.sign_in")),
    path("admin/", admin.site.urls),
    path("api/v1/", include((api, "api"))),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api:openapi"), name="api-docs"),
]

handler400 = "compliance_site.views.unreadable"
handler403 = "compliance_site.views.missing"
handler404 = "compliance_site.views.missing"
handler500 = "compliance_site.views.broken"
