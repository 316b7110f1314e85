"""Addresses of the room's pages."""

from django.urls import path

from audits.views import findings, forms, plans, queue, results, workbench

app_name = "audits"
urlpatterns = [
    path("", queue.Queue.as_view(), name="queue"),
    path("plans/", plans.Plans.as_view(), name="plans"),
    path("plans/new/", plans.NewPlan.as_view(), name="new-plan"),
    path("plans/<uuid:plan_id>/", plans.Plan.as_view(), name="plan"),
    path("plans/<uuid:plan_id>/edit/", plans.EditPlan.as_view(), name="edit-plan"),
    path("plans/<uuid:plan_id>/draw/", plans.Draw.as_view(), name="draw"),
    path("samples/<uuid:sample_id>/", plans.SamplePage.as_view(), name="sample"),
    path("findings/", findings.Findings.as_view(), name="findings"),
    path("findings/<uuid:finding_id>/", findings.OneFinding.as_view(), name="finding"),
    path("results/", results.Results.as_view(), name="results"),
    path("forms/", forms.Forms.as_view(), name="forms"),
    path("forms/<uuid:version_id>/", forms.OneForm.as_view(), name="form"),
    path("<uuid:assignment_id>/start/", queue.Start.as_view(), name="start"),
    path("<uuid:assignment_id>/reassign/", queue.Reassign.as_view(), name="reassign"),
    path("<uuid:assignment_id>/", workbench.Workbench.as_view(), name="workbench"),
    path("<uuid:assignment_id>/answers/", workbench.SaveAnswer.as_view(), name="answer"),
    path("<uuid:assignment_id>/marks/", workbench.MarkMoment.as_view(), name="mark"),
    path("<uuid:assignment_id>/marks/<int:mark_id>/remove/", workbench.MarkMoment.as_view(), name="unmark"),
    path("<uuid:assignment_id>/submit/", workbench.Submit.as_view(), name="submit"),
    path("<uuid:assignment_id>/undo/", workbench.Undo.as_view(), name="undo"),
    path("<uuid:assignment_id>/skip/", workbench.Skip.as_view(), name="skip"),
]
