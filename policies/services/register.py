"""Law releases: read from the files, checked, loaded as a whole or not at all."""

import hashlib
import json
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

import trail.services as trail
from policies.domain.errors import LawRefused
from policies.domain.register_rows import (
    AREA_CODES,
    COLUMNS,
    DISCLOSURES,
    JURISDICTIONS,
    RETENTION,
    Register,
    Row,
    register_of,
)
from policies.models import AreaCode, DisclosureRequirement, Jurisdiction, LawRelease, RetentionRule
from trail.domain.actors import CALLWARD, Actor

SHIPPED = Path(__file__).resolve().parent.parent / "data"
ABOUT = "release.json"  # {"reviewed_on": "2026-11-24"}
SHOWN_PROBLEMS = 50
_ONE_AT_A_TIME = 0x1A40001  # advisory lock: two starts at once load one release


def load_shipped_law() -> LawRelease:
    """Bring the shipped register into the database, once."""
    return load_law(folder=SHIPPED, actor=CALLWARD)


def current_release() -> LawRelease:
    """The release in effect: the one with the highest number. Raises LawRefused while none is loaded."""
    release = LawRelease.objects.first()
    if release is None:
        raise LawRefused("No law release is loaded. Run `manage.py load_law`.")
    return release


@transaction.atomic
def load_law(*, folder: Path, actor: Actor) -> LawRelease:
    """Load the four files of a folder as the next release. A release that is already in effect is left as it is.

    Raises LawRefused with file, line and column of every wrong cell; nothing of it is loaded then.
    """
    texts = _texts(folder)
    digest = hashlib.sha256(b"\x00".join(texts[file].encode() for file in COLUMNS)).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    known = LawRelease.objects.filter(digest=digest).first()
    if known is not None:
        return known
    register = _checked(texts)
    number = (LawRelease.objects.values_list("number", flat=True).first() or 0) + 1
    release = LawRelease.objects.create(
        number=number, digest=digest, reviewed_on=_reviewed_on(folder), known_from=timezone.now()
    )
    _store(release, register)
    trail.append("law.loaded", actor=actor, subject=release, number=number, digest=digest)
    return release


def _texts(folder: Path) -> dict[str, str]:
    texts = {}
    for file in COLUMNS:
        try:
            texts[file] = (folder / file).read_text(encoding="utf-8")
        except OSError as error:
            raise LawRefused(f"{file} cannot be read in {folder}: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise LawRefused(f"{file} is not UTF-8 at byte {error.start}.") from error
        if "\x00" in texts[file]:
            raise LawRefused(f"{file} holds a NUL character.")
    return texts


def _reviewed_on(folder: Path) -> date:
    try:
        return date.fromisoformat(json.loads((folder / ABOUT).read_text(encoding="utf-8"))["reviewed_on"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LawRefused(f'{ABOUT} has to say when the rows were reviewed: {{"reviewed_on": "2026-11-24"}}.') from error


def _checked(texts: dict[str, str]) -> Register:
    register, wrong = register_of(texts)
    if wrong:
        shown = "\n".join(str(cell) for cell in wrong[:SHOWN_PROBLEMS])
        fields = [{"pointer": f"{cell.file}:{cell.line}:{cell.column}", "detail": cell.detail} for cell in wrong]
        raise LawRefused(f"The release has {len(wrong)} wrong cells; nothing was loaded.\n{shown}", fields)
    return register


def _store(release: LawRelease, register: Register) -> None:
    rows = {file: [row for _, row in register.rows[file]] for file in COLUMNS}
    Jurisdiction.objects.bulk_create(Jurisdiction(release=release, **_jurisdiction(row)) for row in rows[JURISDICTIONS])
    RetentionRule.objects.bulk_create(RetentionRule(release=release, **_typed(row)) for row in rows[RETENTION])
    DisclosureRequirement.objects.bulk_create(
        DisclosureRequirement(release=release, **_typed(row)) for row in rows[DISCLOSURES]
    )
    AreaCode.objects.bulk_create(AreaCode(release=release, **row) for row in rows[AREA_CODES])


def _jurisdiction(row: Row) -> dict[str, object]:
    typed = _typed(row)
    typed["citation"] = typed.pop("statute")
    return typed


_BOOLEANS = {
    "notice_required",
    "beep_tone_allowed_as_notice",
    "must_record",
    "legal_authority_to_record",
    "satisfies_consent",
}


def _typed(row: Row) -> dict[str, object]:
    """The cells as the model has them: true and false, days, and text."""
    typed: dict[str, object] = {}
    for column, text in row.items():
        if column in _BOOLEANS:
            typed[column] = text == "true"
        elif column == "effective_from":
            typed[column] = date.fromisoformat(text) if text else None
        else:
            typed[column] = text
    return typed
