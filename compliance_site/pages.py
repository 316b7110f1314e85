"""Pages that put several rooms together: today, and the demo's own."""

from django.urls import path

from compliance_site import demo_line, inbox, system, today, tour
from compliance_site.whatif import pages as whatif

urlpatterns = [
    path("", today.Today.as_view(), name="today"),
    path("approvals/", inbox.Inbox.as_view(), name="inbox"),
    path("what-if/<uuid:pk>/", whatif.WhatIfPage.as_view(), name="what-if"),
    path("what-if/<uuid:pk>/recordings/", whatif.WhatIfList.as_view(), name="what-if-list"),
    path("what-if/<uuid:pk>/cancel/", whatif.CancelWhatIf.as_view(), name="what-if-cancel"),
    path("what-if/<str:kind>/<str:subject_id>/start/", whatif.StartWhatIf.as_view(), name="what-if-start"),
    path("system/", system.System.as_view(), name="system"),
    path("demo/sign-in/", tour.DemoSignIn.as_view(), name="demo-sign-in"),
    path("demo/line/", demo_line.DemoLine.as_view(), name="demo-line"),
]
