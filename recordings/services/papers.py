"""Certificates and manifests as PDF. The signed file itself travels in the PDF, so that the paper is verified too."""

import base64
import io
import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle

MARK = "callward-json:"  # by which scripts/verify_certificate.py finds the signed file in the PDF
BATCHES_SHOWN = 200  # of a long run; the signed file holds them all
TITLE = ParagraphStyle("title", fontName="Times-Bold", fontSize=20, leading=26, spaceAfter=6)
HEAD = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=10, leading=14, spaceBefore=10, spaceAfter=2)
TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9, leading=13)
FACT = ParagraphStyle("fact", fontName="Helvetica", fontSize=8.5, leading=12)
CODE = ParagraphStyle("code", fontName="Courier", fontSize=7.5, leading=10, wordWrap="CJK")


def certificate_paper(document: dict[str, Any], *, line: str) -> bytes:
    """The PDF of one certificate. `document` is what the API gives, with the public key; `line` a line's name."""
    content, batch, read_back = document["content"], document["batch"], document["read_back"]
    audio, retention, call = content["audio"], content["retention"], content["call"]
    gone = (
        f"read back as absent at {_moment(read_back['content']['absent_at'])}" if read_back else "yet to be read back"
    )
    story: list[Flowable] = [
        Paragraph("Certificate of destruction", TITLE),
        _text(f"Recordings of customer calls, {line}. No. {document['id']}"),
        _head("What was destroyed"),
        _facts(
            ("Recording", document["recording_id"]),
            ("Destroyed", _moment(content["destroyed_at"])),
            ("Call", f"{_moment(call['started_at'])}, {call['direction'] or 'direction not known'}, {call['medium']}"),
            ("Audio", f"{audio['size_bytes']:,} bytes, {audio['media_type']}" if audio else "none had arrived"),
            ("SHA-256 before encryption", audio["sha256"] if audio else "none"),
            ("Object", gone if audio else "nothing to read back"),
        ),
        _head("Why, and by whose leave"),
        _facts(
            ("Kept until", _moment(retention["keep_until"])),
            ("To be deleted by", _moment(retention["delete_by"])),
            *((_kind(limit), f"{limit['citation']}: {limit['because']}") for limit in _deciding(retention)),
            ("Approved", _approved(content)),
            ("Holds in force", str(content["holds_in_force"])),
        ),
        _head("How"),
        _facts(("Method", content["method"]), *_backups(content)),
        *_signature(batch["merkle_root"], batch["signature"], batch["key_id"], document),
    ]
    return _paper(story, document, f"Certificate of destruction {document['id']}")


def manifest_paper(document: dict[str, Any]) -> bytes:
    """The PDF of one run's manifest, with its batches."""
    content = document["content"]
    brake = content["brake"]
    batches = [(batch["id"], f"{batch['size']:,}", batch["merkle_root"]) for batch in content["batches"]]
    shown = batches[:BATCHES_SHOWN]
    story: list[Flowable] = [
        Paragraph("Manifest of a run of disposition", TITLE),
        _text(f"No. {content['id']}"),
        _head("What was destroyed"),
        _facts(
            ("Began", _moment(content["began_at"])),
            ("Complete", _moment(content["ended_at"])),
            ("What was due by", _moment(content["due_by"])),
            ("Recordings", f"{content['destroyed']['count']:,}, {content['destroyed']['bytes']:,} bytes of audio"),
            ("Objects read back as absent", f"{content['objects_read_back']:,}"),
            (
                "Brake",
                f"{brake['allowed']:,} allowed by {brake['by']}, {_moment(brake['at'])}" if brake else "not asked",
            ),
            *((f"Line {code}", f"{one['count']:,}") for code, one in content["by_line_of_business"].items()),
        ),
        _head(f"Batches, {len(shown):,} of {len(batches):,}"),
        _table([("Batch", "Size", "Merkle root of its certificates"), *shown], widths=(64, 16, 90)),
        *_signature("", document["signature"], document["key_id"], document),
    ]
    return _paper(story, document, f"Manifest of run {content['id']}")


def _signature(root: str, signature: str, key_id: str, document: dict[str, Any]) -> list[Flowable]:
    given = (("Merkle root", root),) if root else ()
    public = document["public_key"]["public"]
    return [
        _head("To verify without Callward"),
        _text(
            "This PDF carries the signed file. Give it to verify_certificate.py, which Callward hands out, with the "
            "public key as you got it by a way that you trust."
        ),
        _facts(*given, ("Ed25519 signature", signature), ("Key", f"{key_id}: {public}"), style=CODE),
    ]


def _paper(story: list[Flowable], document: dict[str, Any], title: str) -> bytes:
    carried = MARK + base64.b64encode(zlib.compress(json.dumps(document).encode(), 9)).decode()

    def begin(canvas: Canvas, _: Any) -> None:
        canvas.setTitle(title)
        canvas.setAuthor("Callward")
        canvas.setKeywords(carried)

    out = io.BytesIO()
    margins = {f"{side}Margin": 20 * mm for side in ("left", "right", "top", "bottom")}
    SimpleDocTemplate(out, pagesize=A4, lang="en", **margins).build(story, onFirstPage=begin)
    return out.getvalue()


def _facts(*facts: tuple[str, str], style: ParagraphStyle = FACT) -> Table:
    rows = [(Paragraph(_safe(name), FACT), Paragraph(_safe(value), style)) for name, value in facts]
    return Table(rows, colWidths=(45 * mm, 125 * mm), style=_LINES)


def _table(rows: Sequence[tuple[str, ...]], widths: tuple[int, ...]) -> Table:
    cells = [[Paragraph(_safe(cell), CODE) for cell in row] for row in rows]
    return Table(cells, colWidths=[width * mm for width in widths], style=_LINES, repeatRows=1)


_LINES = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, "#999999"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
)


def _head(text: str) -> Paragraph:
    return Paragraph(_safe(text), HEAD)


def _text(text: str) -> Paragraph:
    return Paragraph(_safe(text), TEXT)


def _safe(text: str) -> str:
    """For a paragraph: no markup of its own, and only letters that the PDF's own fonts have."""
    return escape(text.encode("cp1252", "replace").decode("cp1252"))


def _moment(text: str | None) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC" if text else "unknown"


def _deciding(retention: dict[str, Any]) -> list[dict[str, Any]]:
    return [limit for limit in retention["explanation"] if limit.get("standing") == "decides"]


def _kind(limit: dict[str, Any]) -> str:
    return "Because of (minimum)" if limit["kind"] == "minimum" else "Because of (maximum)"


def _backups(content: dict[str, Any]) -> list[tuple[str, str]]:
    """Nothing of the certificates that were signed before they said it."""
    by = content.get("keys_leave_backups_by")
    return [("Backups of keys", f"none holds its key after {_moment(by)}")] if by else []


def _approved(content: dict[str, Any]) -> str:
    early, erasure, approved = content.get("early"), content.get("erasure"), content["approved"]
    if early:
        return f"early disposal {early['disposal']}: asked by {early['asked_by']}, approved by {early['approved_by']}"
    if erasure:
        return f"erasure {erasure['request']}: asked by {erasure['asked_by']}, approved by {erasure['approved_by']}"
    return f"by {approved['by']}, {_moment(approved['at'])}" if approved else "not asked for by its policy"
