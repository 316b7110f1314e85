"""Addresses of the room's pages."""

from django.urls import path

from audits.views import workbench

app_name = "audits"
urlpatterns = [
    path("<uuid:assignment_id>/", workbench.Workbench.as_view(), name="workbench"),
    path("<uuid:assignment_id>/answers/", workbench.SaveAnswer.as_view(), name="answer"),
    path("<uuid:assignment_id>/marks/", workbench.MarkMoment.as_view(), name="mark"),
    path("<uuid:assignment_id>/marks/<int:mark_id>/remove/", workbench.MarkMoment.as_view(), name="unmark"),
    path("<uuid:assignment_id>/submit/", workbench.Submit.as_view(), name="submit"),
    path("<uuid:assignment_id>/undo/", workbench.Undo.as_view(), name="undo"),
    path("<uuid:assignment_id>/skip/", workbench.Skip.as_view(), name="skip"),
]
