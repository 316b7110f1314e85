"""Addresses of the room's pages."""

from django.urls import path

from recordings.views import (
    audio,
    certificates,
    disposition,
    hold_release,
    hold_reports,
    holds,
    imports,
    intake,
    person_requests,
    quarantine,
    recording,
    recordings,
    shortening,
)

app_name = "recordings"
urlpatterns = [
    path("", recordings.RecordingList.as_view(), name="list"),
    path("find/", recordings.FindCall.as_view(), name="find"),
    path("quarantine/", quarantine.QuarantineList.as_view(), name="quarantine"),
    path("disposition/", disposition.DispositionPage.as_view(), name="disposition"),
    path("disposition/object/", disposition.ObjectToDisposition.as_view(), name="object"),
    path("disposition/object/end/", disposition.EndObjection.as_view(), name="end-objection"),
    path("disposition/approve/", disposition.Approve.as_view(), name="approve"),
    path("disposition/approve/withdraw/", disposition.WithdrawApproval.as_view(), name="withdraw-approval"),
    path("disposition/shortenings/", shortening.ShorteningList.as_view(), name="shortenings"),
    path("disposition/shortenings/<uuid:pk>/", shortening.ShorteningPage.as_view(), name="shortening"),
    path(
        "disposition/shortenings/<uuid:pk>/approve/", shortening.ApproveShortening.as_view(), name="shortening-approve"
    ),
    path("disposition/shortenings/<uuid:pk>/refuse/", shortening.RefuseShortening.as_view(), name="shortening-refuse"),
    path(
        "disposition/shortenings/<str:kind>/<str:subject_id>/propose/",
        shortening.ProposeShortening.as_view(),
        name="shortening-propose",
    ),
    path("certificates/", certificates.Certificates.as_view(), name="certificates"),
    path("certificates/<uuid:recording_id>/", certificates.OneCertificate.as_view(), name="certificate"),
    path("certificates/<uuid:recording_id>/file/", certificates.CertificateFile.as_view(), name="certificate-file"),
    path("intake/", intake.IntakeLog.as_view(), name="intake"),
    path("intake/dead/", intake.DeadLetters.as_view(), name="dead-letters"),
    path("intake/sources/", intake.Sources.as_view(), name="sources"),
    path("intake/imports/", imports.Imports.as_view(), name="imports"),
    path("intake/imports/<uuid:import_id>/", imports.OneImport.as_view(), name="import"),
    path("intake/imports/<uuid:import_id>/refused/file/", imports.ImportRefusals.as_view(), name="import-refusals"),
    path("intake/call-lists/", imports.CallLists.as_view(), name="call-lists"),
    path("intake/call-lists/<uuid:list_id>/", imports.OneCallList.as_view(), name="call-list"),
    path("intake/call-lists/<uuid:list_id>/file/", imports.CallListFile.as_view(), name="call-list-file"),
    path("holds/", holds.Holds.as_view(), name="holds"),
    path("holds/file/", hold_reports.AllHoldsFile.as_view(), name="holds-file"),
    path("holds/<uuid:hold_id>/", holds.Hold.as_view(), name="hold"),
    path("holds/<uuid:hold_id>/release/", hold_release.Release.as_view(), name="hold-release"),
    path("holds/<uuid:hold_id>/release/file/", hold_release.ReleaseFile.as_view(), name="hold-release-file"),
    path("holds/<uuid:hold_id>/report/", hold_reports.Report.as_view(), name="hold-report"),
    path("holds/<uuid:hold_id>/report/csv/file/", hold_reports.ReportFile.as_view(form="csv"), name="hold-report-csv"),
    path(
        "holds/<uuid:hold_id>/report/json/file/", hold_reports.ReportFile.as_view(form="json"), name="hold-report-json"
    ),
    path("requests/", person_requests.PersonRequests.as_view(), name="person-requests"),
    path("requests/new/", person_requests.NewPersonRequest.as_view(), name="person-request-new"),
    path("requests/<uuid:pk>/", person_requests.OnePersonRequest.as_view(), name="person-request"),
    path("requests/<uuid:pk>/letter/", person_requests.PersonLetter.as_view(), name="person-letter"),
    path("requests/<uuid:pk>/copy/file/", person_requests.PersonCopyFile.as_view(), name="person-copy-file"),
    path("<uuid:recording_id>/audio", audio.Audio.as_view(), name="audio"),
    path("<uuid:recording_id>/", recording.RecordingDetail.as_view(), name="detail"),
    path("<uuid:recording_id>/player/", recording.PlayerPart.as_view(), name="player"),
    path("<uuid:recording_id>/release/", recording.Release.as_view(), name="release"),
]
