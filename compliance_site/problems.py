"""Errors as problem details (RFC 9457). One table from exception to answer; a test asserts that each has its row."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.domain.errors import NotAllowed, TokenRefused, ZoneUnknown
from audits.domain import errors as audit_errors
from policies.domain import errors as policy_errors
from recordings.domain import errors as recording_errors

TYPE_PREFIX = "/problems/"  # relative to the API's own host; the name after it never changes
MEDIA_TYPE = "application/problem+json"
TRY_AGAIN_SECONDS = 5  # after a 503: long enough for a database to come up again

# exception: (status, type, title). The detail is the exception's own text; `errors` its `fields`, where it has some.
PROBLEMS: dict[type[Exception], tuple[int, str, str]] = {
    TokenRefused: (401, "token-refused", "The token is not valid"),
    NotAllowed: (403, "not-allowed", "You may not do this"),
    ZoneUnknown: (422, "zone-unknown", "The time zone does not exist"),
    recording_errors.DeliveryRefused: (422, "fields", "Some fields need mending"),
    recording_errors.DeliveryContradicts: (409, "delivery-contradicts", "This call was delivered before"),
    recording_errors.RequestKeyReused: (422, "idempotency-key-reused", "The Idempotency-Key was used before"),
    recording_errors.RequestStillRunning: (409, "request-still-running", "The first request is still running"),
    recording_errors.AudioRefused: (422, "audio-refused", "The audio cannot be taken"),
    recording_errors.AudioTooLarge: (413, "audio-too-large", "The audio is too large"),
    recording_errors.FileRefused: (422, "file-refused", "The file cannot be taken"),
    recording_errors.ImportRefused: (422, "import-refused", "The import cannot begin"),
    recording_errors.CallListRefused: (422, "call-list-refused", "The list of calls cannot be read"),
    recording_errors.DigestMismatch: (422, "digest-mismatch", "Other bytes arrived than were announced"),
    recording_errors.UploadCutShort: (400, "upload-cut-short", "The upload ended early"),
    recording_errors.UploadUnreadable: (400, "upload-unreadable", "The upload cannot be read"),
    recording_errors.EventRefused: (422, "fields", "Some fields need mending"),
    recording_errors.ReleaseRefused: (409, "release-refused", "It cannot be released from quarantine"),
    recording_errors.AudioNotKept: (409, "audio-awaited", "The audio has not come yet"),
    recording_errors.RenditionNotReady: (409, "rendition-not-ready", "The call cannot be played yet"),
    recording_errors.AudioIntegrityLost: (500, "integrity-lost", "The stored audio is not what was stored"),
    recording_errors.KeyDoesNotFit: (500, "integrity-lost", "The stored audio is not what was stored"),
    recording_errors.StoreFull: (507, "store-full", "The audio store is full"),
    recording_errors.StoreLocked: (409, "store-locked", "The audio store itself keeps this object"),
    recording_errors.RotationNotMovable: (409, "rotation-not-movable", "The keys cannot be changed that way now"),
    recording_errors.StoreUnavailable: (503, "store-unavailable", "The audio store cannot be used just now"),
    recording_errors.KeysUnavailable: (503, "keys-unavailable", "The keys cannot be used just now"),
    recording_errors.RecordingNotFound: (404, "not-found", "Nothing here that you may see"),
    recording_errors.RecordingDestroyed: (410, "recording-destroyed", "The recording was destroyed"),
    recording_errors.RecordingsUnavailable: (409, "recordings-unavailable", "Some recordings cannot be held"),
    recording_errors.HoldNotFound: (404, "not-found", "Nothing here that you may see"),
    recording_errors.HoldReleased: (409, "hold-released", "The hold was released before"),
    recording_errors.SecondPersonNeeded: (403, "second-person-needed", "Somebody else has to do this half"),
    recording_errors.HoldKeepsNothing: (422, "fields", "Some fields need mending"),
    recording_errors.HoldUnclear: (422, "fields", "Some fields need mending"),
    recording_errors.HoldStillFills: (409, "hold-still-fills", "Its recordings are still being put under it"),
    recording_errors.ReleaseChanged: (409, "release-changed", "What the hold keeps has changed since you looked"),
    recording_errors.NotListed: (409, "not-listed", "The recording is not on the disposition list"),
    recording_errors.CountChanged: (409, "count-changed", "The list has changed since you looked"),
    recording_errors.ShorteningNotMovable: (409, "shortening-not-movable", "The shortening is not where this begins"),
    recording_errors.BrakeHolds: (409, "brake-holds", "Type the number of recordings"),
    recording_errors.RunNotFound: (404, "not-found", "Nothing here that you may see"),
    recording_errors.RunNotMovable: (409, "run-not-movable", "The run is not where this step begins"),
    recording_errors.PauseNotMovable: (409, "pause-not-movable", "Destruction is not where this step begins"),
    recording_errors.EarlyDisposalNotFound: (404, "not-found", "Nothing here that you may see"),
    recording_errors.EarlyDisposalRefused: (409, "early-disposal-refused", "It cannot be destroyed early"),
    recording_errors.ExtensionRefused: (409, "extension-refused", "It cannot be kept until then"),
    recording_errors.DispositionStopped: (503, "disposition-stopped", "Callward has stopped destroying"),
    recording_errors.LedgerUnavailable: (503, "ledger-unavailable", "The disposition log cannot be used just now"),
    recording_errors.ReplayRefused: (409, "replay-refused", "The disposition log cannot be replayed as it stands"),
    recording_errors.RecordingsClosed: (503, "recordings-closed", "Callward is closed after a restore"),
    recording_errors.TriggerRefused: (422, "fields", "Some fields need mending"),
    recording_errors.TriggerContradicts: (409, "trigger-contradicts", "It was told otherwise before"),
    recording_errors.TriggerNotFound: (404, "not-found", "Nothing here that you may see"),
    recording_errors.CaseNotFound: (404, "not-found", "Nothing here that you may see"),
    recording_errors.CaseNotMovable: (409, "case-not-movable", "The case cannot be decided like that"),
    recording_errors.PurposeRefused: (422, "purpose-refused", "Name a purpose for which this call was recorded"),
    recording_errors.Restricted: (409, "restricted", "The call is kept only until it can be erased"),
    recording_errors.PersonRequestNotFound: (404, "not-found", "Nothing here that you may see"),
    recording_errors.PersonRequestNotMovable: (409, "request-not-movable", "The request is not where this begins"),
    recording_errors.CopyNotThere: (409, "copy-not-there", "The copy cannot be fetched"),
    recording_errors.InQuarantine: (409, "in-quarantine", "The call is in quarantine"),
    recording_errors.RangeUnsatisfiable: (416, "range-unsatisfiable", "The range lies outside the audio"),
    recording_errors.SourceUnknown: (404, "source-unknown", "There is no such phone system here"),
    recording_errors.DeliveryUnproven: (401, "delivery-unproven", "The sender is not proven"),
    recording_errors.DeliveryUnreadable: (400, "delivery-unreadable", "The delivery cannot be read"),
    recording_errors.DeliveryTooLarge: (413, "delivery-too-large", "The delivery is too large"),
    recording_errors.CallUnknownYet: (409, "call-unknown-yet", "The call has not been delivered yet"),
    recording_errors.SettingsRefused: (422, "fields", "Some fields need mending"),
    recording_errors.NotRunnable: (409, "not-runnable", "It cannot be run again"),
    recording_errors.AudioNotReady: (503, "audio-not-ready", "The audio is not there yet"),
    recording_errors.AudioUnreachable: (502, "audio-unreachable", "The audio cannot be fetched"),
    audit_errors.FormRefused: (422, "form-refused", "The form's document needs mending"),
    audit_errors.PlanRefused: (422, "fields", "Some fields need mending"),
    audit_errors.Refused: (422, "fields", "Some fields need mending"),
    audit_errors.NothingToDraw: (409, "nothing-to-draw", "There is no call to draw from"),
    audit_errors.NobodyToReview: (409, "nobody-to-review", "Nobody can review these calls"),
    audit_errors.PeriodDrawn: (409, "period-drawn", "This period was drawn before"),
    audit_errors.PlanNotFound: (404, "not-found", "Nothing here that you may see"),
    audit_errors.SampleNotFound: (404, "not-found", "Nothing here that you may see"),
    audit_errors.AssignmentNotFound: (404, "not-found", "Nothing here that you may see"),
    audit_errors.NotYourReview: (409, "review-taken", "Somebody else has this review"),
    audit_errors.AssignmentClosed: (409, "assignment-closed", "There is nothing left to do on this call"),
    audit_errors.CallUnavailable: (410, "call-unavailable", "The call cannot be heard any more"),
    audit_errors.AnswerRefused: (422, "fields", "Some fields need mending"),
    audit_errors.AnswerSuperseded: (409, "answer-superseded", "A newer answer is stored"),
    audit_errors.ReviewIncomplete: (422, "review-incomplete", "Some answers are missing"),
    audit_errors.ReviewSubmitted: (409, "review-submitted", "The review is submitted"),
    audit_errors.ReviewFinal: (409, "review-final", "The review is final"),
    audit_errors.ReassignmentRefused: (422, "reassignment-refused", "The review cannot go to this person"),
    audit_errors.FindingNotFound: (404, "not-found", "Nothing here that you may see"),
    audit_errors.FindingClosed: (409, "finding-closed", "The finding is closed"),
    audit_errors.FindingRefused: (422, "fields", "Some fields need mending"),
    policy_errors.UnknownLine: (422, "unknown-line", "There is no such line of business for you"),
    policy_errors.PeriodUnreadable: (422, "fields", "Some fields need mending"),
    policy_errors.ConditionUnreadable: (422, "fields", "Some fields need mending"),
    policy_errors.DocumentRefused: (422, "policy-document", "The policy document needs mending"),
    policy_errors.PolicyFileRefused: (422, "policy-file", "The policy file cannot be read"),
    policy_errors.VersionLaxerThanLaw: (409, "laxer-than-law", "The policy asks for less than law"),
    policy_errors.LawRefused: (503, "law-not-loaded", "The law register cannot be used"),
    policy_errors.ExampleUnreadable: (422, "fields", "Some fields need mending"),
    policy_errors.ReleaseNotMovable: (409, "release-not-movable", "The law release is not where this step begins"),
    policy_errors.OverrideRefused: (422, "override-refused", "The override cannot stand"),
    policy_errors.OverrideNotMovable: (409, "override-not-movable", "The override is not where this step begins"),
    policy_errors.NoPolicyInForce: (409, "no-policy-in-force", "No policy is in force for this call"),
    policy_errors.RulesUnsettled: (503, "not-now", "Callward cannot answer just now"),
    policy_errors.DecisionNotFound: (404, "not-found", "Nothing here that you may see"),
    policy_errors.OutcomeContradicts: (409, "outcome-contradicts", "Another outcome was told before"),
    policy_errors.OutcomeRefused: (422, "fields", "Some fields need mending"),
    policy_errors.DecisionTokenRefused: (422, "decision-token-refused", "The decision token cannot be used"),
    policy_errors.ImpactNotMovable: (409, "impact-not-movable", "The what-if is not where this step begins"),
    policy_errors.VersionNotMovable: (409, "version-not-movable", "The version is not where this step begins"),
    policy_errors.SecondPersonNeeded: (403, "second-person-needed", "Somebody else has to do this half"),
    recording_errors.NotADemonstration: (409, "not-a-demonstration", "Only a demonstration may do this"),
    OperationalError: (503, "not-now", "Callward cannot answer just now"),
}

# What these say is for the log: an address, a file, a user of the machine. Whoever asked is told how to go on.
DETAILS: dict[type[Exception], str] = {
    OperationalError: "Nothing was changed. Try again in a few seconds.",
    recording_errors.StoreUnavailable: "Try again in a few minutes; your administrator finds the reason on /readyz.",
    recording_errors.KeysUnavailable: "Try again in a few minutes; your administrator finds the reason on /readyz.",
    recording_errors.RecordingsClosed: (
        "What was destroyed since the backup is destroyed again first. The System page says why, and what mends it."
    ),
}


def problem(
    status: int, kind: str, title: str, detail: str = "", *, errors: list[dict[str, str]] | None = None
) -> JsonResponse:
    """A problem document for a view outside REST framework."""
    headers = {"Retry-After": str(TRY_AGAIN_SECONDS)} if status == 503 else None
    body = document(status, kind, title, detail, errors)
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)


def document(
    status: int, kind: str, title: str, detail: str = "", errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    body: dict[str, Any] = {"type": TYPE_PREFIX + kind, "title": title, "status": status}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    return body


def problem_of(error: Exception) -> dict[str, Any] | None:
    """The document for one of our own exceptions; None for one that nobody expected."""
    for kind in type(error).__mro__:
        if kind in PROBLEMS:
            status, name, title = PROBLEMS[kind]
            detail = DETAILS.get(kind) or str(error)
            body = document(status, name, title, detail, getattr(error, "fields", None))
            return body | getattr(error, "extra", {})
    return None


def as_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler."""
    body = problem_of(error) or _of_framework(error)
    if body is None:
        return None
    set_rollback()
    headers = {}
    if isinstance(error, exceptions.APIException) and getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if wait := getattr(error, "wait", None) or (TRY_AGAIN_SECONDS if body["status"] == 503 else None):
        headers["Retry-After"] = str(int(wait))
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def _of_framework(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, Http404 | exceptions.NotFound):
        return document(
            404, "not-found", "Nothing here that you may see", "Check the id, and the token's lines of business."
        )
    if isinstance(error, PermissionDenied):
        return document(403, "not-allowed", "You may not do this")
    if isinstance(error, exceptions.ValidationError):
        return document(
            422, "fields", "Some fields need mending", "Mend the fields named in errors.", list(_fields(error.detail))
        )
    if isinstance(error, exceptions.ParseError):
        return document(400, "unreadable", "The request cannot be read", str(error.detail))
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return document(401, "token-refused", "The token is not valid", str(error.detail))
    if isinstance(error, exceptions.APIException):
        code = str(error.default_code).replace("_", "-")
        return document(error.status_code, code, str(error.default_detail), str(error.detail))
    return None


def _fields(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """REST framework's nested details as JSON pointers (RFC 6901)."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _fields(inner, path if name == "non_field_errors" else f"{path}/{name}")
    elif isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        for position, inner in enumerate(detail):
            yield from _fields(inner, f"{path}/{position}")
    elif isinstance(detail, list):
        for inner in detail:
            yield from _fields(inner, path)
    else:
        yield {"pointer": path, "detail": str(detail), "code": getattr(detail, "code", "invalid")}


def not_found(request: HttpRequest) -> JsonResponse:
    return problem(404, "not-found", "Nothing here that you may see")
