"""Certificates of destruction for people: the list, one for paper, one as a signed file."""

from datetime import datetime
from math import cos, radians, sin
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from accounts.models import LineOfBusiness
from accounts.pages import Page, signed_in
from accounts.permissions import Act, lines_of
from accounts.services import names_of
from recordings import keys
from recordings.domain.certificates import verify
from recordings.models import Certificate, ObjectRemoval
from recordings.services.certificates import documents, find_certificate, note_export
from recordings.services.papers import certificate_paper
from recordings.views.keyset import newest_page
from recordings.views.rows import last_moment
from recordings.views.runs import signed_file


class Certificates(Page):
    act = Act.SEE_CERTIFICATE

    def get(self, request: HttpRequest) -> HttpResponse:
        actor = signed_in(request)
        lines = LineOfBusiness.objects.all()
        if (mine := lines_of(actor)) is not None:
            lines = lines.filter(pk__in=mine)
        code = request.GET.get("line", "")
        rows = Certificate.objects.visible_to(actor).select_related("line_of_business")
        if code:
            rows = rows.filter(line_of_business__code=code)
        page, older = newest_page(rows, request.GET.get("cursor", ""), field="destroyed_at")
        waiting = ObjectRemoval.objects.filter(recording_id__in=[row.recording_id for row in page], absent_at=None)
        to_come = set(waiting.values_list("recording_id", flat=True))
        query = {"line": code} if code else {}
        context: dict[str, Any] = {
            "rows": [(row, _call_of(row), row.recording_id not in to_come) for row in page],
            "lines": lines,
            "line": code,
            "older_url": f"?{urlencode(query | {'cursor': older})}" if older else "",
            "newest_url": f"?{urlencode(query)}" if request.GET.get("cursor") else "",
        }
        return render(request, "recordings/certificates.html", context)


class OneCertificate(Page):
    act = Act.SEE_CERTIFICATE

    def get(self, request: HttpRequest, recording_id: UUID) -> HttpResponse:
        certificate = find_certificate(recording_id, signed_in(request))
        content, [told] = certificate.content, documents([certificate])
        retention, approved = content["retention"], content["approved"]
        read_back = told["read_back"]
        context: dict[str, Any] = {
            "certificate": certificate,
            "content": content,
            "line": certificate.line_of_business,
            "call": _call_of(certificate),
            "listed_at": _moment(content["listed_at"]),
            "keep_until": last_moment(datetime.fromisoformat(retention["keep_until"]), retention["zone"]),
            "delete_by": last_moment(datetime.fromisoformat(retention["delete_by"]), retention["zone"]),
            "has_minimum": any(
                rule.get("kind") == "minimum" and rule.get("until") for rule in retention["explanation"]
            ),
            "reasons": [rule for rule in retention["explanation"] if rule.get("standing") == "decides"],
            "approved": approved
            and {"by": names_of([approved["by"]]).get(approved["by"], approved["by"]), "at": _moment(approved["at"])},
            "early": _early(content),
            "no_key_after": _moment(content.get("keys_leave_backups_by", "")),
            "read_back_at": _moment(read_back["content"]["absent_at"]) if read_back else None,
            "faults": verify(told, _is_signed_by(certificate.batch.key_id)),
            "batch": certificate.batch,
            "ticks": ticks(),
        }
        return render(request, "recordings/certificate.html", context)


class CertificateFile(Page):
    act = Act.SEE_CERTIFICATE

    def get(self, request: HttpRequest, recording_id: UUID) -> HttpResponse:
        """The document that anybody can verify, with the public key, as the API gives it."""
        _, told = _exported(request, recording_id)
        return signed_file(told, None, f"certificate-{recording_id}")


class CertificatePaper(Page):
    """The certificate as PDF, which carries the signed file."""

    act = Act.SEE_CERTIFICATE

    def get(self, request: HttpRequest, recording_id: UUID) -> HttpResponse:
        certificate, told = _exported(request, recording_id)
        paper = certificate_paper(told, line=certificate.line_of_business.name)
        return signed_file(told, paper, f"certificate-{recording_id}")


def _exported(request: HttpRequest, recording_id: UUID) -> tuple[Certificate, dict[str, Any]]:
    """The certificate and its document with the public key; that it was taken away is noted, once a download."""
    certificate = find_certificate(recording_id, signed_in(request))
    if request.method == "GET":
        note_export(certificate=certificate, actor=signed_in(request))
    return certificate, documents([certificate])[0] | {"public_key": keys.public_key()}


def _early(content: dict[str, Any]) -> dict[str, Any] | None:
    """Who asked that it go before its day, where two people let it."""
    early = content.get("early")
    return early and {"by": names_of([early["asked_by"]]).get(early["asked_by"], early["asked_by"])} | {
        "at": _moment(early["asked_at"])
    }


def _is_signed_by(key_id: str) -> Any:
    return lambda message, signature: keys.verify(message, signature, key_id)


def _call_of(certificate: Certificate) -> dict[str, Any]:
    call = certificate.content["call"]
    started = datetime.fromisoformat(call["started_at"])
    seconds = (datetime.fromisoformat(call["ended_at"]) - started).total_seconds() if call["ended_at"] else None
    return {"started_at": started, "seconds": seconds, "direction": call["direction"] or "direction not known"}


def _has_minimum(explanation: list[dict[str, Any]]) -> bool:
    return any(rule.get("kind") == "minimum" and rule.get("until") for rule in explanation)


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def ticks() -> str:
    """The seal's graduated edge as an SVG path: 72 ticks, every sixth longer, every third a little."""
    parts = []
    for step in range(72):
        inner = 39 if step % 6 == 0 else 40.5 if step % 3 == 0 else 41
        x, y = cos(radians(5 * step)), -sin(radians(5 * step))
        parts.append(f"M{50 + 45 * x:.1f} {50 + 45 * y:.1f}L{50 + inner * x:.1f} {50 + inner * y:.1f}")
    return "".join(parts)
