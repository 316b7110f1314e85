"""Pages that put several rooms together: today, and the demo's own."""

from django.urls import path

from compliance_site import demo_line, inbox, system, today, tour

urlpatterns = [
    path("", today.Today.as_view(), name="today"),
    path("approvals/", inbox.Inbox.as_view(), name="inbox"),
    path("system/", system.System.as_view(), name="system"),
    path("demo/sign-in/", tour.DemoSignIn.as_view(), name="demo-sign-in"),
    path("demo/line/", demo_line.DemoLine.as_view(), name="demo-line"),
]
